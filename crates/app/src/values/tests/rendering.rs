//! What answers show: native, as plain text, and where values are compared.

use jiff::tz::TimeZone;

use super::*;
use crate::values::{native, plain_text, rendered, shadow, stored_path};

#[test]
fn plain_text_has_the_defaults_of_the_original() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    for (kind, _, kept, _, read) in samples() {
        assert_eq!(
            plain_text(&field(kind.clone()), json(kept).root(), &zone).unwrap(),
            read,
            "{kind:?}"
        );
    }
    for (kind, kept, read) in [
        (relationship(), r#"{"id":"1","label":"ACME"}"#, "ACME"),
        (
            FieldType::Group { allowed: Vec::new() },
            r#"{"id":"1","label":"Sales"}"#,
            "Sales",
        ),
        (FieldType::File, r#"{"id":"1","name":"logo.png"}"#, "logo.png"),
        (FieldType::RecordCreated, "0", "1970-01-01 01:00"),
        (FieldType::RecordModified, "0", "1970-01-01 01:00"),
        (FieldType::AutoIncrement { from: 1 }, "12", "12"),
        (FieldType::Choice(choices()), r#""gone""#, "gone"),
        (
            FieldType::Money(DecimalRules::default()),
            "1000000.005",
            "$1000000.01",
        ),
        (FieldType::Duration(Range::default()), "-90061000", "-1d 1h 1m 1s"),
        (FieldType::Duration(Range::default()), "0", "0s"),
    ] {
        assert_eq!(
            plain_text(&field(kind.clone()), json(kept).root(), &zone).unwrap(),
            read,
            "{kind:?}"
        );
    }
}

#[test]
fn native_differs_only_for_masks() {
    for (kind, _, kept, _, _) in samples() {
        let mut out = b"x".to_vec();
        native(&field(kind.clone()), json(kept).root(), &mut out).unwrap();
        let expected = if rendered(&kind) {
            r#"x"862-SKB""#.to_owned()
        } else {
            format!("x{kept}")
        };
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
    // After the mask was changed: as it is.
    let mut out = Vec::new();
    native(&field(mask("99")), json(r#""86\"2""#).root(), &mut out).unwrap();
    assert_eq!(out, br#""86\"2""#);
}

#[test]
fn comparisons_go_to_where_values_compare() {
    let big = FieldType::BigNumber(DecimalRules::default());
    for (path, kind, stored) in [
        ("rating", &big, "~.rating"),
        ("a.rating", &big, "a.~.rating"),
        ("a.b.notes", &FieldType::Html, "a.b.~.notes"),
        (
            "a.kind",
            &FieldType::DynamicChoice(Vec::new()),
            "a.kind.selectedValue",
        ),
        ("a.name", &FieldType::Text(TextRules::default()), "a.name"),
    ] {
        assert_eq!(stored_path(path, kind), stored);
    }
    for kind in every_type() {
        let value = samples().into_iter().find(|(sample, ..)| *sample == kind);
        let Some((_, written, ..)) = value else { continue };
        let scalar = crate::values::read(&field(kind.clone()), json(written).root())
            .unwrap()
            .unwrap();
        assert_eq!(scalar.shadow.is_some(), shadow(&kind), "{kind:?}");
    }
}
