//! Texts that must be refused: the kind, the place, the path and the sentence.

use std::time::{Duration, Instant};

use jsonb::{ErrorKind, Limits, ParseError, encode, validate};
use proptest::prelude::*;

use crate::generate;
use crate::oracle::is_json;

fn refuse(text: &[u8], limits: &Limits) -> ParseError {
    let mut out = b"kept".to_vec();
    let error = encode(text, limits, &mut out).unwrap_err();
    assert_eq!(out, b"kept", "nothing is appended on an error");
    assert_eq!(
        validate(text, limits).as_ref(),
        Err(&error),
        "both ways give the same error"
    );
    error
}

#[track_caller]
fn check(text: &str, message: &str) {
    assert_eq!(refuse(text.as_bytes(), &Limits::default()).to_string(), message);
}

#[test]
fn other_encodings_are_named() {
    let (mark, utf16) = (
        "the text begins with a byte order mark, only utf-8 without one is taken",
        "the text is utf-16, only utf-8 is taken",
    );
    let place = "at line 1, column 1 (in $)";
    check("\u{feff}{}", &format!("{mark} {place}"));
    for text in [&b"\xff\xfe{\0}\0"[..], b"\xfe\xff\0{\0}"] {
        assert_eq!(
            refuse(text, &Limits::default()).to_string(),
            format!("{utf16} {place}")
        );
    }
    check(
        "[1]\u{feff}",
        "unexpected data after the json value at line 1, column 4 (in $)",
    );
}

#[test]
fn the_place_is_named() {
    check(
        "",
        "empty text where a json value was expected at line 1, column 1 (in $)",
    );
    check(
        " \n ",
        "empty text where a json value was expected at line 2, column 2 (in $)",
    );
    check(
        "{\"a\":[1,{\"b\":tru}]}",
        "expected a json value at line 1, column 14 (in $.a[1].b)",
    );
    check(
        "{\n \"\u{e9}\u{e9}\": x}",
        "expected a json value at line 2, column 8 (in $[\"\u{e9}\u{e9}\"])",
    );
    check(
        "[1,2",
        "the text ends inside an array at line 1, column 5 (in $[1])",
    );
    check(
        "{} {}",
        "unexpected data after the json value at line 1, column 4 (in $)",
    );
    check(
        "{\"a\":1,\"\\u0061\":2}",
        "duplicate key \"a\" at line 1, column 8 (in $.a)",
    );
    check(
        "[1,{\"x\":1e400}]",
        "number 1e400 is out of range at line 1, column 9 (in $[1].x)",
    );
    check(
        "{\"a\":{\"b\":1},}",
        "expected a key in double quotes at line 1, column 14 (in $)",
    );
    check(
        "{\"two words\":\"\\u0000\"}",
        "a string may not contain the character U+0000 at line 1, column 15 (in $[\"two words\"])",
    );
}

#[test]
fn bad_utf8_is_placed_and_yields_to_an_earlier_error() {
    let error = refuse(b"{\"a\":[\"x\",\"\xff\"]}", &Limits::default());
    assert_eq!(
        (&error.kind, error.offset, error.path.as_str()),
        (&ErrorKind::InvalidUtf8, 11, "$.a[1]")
    );
    let error = refuse(b"{\"a\":tru,\"\xff\":1}", &Limits::default());
    assert_eq!(
        (&error.kind, error.offset),
        (&ErrorKind::Syntax("expected a json value"), 5)
    );
    let error = refuse(b"{}\xff", &Limits::default());
    assert_eq!((&error.kind, error.offset), (&ErrorKind::InvalidUtf8, 2));
}

#[test]
fn numbers_at_the_edges() {
    for text in [
        "9223372036854775808",
        "-9223372036854775809",
        "1e309",
        "-1.8e308",
        "123456789012345678901",
        "1E0400",
    ] {
        assert_eq!(
            refuse(text.as_bytes(), &Limits::default()).kind,
            ErrorKind::NumberOutOfRange(text.to_owned())
        );
    }
    for text in [
        "01", "-", "+1", ".5", "1.", "1e", "1e+", "-.5", "0x1", "1.e5", "00", "-01", "NaN", "Infinity", "1_0",
    ] {
        let kind = refuse(text.as_bytes(), &Limits::default()).kind;
        assert!(
            matches!(kind, ErrorKind::Syntax(_) | ErrorKind::TrailingData),
            "{text}: {kind:?}"
        );
    }
}

#[test]
fn limits_hold_exactly() {
    let limits = Limits {
        max_bytes: 12,
        max_depth: 2,
        max_string: 3,
    };
    for fits in ["[[1]]", "\"abc\"", "{\"abc\":[]}", "[1,1,1,1,11]", "        1234"] {
        assert_eq!(validate(fits.as_bytes(), &limits), Ok(()), "{fits}");
    }
    assert_eq!(refuse(b"[1,1,1,1,1,1]", &limits).kind, ErrorKind::TooLong(12));
    assert_eq!(refuse(b"[[[]]]", &limits).kind, ErrorKind::TooDeep(2));
    assert_eq!(refuse(b"[\"abcd\"]", &limits).kind, ErrorKind::StringTooLong(3));
    assert_eq!(refuse(b"{\"abcd\":1}", &limits).kind, ErrorKind::StringTooLong(3));
    let error = refuse(b"[\"\\u0061\"]", &limits);
    assert_eq!((error.kind, error.offset), (ErrorKind::StringTooLong(3), 1));
}

/// An object with many keys, at both sizes of the look-up, with a duplicate at any place.
#[test]
fn duplicates_are_found_among_many_keys() {
    for count in [1, 2, 31, 32, 33, 34, 100, 5000] {
        let mut keys: Vec<String> = (0..count)
            .map(|at| format!("\"key {at}\":{{\"key 0\":1}}"))
            .collect();
        assert!(validate(format!("{{{}}}", keys.join(",")).as_bytes(), &Limits::default()).is_ok());
        for twin in [0, count / 2, count - 1] {
            keys.push(format!("\"\\u006bey {twin}\":2"));
            let kind = refuse(format!("{{{}}}", keys.join(",")).as_bytes(), &Limits::default()).kind;
            assert_eq!(kind, ErrorKind::DuplicateKey(format!("key {twin}")));
            keys.pop();
        }
    }
}

/// A million keys with equal ends, which would take hours if each were compared with all others.
#[test]
fn very_many_keys_are_not_quadratic() {
    let keys: Vec<String> = (0..1_000_000).map(|at| format!("\"{at:07}\":1")).collect();
    let text = format!("{{{}}}", keys.join(","));
    let start = Instant::now();
    assert!(validate(text.as_bytes(), &Limits::default()).is_ok());
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "took {:?}",
        start.elapsed()
    );
}

/// Errors stay small: what they quote is cut.
#[test]
fn huge_input_gives_a_small_error() {
    let long = "k".repeat(100_000);
    let duplicate = format!("{{\"{long}\":1,\"{long}\":2}}");
    let number = "9".repeat(100_000);
    let deep = format!("{}1", format!("{{\"{long}\":").repeat(50));
    for text in [duplicate, number, deep] {
        let message = refuse(text.as_bytes(), &Limits::default()).to_string();
        assert!(message.len() < 1000, "{} bytes", message.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Whatever damaged text is accepted, another parser accepts too; refusals point into the text.
    #[test]
    fn damaged_texts(
        text in generate::json(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        piece in prop::sample::select(vec!["\"", "\\", "\\u", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e", "\u{0}", "\n"]),
    ) {
        let place = at.index(text.len() + 1);
        let mut inserted = text.clone().into_bytes();
        inserted.splice(place..place, piece.bytes());
        let mut replaced = text.clone().into_bytes();
        replaced[at.index(text.len())] = byte;
        let cut = text.as_bytes()[..place].to_vec();
        for damaged in [inserted, replaced, cut] {
            match validate(&damaged, &Limits::default()) {
                Ok(()) => assert!(is_json(&damaged), "{:?}", String::from_utf8_lossy(&damaged)),
                Err(error) => {
                    assert!(error.offset <= damaged.len());
                    let stricter = !matches!(error.kind, ErrorKind::Syntax(_) | ErrorKind::TrailingData | ErrorKind::Empty);
                    assert!(stricter || !is_json(&damaged), "{error}: {:?}", String::from_utf8_lossy(&damaged));
                    refuse(&damaged, &Limits::default());
                }
            }
        }
    }
}
