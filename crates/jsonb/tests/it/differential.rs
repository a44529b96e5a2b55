//! Valid text: our bytes are SQLite's bytes, our text is SQLite's text.

use jsonb::{Jsonb, Limits, validate};
use proptest::prelude::*;

use crate::generate;
use crate::oracle::Sqlite;

fn check(sqlite: &Sqlite, text: &str) {
    let limits = Limits {
        max_depth: usize::MAX,
        ..Limits::default()
    };
    validate(text.as_bytes(), &limits).unwrap();
    let ours = Jsonb::parse(text.as_bytes(), &limits).unwrap();
    assert_eq!(
        Some(ours.as_bytes()),
        sqlite.jsonb(text).as_deref(),
        "bytes of {text}"
    );
    let rendered = ours.to_text().unwrap();
    assert_eq!(
        Some(rendered.as_bytes()),
        sqlite.json_of_text(text).as_deref(),
        "text of {text}"
    );
    assert_eq!(
        Jsonb::parse(rendered.as_bytes(), &limits).unwrap(),
        ours,
        "again from {rendered}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn random_texts(text in generate::json()) {
        check(&Sqlite::new(), &text);
    }
}

/// Payloads on both sides of every header size, at the top, nested, and behind other content.
#[test]
fn header_sizes() {
    let sqlite = Sqlite::new();
    for size in [
        0, 1, 9, 10, 11, 12, 13, 250, 252, 253, 254, 255, 256, 257, 65_530, 65_533, 65_535, 65_536, 70_000,
    ] {
        let string = format!("\"{}\"", "x".repeat(size));
        check(&sqlite, &string);
        check(&sqlite, &format!("[{string}]"));
        check(
            &sqlite,
            &format!("{{\"k\":[[{string}],{{\"i\":{string}}}],\"l\":{string}}}"),
        );
        check(&sqlite, &format!("[{}]", vec!["1"; size + 1].join(",")));
        check(
            &sqlite,
            &format!(
                "[{}[[{}]]]",
                "[],".repeat(30_000),
                vec!["null"; size + 1].join(" , ")
            ),
        );
    }
}

#[test]
fn numbers_longer_than_their_text_suggests() {
    // Every element takes one byte more than its text: the body outgrows the text.
    let text = format!("[{}]", vec!["123456789012345678"; 20_000].join(","));
    check(&Sqlite::new(), &text);
}

#[test]
fn the_deepest_that_sqlite_reads() {
    let sqlite = Sqlite::new();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        check(&sqlite, &text(1000));
        assert_eq!(sqlite.jsonb(&text(1001)), None);
        let limits = Limits {
            max_depth: usize::MAX,
            ..Limits::default()
        };
        let error = Jsonb::parse(text(1001).as_bytes(), &limits).unwrap_err();
        assert_eq!(error.kind, jsonb::ErrorKind::TooDeep(1000));
    }
}
