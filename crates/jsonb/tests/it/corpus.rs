//! Hostile files, each with the answer it must get. A file without a row, or a row without a file, fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use jsonb::{ErrorKind, Limits, encode, validate};

use crate::oracle::Sqlite;

/// Name, kind of the error (empty: accepted), byte offset.
const EXPECTED: [(&str, &str, usize); 60] = [
    ("deep_arrays.json", "too-deep", 128),
    ("deep_arrays_open.json", "too-deep", 128),
    ("deep_objects.json", "too-deep", 640),
    ("deep_mixed.json", "too-deep", 384),
    ("deep_at_limit.json", "", 0),
    ("surrogate_high_alone.json", "lone-surrogate", 2),
    ("surrogate_low_alone.json", "lone-surrogate", 7),
    ("surrogate_high_twice.json", "lone-surrogate", 1),
    ("surrogate_high_then_letter.json", "lone-surrogate", 1),
    ("surrogate_high_then_plain.json", "lone-surrogate", 1),
    ("surrogate_in_key.json", "lone-surrogate", 2),
    ("surrogate_reversed.json", "lone-surrogate", 1),
    ("surrogate_pair.json", "", 0),
    ("nul_escape.json", "nul", 7),
    ("nul_escape_in_key.json", "nul", 2),
    ("nul_raw.json", "nul", 2),
    ("nul_between.json", "syntax", 3),
    ("nul_after.json", "trailing", 2),
    ("overlong_slash.json", "utf8", 1),
    ("overlong_nul.json", "utf8", 1),
    ("overlong_three.json", "utf8", 7),
    ("overlong_four.json", "utf8", 1),
    ("utf8_surrogate.json", "utf8", 1),
    ("utf8_beyond.json", "utf8", 1),
    ("utf8_cut.json", "utf8", 1),
    ("utf8_latin1.json", "utf8", 9),
    ("utf16.json", "syntax", 1),
    ("bom.json", "syntax", 0),
    ("number_int_above.json", "number-range", 1),
    ("number_int_below.json", "number-range", 1),
    ("number_int_edges.json", "", 0),
    ("number_float_above.json", "number-range", 5),
    ("number_float_long.json", "number-range", 0),
    ("number_digits_100k.json", "number-range", 1),
    ("number_exponent_100k.json", "number-range", 0),
    ("number_underflow.json", "", 0),
    ("number_hex.json", "syntax", 2),
    ("truncated_string.json", "syntax", 8),
    ("truncated_escape.json", "syntax", 5),
    ("truncated_unicode.json", "syntax", 8),
    ("truncated_key.json", "syntax", 9),
    ("truncated_number.json", "syntax", 3),
    ("truncated_literal.json", "syntax", 1),
    ("duplicate_escaped.json", "duplicate-key", 23),
    ("duplicate_far.json", "duplicate-key", 18891),
    ("json5.json", "syntax", 1),
    ("comment.json", "syntax", 0),
    ("control_tab.json", "syntax", 2),
    ("control_newline.json", "syntax", 3),
    ("space_form_feed.json", "syntax", 3),
    ("space_no_break.json", "syntax", 1),
    ("trailing_comma.json", "syntax", 5),
    ("trailing_value.json", "trailing", 7),
    ("trailing_bracket.json", "trailing", 2),
    ("mismatched.json", "syntax", 7),
    ("empty.json", "empty", 0),
    ("only_space.json", "empty", 4),
    ("escapes_all.json", "", 0),
    ("key_empty.json", "", 0),
    ("key_proto.json", "", 0),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn name_of(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Syntax(_) => "syntax",
        ErrorKind::DuplicateKey(_) => "duplicate-key",
        ErrorKind::NulCharacter => "nul",
        ErrorKind::LoneSurrogate => "lone-surrogate",
        ErrorKind::NumberOutOfRange(_) => "number-range",
        ErrorKind::InvalidUtf8 => "utf8",
        ErrorKind::TooDeep(_) => "too-deep",
        ErrorKind::TooLong(_) => "too-long",
        ErrorKind::StringTooLong(_) => "string-too-long",
        ErrorKind::TrailingData => "trailing",
        ErrorKind::Empty => "empty",
    }
}

#[test]
fn every_file_gets_its_answer() {
    let sqlite = Sqlite::new();
    for (name, kind, offset) in EXPECTED {
        let text = fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut out = Vec::new();
        let answer = encode(&text, &Limits::default(), &mut out);
        assert_eq!(
            validate(&text, &Limits::default()).err(),
            answer.clone().err(),
            "{name}"
        );
        match answer {
            Ok(_) => {
                assert_eq!((kind, offset), ("", 0), "{name} was accepted");
                let text = std::str::from_utf8(&text).unwrap();
                assert_eq!(sqlite.jsonb(text), Some(out), "bytes of {name}");
            }
            Err(error) => {
                assert_eq!(
                    (name_of(&error.kind), error.offset),
                    (kind, offset),
                    "{name}: {error}"
                );
                assert!(out.is_empty(), "{name} left bytes");
            }
        }
    }
}

#[test]
fn files_and_rows_match() {
    let files: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let rows: BTreeSet<String> = EXPECTED.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(files, rows);
    assert_eq!(rows.len(), EXPECTED.len(), "a row is there twice");
}
