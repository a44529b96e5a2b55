//! The walker: kinds, fields, numbers and strings as they should read.

use jsonb::{Jsonb, Kind, Limits, Value};
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::generate;
use crate::oracle::Sqlite;

/// Compares with what another parser reads.
fn compare(value: Value<'_>, json: &Json) {
    match json {
        Json::Null => assert_eq!(value.kind(), Kind::Null),
        Json::Bool(flag) => assert_eq!(value.as_bool().unwrap(), Some(*flag)),
        Json::Number(number) => compare_number(value, number),
        Json::String(text) => assert_eq!(value.as_str().unwrap().as_deref(), Some(text.as_str())),
        Json::Array(items) => {
            assert_eq!((value.kind(), value.len().unwrap()), (Kind::Array, items.len()));
            for (at, (element, item)) in value.elements().zip(items).enumerate() {
                compare(element.unwrap(), item);
                compare(value.index(at).unwrap().unwrap(), item);
            }
            assert!(value.index(items.len()).unwrap().is_none());
        }
        Json::Object(fields) => {
            assert_eq!((value.kind(), value.len().unwrap()), (Kind::Object, fields.len()));
            for (entry, (key, item)) in value.entries().zip(fields) {
                assert_eq!(entry.unwrap().0, key.as_str());
                compare(value.get(key).unwrap().unwrap(), item);
            }
            assert!(value.get("absent").unwrap().is_none());
        }
    }
}

fn compare_number(value: Value<'_>, number: &serde_json::Number) {
    let spelling = value.number_spelling().unwrap().unwrap();
    let float = spelling.contains(['.', 'e', 'E']);
    assert_eq!(value.kind(), if float { Kind::Float } else { Kind::Int });
    assert_eq!(
        value.as_i64().unwrap(),
        if float { None } else { spelling.parse().ok() }
    );
    let theirs = number.as_f64().unwrap();
    let ours = value.as_f64().unwrap().unwrap();
    // The other parser may be off by the last bits, also of numbers near zero that have few of them.
    assert!(
        (ours - theirs).abs() <= theirs.abs() * 1e-15 + 1e-320,
        "{spelling}: {ours} is not {theirs}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn everything_reads_as_another_parser_reads_it(text in generate::json()) {
        let body = Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap();
        compare(body.root(), &serde_json::from_str(&text).unwrap());
    }
}

#[test]
fn paths_enter_objects_only() {
    let body = Jsonb::parse(br#"{"a":{"b":{"c":7}},"l":[{"b":1}]}"#, &Limits::default()).unwrap();
    let at = |path| {
        body.root()
            .path(path)
            .unwrap()
            .map(|value| value.to_text().unwrap())
    };
    assert_eq!(at("a.b.c").as_deref(), Some("7"));
    assert_eq!(at("a.b").as_deref(), Some(r#"{"c":7}"#));
    assert_eq!(
        (at("a.x.c"), at("l.b"), at("l.0"), at("")),
        (None, None, None, None)
    );
}

#[test]
fn other_kinds_answer_none() {
    let body = Jsonb::parse(br#"["text",1,1.5,null]"#, &Limits::default()).unwrap();
    let value = |at| body.root().index(at).unwrap().unwrap();
    assert_eq!(
        (value(0).as_i64(), value(0).as_f64(), value(0).as_bool()),
        (Ok(None), Ok(None), Ok(None))
    );
    assert_eq!(
        (value(1).as_str(), value(2).as_i64(), value(3).as_f64()),
        (Ok(None), Ok(None), Ok(None))
    );
    assert_eq!(
        (
            value(0).elements().count(),
            value(1).entries().count(),
            value(3).len()
        ),
        (0, 0, Ok(0))
    );
    assert!(value(1).get("a").unwrap().is_none() && body.root().get("text").unwrap().is_none());
    assert_eq!(value(1).as_f64(), Ok(Some(1.0)));
}

#[test]
fn json5_elements_read_as_their_values() {
    let sqlite = Sqlite::new();
    let bytes = sqlite.jsonb(
        "{h:0x1F,m:-0x8000000000000000,u:0xffffffffffffffff,f:.5,i:-Infinity,'\\x6b':'\\x41\\\nb\\'\\v'}",
    );
    let body = Jsonb::from_stored(bytes.unwrap());
    let get = |key| body.root().get(key).unwrap().unwrap();
    assert_eq!((get("h").kind(), get("h").as_i64()), (Kind::Int, Ok(Some(31))));
    assert_eq!(get("m").as_i64(), Ok(Some(i64::MIN)));
    assert_eq!(
        (get("u").as_i64(), get("u").as_f64()),
        (Ok(None), Ok(Some(u64::MAX as f64)))
    );
    assert_eq!((get("f").kind(), get("f").as_f64()), (Kind::Float, Ok(Some(0.5))));
    assert_eq!(get("i").as_f64(), Ok(Some(f64::NEG_INFINITY)));
    assert_eq!(get("k").as_str().unwrap().unwrap(), "Ab'\u{b}");
}

#[test]
fn a_stored_lone_surrogate_reads_as_a_replacement_and_prints_as_written() {
    let bytes = Sqlite::new().jsonb(r#""a\ud800b\udc00\ud83d\ude00""#).unwrap();
    let body = Jsonb::from_stored(bytes);
    assert_eq!(
        body.root().as_str().unwrap().unwrap(),
        "a\u{fffd}b\u{fffd}\u{1f600}"
    );
    assert_eq!(body.to_text().unwrap(), r#""a\ud800b\udc00\ud83d\ude00""#);
}
