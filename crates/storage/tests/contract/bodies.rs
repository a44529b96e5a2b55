//! Bodies come back as they were sent: key order, spelling of numbers, escapes, every character.

use storage::tables::records::Expect;

use super::bed::{Bed, body, collection, put_body, put_now, read, seen, write};

const TEXTS: &[&str] = &[
    r#"{"b":1,"a":2,"c":{"z":[],"y":{}}}"#,
    r#"{"n":[1.0,1e2,1E+2,1.10,-0,-0.0,0.1e-7,9223372036854775807,-9223372036854775808,1.7976931348623157e308]}"#,
    r#"{"s":["","\u0041","\n\t\"\\\/\b\f\r","é","e\u0301","\ud83d\ude00","😀","\u2028","\u007f"]}"#,
    r#"{"":"","a.b":1,"$x":null," ":true}"#,
    "null",
    "true",
    "-1.5",
    r#""text""#,
    "[]",
    r#"[[],[[]],{"a":[{}]}]"#,
];

pub(crate) fn spelling_survives(bed: &dyn Bed) {
    let c = collection(bed);
    for (number, text) in TEXTS.iter().enumerate() {
        let id = number.to_string();
        put_now(bed, c, &id, Expect::Absent, text);
        assert_eq!(seen(bed, c, &id), Some((1, (*text).to_owned())));
        let kept = read(bed, move |tx| tx.record(c, &id)).unwrap().body;
        assert_eq!(kept, body(text), "{text}");
    }
}

pub(crate) fn long_bodies_survive(bed: &dyn Bed) {
    let c = collection(bed);
    for length in [100, 4_000, 8_200, 70_000, 3_000_000] {
        let text = format!(
            r#"{{"before":1,"long":"{}","after":2}}"#,
            "xyzé".repeat(length / 5)
        );
        put_now(bed, c, "long", Expect::Any, &text);
        assert_eq!(seen(bed, c, "long").unwrap().1, text);
    }
}

pub(crate) fn stored_bytes_are_given_back_as_they_are(bed: &dyn Bed) {
    let c = collection(bed);
    let sent = body(r#"{"a":[1,2.50,"x\u0041"]}"#);
    let kept = sent.clone();
    write(bed, move |tx| put_body(tx, c, "a", Expect::Absent, &kept));
    let (_, found) = read(bed, move |tx| tx.record_body(c, "a")).unwrap();
    assert_eq!(found.as_bytes(), sent.as_bytes());
}
