//! Running pipelines over JSON texts.

use std::time::Duration;

use jsonb::{Jsonb, Limits as JsonLimits, Value};
use query::{Around, Flow, Limits, Pipeline, Refusal, Source};

/// Collections by name.
pub(crate) type Collections = [(&'static str, Vec<Jsonb>)];

/// What `$$NOW` is: 2018-03-27T16:58:51.538Z.
pub(crate) const NOW: i64 = 1_522_169_931_538;

struct Tables<'t>(&'t Collections);

impl Source for Tables<'_> {
    fn scan(
        &self,
        collection: &str,
        each: &mut dyn FnMut(Value<'_>) -> Result<Flow, Refusal>,
    ) -> Result<(), Refusal> {
        let Some((_, documents)) = self.0.iter().find(|(name, _)| *name == collection) else {
            return Err(Refusal::new(format!("there is no collection `{collection}`")));
        };
        for document in documents {
            if each(document.root())? == Flow::Enough {
                break;
            }
        }
        Ok(())
    }
}

pub(crate) fn body(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &JsonLimits::default()).unwrap_or_else(|why| panic!("{why}: {text}"))
}

/// The documents of a JSON array.
pub(crate) fn bodies(text: &str) -> Vec<Jsonb> {
    let all = body(text);
    all.root()
        .elements()
        .map(|element| Jsonb::from_stored(element.expect("a sound body").as_bytes().to_vec()))
        .collect()
}

/// Runs a pipeline over the collection `main`.
pub(crate) fn run_with(pipeline: &str, tables: &Collections, limits: &Limits) -> Result<String, String> {
    let parsed = Pipeline::parse(&body(pipeline).root(), limits).map_err(|why| why.to_string())?;
    let around = Around {
        now: NOW,
        elapsed: &|| Duration::ZERO,
        source: &Tables(tables),
        seed: 7,
        limits,
    };
    let rows = parsed.run_over("main", around).map_err(|why| why.to_string())?;
    let rows: Vec<String> = rows
        .iter()
        .map(|row| row.to_text().expect("a sound row"))
        .collect();
    Ok(format!("[{}]", rows.join(",")))
}

/// Runs a pipeline over documents.
pub(crate) fn run(pipeline: &str, documents: &str) -> Result<String, String> {
    run_with(pipeline, &[("main", bodies(documents))], &Limits::default())
}

/// Checks a pipeline's result; both are compared as canonical JSON.
pub(crate) fn check(pipeline: &str, documents: &str, wanted: &str) {
    let wanted = body(wanted).to_text().expect("sound json");
    assert_eq!(
        run(pipeline, documents).as_deref(),
        Ok(wanted.as_str()),
        "{pipeline}"
    );
}

/// The value of an expression for a document, as JSON; the refusal's text when it is refused; `missing` when it has
/// none.
pub(crate) fn eval(expr: &str, document: &str) -> String {
    let pipeline = format!(r#"[{{"$replaceWith":{{"v":{expr}}}}}]"#);
    match run(&pipeline, &format!("[{document}]")) {
        Err(why) => why,
        Ok(text) if text == "[{}]" => "missing".to_owned(),
        Ok(text) => text
            .trim_start_matches(r#"[{"v":"#)
            .strip_suffix("}]")
            .expect("one row with one field")
            .to_owned(),
    }
}

/// Checks the values of expressions for one document.
pub(crate) fn table(document: &str, rows: &[(&str, &str)]) {
    for (expr, wanted) in rows {
        let wanted = match *wanted {
            "missing" => "missing".to_owned(),
            json => body(json).to_text().expect("sound json"),
        };
        assert_eq!(eval(expr, document), wanted, "{expr}");
    }
}

/// Checks that expressions are refused, for a reason that contains the text.
pub(crate) fn refused(document: &str, rows: &[(&str, &str)]) {
    for (expr, part) in rows {
        let why = eval(expr, document);
        assert!(
            why.contains(part) && why.starts_with("0.$replaceWith"),
            "{expr}: {why}"
        );
    }
}
