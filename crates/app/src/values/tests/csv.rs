//! Cells of CSV files.

use super::*;
use crate::values::{from_csv, to_csv};

fn cell(kind: &FieldType, text: &str) -> String {
    told(from_csv(&field(kind.clone()), text))
}

#[test]
fn samples_go_to_cells_and_back() {
    for (kind, _, kept, text, _) in samples() {
        assert_eq!(
            to_csv(&field(kind.clone()), json(kept).root()).unwrap(),
            text,
            "{kind:?}"
        );
        assert_eq!(cell(&kind, text), kept, "{kind:?}");
    }
}

#[test]
fn an_empty_cell_is_empty() {
    for kind in every_type() {
        let expected = match kind {
            FieldType::Boolean => "false",
            FieldType::Nested { .. }
            | FieldType::Relationship(_)
            | FieldType::Group { .. }
            | FieldType::File => "invalidStructure: ",
            _ => "none",
        };
        assert_eq!(cell(&kind, ""), expected, "{kind:?}");
    }
}

#[test]
fn imports_take_more_forms_than_exports_write() {
    let states = r#"{"options":[{"label":"Arizona","name":"AZ"}],"selectedValue":"AZ"}"#;
    let number = DecimalRules::default;
    for (kind, text, expected) in [
        (FieldType::Boolean, "TRUE", "true"),
        (FieldType::Boolean, "1", "true"),
        (FieldType::Boolean, "Yes", "true"),
        (FieldType::Boolean, "false", "false"),
        (FieldType::Boolean, "0", "false"),
        (FieldType::Boolean, "NO", "false"),
        (FieldType::Boolean, "2", "invalid: 2"),
        (FieldType::Choice(choices()), "TODO", r#""toDo""#),
        (FieldType::Choice(choices()), "type a", r#""a""#),
        (FieldType::Choice(choices()), "c", "invalid: c"),
        (FieldType::DynamicChoice(Vec::new()), states, states),
        (FieldType::DynamicChoice(Vec::new()), "{", "invalid: {"),
        (FieldType::Percentage(number()), "50", "0.5"),
        (FieldType::Percentage(number()), "76.25", "0.7625"),
        (FieldType::Percentage(number()), "50%", "invalid: 50%"),
        (FieldType::Integer(Range::default()), " 12 ", "12"),
        (FieldType::Integer(Range::default()), "007", "7"),
        (FieldType::Integer(Range::default()), "1,000", "invalid: 1,000"),
        (FieldType::Decimal(number()), "+1.50", "1.5"),
        (FieldType::Decimal(number()), "1.50", "1.50"),
        (FieldType::Decimal(number()), "abc", "invalid: abc"),
        (FieldType::Decimal(number()), "1e400", "invalid: 1e400"),
        (
            FieldType::DateTime(Range::default()),
            "2016-05-30T06:55:57.316+02:00",
            "1464584157316",
        ),
        (
            FieldType::DateTime(Range::default()),
            "1464584157316",
            "invalid: 1464584157316",
        ),
        (
            FieldType::DateTime(Range::default()),
            "2016-05-30T06:55:57",
            "invalid: 2016-05-30T06:55:57",
        ),
        (
            FieldType::DateTime(Range {
                min: Some(0),
                max: None,
            }),
            "1960-01-01T00:00:00Z",
            "invalid: 1960-01-01T00:00:00Z",
        ),
        (american(), "7028459380", r#""1-702-845-9380""#),
        (mask("999-aaa"), "862SKB", r#""862SKB""#),
        (
            FieldType::GeoPoint,
            "( 10.5 , -12 )",
            r#"{"latitude":10.5,"longitude":-12}"#,
        ),
        (FieldType::GeoPoint, "10.5,12", "invalid: 10.5,12"),
        (FieldType::GeoPoint, "(91,0)", "invalid: (91,0)"),
        (FieldType::Email, "x", "invalidEmail: x"),
        (FieldType::Text(TextRules::default()), "a\0b", "invalid: a\0b"),
        (FieldType::AutoIncrement { from: 1 }, "5", "allowedOperations: "),
        (
            FieldType::RecordCreated,
            "2016-05-30T04:55:57.316Z",
            "allowedOperations: ",
        ),
        (
            FieldType::RecordModified,
            "2016-05-30T04:55:57.316Z",
            "allowedOperations: ",
        ),
        (FieldType::File, "logo.png", "allowedOperations: "),
        (relationship(), "ACME", "invalidStructure: ACME"),
    ] {
        assert_eq!(cell(&kind, text), expected, "{kind:?} of {text}");
    }
}

#[test]
fn references_are_written_by_what_they_are_called() {
    for (kind, kept, text) in [
        (relationship(), r#"{"id":"1","label":"ACME"}"#, "ACME"),
        (
            FieldType::Group { allowed: Vec::new() },
            r#"{"id":"1","label":"Sales"}"#,
            "Sales",
        ),
        (FieldType::File, r#"{"id":"1","name":"logo.png"}"#, "logo.png"),
        (FieldType::RecordCreated, "0", "1970-01-01T00:00:00.000Z"),
        (FieldType::AutoIncrement { from: 1 }, "7", "7"),
    ] {
        assert_eq!(to_csv(&field(kind), json(kept).root()).unwrap(), text);
    }
}
