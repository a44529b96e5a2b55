//! What queries mean, from the outside.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod equality;
mod hostile;
mod keys;
mod operators;
mod paths;
mod refusals;
mod results;
mod soup;
mod terms;
mod values;

use jsonb::Jsonb;
use query::{Filter, Limits, Refusal};

/// JSON as a body; deeper and longer than clients may send.
fn body(text: &str) -> Jsonb {
    let limits = jsonb::Limits {
        max_bytes: 64 << 20,
        max_depth: 1000,
        max_string: 64 << 20,
    };
    Jsonb::parse(text.as_bytes(), &limits).unwrap()
}

/// A string as JSON text.
fn quoted(text: &str) -> String {
    let array = jsonb::array().item_str(text).finish();
    array.root().index(0).unwrap().unwrap().to_text().unwrap()
}

fn parse(query: &str) -> Result<Filter, Refusal> {
    Filter::parse(&body(query).root(), &Limits::default())
}

fn matches(query: &str, document: &str) -> bool {
    parse(query).unwrap().matches(body(document).root()).unwrap()
}

/// One query, documents that match it and documents that do not.
fn check(query: &str, yes: &[&str], no: &[&str]) {
    for document in yes {
        assert!(matches(query, document), "{query} should match {document}");
    }
    for document in no {
        assert!(!matches(query, document), "{query} should not match {document}");
    }
}
