//! Operands of queries, from text and from JSON.

use jiff::tz::TimeZone;

use super::*;
use crate::Literal;
use crate::values::{operand, read};

fn by(kind: &FieldType, literal: Literal) -> Result<String, String> {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    operand(&field(kind.clone()), &literal, &zone).map(|value| value.to_text().unwrap())
}

#[test]
fn text_becomes_what_the_stored_form_compares_with() {
    let dates = Range::<String>::default;
    let number = DecimalRules::default;
    for (kind, text, expected) in [
        (FieldType::Text(TextRules::default()), "a b", r#""a b""#),
        (FieldType::Text(TextRules::default()), "", r#""""#),
        (FieldType::Html, "plain", r#""plain""#),
        (FieldType::Email, "not one", r#""not one""#),
        (american(), "(702) 845-9380", r#""1-702-845-9380""#),
        (mask("999-aaa"), "862-SKB", r#""862SKB""#),
        (mask("999-aaa"), "862-", r#""862""#),
        (FieldType::Integer(Range::default()), "100", "100"),
        (FieldType::Integer(Range::default()), "5.5", "5.5"),
        (FieldType::AutoIncrement { from: 1 }, "7", "7"),
        (FieldType::Decimal(number()), "+1.50", "1.5"),
        (
            FieldType::Decimal(number()),
            "123456789012345678901",
            "123456789012345678901.0",
        ),
        (FieldType::Money(number()), "1.50", "1.50"),
        (FieldType::Percentage(number()), "0.5", "0.5"),
        (FieldType::Boolean, "True", "true"),
        (FieldType::Choice(choices()), "todo", r#""toDo""#),
        (FieldType::Choice(choices()), "Type B", r#""b""#),
        (FieldType::DynamicChoice(Vec::new()), "AZ", r#""AZ""#),
        (FieldType::Date(dates()), "2016-07-30", r#""2016-07-30""#),
        // Half past eleven in the evening in UTC is the next day in Berlin.
        (FieldType::Date(dates()), "1469921400000", r#""2016-07-31""#),
        (
            FieldType::DateTimeNoTimezone(dates()),
            "1469921400000",
            r#""2016-07-31 01:30""#,
        ),
        (
            FieldType::DateTimeNoTimezone(dates()),
            "2016-07-30",
            r#""2016-07-30 00:00""#,
        ),
        (FieldType::YearMonth(dates()), "1469921400000", r#""2016-07""#),
        (FieldType::MonthDay(dates()), "1469921400000", r#""07-31""#),
        (FieldType::Time(dates()), "1469921400000", r#""01:30""#),
        (
            FieldType::DateTime(Range::default()),
            "1469921400000",
            "1469921400000",
        ),
        (
            FieldType::DateTime(Range::default()),
            "2016-07-30T23:30:00Z",
            "1469921400000",
        ),
        (
            FieldType::DateTime(Range::default()),
            "2016-07-31",
            "1469916000000",
        ),
        (FieldType::RecordCreated, "2016-07-31 01:30", "1469921400000"),
        (FieldType::RecordModified, "-1", "-1"),
        (FieldType::Duration(Range::default()), "5400000", "5400000"),
        (FieldType::Duration(Range::default()), "1h 30m", "5400000"),
        (FieldType::Color, "#f5a9a9", r##""#f5a9a9""##),
        (FieldType::Rank, "iiii", r#""iiii""#),
        (relationship(), "ACME", r#""ACME""#),
        (FieldType::Group { allowed: Vec::new() }, "sales", r#""sales""#),
        (FieldType::File, "logo", r#""logo""#),
    ] {
        assert_eq!(
            by(&kind, Literal::Text(text.to_owned())).as_deref(),
            Ok(expected),
            "{kind:?} of {text}"
        );
    }
}

#[test]
fn json_is_understood_as_its_text() {
    let dates = Range::<String>::default;
    for (kind, text, expected) in [
        (FieldType::Text(TextRules::default()), "5", r#""5""#),
        (FieldType::Text(TextRules::default()), "true", r#""true""#),
        (FieldType::Boolean, "false", "false"),
        (FieldType::Integer(Range::default()), "5", "5"),
        (FieldType::Integer(Range::default()), r#""5""#, "5"),
        (FieldType::Date(dates()), "1469921400000", r#""2016-07-31""#),
    ] {
        assert_eq!(
            by(&kind, Literal::Json(json(text))).as_deref(),
            Ok(expected),
            "{kind:?} of {text}"
        );
    }
    for text in ["[]", "{}"] {
        assert!(by(&FieldType::Integer(Range::default()), Literal::Json(json(text))).is_err());
    }
}

#[test]
fn what_cannot_be_a_value_is_refused_with_its_text() {
    let dates = Range::<String>::default;
    for (kind, text, why) in [
        (
            FieldType::Integer(Range::default()),
            "abc",
            r#""abc" is not a number"#,
        ),
        (FieldType::Integer(Range::default()), "", r#""" is not a number"#),
        (
            FieldType::BigNumber(DecimalRules::default()),
            "x",
            r#""x" is not a number"#,
        ),
        (
            FieldType::Decimal(DecimalRules::default()),
            "1e400",
            r#""1e400" is not a number"#,
        ),
        (FieldType::Boolean, "1", r#""1" is not true or false"#),
        (
            FieldType::Choice(choices()),
            "c",
            r#""c" is not one of the choices"#,
        ),
        (
            FieldType::Date(dates()),
            "2016-02-30",
            r#""2016-02-30" is not of the form yyyy-MM-dd"#,
        ),
        (
            FieldType::DateTime(Range::default()),
            "soon",
            r#""soon" is not a date"#,
        ),
        (
            FieldType::DateTime(Range::default()),
            "9000000000000000",
            r#""9000000000000000" is not a date"#,
        ),
        (
            FieldType::Duration(Range::default()),
            "4x",
            r#""4x" is not a duration"#,
        ),
        (american(), "abc", r#""abc" is not a phone number"#),
        (FieldType::GeoPoint, "(1,2)", "places are only found with near"),
        (
            FieldType::Text(TextRules::default()),
            "a\0",
            "a value may not contain the character U+0000",
        ),
    ] {
        assert_eq!(
            by(&kind, Literal::Text(text.to_owned())),
            Err(why.to_owned()),
            "{kind:?}"
        );
    }
    let unresolved = Literal::CurrentUser("company".to_owned());
    assert!(
        by(&relationship(), unresolved)
            .unwrap_err()
            .contains("currentUser(company)")
    );
}

#[test]
fn operands_equal_what_they_were_made_of() {
    let zone = TimeZone::UTC;
    for (kind, written, ..) in samples() {
        if matches!(
            kind,
            FieldType::GeoPoint | FieldType::DynamicChoice(_) | FieldType::Html
        ) || written == "null"
        {
            continue;
        }
        let field = field(kind);
        let scalar = read(&field, json(written).root()).unwrap().unwrap();
        let operand = operand(&field, &Literal::Json(json(written)), &zone).unwrap();
        assert_eq!(operand, scalar.shadow.unwrap_or(scalar.stored), "{field:?}");
    }
}
