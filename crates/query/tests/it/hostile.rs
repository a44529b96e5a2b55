//! What is made to hurt is refused, or costs no more than it should.

use query::{Cause, Filter, Limits};

use super::{body, matches, parse};

fn refused(query: &str, setting: &str) {
    let refusal = parse(query).unwrap_err();
    assert_eq!(refusal.cause, Cause::Limit, "{refusal}");
    assert!(refusal.why.contains(&format!("`{setting}`")), "{refusal}");
    assert!(refusal.to_string().len() < 5000, "{}", refusal.to_string().len());
}

#[test]
fn nesting() {
    for (open, close) in [
        (r#"{"$and":["#, "]}"),
        (r#"{"$nor":["#, "]}"),
        (r#"{"a":{"$elemMatch":"#, "}}"),
        (r#"{"a":{"$all":[{"$elemMatch":"#, "}]}}"),
    ] {
        let levels = 900 / open.matches(['{', '[']).count();
        refused(
            &format!("{}{}{}", open.repeat(levels), "{}", close.repeat(levels)),
            "depth",
        );
    }
    let nots = format!(
        r#"{{"a":{}{{"$eq":1}}{}}}"#,
        r#"{"$not":"#.repeat(900),
        "}".repeat(900)
    );
    refused(&nots, "depth");
    let path = format!(r#"{{"{}":1}}"#, vec!["a"; 100_000].join("."));
    refused(&path, "depth");
    let literal = format!(r#"{{"a":{}1{}}}"#, "[".repeat(900), "]".repeat(900));
    assert!(parse(&literal).unwrap_err().why.contains("deeper than 200"));
}

#[test]
fn ten_thousand_levels_built_without_a_parser() {
    let mut query = body(r#"{"a":1}"#);
    for _ in 0..10_000 {
        query = jsonb::object()
            .field_body("$and", &jsonb::array().item_body(&query).finish())
            .finish();
    }
    let refusal = Filter::parse(&query.root(), &Limits::default()).unwrap_err();
    assert_eq!(refusal.cause, Cause::Limit);
}

#[test]
fn sizes() {
    let many = |part: &str, times: usize| vec![part; times].join(",");
    refused(&format!(r#"{{"a":{{"$in":[{}]}}}}"#, many("1", 100_001)), "list");
    refused(&format!(r#"{{"$or":[{}]}}"#, many(r#"{"a":1}"#, 10_001)), "nodes");
    refused(&format!(r#"{{"a":{{"$all":[{}]}}}}"#, many("1", 10_001)), "nodes");
    refused(
        &format!(r#"{{"a":{{"$in":[{}]}}}}"#, many(r#"{"$regex":"x"}"#, 101)),
        "patterns",
    );
    refused(
        &format!(r#"{{"a":{{"$regex":"{}"}}}}"#, "x".repeat(5000)),
        "pattern",
    );
    refused(r#"{"a":{"$regex":"((a{100}){100}){100}"}}"#, "regex_bytes");
    let biggest = format!(
        r#"{{"a":{{"$in":[{}]}}}}"#,
        (0..100_000)
            .map(|at| at.to_string())
            .collect::<Vec<_>>()
            .join(",")
    );
    assert!(matches(&biggest, r#"{"a":99999}"#));
    assert!(!matches(&biggest, r#"{"a":100000}"#));
}

#[test]
fn patterns_that_blow_up_elsewhere() {
    let long = format!(r#"{{"a":"{}!"}}"#, "a".repeat(1 << 20));
    for pattern in ["^(a+)+$", "(a|aa)+$", "(a*)*b", "(.*)*(.*)*x"] {
        let query = format!(r#"{{"a":{{"$regex":"{pattern}"}}}}"#);
        assert!(!matches(&query, &long), "{pattern}");
    }
}

#[test]
fn long_strings_and_damaged_documents() {
    let long = "x".repeat(1 << 20);
    let document = format!(r#"{{"a":"{long}"}}"#);
    assert!(matches(&document, &document));
    assert!(!matches(&format!(r#"{{"a":{{"$gt":"{long}"}}}}"#), &document));
    let filter = parse(r#"{"a":1,"b":{"$gt":2}}"#).unwrap();
    for bytes in [
        vec![],
        vec![0xff],
        vec![0x2c, 0x17, b'a'],
        vec![0x3c, 0x17, b'a', 0x1f],
    ] {
        let stored = jsonb::Jsonb::from_stored(bytes);
        assert_eq!(filter.matches(stored.root()).unwrap_err().cause, Cause::Damaged);
    }
}
