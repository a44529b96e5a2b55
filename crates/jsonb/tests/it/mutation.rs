//! Bytes nobody vouches for: damaged bodies, random bytes, and the JSON5 elements SQLite writes.
//!
//! The rule: where SQLite's thorough check accepts the bytes and what `json()` prints is JSON, we print the
//! same; in every other case we either answer "damaged" or print something that is JSON. Never a panic, never
//! a loop.

use jsonb::{Damaged, Jsonb, Kind, Value, merge_fields, remove_field, set_field};
use proptest::prelude::*;

use crate::generate;
use crate::oracle::{Sqlite, is_json};

/// Calls every reader on every element; their answers only have to be answers.
fn walk(value: Value<'_>, elements: &mut usize) -> Result<(), Damaged> {
    *elements += 1;
    let _ = (
        value.as_bool(),
        value.as_i64(),
        value.as_f64(),
        value.number_spelling(),
        value.as_str(),
    );
    let _ = (
        value.len(),
        value.is_empty(),
        value.get("k"),
        value.path("k.a"),
        value.index(1),
    );
    let _ = value.render(&mut Vec::new());
    for element in value.elements() {
        walk(element?, elements)?;
    }
    for entry in value.entries() {
        walk(entry?.1, elements)?;
    }
    Ok(())
}

fn check(sqlite: &Sqlite, bytes: &[u8]) {
    let body = Jsonb::from_stored(bytes.to_vec());
    let mut elements = 0;
    let _ = walk(body.root(), &mut elements);
    assert!(elements <= bytes.len().max(1), "an element was visited twice");
    let _ = (
        set_field(&body, "k", body.root()),
        remove_field(&body, "k"),
        merge_fields(body.root(), body.root()),
    );

    let mut out = b"kept".to_vec();
    let ours = body.render(&mut out).map(|()| out[4..].to_vec());
    assert!(out.starts_with(b"kept") && (ours.is_ok() || out.len() == 4));
    let theirs = sqlite
        .is_strict_jsonb(bytes)
        .then(|| sqlite.json_of_blob(bytes))
        .flatten();
    match (ours, theirs.filter(|text| is_json(text))) {
        (ours, Some(theirs)) => assert_eq!(
            ours.as_deref().map(String::from_utf8_lossy),
            Ok(String::from_utf8_lossy(&theirs)),
            "text of {bytes:x?}"
        ),
        (Ok(ours), None) => assert!(is_json(&ours), "not json from {bytes:x?}"),
        (Err(_), None) => {}
    }
}

/// One change of some bytes.
#[derive(Debug, Clone)]
enum Change {
    Set(usize, u8),
    FlipBit(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Cut(usize),
    Repeat(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    let place = || place.clone();
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (place(), 0..8u8).prop_map(|(at, bit)| Change::FlipBit(at, bit)),
        (place(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        place().prop_map(Change::Remove),
        place().prop_map(Change::Cut),
        (place(), place()).prop_map(|(from, to)| Change::Repeat(from, to)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    let len = bytes.len();
    match *change {
        Change::Set(at, byte) => bytes[at % len] = byte,
        Change::FlipBit(at, bit) => bytes[at % len] ^= 1 << bit,
        Change::Insert(at, byte) => bytes.insert(at % len, byte),
        Change::Remove(at) => drop(bytes.remove(at % len)),
        Change::Cut(at) => bytes.truncate(at % len),
        Change::Repeat(from, to) => {
            let piece = bytes[from % len..].to_vec();
            let at = to % len;
            bytes.splice(at..at, piece.into_iter().take(40));
        }
    }
}

/// JSON5 as SQLite reads it; its bodies have elements that strict JSON never makes.
const JSON5: [&str; 14] = [
    "{a:0x1F,b:-0XfFfFfFfFfFfFfFfF,c:0x123456789abcdef01}",
    "[.5,5.,-.5,-5.e1,+7,+.5e-3,Infinity,-Infinity,NaN]",
    "{'it\\'s':'a\"b\\'c','\\x41\\0\\v':\"tab\there\"}",
    "['line\\\nbreak\\\r\nand\\\rmore\\\u{2028}end\\\u{2029}',/*c*/'\\u0041\\n']",
    "{\"a\":'\\x00\\xe9\\xFF',$k_1:null,\u{e9}:true,\\u0061b:1,}",
    "'\\\\\\/\\b\\f\\r\\t'",
    "'\u{1f600}\"\u{7f}'",
    "'\\\n\\\n\\\n'",
    "\"\\ud800 \\udc00 \\udc00\\ud800\"",
    "{a:{b:[{c:0xA}]}}",
    "1.",
    "0X0",
    "-.0",
    "'\u{1}\u{1f}'",
];

fn json5() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(&JSON5[..]).prop_map(|text| Sqlite::new().jsonb(text).unwrap())
}

/// A body with a header of any form and a random payload of likely bytes, in an array or object.
fn likely_element() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        "[-+0-9.eExXaF]{0,12}".prop_map(String::into_bytes),
        "[\\\\\"'ux0-9vn\r\nabdcDf\u{2028}\u{e9}\u{1}]{0,16}".prop_map(String::into_bytes),
    ];
    (0..16u8, 0..5usize, payload).prop_map(|(tag, form, payload)| element(tag, form, &payload))
}

/// An element with a header of the given width.
fn element(tag: u8, form: usize, payload: &[u8]) -> Vec<u8> {
    let size = payload.len() as u64;
    let mut bytes = match form {
        0 if size <= 11 => vec![tag | (size as u8) << 4],
        0 | 1 => vec![tag | 0xc0, size as u8],
        2 => [&[tag | 0xd0], &size.to_be_bytes()[6..]].concat(),
        3 => [&[tag | 0xe0], &size.to_be_bytes()[4..]].concat(),
        _ => [&[tag | 0xf0], &size.to_be_bytes()[..]].concat(),
    };
    bytes.extend_from_slice(payload);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn mutated_bodies(text in generate::json(), changes in prop::collection::vec(change(), 1..5)) {
        let mut bytes = Jsonb::parse(text.as_bytes(), &jsonb::Limits::default()).unwrap().into_bytes();
        changes.iter().for_each(|change| apply(&mut bytes, change));
        check(&Sqlite::new(), &bytes);
    }

    #[test]
    fn mutated_json5_bodies(mut bytes in json5(), changes in prop::collection::vec(change(), 0..4)) {
        changes.iter().for_each(|change| apply(&mut bytes, change));
        check(&Sqlite::new(), &bytes);
    }

    #[test]
    fn likely_elements(elements in prop::collection::vec(likely_element(), 1..5), tag in 11..13u8, form in 1..5usize) {
        let sqlite = Sqlite::new();
        elements.iter().for_each(|element| check(&sqlite, element));
        check(&sqlite, &element(tag, form, &elements.concat()));
    }

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        check(&Sqlite::new(), &bytes);
    }
}

#[test]
fn json5_bodies_read_as_sqlite_reads_them() {
    let sqlite = Sqlite::new();
    for text in JSON5 {
        let bytes = sqlite.jsonb(text).unwrap();
        assert!(
            sqlite.is_strict_jsonb(&bytes) && is_json(&sqlite.json_of_blob(&bytes).unwrap()),
            "{text}"
        );
        check(&sqlite, &bytes);
    }
}

/// A chain of arrays, each holding the next, deeper than anything may recurse.
#[test]
fn bottomless_nesting_is_damage() {
    let mut bytes = vec![0x0b];
    for _ in 0..10_000 {
        bytes = element(11, 3, &bytes);
    }
    let body = Jsonb::from_stored(bytes);
    assert_eq!(body.root().kind(), Kind::Array);
    assert_eq!(body.to_text().unwrap_err().what, "nested too deep");
}

#[test]
fn a_damaged_root_answers_damaged_everywhere() {
    for bytes in [
        &b""[..],
        b"\x1f",
        b"\xcc",
        b"\x7b",
        b"\x00\x00",
        b"\xfb\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        let body = Jsonb::from_stored(bytes.to_vec());
        let root = body.root();
        assert_eq!(root.kind(), Kind::Object);
        assert!(
            root.get("a").is_err() && root.index(0).is_err() && root.len().is_err() && root.as_str().is_err()
        );
        assert!(root.as_bool().is_err() && root.as_i64().is_err() && root.as_f64().is_err());
        assert_eq!(
            (root.elements().count(), root.entries().count()),
            (1, 1),
            "one error each"
        );
        assert!(root.render(&mut Vec::new()).is_err() && set_field(&body, "a", root).is_err());
        let around = jsonb::object()
            .field_raw("bad", root)
            .field_i64("good", 1)
            .finish();
        assert!(around.to_text().is_err() && around.root().get("bad").is_err());
    }
}

/// SQLite may call a string escaped that has no escape; it is found all the same.
#[test]
fn a_key_marked_as_escaped_without_escapes_is_found() {
    let (textj, text5, one) = (element(8, 0, b"key"), element(9, 1, b"yek"), element(3, 0, b"1"));
    let body = Jsonb::from_stored(element(12, 1, &[&textj[..], &one, &text5, &one].concat()));
    for key in ["key", "yek"] {
        assert_eq!(
            body.root().get(key).unwrap().unwrap().as_i64(),
            Ok(Some(1)),
            "{key}"
        );
    }
}

#[test]
fn a_null_escape_before_a_digit_is_damage() {
    let good = Jsonb::from_stored(element(9, 0, b"\\0a"));
    assert_eq!(
        (
            good.to_text().as_deref(),
            good.root().as_str().unwrap().as_deref()
        ),
        (Ok("\"\\u0000a\""), Some("\0a"))
    );
    let bad = Jsonb::from_stored(element(9, 0, b"\\01"));
    assert!(bad.to_text().is_err() && bad.root().as_str().is_err());
}
