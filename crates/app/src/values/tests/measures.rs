//! Numbers, dates and durations in JSON: spellings, rules, refusals.

use super::*;
use crate::Rounding;
use crate::values::{check_rules, read};

#[test]
fn whole_numbers_have_bounds_and_any_spelling() {
    let kind = FieldType::Integer(Range {
        min: Some(0),
        max: Some(100),
    });
    expect(
        &kind,
        &[
            ("0", "0"),
            ("100", "100"),
            ("5.0", "5"),
            ("1e1", "10"),
            ("-0", "0"),
            ("-1", "invalid: -1"),
        ],
    );
    assert_eq!(message(&kind, "-1"), "Must be at least 0");
    assert_eq!(message(&kind, "101"), "Must be at most 100");
    assert_eq!(message(&kind, "1e30"), "Not a valid integer");
    expect(
        &FieldType::Integer(Range::default()),
        &[("9223372036854775807", "9223372036854775807")],
    );
}

#[test]
fn decimals_follow_their_rules() {
    let rules = |decimals, rounding| DecimalRules {
        decimals: Some(decimals),
        rounding,
        ..DecimalRules::default()
    };
    expect(
        &FieldType::Decimal(rules(2, Rounding::Round)),
        &[
            ("1.005", "1.01"),
            ("1.1", "1.1"),
            ("1.10", "1.10"),
            ("2", "2"),
            ("-0.001", "0"),
            ("1e1", "1e1"),
        ],
    );
    expect(
        &FieldType::Decimal(rules(2, Rounding::Truncate)),
        &[("1.009", "1"), ("1.019", "1.01")],
    );
    expect(
        &FieldType::Decimal(rules(1, Rounding::Refuse)),
        &[("1.25", "invalid: 1.25"), ("1.20", "1.20")],
    );
    assert_eq!(
        message(&FieldType::Decimal(rules(1, Rounding::Refuse)), "1.25"),
        "Must not have more than 1 decimals"
    );
    expect(
        &FieldType::Decimal(DecimalRules::default()),
        &[("0.123456789012345678901", "0.123456789012345678901")],
    );
    expect(
        &FieldType::Decimal(rules(0, Rounding::Round)),
        &[("12345678901234567890.5", "12345678901234567891.0")],
    );
    let bounded = DecimalRules {
        range: Range {
            min: Some("0.1".to_owned()),
            max: Some("9.9".to_owned()),
        },
        ..rules(1, Rounding::Round)
    };
    let kind = FieldType::Decimal(bounded);
    expect(
        &kind,
        &[
            ("0.1", "0.1"),
            ("9.94", "9.9"),
            ("0.04", "invalid: 0.04"),
            ("9.95", "invalid: 9.95"),
        ],
    );
    assert_eq!(message(&kind, "0.04"), "Must be at least 0.1");
    assert_eq!(message(&kind, "9.95"), "Must be at most 9.9");
    expect(
        &FieldType::Money(DecimalRules::default()),
        &[("1.23456", "1.2346"), ("1.2300", "1.2300")],
    );
    expect(
        &FieldType::Percentage(rules(2, Rounding::Round)),
        &[("0.505", "0.51"), ("80", "80")],
    );
    let unreadable = Range {
        min: Some("x".to_owned()),
        max: None,
    };
    assert!(
        check_rules(&FieldType::Money(DecimalRules {
            range: unreadable,
            ..DecimalRules::default()
        }))
        .is_err()
    );
}

#[test]
fn numbers_of_many_digits_are_text_with_a_shadow() {
    let kind = FieldType::BigNumber(DecimalRules::default());
    let digits = "1234567890123456789012345678901234";
    expect(
        &kind,
        &[
            (&format!("\"{digits}\""), &format!("\"{digits}\"")),
            (&format!("\"{digits}000\""), &format!("\"{digits}000\"")),
            (&format!("\"{digits}5\""), &format!("invalid: {digits}5")),
            ("2.8", r#""2.8""#),
            (r#""-1e3""#, r#""-1e3""#),
            (r#""+007""#, r#""7""#),
            (r#""1,5""#, "invalid: 1,5"),
            (r#""1e9999""#, "invalid: 1e9999"),
        ],
    );
    let rounded = DecimalRules {
        decimals: Some(1),
        ..DecimalRules::default()
    };
    expect(
        &FieldType::BigNumber(rounded),
        &[(r#""2.85""#, r#""2.9""#), (r#""2.80""#, r#""2.80""#)],
    );
    let shadow = |text: &str| {
        read(&field(kind.clone()), json(text).root())
            .unwrap()
            .unwrap()
            .shadow
            .unwrap()
    };
    assert_eq!(shadow(r#""2.80""#), shadow("2.8"));
    assert_ne!(shadow(r#""2.80""#), shadow("2.81"));
}

#[test]
fn dates_must_exist_and_have_their_form() {
    let dates = Range::<String>::default;
    for (kind, good, bad) in [
        (
            FieldType::Date(dates()),
            "2024-02-29",
            ["2023-02-29", "2016-7-30", "2016-07-30 ", "2016-13-01"],
        ),
        (
            FieldType::DateTimeNoTimezone(dates()),
            "2016-07-30 23:59",
            [
                "2016-07-30",
                "2016-07-30T08:00",
                "2016-07-30 24:00",
                "2016-07-30 08:00:00",
            ],
        ),
        (
            FieldType::YearMonth(dates()),
            "2016-12",
            ["2016-13", "2016-00", "2016", "16-12-1"],
        ),
        (
            FieldType::MonthDay(dates()),
            "02-29",
            ["02-30", "13-01", "2-29", "ä9-1"],
        ),
        (
            FieldType::Time(dates()),
            "00:00",
            ["24:00", "8:00", "08:60", "0+:00"],
        ),
    ] {
        assert_eq!(outcome(&kind, &format!("\"{good}\"")), format!("\"{good}\""));
        for bad in bad {
            assert_eq!(
                outcome(&kind, &format!("\"{bad}\"")),
                format!("invalid: {bad}"),
                "{kind:?}"
            );
        }
    }
    let range = Range {
        min: Some("2016-01-01".to_owned()),
        max: Some("2016-12-31".to_owned()),
    };
    let kind = FieldType::Date(range);
    assert_eq!(check_rules(&kind), Ok(()));
    assert_eq!(message(&kind, r#""2015-12-31""#), "Must be at least 2016-01-01");
    assert_eq!(message(&kind, r#""2017-01-01""#), "Must be at most 2016-12-31");
    assert!(
        check_rules(&FieldType::Time(Range {
            min: Some("8".to_owned()),
            max: None
        }))
        .is_err()
    );
}

#[test]
fn points_in_time_are_milliseconds() {
    let kind = FieldType::DateTime(Range {
        min: Some(0),
        max: None,
    });
    expect(
        &kind,
        &[
            ("1464584157316", "1464584157316"),
            ("-1", "invalid: -1"),
            ("9000000000000000", "invalid: 9000000000000000"),
            (r#""2016-05-30""#, "invalid: 2016-05-30"),
            (r#""1464584157316""#, "invalid: 1464584157316"),
            ("1.5", "invalid: 1.5"),
        ],
    );
    assert_eq!(message(&kind, "-1"), "Must be at least 0");
    assert_eq!(
        message(&kind, "1.5"),
        "Must be a number of milliseconds since 1970"
    );
}

#[test]
fn durations_are_milliseconds_or_text() {
    let kind = FieldType::Duration(Range {
        min: Some(0),
        max: Some(172_800_000),
    });
    expect(
        &kind,
        &[
            ("10800000", "10800000"),
            (r#""4h 30m""#, "16200000"),
            (r#""1d4h30m5s""#, "102605000"),
            (r#""0s""#, "0"),
            (r#""3d""#, "invalid: 3d"),
            (r#""-1h""#, "invalid: -1h"),
            (r#""30m 4h""#, "invalid: 30m 4h"),
            (r#""1h 1h""#, "invalid: 1h 1h"),
            (r#""1.5h""#, "invalid: 1.5h"),
            (r#""4""#, "invalid: 4"),
            (r#""h""#, "invalid: h"),
            (r#""1x""#, "invalid: 1x"),
            (r#""99999999999999999999d""#, "invalid: 99999999999999999999d"),
        ],
    );
    expect(
        &FieldType::Duration(Range::default()),
        &[(r#""-1h 1.25s""#, "-3601250")],
    );
}
