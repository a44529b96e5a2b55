//! Answers that MongoDB's manual documents, as tables in `manual/*.json`, each with the section that says so.
//!
//! Above all those that `mingo` and `mongomock` get wrong, alone or both, which the differential tests therefore cannot
//! show. Answers are compared as text, so the order of keys and whether a number is whole or a double count too.

use jsonb::{Jsonb, Value};
use query::{Filter, Limits, Refusal, normalise};

#[path = "support/collections.rs"]
mod collections;

use collections::{Collections, aggregate};

/// Stands for a value that is missing.
const MISSING: &str = "\"$$missing\"";

type Table = Vec<String>;

fn table(text: &str, check: impl Fn(Value<'_>) -> Table) {
    let limits = jsonb::Limits {
        max_bytes: text.len(),
        ..jsonb::Limits::default()
    };
    let table = Jsonb::parse(text.as_bytes(), &limits).expect("the table is JSON");
    let mut wrong = Table::new();
    let mut sections = 0;
    for section in table.root().elements() {
        let section = section.expect("a section");
        let name = part(section, "manual");
        wrong.extend(
            check(section)
                .into_iter()
                .map(|line| format!("{}: {line}", shown(name))),
        );
        sections += 1;
    }
    assert!(sections > 5, "the table is read");
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

fn part<'a>(section: Value<'a>, name: &str) -> Value<'a> {
    section
        .get(name)
        .expect("sound")
        .unwrap_or_else(|| panic!("{} has no {name}", shown(section)))
}

fn shown(value: Value<'_>) -> String {
    value.to_text().expect("sound")
}

fn list(values: Option<Value<'_>>) -> Vec<Jsonb> {
    let values = values.into_iter().flat_map(Value::elements);
    values
        .map(|value| normalise(value.expect("sound")).expect("extended JSON"))
        .collect()
}

/// Pairs like `[query, answer]` in a section's list.
fn pairs<'a>(section: Value<'a>, name: &str) -> Vec<(Value<'a>, Value<'a>)> {
    let pairs: Vec<_> = part(section, name)
        .elements()
        .map(|pair| pair.expect("sound"))
        .collect();
    assert!(!pairs.is_empty(), "{} has cases", shown(section));
    let at = |pair: Value<'a>, index| pair.index(index).expect("sound").expect("a pair");
    pairs.into_iter().map(|pair| (at(pair, 0), at(pair, 1))).collect()
}

fn differs(query: Value<'_>, found: &str, expected: &str) -> Option<String> {
    (found != expected).then(|| format!("{}\n    is   {found}\n    not  {expected}", shown(query)))
}

fn told(answer: Result<String, Refusal>) -> String {
    answer.unwrap_or_else(|refusal| format!("refused: {refusal}"))
}

fn matching(query: Value<'_>, documents: &[Jsonb]) -> Result<String, Refusal> {
    let filter = Filter::parse(&query, &Limits::default())?;
    let mut found = Vec::new();
    for (place, document) in documents.iter().enumerate() {
        if filter.matches(document.root())? {
            found.push(place.to_string());
        }
    }
    Ok(format!("[{}]", found.join(",")))
}

fn rows(pipeline: Value<'_>, documents: &[Jsonb], others: &Collections) -> Result<Jsonb, Refusal> {
    let rows = aggregate(documents, pipeline, others, &Limits::default())?;
    Ok(rows
        .iter()
        .fold(jsonb::array(), |list, row| list.item_body(row))
        .finish())
}

fn others(section: Value<'_>) -> Collections {
    let given = section.get("collections").expect("sound");
    let named = given
        .into_iter()
        .flat_map(Value::entries)
        .map(|entry| entry.expect("sound"));
    Collections(
        named
            .map(|(name, values)| (name.into_owned(), list(Some(values))))
            .collect(),
    )
}

/// What an expression gives on a document, through `$replaceWith`.
fn computed(expression: Value<'_>, document: &Jsonb) -> Result<String, Refusal> {
    let fields = jsonb::object().field_raw("is", expression).finish();
    let stage = jsonb::object().field_body("$replaceWith", &fields).finish();
    let pipeline = jsonb::array().item_body(&stage).finish();
    let rows = rows(
        pipeline.root(),
        std::slice::from_ref(document),
        &Collections::default(),
    )?;
    let row = rows.root().index(0)?.expect("one row");
    Ok(row.get("is")?.map_or_else(|| MISSING.to_owned(), shown))
}

#[test]
fn filters_match_what_the_manual_says() {
    table(include_str!("manual/filters.json"), |section| {
        let documents = list(Some(part(section, "documents")));
        let cases = pairs(section, "filters").into_iter();
        cases
            .filter_map(|(query, expected)| {
                differs(query, &told(matching(query, &documents)), &shown(expected))
            })
            .collect()
    });
}

#[test]
fn pipelines_answer_what_the_manual_says() {
    table(include_str!("manual/pipelines.json"), |section| {
        let documents = list(Some(part(section, "documents")));
        let others = others(section);
        let cases = pairs(section, "pipelines").into_iter();
        let answer = |query| rows(query, &documents, &others).map(|rows| shown(rows.root()));
        cases
            .filter_map(|(query, expected)| differs(query, &told(answer(query)), &shown(expected)))
            .collect()
    });
}

#[test]
fn expressions_give_what_the_manual_says() {
    table(include_str!("manual/expressions.json"), |section| {
        let given = section.get("document").expect("sound");
        let document = given.map_or_else(
            || jsonb::object().finish(),
            |given| normalise(given).expect("extended JSON"),
        );
        let cases = pairs(section, "expressions").into_iter();
        cases
            .filter_map(|(query, expected)| {
                differs(query, &told(computed(query, &document)), &shown(expected))
            })
            .collect()
    });
}

#[test]
fn what_the_manual_calls_an_error_is_refused() {
    table(include_str!("manual/refused.json"), |section| {
        let documents = list(section.get("documents").expect("sound"));
        let empty = jsonb::object().finish();
        let mut wrong = Table::new();
        for (kind, query) in pairs(section, "refused") {
            let answer = match &*shown(kind) {
                "\"filter\"" => matching(query, &documents),
                "\"pipeline\"" => {
                    rows(query, &documents, &Collections::default()).map(|rows| shown(rows.root()))
                }
                "\"expression\"" => computed(query, documents.first().unwrap_or(&empty)),
                other => panic!("{other} is no kind"),
            };
            match answer {
                Ok(answer) => wrong.push(format!("{} is not refused but answers {answer}", shown(query))),
                Err(refusal) if refusal.why.len() < 10 => {
                    wrong.push(format!("{} is refused with {refusal}", shown(query)))
                }
                Err(_) => {}
            }
        }
        wrong
    });
}

#[test]
fn a_sample_draws_without_replacement() {
    let documents: Vec<_> = (0..50)
        .map(|id| jsonb::object().field_i64("_id", id).finish())
        .collect();
    for size in [1, 20, 50, 80] {
        let pipeline = format!(
            r#"[{{"$sample": {{"size": {size}}}}}, {{"$group": {{"_id": "$_id"}}}}, {{"$count": "n"}}]"#
        );
        let pipeline = Jsonb::parse(pipeline.as_bytes(), &jsonb::Limits::default()).expect("JSON");
        let rows = rows(pipeline.root(), &documents, &Collections::default()).expect("an answer");
        assert_eq!(shown(rows.root()), format!(r#"[{{"n":{}}}]"#, size.min(50)));
    }
}
