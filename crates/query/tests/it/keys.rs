//! Index keys sort as their values do; the reference compares numbers exactly and knows nothing of bytes.

use std::cmp::Ordering;

use proptest::prelude::*;
use query::{index_key, index_keys};

use super::{body, quoted};

fn key(text: &str) -> Vec<u8> {
    index_key(body(text).root()).unwrap()
}

#[derive(Clone, Copy, Debug)]
enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    fn text(self) -> String {
        match self {
            Self::Int(int) => int.to_string(),
            Self::Float(float) => format!("{float:e}"),
        }
    }

    /// Compared without rounding either side.
    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(&b),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b).unwrap(),
            (Self::Int(a), Self::Float(b)) => with_float(a, b),
            (Self::Float(a), Self::Int(b)) => with_float(b, a).reverse(),
        }
    }
}

fn with_float(int: i64, float: f64) -> Ordering {
    let end = 9_223_372_036_854_775_808.0;
    if float >= end {
        return Ordering::Less;
    }
    if float < -end {
        return Ordering::Greater;
    }
    // Inside this range the whole part of a float is an i64, exactly.
    let whole = float.trunc();
    int.cmp(&(whole as i64))
        .then(0.0_f64.partial_cmp(&(float - whole)).unwrap())
}

fn number() -> impl Strategy<Value = Number> {
    let near = |center: i64| (-3..=3_i64).prop_map(move |step| Number::Int(center.saturating_add(step)));
    let ends = [1 << 53, -(1 << 53), 1 << 62, i64::MAX, i64::MIN, 0, 1 << 54].map(near);
    let around = proptest::sample::select(vec![
        9_007_199_254_740_991.0,
        9_007_199_254_740_992.0,
        9_007_199_254_740_994.0,
        9_223_372_036_854_775_807.0,
        -9_223_372_036_854_775_808.0,
        18_446_744_073_709_551_616.0,
        0.0,
        -0.0,
        0.5,
        f64::MIN_POSITIVE,
        f64::MIN_POSITIVE / 4.0,
        -f64::MIN_POSITIVE,
        f64::MAX,
        f64::MIN,
    ]);
    prop_oneof![
        any::<i64>().prop_map(Number::Int),
        proptest::num::f64::NORMAL.prop_map(Number::Float),
        any::<i64>().prop_map(|int| Number::Float(int as f64)),
        around.prop_map(Number::Float),
        proptest::strategy::Union::new(ends),
    ]
}

/// Any text of characters that JSON takes, in any spelling of theirs.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace('\0', ""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn numbers_sort_as_numbers(a in number(), b in number()) {
        prop_assert_eq!(key(&a.text()).cmp(&key(&b.text())), a.compare(b), "{:?} {:?}", a, b);
    }

    #[test]
    fn texts_sort_by_their_bytes(a in text(), b in text()) {
        prop_assert_eq!(key(&quoted(&a)).cmp(&key(&quoted(&b))), a.as_bytes().cmp(b.as_bytes()));
        let longer = format!("{a}{b}");
        prop_assert_eq!(key(&quoted(&a)).cmp(&key(&quoted(&longer))), a.cmp(&longer));
    }

    #[test]
    fn types_do_not_mix(number in number(), text in text()) {
        let text = key(&quoted(&text));
        let number = key(&number.text());
        let in_order = [key("null"), number, text, key("{}"), key("[]"), key("false"), key("true")];
        prop_assert!(in_order.is_sorted_by(|a, b| a < b), "{:?}", in_order);
    }
}

#[test]
fn spelling_does_not_matter() {
    for same in [
        &["1", "1.0", "1e0", "10e-1", "1.00"][..],
        &["0", "-0", "0.0", "-0.0", "0e9"],
        &[r#""A""#, r#""\u0041""#],
        &[r#""😀""#, r#""\ud83d\ude00""#],
        &["9223372036854775807"],
    ] {
        assert!(same.iter().all(|text| key(text) == key(same[0])), "{same:?}");
    }
    assert_ne!(key("9223372036854775807"), key("9223372036854775808.0"));
    assert_ne!(key("\"1\""), key("1"));
}

#[test]
fn paths_enter_arrays_once() {
    let keys = |text: &str, path: &str| index_keys(body(text).root(), path).unwrap();
    let values = |texts: &[&str]| texts.iter().map(|text| key(text)).collect::<Vec<_>>();
    assert_eq!(keys(r#"{"a":{"b":1}}"#, "a.b"), values(&["1"]));
    assert_eq!(
        keys(r#"{"a":[{"b":2},{"b":1},{"b":2},3,{}]}"#, "a.b"),
        values(&["1", "2"])
    );
    assert_eq!(keys(r#"[{"a":1},{"a":[2,3]}]"#, "a"), values(&["1", "2", "3"]));
    assert_eq!(keys(r#"{"a":[[1,2],3]}"#, "a"), values(&["3", "[1,2]"]));
    for nothing in [
        r#"{"a":[[{"b":1}]]}"#,
        r#"{"a":{"b":[]}}"#,
        r#"{"a":1}"#,
        r#"{"a.b":1}"#,
        "7",
        "{}",
    ] {
        assert!(keys(nothing, "a.b").is_empty(), "{nothing}");
    }
}

#[test]
fn damaged_bytes_are_an_error() {
    let broken = jsonb::Jsonb::from_stored(vec![0xff, 0x00]);
    assert!(index_key(broken.root()).is_err());
    assert!(index_keys(broken.root(), "a").is_err());
}

/// Stored indexes hold these bytes, so they never change.
#[test]
fn keys_of_plain_json_are_fixed() {
    for (text, bytes) in [
        ("null", "10"),
        ("false", "60"),
        ("true", "61"),
        ("0", "2080000000000000008000000000000000"),
        ("-0.0", "2080000000000000008000000000000000"),
        ("1", "20bff00000000000008000000000000000"),
        ("-1.5", "204007ffffffffffff8000000000000000"),
        ("9007199254740993", "20c3400000000000008000000000000001"),
        ("\"a\\n\"", "30610a"),
        ("{\"a\":1.0}", "407b2261223a312e307d"),
        ("[1,2]", "505b312c325d"),
    ] {
        let hex: String = key(text).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, bytes, "{text}");
    }
}
