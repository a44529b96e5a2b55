//! Tables over all types: forms of writing, what is kept, what is refused and how, CSV, operands.

mod csv;
mod html;
mod measures;
mod operands;
mod properties;
mod reading;
mod references;
mod rendering;

use jsonb::{Jsonb, Limits};

use crate::values::Scalar;
use crate::{
    Choice, DecimalRules, Field, FieldType, Fields, LabelRule, MaskRules, PhoneRules, Range,
    RelationshipRules, Rule, TextRules,
};

fn field(kind: FieldType) -> Field {
    Field {
        name: "f".to_owned(),
        label: "F".to_owned(),
        kind,
        many: false,
        required: Rule::Never,
        unique: false,
        indexable: false,
        transient: false,
        sensitive: false,
        default: None,
        calculation: None,
        read_access: Rule::Always,
        write_access: Rule::Always,
        validation: None,
    }
}

fn json(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A stored value as JSON text.
fn shown(scalar: &Scalar) -> String {
    scalar.stored.to_text().unwrap()
}

/// What is kept of a JSON text: its JSON text, or `none`; or code and rejected value, as in `invalid: x`.
fn outcome(kind: &FieldType, text: &str) -> String {
    told(super::read(&field(kind.clone()), json(text).root()))
}

fn told(outcome: Result<Option<Scalar>, crate::fault::Problem>) -> String {
    match outcome {
        Ok(Some(scalar)) => shown(&scalar),
        Ok(None) => "none".to_owned(),
        Err(problem) => {
            assert!(
                problem.message.starts_with(char::is_uppercase),
                "{}",
                problem.message
            );
            format!("{}: {}", problem.code, problem.rejected.unwrap_or_default())
        }
    }
}

/// Asserts outcomes, as [`outcome`] tells them.
fn expect(kind: &FieldType, rows: &[(&str, &str)]) {
    for (input, expected) in rows {
        assert_eq!(outcome(kind, input), *expected, "{kind:?} of {input}");
    }
}

fn message(kind: &FieldType, input: &str) -> String {
    super::read(&field(kind.clone()), json(input).root())
        .unwrap_err()
        .message
}

fn choices() -> Vec<Choice> {
    [("a", "Type A"), ("b", "Type B"), ("toDo", "To do")]
        .map(|(name, label)| Choice {
            name: name.to_owned(),
            label: label.to_owned(),
        })
        .to_vec()
}

fn mask(mask: &str) -> FieldType {
    FieldType::MaskedText(MaskRules {
        mask: mask.to_owned(),
    })
}

fn american() -> FieldType {
    FieldType::Phone(PhoneRules {
        international: true,
        default_prefix: Some("1".to_owned()),
    })
}

/// Every type, without rules.
fn every_type() -> Vec<FieldType> {
    let text = TextRules::default;
    let number = DecimalRules::default;
    let dates = Range::<String>::default;
    vec![
        FieldType::Text(text()),
        FieldType::LongText(text()),
        FieldType::Html,
        FieldType::Email,
        FieldType::Phone(PhoneRules::default()),
        american(),
        FieldType::Url,
        mask("999-aaa"),
        FieldType::Qr(text()),
        FieldType::Integer(Range::default()),
        FieldType::AutoIncrement { from: 1 },
        FieldType::Decimal(number()),
        FieldType::Money(number()),
        FieldType::Percentage(number()),
        FieldType::BigNumber(number()),
        FieldType::Boolean,
        FieldType::Choice(choices()),
        FieldType::DynamicChoice(choices()),
        FieldType::DynamicChoice(Vec::new()),
        FieldType::Date(dates()),
        FieldType::DateTime(Range::default()),
        FieldType::DateTimeNoTimezone(dates()),
        FieldType::RecordCreated,
        FieldType::RecordModified,
        FieldType::YearMonth(dates()),
        FieldType::MonthDay(dates()),
        FieldType::Time(dates()),
        FieldType::Duration(Range::default()),
        FieldType::Group { allowed: Vec::new() },
        FieldType::File,
        FieldType::Color,
        FieldType::Rank,
        FieldType::GeoPoint,
        FieldType::Nested {
            label: LabelRule::None,
            fields: Fields::default(),
        },
        relationship(),
    ]
}

fn relationship() -> FieldType {
    FieldType::Relationship(Box::new(RelationshipRules {
        entity: "companies".to_owned(),
        filter: None,
        copied: Vec::new(),
        on_delete: crate::DeletePolicy::None,
        follows_label: true,
    }))
}

/// A value of a type: as it is written in JSON, as it is kept, as a cell, as people read it.
type Sample = (FieldType, &'static str, &'static str, &'static str, &'static str);

/// Values of each scalar type.
fn samples() -> Vec<Sample> {
    [texts(), numbers(), choosing(), times()].concat()
}

fn texts() -> Vec<Sample> {
    let text = TextRules::default;
    vec![
        (
            FieldType::Text(text()),
            r#""Größe \"1\"""#,
            r#""Größe \"1\"""#,
            "Größe \"1\"",
            "Größe \"1\"",
        ),
        (
            FieldType::LongText(text()),
            r#""a\nb""#,
            r#""a\nb""#,
            "a\nb",
            "a\nb",
        ),
        (
            FieldType::Html,
            r#""<p>a <b>b</b></p>""#,
            r#""<p>a <b>b</b></p>""#,
            "<p>a <b>b</b></p>",
            "a b",
        ),
        (
            FieldType::Email,
            r#""a.b@example.com""#,
            r#""a.b@example.com""#,
            "a.b@example.com",
            "a.b@example.com",
        ),
        (
            american(),
            r#""(702) 845 9380""#,
            r#""1-702-845-9380""#,
            "1-702-845-9380",
            "1-702-845-9380",
        ),
        (
            FieldType::Url,
            r#""http://x.com/a""#,
            r#""http://x.com/a""#,
            "http://x.com/a",
            "http://x.com/a",
        ),
        (
            FieldType::Url,
            r#""(http://x.com)<X>""#,
            r#""(http://x.com)<X>""#,
            "(http://x.com)<X>",
            "X",
        ),
        (
            mask("999-aaa"),
            r#""862-SKB""#,
            r#""862SKB""#,
            "862-SKB",
            "862-SKB",
        ),
        (FieldType::Qr(text()), r#""q""#, r#""q""#, "q", "q"),
    ]
}

fn numbers() -> Vec<Sample> {
    let number = DecimalRules::default;
    vec![
        (
            FieldType::Integer(Range::default()),
            "1234",
            "1234",
            "1234",
            "1234",
        ),
        (FieldType::Decimal(number()), "1.10", "1.10", "1.10", "1.10"),
        (FieldType::Money(number()), "-1.255", "-1.255", "-1.255", "-$1.26"),
        (FieldType::Money(number()), "7", "7", "7", "$7.00"),
        (FieldType::Percentage(number()), "0.5", "0.5", "50", "50%"),
        (
            FieldType::Percentage(number()),
            "0.7625",
            "0.7625",
            "76.25",
            "76.25%",
        ),
        (
            FieldType::BigNumber(number()),
            r#""2.80""#,
            r#""2.80""#,
            "2.80",
            "2.80",
        ),
    ]
}

fn choosing() -> Vec<Sample> {
    vec![
        (FieldType::Boolean, "true", "true", "true", "true"),
        (FieldType::Boolean, "null", "false", "false", "false"),
        (FieldType::Choice(choices()), r#""a""#, r#""a""#, "a", "Type A"),
        (
            FieldType::DynamicChoice(choices()),
            r#""toDo""#,
            concat!(
                r#"{"options":[{"label":"Type A","name":"a"},{"label":"Type B","name":"b"},"#,
                r#"{"label":"To do","name":"toDo"}],"selectedValue":"toDo"}"#
            ),
            "toDo",
            "To do",
        ),
        (
            FieldType::Color,
            r##""#f5a9a9""##,
            r##""#f5a9a9""##,
            "#f5a9a9",
            "#f5a9a9",
        ),
        (
            FieldType::Rank,
            r#""iiiii00000""#,
            r#""iiiii00000""#,
            "iiiii00000",
            "iiiii00000",
        ),
        (
            FieldType::GeoPoint,
            r#"{"longitude":"12.50","latitude":10.5}"#,
            r#"{"latitude":10.5,"longitude":12.50}"#,
            "(10.5,12.50)",
            "(10.5,12.50)",
        ),
    ]
}

fn times() -> Vec<Sample> {
    let dates = Range::<String>::default;
    vec![
        (
            FieldType::Date(dates()),
            r#""2016-07-30""#,
            r#""2016-07-30""#,
            "2016-07-30",
            "2016-07-30",
        ),
        (
            FieldType::DateTime(Range::default()),
            "1464584157316",
            "1464584157316",
            "2016-05-30T04:55:57.316Z",
            "2016-05-30 06:55",
        ),
        (
            FieldType::DateTimeNoTimezone(dates()),
            r#""2016-07-30 08:00""#,
            r#""2016-07-30 08:00""#,
            "2016-07-30 08:00",
            "2016-07-30 08:00",
        ),
        (
            FieldType::YearMonth(dates()),
            r#""2016-07""#,
            r#""2016-07""#,
            "2016-07",
            "2016-07",
        ),
        (
            FieldType::MonthDay(dates()),
            r#""02-29""#,
            r#""02-29""#,
            "02-29",
            "02-29",
        ),
        (
            FieldType::Time(dates()),
            r#""08:00""#,
            r#""08:00""#,
            "08:00",
            "08:00",
        ),
        (
            FieldType::Duration(Range::default()),
            "16200000",
            "16200000",
            "4h 30m",
            "4h 30m",
        ),
        (
            FieldType::Duration(Range::default()),
            r#""1d 1.5s""#,
            "86401500",
            "1d 1.5s",
            "1d 1.5s",
        ),
    ]
}
