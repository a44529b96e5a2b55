//! Values: one total order, keys that follow it, and forms of extended JSON that survive.

use std::cmp::Ordering;

use proptest::prelude::*;
use query::{Val, compare, equal, index_key, normalise};

use super::{body, quoted};

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|int| int.to_string()),
        (-3..4i64).prop_map(|step| ((1i64 << 53) + step).to_string()),
        any::<f64>()
            .prop_filter("finite", |float| float.is_finite())
            .prop_map(|float| format!("{float:e}")),
        any::<i64>().prop_map(|int| format!("{:e}", int as f64)),
        Just(r#"{"$numberDouble":"NaN"}"#.to_owned()),
        Just(r#"{"$numberDouble":"-Infinity"}"#.to_owned()),
        Just(r#"{"$numberDouble":"Infinity"}"#.to_owned()),
    ]
}

fn decimal() -> impl Strategy<Value = String> {
    (any::<i64>(), any::<u32>(), -25..25i32)
        .prop_map(|(int, fraction, power)| format!(r#"{{"$numberDecimal":"{int}.{fraction}E{power}"}}"#))
}

/// Dates that clients can read back, wherever they are.
fn storable_date() -> impl Strategy<Value = i64> {
    -62_135_423_200_000..253_402_127_000_000_i64
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        number(),
        number(),
        "\\PC{0,6}".prop_map(|text| quoted(&text)),
        prop_oneof![
            Just("null"),
            Just("true"),
            Just("false"),
            Just(r#"{"$minKey":1}"#),
            Just(r#"{"$maxKey":1}"#)
        ]
        .prop_map(str::to_owned),
        (
            storable_date(),
            prop_oneof![Just(r#""UTC""#), Just("null"), Just(r#""Europe/London""#)]
        )
            .prop_map(|(ms, zone)| format!(r#"{{"$date":{ms},"$zone":{zone},"$offset":null}}"#)),
        storable_date().prop_map(|ms| format!(
            r#"{{"$date":{ms},"$zone":"Asia/Tokyo","$offset":{{"total_seconds":32400.0}}}}"#
        )),
        any::<u128>().prop_map(|uuid| format!(r#"{{"$uuid":"{uuid:032x}"}}"#)),
        any::<u64>().prop_map(|oid| format!(r#"{{"$oid":"{oid:024x}"}}"#)),
        any::<(u32, u32)>().prop_map(|(t, i)| format!(r#"{{"$timestamp":{{"t":{t},"i":{i}}}}}"#)),
        ("[a-c]{0,3}", "[imsx]{0,2}")
            .prop_map(|(text, options)| format!(r#"{{"$regex":"{text}","$options":"{options}"}}"#)),
        "[a-c]{0,3}".prop_map(|text| format!(r#"{{"$code":"{text}"}}"#)),
        prop_oneof![Just("AA=="), Just("AQI="), Just(""), Just("AP8B")]
            .prop_map(|bytes| format!(r#"{{"$binary":"{bytes}","$type":"00"}}"#)),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![4 => scalar(), 1 => decimal()].prop_recursive(3, 12, 3, |inner| {
        let fields = prop::collection::btree_map("[a-c]{1,2}", inner.clone(), 0..3);
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(","))),
            fields.prop_map(|fields| {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(key, value)| format!("{key:?}:{value}"))
                    .collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_order_is_total(texts in prop::collection::vec(value(), 3)) {
        let bodies: Vec<_> = texts.iter().map(|text| body(text)).collect();
        let vals: Vec<Val<'_>> = bodies.iter().map(|body| Val::of(body.root()).unwrap()).collect();
        for left in &vals {
            prop_assert!(equal(left, left));
            for right in &vals {
                prop_assert_eq!(compare(left, right), compare(right, left).reverse());
                for third in &vals {
                    if compare(left, right).is_le() && compare(right, third).is_le() {
                        prop_assert!(compare(left, third).is_le(), "{:?} {:?} {:?}", left, right, third);
                    }
                }
            }
        }
    }

    #[test]
    fn keys_sort_as_scalars_do(left in scalar(), right in scalar()) {
        let (left, right) = (body(&left), body(&right));
        let order = compare(&Val::of(left.root()).unwrap(), &Val::of(right.root()).unwrap());
        let keys = index_key(left.root()).unwrap().cmp(&index_key(right.root()).unwrap());
        prop_assert_eq!(order, keys, "{:?} {:?}", left, right);
    }

    #[test]
    fn keys_of_decimals_never_contradict(left in prop_oneof![decimal(), number()], right in decimal()) {
        let (left, right) = (body(&left), body(&right));
        let order = compare(&Val::of(left.root()).unwrap(), &Val::of(right.root()).unwrap());
        let keys = index_key(left.root()).unwrap().cmp(&index_key(right.root()).unwrap());
        prop_assert!(keys == order || keys == Ordering::Equal, "{:?} {:?} {:?} {:?}", left, right, order, keys);
        if order == Ordering::Equal {
            prop_assert_eq!(keys, Ordering::Equal);
        }
    }

    #[test]
    fn stored_form_is_a_fixed_point(text in value()) {
        let stored = normalise(body(&text).root()).unwrap();
        prop_assert_eq!(&normalise(stored.root()).unwrap(), &stored);
        let val = Val::of(stored.root()).unwrap();
        prop_assert!(equal(&val, &Val::of(body(&text).root()).unwrap()));
        let owned = val.clone().into_owned().unwrap();
        prop_assert!(equal(&val, &owned));
        let written = owned.to_jsonb().unwrap();
        prop_assert!(equal(&val, &Val::of(written.root()).unwrap()));
        if matches!(val, Val::Document(_) | Val::Array(_)) {
            prop_assert_eq!(val.to_jsonb().unwrap(), stored);
        }
    }
}

#[test]
fn every_form_becomes_the_stored_one() {
    for (sent, stored) in [
        (
            r#"{"$uuid":"00112233-4455-6677-8899-AABBCCDDEEFF"}"#,
            r#"{"$uuid":"00112233445566778899aabbccddeeff"}"#,
        ),
        (
            r#"{"$binary":{"base64":"ABEiM0RVZneImaq7zN3u/w==","subType":"4"}}"#,
            r#"{"$uuid":"00112233445566778899aabbccddeeff"}"#,
        ),
        (
            r#"{"$binary":{"base64":"AAE=","subType":"00"}}"#,
            r#"{"$binary":"AAE=","$type":"00"}"#,
        ),
        (
            r#"{"$type":5,"$binary":"AAE="}"#,
            r#"{"$binary":"AAE=","$type":"05"}"#,
        ),
        (r#"{"$date":1}"#, r#"{"$date":1,"$zone":"UTC","$offset":null}"#),
        (
            r#"{"$date":{"$numberLong":"-1"}}"#,
            r#"{"$date":-1,"$zone":"UTC","$offset":null}"#,
        ),
        (
            r#"{"$date":"2020-01-01T01:00:00+01:00"}"#,
            r#"{"$date":1577836800000,"$zone":"UTC","$offset":null}"#,
        ),
        (
            r#"{"$offset":null,"$zone":null,"$date":"1970-01-01T00:00:00"}"#,
            r#"{"$date":0,"$zone":null,"$offset":null}"#,
        ),
        (
            r#"{"$zone":"Europe/London","$date":5,"$offset":{"total_seconds":3600.0}}"#,
            r#"{"$date":5,"$zone":"Europe/London","$offset":{"total_seconds":3600.0}}"#,
        ),
        (r#"{"$numberLong":"12"}"#, "12"),
        (r#"{"$numberInt":"-3"}"#, "-3"),
        (r#"{"$numberDouble":"1.5"}"#, "1.5"),
        (
            r#"{"$numberDouble":"-Infinity"}"#,
            r#"{"$numberDouble":"-Infinity"}"#,
        ),
        (r#"{"$numberDecimal":"1.50"}"#, r#"{"$numberDecimal":"1.50"}"#),
        (
            r#"{"$regularExpression":{"pattern":"x","options":"i"}}"#,
            r#"{"$regex":"x","$options":"i"}"#,
        ),
        (r#"{"$regex":"x"}"#, r#"{"$regex":"x","$options":""}"#),
        (
            r#"{"$oid":"0123456789ABCDEF01234567"}"#,
            r#"{"$oid":"0123456789abcdef01234567"}"#,
        ),
        (r#"{"$undefined":true}"#, "null"),
        (r#"{"$symbol":"s"}"#, r#""s""#),
        (r#"{"$ref":"c","$id":1}"#, r#"{"$ref":"c","$id":1}"#),
        (r#"{"$schema":"x","$ref":"y"}"#, r#"{"$schema":"x","$ref":"y"}"#),
        (
            r#"{"$numberDecimal":"-9.9E+6144"}"#,
            r#"{"$numberDecimal":"-9.9E+6144"}"#,
        ),
        (
            r#"{"a":[1.50,{"b":{"$numberLong":"7"},"c":1e2}]}"#,
            r#"{"a":[1.50,{"b":7,"c":1e2}]}"#,
        ),
    ] {
        assert_eq!(
            normalise(body(sent).root()).unwrap().to_text().unwrap(),
            stored,
            "{sent}"
        );
    }
}

#[test]
fn look_alikes_are_refused_with_their_place() {
    for (sent, at) in [
        (r#"{"x":{"$date":"soon"}}"#, "x"),
        (r#"{"x":[0,{"$date":1,"extra":2}]}"#, "x.1"),
        (r#"{"a":1,"$date":1}"#, ""),
        (r#"{"$date":1,"$zone":5,"$offset":null}"#, ""),
        (r#"{"$date":1,"$zone":"UTC","$offset":7}"#, ""),
        (r#"{"$date":1.5,"$zone":null,"$offset":null}"#, ""),
        (r#"{"$uuid":"0011"}"#, ""),
        (r#"{"$uuid":"0011223344556677-8899-aabbccddeeff00"}"#, ""),
        (r#"{"$uuid":7}"#, ""),
        (r#"{"$oid":"xyz"}"#, ""),
        (r#"{"$binary":"!!","$type":"00"}"#, ""),
        (r#"{"$binary":"AA=="}"#, ""),
        (r#"{"$numberLong":"9223372036854775808"}"#, ""),
        (r#"{"$numberDecimal":"one"}"#, ""),
        (r#"{"$minKey":2}"#, ""),
        (r#"{"$timestamp":{"t":-1,"i":0}}"#, ""),
        (r#"{"$dbPointer":{}}"#, ""),
        (r#"{"$binary":"AA==","$type":"04"}"#, ""),
        (r#"{"$numberDecimal":"1E+6145"}"#, ""),
        (r#"{"$numberDecimal":"1E-6177"}"#, ""),
        (r#"[{"$regex":5}]"#, "0"),
        (r#"{"$regex":"a","$options":5}"#, ""),
        (r#"{"$regex":"a","other":1}"#, ""),
        (r##"{"x":{"$ref":"#/x"}}"##, "x"),
        (r#"{"$ref":5,"$id":1}"#, ""),
        (r#"{"$ref":"a","$id":1,"$db":5}"#, ""),
        (r#"{"$ref":"a","$id":1,"database":5}"#, ""),
    ] {
        let refusal = normalise(body(sent).root()).unwrap_err();
        assert_eq!(refusal.at, at, "{sent}: {refusal}");
        assert!(refusal.why.contains("is reserved for"), "{refusal}");
    }
}

#[test]
fn dates_that_clients_cannot_read_are_refused_with_their_place() {
    let dated = |ms: i64, zone: &str, seconds: &str| {
        format!(r#"{{"x":[{{"$date":{ms},"$zone":{zone},"$offset":{seconds}}}]}}"#)
    };
    let (first, last) = (-62_135_596_800_000, 253_402_300_799_999);
    let tokyo = r#"{"total_seconds":32400.0}"#;
    for (sent, why) in [
        (dated(first - 1, "null", "null"), "of the years 1 to 9999"),
        (dated(last + 1, r#""UTC""#, "null"), "of the years 1 to 9999"),
        (dated(last, r#""Asia/Tokyo""#, tokyo), "of the years 1 to 9999"),
        (
            dated(0, r#""Middle/Earth""#, "null"),
            r#"no time zone is called "Middle/Earth""#,
        ),
    ] {
        let refusal = normalise(body(&sent).root()).unwrap_err();
        assert_eq!(refusal.at, "x.0", "{sent}: {refusal}");
        assert!(refusal.why.contains(why), "{refusal}");
    }
    for (ms, zone) in [(first, "null"), (last, r#""UTC""#), (0, r#""europe/london""#)] {
        let sent = dated(ms, zone, "null");
        assert_eq!(normalise(body(&sent).root()).unwrap().to_text().unwrap(), sent);
    }
}

#[test]
fn the_order_of_types() {
    let order = [
        r#"{"$minKey":1}"#,
        "null",
        r#"{"$numberDouble":"NaN"}"#,
        "-1",
        "0.5",
        r#"{"$numberDecimal":"0.6"}"#,
        "1",
        r#""""#,
        r#""a""#,
        r#""b""#,
        "{}",
        r#"{"a":1}"#,
        r#"{"a":1,"b":1}"#,
        r#"{"b":0}"#,
        r#"{"a":"x"}"#,
        "[]",
        "[1]",
        "[1,0]",
        "[2]",
        r#"["a"]"#,
        r#"{"$binary":"AA==","$type":"00"}"#,
        r#"{"$uuid":"00000000000000000000000000000000"}"#,
        r#"{"$oid":"000000000000000000000000"}"#,
        "false",
        "true",
        r#"{"$date":-1,"$zone":null,"$offset":null}"#,
        r#"{"$date":1,"$zone":null,"$offset":null}"#,
        r#"{"$timestamp":{"t":0,"i":0}}"#,
        r#"{"$regex":"","$options":""}"#,
        r#"{"$code":""}"#,
        r#"{"$maxKey":1}"#,
    ];
    for (at, left) in order.iter().enumerate() {
        for (other, right) in order.iter().enumerate() {
            let (one, two) = (body(left), body(right));
            let found = compare(&Val::of(one.root()).unwrap(), &Val::of(two.root()).unwrap());
            assert_eq!(found, at.cmp(&other), "{left} {right}");
        }
    }
}

#[test]
fn nesting_of_computed_values_is_bounded() {
    let mut val = Val::Int(1);
    let mut levels = 0;
    let refusal = loop {
        match Val::array(vec![val]) {
            Ok(outer) => (val, levels) = (outer, levels + 1),
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(levels, query::MAX_NESTING);
    assert!(refusal.why.contains("deeper than 200"));
    let deep = body(&format!("{}1{}", "[".repeat(150), "]".repeat(150)));
    let mut val = Val::of(deep.root()).unwrap();
    for _ in 0..60 {
        val = Val::array(vec![val]).unwrap();
    }
    assert!(
        val.to_jsonb().unwrap_err().why.contains("deeper than 200"),
        "stored and computed levels count together"
    );
}
