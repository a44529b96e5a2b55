//! Every operator on every type, with one value and with several.

use jiff::tz::TimeZone;
use jsonb::Jsonb;

use super::{json, matching};
use crate::lower::allows;
use crate::lower::path::plain;
use crate::testing;
use crate::{FieldType, Literal, Operator, values};

/// A type with two stored values, the first one less, and how they are written in a query; the shadows where it has some.
struct Case {
    kind: FieldType,
    stored: [&'static str; 2],
    written: [&'static str; 2],
    /// Part of the first value only.
    part: &'static str,
    /// Operators beside equals, notEquals, empty and notEmpty, as the contract lists them.
    more: &'static str,
}

const TEXT: &str = "like greater greaterOrEquals less lessOrEquals between";
const ORDER: &str = "greater greaterOrEquals less lessOrEquals between";

fn case(
    kind: FieldType,
    stored: [&'static str; 2],
    written: [&'static str; 2],
    part: &'static str,
    more: &'static str,
) -> Case {
    Case {
        kind,
        stored,
        written,
        part,
        more,
    }
}

fn cases() -> Vec<Case> {
    let all = [texts(), numbers(), times(), others()];
    all.into_iter().flatten().collect()
}

fn texts() -> Vec<Case> {
    let text = |kind| {
        case(
            kind,
            [r#""apple pie""#, r#""banana""#],
            ["apple pie", "banana"],
            "PLE p",
            TEXT,
        )
    };
    vec![
        text(FieldType::Text(Default::default())),
        text(FieldType::LongText(Default::default())),
        text(FieldType::Qr(Default::default())),
        text(FieldType::Rank),
        text(FieldType::Url),
        case(
            FieldType::Html,
            [r#""<b>apple</b> pie""#, r#""<i>banana</i>""#],
            ["apple pie", "banana"],
            "ple P",
            TEXT,
        ),
        case(
            FieldType::Email,
            [r#""a@x.org""#, r#""b@x.org""#],
            ["a@x.org", "b@x.org"],
            "A@",
            TEXT,
        ),
        case(
            FieldType::Phone(Default::default()),
            [r#""1-702-845-9380""#, r#""1-702-845-9381""#],
            ["1-702-845-9380", "1-702-845-9381"],
            "9380",
            TEXT,
        ),
        case(
            FieldType::MaskedText(crate::MaskRules {
                mask: "999-aaa".to_owned(),
            }),
            [r#""862SKB""#, r#""863SKB""#],
            ["862SKB", "863SKB"],
            "62sk",
            TEXT,
        ),
    ]
}

fn numbers() -> Vec<Case> {
    let number = |kind| case(kind, ["9", "10"], ["9", "10"], "", ORDER);
    vec![
        number(FieldType::Integer(Default::default())),
        number(FieldType::AutoIncrement { from: 1 }),
        number(FieldType::Decimal(Default::default())),
        number(FieldType::Money(Default::default())),
        number(FieldType::Percentage(Default::default())),
        number(FieldType::Duration(Default::default())),
        case(
            FieldType::BigNumber(Default::default()),
            [r#""9.5""#, r#""10.25""#],
            ["9.5", "10.25"],
            "",
            ORDER,
        ),
    ]
}

fn times() -> Vec<Case> {
    let millis = |kind| {
        case(
            kind,
            ["1469836800000", "1469836800001"],
            ["1469836800000", "1469836800001"],
            "",
            ORDER,
        )
    };
    let date = |written: [&'static str; 2], kind| case(kind, written, written, "", ORDER);
    vec![
        millis(FieldType::DateTime(Default::default())),
        millis(FieldType::RecordCreated),
        millis(FieldType::RecordModified),
        date(["2016-07-30", "2016-08-01"], FieldType::Date(Default::default())),
        date(
            ["2016-07-30 08:00", "2016-07-30 09:00"],
            FieldType::DateTimeNoTimezone(Default::default()),
        ),
        date(["2016-07", "2016-08"], FieldType::YearMonth(Default::default())),
        date(["07-30", "08-01"], FieldType::MonthDay(Default::default())),
        date(["08:00", "09:00"], FieldType::Time(Default::default())),
    ]
}

fn others() -> Vec<Case> {
    let stored = |kind, stored, written, more| case(kind, stored, written, "", more);
    vec![
        stored(FieldType::Boolean, ["false", "true"], ["false", "true"], "-empty"),
        stored(
            FieldType::Choice(testing::choices()),
            [r#""a""#, r#""b""#],
            ["a", "b"],
            "",
        ),
        case(
            FieldType::DynamicChoice(vec![]),
            [
                r#"{"options":[],"selectedValue":"AZ"}"#,
                r#"{"options":[],"selectedValue":"CA"}"#,
            ],
            ["AZ", "CA"],
            "z",
            "like",
        ),
        stored(
            FieldType::Color,
            [r##""#f5a9a9""##, r##""#ffffff""##],
            ["#f5a9a9", "#ffffff"],
            "",
        ),
        case(
            testing::relationship("companies", &[]),
            [
                r#"{"id":"585a0b0c0000000000000001","label":"Blogpad"}"#,
                r#"{"id":"585a0b0c0000000000000002","label":"Jazzy"}"#,
            ],
            ["Blogpad", "585A0B0C0000000000000002"],
            "BLOG",
            "like",
        ),
        case(
            FieldType::Group { allowed: vec![] },
            [
                r#"{"id":"1710feb833d45c1e2207e8f3","label":"Sales people"}"#,
                r#"{"id":"a21181ffd10a7725dc16a588","label":"Support"}"#,
            ],
            ["sales", "Support"],
            "PEOPLE",
            "like",
        ),
        case(
            FieldType::File,
            [
                r#"{"id":"585a0b0c0000000000000001","name":"logo.png"}"#,
                r#"{"id":"585a0b0c0000000000000002","name":"photo.jpg"}"#,
            ],
            ["logo.png", "585a0b0c0000000000000002"],
            "LOGO",
            "like",
        ),
    ]
}

impl Case {
    /// Stored text, which dates have without quotes in the table.
    fn stored(&self, at: usize) -> String {
        let text = self.stored[at];
        match text.starts_with(['"', '{']) || text.parse::<i64>().is_ok() || text == "true" || text == "false"
        {
            true => text.to_owned(),
            false => format!("{text:?}"),
        }
    }

    fn shadow(&self, at: usize) -> Option<String> {
        let zone = TimeZone::UTC;
        let literal = Literal::Text(self.written[at].to_owned());
        values::shadow(&self.kind).then(|| {
            let field = plain("f", self.kind.clone(), false);
            values::operand(&field, &literal, &zone)
                .expect("fits")
                .to_text()
                .expect("sound")
        })
    }

    /// A record with these of the two values.
    fn record(&self, which: &[usize], many: bool) -> Jsonb {
        let list = |values: Vec<String>| match many {
            true => format!("[{}]", values.join(",")),
            false => values.concat(),
        };
        if which.is_empty() {
            return json(r#"{"id":"585a0b0c0000000000000000"}"#);
        }
        let values = list(which.iter().map(|at| self.stored(*at)).collect());
        let shadows: Option<Vec<String>> = which.iter().map(|at| self.shadow(*at)).collect();
        let shadow = shadows.map_or(String::new(), |shadows| {
            format!(r#","~":{{"f":{}}}"#, list(shadows))
        });
        json(&format!(
            r#"{{"id":"585a0b0c0000000000000000","f":{values}{shadow}}}"#
        ))
    }
}

#[test]
fn every_operator_on_every_type() {
    for case in cases() {
        for many in [false, true] {
            let app = testing::app(vec![plain("f", case.kind.clone(), many)]);
            let both: &[usize] = if many { &[0, 1] } else { &[1] };
            let records = [
                case.record(&[0], many),
                case.record(both, many),
                case.record(&[], many),
            ];
            let [low, high] = case.written;
            let wanted = [
                ("equals", format!("equals(\"{low}\")"), [true, many, false]),
                ("equals", format!("\"{high}\""), [false, true, false]),
                ("equals", format!("{low},{high}"), [true, true, false]),
                ("equals", format!("{high},\"\""), [false, true, true]),
                ("equals", "equals()".to_owned(), [false, false, true]),
                ("notEquals", format!("notEquals({high})"), [true, false, true]),
                (
                    "notEquals",
                    format!("notEquals({low},{high})"),
                    [false, false, true],
                ),
                ("notEquals", "notEquals()".to_owned(), [true, true, false]),
                ("empty", "empty()".to_owned(), [false, false, true]),
                ("notEmpty", "notEmpty()".to_owned(), [true, true, false]),
                ("like", format!("like(\"{}\")", case.part), [true, many, false]),
                (
                    "like",
                    "like(there is no such part)".to_owned(),
                    [false, false, false],
                ),
                ("greater", format!("greater({low})"), [false, true, false]),
                (
                    "greaterOrEquals",
                    format!("greaterOrEquals({low})"),
                    [true, true, false],
                ),
                ("less", format!("less({high})"), [true, many, false]),
                (
                    "lessOrEquals",
                    format!("lessOrEquals({high})"),
                    [true, true, false],
                ),
                ("between", format!("between({low},{high})"), [true, true, false]),
                ("between", format!("between({high},{low})"), [false, false, false]),
                ("near", "near(1,2)".to_owned(), [false, false, false]),
            ];
            let name = case.kind.name();
            for (operator, value, wanted) in wanted {
                let basic = ["equals", "notEquals", "empty", "notEmpty"].contains(&operator)
                    && !(case.more == "-empty" && operator.ends_with("mpty"));
                let allowed = basic || case.more.split(' ').any(|more| more == operator);
                let (known, _) = Operator::ALL
                    .iter()
                    .find(|(_, known)| *known == operator)
                    .expect("known");
                assert_eq!(allows(&case.kind, *known), allowed, "{name} {operator}");
                let found = matching(&app, &format!("f={value}"), &records);
                match allowed {
                    true => assert_eq!(found, Ok(wanted.to_vec()), "{name} many={many} {value}"),
                    false => {
                        let why = found.expect_err(name);
                        assert!(
                            why.contains("`f`") && why.contains(operator) && why.contains(name),
                            "{why}"
                        );
                    }
                }
            }
        }
    }
}
