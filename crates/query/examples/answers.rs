//! Answers generated cases for the differential tests (`tests/differential`): one line of JSON in, one out.
//!
//! In: `{"documents": [..], "filter": ..}` or `{"documents": [..], "pipeline": [..], "collections": {name: [..]}}`.
//! Out: `{"matches": [places of matching documents]}`, `{"documents": [..]}`, or `{"error": why}`.

use std::io::{self, BufRead, Write};

use jsonb::{Jsonb, Value};
use query::{Filter, Limits, Refusal, normalise};

#[path = "../tests/support/collections.rs"]
mod collections;

use collections::{Collections, aggregate};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = answer(&line?).unwrap_or_else(|refusal| error(&refusal));
        writeln!(out, "{}", answer.to_text().map_err(io::Error::other)?)?;
        out.flush()?;
    }
    Ok(())
}

fn error(refusal: &Refusal) -> Jsonb {
    jsonb::object().field_str("error", &refusal.to_string()).finish()
}

fn answer(line: &str) -> Result<Jsonb, Refusal> {
    let limits = Limits::default();
    let case = Jsonb::parse(line.as_bytes(), &jsonb::Limits::default())
        .map_err(|error| Refusal::new(error.to_string()))?;
    let documents = documents(part(case.root(), "documents")?)?;
    if let Some(query) = case.root().get("filter")? {
        let filter = Filter::parse(&query, &limits)?;
        return matches(&filter, &documents);
    }
    let others = others(case.root())?;
    let rows = aggregate(&documents, part(case.root(), "pipeline")?, &others, &limits)?;
    let rows = rows
        .iter()
        .fold(jsonb::array(), |list, row| list.item_body(row))
        .finish();
    Ok(jsonb::object().field_body("documents", &rows).finish())
}

fn part<'a>(case: Value<'a>, name: &str) -> Result<Value<'a>, Refusal> {
    case.get(name)?
        .ok_or_else(|| Refusal::new(format!("the case has no `{name}`")))
}

fn documents(list: Value<'_>) -> Result<Vec<Jsonb>, Refusal> {
    list.elements().map(|element| normalise(element?)).collect()
}

fn others(case: Value<'_>) -> Result<Collections, Refusal> {
    let mut found = Collections::default();
    for entry in case.get("collections")?.into_iter().flat_map(Value::entries) {
        let (name, list) = entry?;
        found.0.insert(name.into_owned(), documents(list)?);
    }
    Ok(found)
}

fn matches(filter: &Filter, documents: &[Jsonb]) -> Result<Jsonb, Refusal> {
    let mut found = jsonb::array();
    for (place, document) in (0..).zip(documents) {
        if filter.matches(document.root())? {
            found = found.item_i64(place);
        }
    }
    Ok(jsonb::object().field_body("matches", &found.finish()).finish())
}
