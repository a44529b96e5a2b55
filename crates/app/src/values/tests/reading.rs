//! JSON of every form of writing, and every refusal.

use super::*;
use crate::fault::{FaultCode, NOT_A_CHOICE};
use crate::values::{check, check_rules, read, read_over};

#[test]
fn samples_are_kept_in_their_form() {
    for (kind, written, kept, _, _) in samples() {
        assert_eq!(outcome(&kind, written), kept, "{kind:?}");
    }
}

#[test]
fn null_and_empty_text_are_empty_and_false_of_booleans() {
    for kind in every_type() {
        let expected = match kind {
            FieldType::Boolean => "false",
            FieldType::Nested { .. }
            | FieldType::Relationship(_)
            | FieldType::Group { .. }
            | FieldType::File => "invalidStructure: ",
            _ => "none",
        };
        expect(&kind, &[("null", expected), (r#""""#, expected)]);
    }
}

#[test]
fn only_their_own_json_is_taken() {
    let wrong = [
        "[]",
        "[1]",
        "{}",
        r#"{"a":1}"#,
        "true",
        "12",
        "1.5",
        r#""no such""#,
    ];
    for kind in every_type() {
        let taken: Vec<_> = wrong
            .into_iter()
            .filter(|input| !outcome(&kind, input).contains("nvalid"))
            .collect();
        let expected: &[&str] = match kind {
            FieldType::Text(_)
            | FieldType::LongText(_)
            | FieldType::Html
            | FieldType::Qr(_)
            | FieldType::Rank => &[r#""no such""#],
            FieldType::Integer(_)
            | FieldType::AutoIncrement { .. }
            | FieldType::DateTime(_)
            | FieldType::RecordCreated
            | FieldType::RecordModified
            | FieldType::Duration(_) => &["12"],
            FieldType::Decimal(_)
            | FieldType::Money(_)
            | FieldType::Percentage(_)
            | FieldType::BigNumber(_) => &["12", "1.5"],
            FieldType::Boolean => &["true"],
            FieldType::DynamicChoice(ref choices) if choices.is_empty() => &["{}", r#""no such""#],
            FieldType::DynamicChoice(_) => &["{}"],
            _ => &[],
        };
        assert_eq!(taken, expected, "{kind:?}");
    }
}

#[test]
fn the_refused_value_is_told_as_text_and_cut() {
    let integer = FieldType::Integer(Range::default());
    expect(
        &integer,
        &[
            (r#""abc""#, "invalid: abc"),
            ("1.5", "invalid: 1.5"),
            ("true", "invalid: true"),
            (r#"{"a":[1]}"#, r#"invalid: {"a":[1]}"#),
        ],
    );
    let long = outcome(&integer, &format!("\"{}\"", "x".repeat(10_000)));
    assert_eq!(long.len(), "invalid: ".len() + 200);
    let problem = read(&field(FieldType::Choice(choices())), json(r#""sdfsdfsd""#).root()).unwrap_err();
    assert_eq!(problem.message, NOT_A_CHOICE);
    assert_eq!(problem.rejected.as_deref(), Some("sdfsdfsd"));
}

#[test]
fn texts_have_lengths_in_characters() {
    let quoted = |char: &str, times| format!("\"{}\"", char.repeat(times));
    let plain = FieldType::Text(TextRules::default());
    assert_eq!(outcome(&plain, &quoted("ä", 300)), quoted("ä", 300));
    assert_eq!(
        message(&plain, &quoted("a", 301)),
        "Must not have more than 300 characters"
    );
    let longer = FieldType::Text(TextRules {
        max: Some(500),
        ..TextRules::default()
    });
    assert_eq!(
        message(&longer, &quoted("a", 301)),
        "Must not have more than 300 characters"
    );
    let ruled = TextRules {
        min: Some(2),
        max: Some(4),
        ..TextRules::default()
    };
    for kind in [
        FieldType::Text(ruled.clone()),
        FieldType::LongText(ruled.clone()),
        FieldType::Qr(ruled),
    ] {
        expect(&kind, &[(r#""ab""#, r#""ab""#), (r#""abcd""#, r#""abcd""#)]);
        assert_eq!(message(&kind, r#""ä""#), "Must have at least 2 characters");
        assert_eq!(
            message(&kind, r#""abcde""#),
            "Must not have more than 4 characters"
        );
    }
    let exact = FieldType::LongText(TextRules {
        exact: Some(3),
        ..TextRules::default()
    });
    assert_eq!(outcome(&exact, r#""abc""#), r#""abc""#);
    assert_eq!(message(&exact, r#""ab""#), "Must have exactly 3 characters");
    let long = quoted("a", 100_000);
    assert_eq!(outcome(&FieldType::LongText(TextRules::default()), &long), long);
}

#[test]
fn expressions_match_whole_texts() {
    let rules = |regex: &str, hint: Option<&str>, ignore| TextRules {
        regex: Some(regex.to_owned()),
        regex_hint: hint.map(str::to_owned),
        regex_ignores_case: ignore,
        ..TextRules::default()
    };
    let zip = FieldType::Text(rules("\\d{5}", Some("Five digits"), false));
    expect(
        &zip,
        &[
            (r#""12345""#, r#""12345""#),
            (r#""123456""#, "invalid: 123456"),
            (r#""x12345""#, "invalid: x12345"),
        ],
    );
    assert_eq!(message(&zip, r#""1""#), "Five digits");
    let either = FieldType::Text(rules("a|ab", None, false));
    expect(
        &either,
        &[
            (r#""ab""#, r#""ab""#),
            (r#""b""#, "invalid: b"),
            (r#""A""#, "invalid: A"),
        ],
    );
    assert_eq!(message(&either, r#""b""#), "Does not match a|ab");
    expect(
        &FieldType::Text(rules("a|ab", None, true)),
        &[(r#""AB""#, r#""AB""#)],
    );
    for refused in ["a)(b", "(", "(?=x)", "(?x)a # (", "\\1"] {
        assert!(
            check_rules(&FieldType::Text(rules(refused, None, false))).is_err(),
            "{refused}"
        );
    }
    let huge = check_rules(&FieldType::Text(rules("(?:a{1000}){1000}", None, false)));
    assert!(huge.unwrap_err().ends_with("is too large"));
    assert!(check_rules(&FieldType::Text(rules(&"a".repeat(5_000), None, false))).is_err());
    let unusable = FieldType::Text(rules("(", None, false));
    let problem = read(&field(unusable), json(r#""x""#).root()).unwrap_err();
    assert_eq!(problem.code, FaultCode::General);
}

#[test]
fn mail_addresses_have_their_own_code() {
    for good in [
        "a@b.co",
        "first.last+tag@sub.example-1.com",
        "o'neil@x.org",
        "é@münchen.de",
    ] {
        assert_eq!(
            outcome(&FieldType::Email, &format!("\"{good}\"")),
            format!("\"{good}\"")
        );
    }
    for bad in [
        "a",
        "@b.co",
        "a@",
        "a@b",
        "a b@c.de",
        "a@b..co",
        ".a@b.co",
        "a..b@c.de",
        "a@-b.co",
        "a@b.co ",
    ] {
        assert_eq!(
            outcome(&FieldType::Email, &format!("\"{bad}\"")),
            format!("invalidEmail: {bad}")
        );
    }
    let long = format!("{}@b.co", "a".repeat(65));
    assert!(outcome(&FieldType::Email, &format!("\"{long}\"")).starts_with("invalidEmail"));
}

#[test]
fn addresses_of_pages_have_a_harmless_scheme() {
    for good in [
        "http://x.com",
        "HTTPS://x.com/a?b=c#d",
        "ftp://x",
        "mailto:a@b.co",
        "(http://x)<Label>",
        "(https://x/(1))<a > b>",
    ] {
        assert_eq!(
            outcome(&FieldType::Url, &format!("\"{good}\"")),
            format!("\"{good}\"")
        );
    }
    for bad in [
        "x.com",
        "javascript:alert(1)",
        "(javascript:x)<L>",
        "http://",
        "http:///a",
        "http:/x",
        "http://a b",
        "()<L>",
    ] {
        assert_eq!(
            outcome(&FieldType::Url, &format!("\"{bad}\"")),
            format!("invalid: {bad}")
        );
    }
}

#[test]
fn phone_numbers_are_formatted() {
    let rows = |rules: PhoneRules, rows: &[(&str, &str)]| {
        for (written, kept) in rows {
            let kind = FieldType::Phone(rules.clone());
            assert_eq!(outcome(&kind, &format!("\"{written}\"")), format!("\"{kept}\""));
            assert_eq!(
                outcome(&kind, &format!("\"{kept}\"")),
                format!("\"{kept}\""),
                "kept numbers read as themselves"
            );
        }
    };
    let international = |prefix: Option<&str>| PhoneRules {
        international: true,
        default_prefix: prefix.map(str::to_owned),
    };
    rows(
        international(Some("1")),
        &[
            ("1-702-845-9380", "1-702-845-9380"),
            ("7028459380", "1-702-845-9380"),
            ("(702) 845-9380", "1-702-845-9380"),
            ("+1 702 845 9380", "1-702-845-9380"),
            ("17028459380", "1-702-845-9380"),
            ("212-555-1234", "1-212-555-1234"),
            ("+44 20 7946 0958", "44-2079460958"),
            ("0044 20 7946 0958", "44-2079460958"),
            ("+354 555 1234", "354-5551234"),
            ("+45 12 34 56 78", "45-12345678"),
            ("+0044 20 7946 0958", "44-2079460958"),
            ("0301 2345 6789", "1-030123456789"),
        ],
    );
    rows(
        international(Some("+49")),
        &[
            ("30 123456", "49-30123456"),
            ("49 30 123456", "49-30123456"),
            ("+1 702 845 9380", "1-702-845-9380"),
        ],
    );
    rows(
        international(None),
        &[
            ("1 702 8459380", "1-702-845-9380"),
            ("598 2 1234567", "598-21234567"),
        ],
    );
    rows(
        PhoneRules::default(),
        &[
            ("7028459380", "702-845-9380"),
            ("1 702.845.9380", "1-702-845-9380"),
            ("5551234", "555-1234"),
            ("911", "911"),
            ("012345678", "012-345-678"),
        ],
    );
    assert_eq!(
        outcome(&FieldType::Phone(PhoneRules::default()), "7028459380"),
        r#""702-845-9380""#
    );
    for bad in [r#""none""#, r#""12""#, r#""1234567890123456""#, r#""+""#, "true"] {
        assert!(outcome(&american(), bad).starts_with("invalid: "), "{bad}");
        assert!(
            outcome(&FieldType::Phone(PhoneRules::default()), bad).starts_with("invalid: "),
            "{bad}"
        );
    }
}

#[test]
fn masks_take_their_fixed_characters_or_not() {
    expect(
        &mask("999-aaa"),
        &[
            (r#""862-SKB""#, r#""862SKB""#),
            (r#""862SKB""#, r#""862SKB""#),
            (r#""862-SK1""#, "invalid: 862-SK1"),
            (r#""86-2SKB""#, "invalid: 86-2SKB"),
            (r#""862_SKB""#, "invalid: 862_SKB"),
            (r#""862SK""#, "invalid: 862SK"),
            (r#""862-SKBX""#, "invalid: 862-SKBX"),
        ],
    );
    expect(
        &mask("(99) w#"),
        &[
            (r#""(12) é#""#, r#""12é""#),
            (r#""12Z""#, r#""12Z""#),
            (r#""12-""#, "invalid: 12-"),
        ],
    );
    // Fixed digits are told apart by the length.
    expect(
        &mask("+1 99"),
        &[(r#""+1 11""#, r#""11""#), (r#""11""#, r#""11""#)],
    );
    expect(&mask("999"), &[("123", r#""123""#)]);
    assert_eq!(
        message(&mask("999-aaa"), r#""x""#),
        "Does not match the mask 999-aaa"
    );
    assert!(check_rules(&mask("---")).is_err());
    assert!(check_rules(&mask(&"9".repeat(301))).is_err());
    assert_eq!(check_rules(&mask("9")), Ok(()));
}

#[test]
fn choices_are_names() {
    let kind = FieldType::Choice(choices());
    expect(
        &kind,
        &[
            (r#""toDo""#, r#""toDo""#),
            (r#""todo""#, "invalid: todo"),
            (r#""Type A""#, "invalid: Type A"),
        ],
    );
}

#[test]
fn dynamic_choices_carry_their_options() {
    let free = FieldType::DynamicChoice(Vec::new());
    let states =
        r#"{"options":[{"label":"Arizona","name":"AZ"},{"label":"Ohio","name":"OH"}],"selectedValue":"AZ"}"#;
    expect(
        &free,
        &[
            (states, states),
            (r#""AZ""#, r#"{"options":[],"selectedValue":"AZ"}"#),
            (r#"{"options":[{"name":"AZ"}],"selectedValue":null}"#, "none"),
            (
                r#"{"options":[{"name":"AZ"}],"selectedValue":"AZ"}"#,
                r#"{"options":[{"label":"AZ","name":"AZ"}],"selectedValue":"AZ"}"#,
            ),
            (
                r#"{"options":[{"name":"AZ"}],"selectedValue":"XX"}"#,
                "invalid: XX",
            ),
            (
                r#"{"selectedValue":"AZ","x":1}"#,
                r#"invalid: {"selectedValue":"AZ","x":1}"#,
            ),
            (
                r#"{"options":1,"selectedValue":"AZ"}"#,
                r#"invalid: {"options":1,"selectedValue":"AZ"}"#,
            ),
            (
                r#"{"options":[1],"selectedValue":"AZ"}"#,
                r#"invalid: {"options":[1],"selectedValue":"AZ"}"#,
            ),
            (r#"{"selectedValue":1}"#, r#"invalid: {"selectedValue":1}"#),
        ],
    );
    assert!(outcome(&FieldType::DynamicChoice(choices()), r#""zz""#).starts_with("invalid: zz"));
    let over = |input: &str| {
        told(read_over(
            &field(free.clone()),
            json(input).root(),
            json(states).root(),
        ))
    };
    assert_eq!(over(r#""OH""#), states.replace(r#"Value":"AZ"#, r#"Value":"OH"#));
    assert_eq!(over(r#""XX""#), "invalid: XX");
    let many = vec![r#"{"name":"AZ"}"#; 1_001].join(",");
    let many = format!(r#"{{"options":[{many}],"selectedValue":"AZ"}}"#);
    assert!(message(&free, &many).contains("1000 options"));
}

#[test]
fn colours_are_six_digits() {
    expect(&FieldType::Color, &[(r##""#F5a9A9""##, r##""#F5a9A9""##)]);
    for bad in ["f5a9a9", "#f5a", "#f5a9ag", "red", "#f5a9a9a9"] {
        assert_eq!(
            outcome(&FieldType::Color, &format!("\"{bad}\"")),
            format!("invalid: {bad}")
        );
    }
}

#[test]
fn places_are_on_earth() {
    expect(
        &FieldType::GeoPoint,
        &[
            (
                r#"{"latitude":-90,"longitude":180.0}"#,
                r#"{"latitude":-90,"longitude":180.0}"#,
            ),
            (
                r#"{"latitude":"+5","longitude":0}"#,
                r#"{"latitude":5,"longitude":0}"#,
            ),
            (
                r#"{"latitude":90.1,"longitude":0}"#,
                r#"invalid: {"latitude":90.1,"longitude":0}"#,
            ),
            (
                r#"{"latitude":0,"longitude":-181}"#,
                r#"invalid: {"latitude":0,"longitude":-181}"#,
            ),
            (r#"{"latitude":0}"#, r#"invalid: {"latitude":0}"#),
            (
                r#"{"latitude":0,"longitude":"x"}"#,
                r#"invalid: {"latitude":0,"longitude":"x"}"#,
            ),
            (
                r#"{"latitude":0,"longitude":0,"x":0}"#,
                r#"invalid: {"latitude":0,"longitude":0,"x":0}"#,
            ),
        ],
    );
}

#[test]
fn defaults_are_checked_as_values() {
    let ok = |kind: FieldType, text: &str| check(&field(kind), &json(text));
    assert_eq!(ok(FieldType::Choice(choices()), r#""a""#), Ok(()));
    assert_eq!(
        ok(FieldType::Choice(choices()), r#""x""#),
        Err(r#""x": Not a valid choice"#.to_owned())
    );
    assert_eq!(ok(relationship(), r#""ACME""#), Ok(()));
    assert!(ok(relationship(), "[]").is_err());
    assert!(ok(FieldType::File, r#""x""#).is_err());
    assert!(ok(FieldType::AutoIncrement { from: 1 }, "1").is_err());
    assert!(ok(FieldType::Integer(Range::default()), "[1]").is_err());
    let many = Field {
        many: true,
        ..field(FieldType::Integer(Range::default()))
    };
    assert_eq!(check(&many, &json("[1,2]")), Ok(()));
    assert_eq!(check(&many, &json("1")), Ok(()));
    assert!(check(&many, &json(r#"[1,"x"]"#)).is_err());
}
