//! Whatever is thrown at the parsers and the matcher, they answer.

use proptest::prelude::*;
use query::{Filter, Limits, Projection, Sort, Val, fields, index_keys, normalise};

use super::{body, quoted};

const KEYS: [&str; 44] = [
    "a",
    "b",
    "a.b",
    "a.0",
    "0",
    "",
    ".",
    "a.$id",
    "$eq",
    "$ne",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$in",
    "$nin",
    "$and",
    "$or",
    "$nor",
    "$not",
    "$exists",
    "$type",
    "$regex",
    "$options",
    "$mod",
    "$size",
    "$all",
    "$elemMatch",
    "$comment",
    "$where",
    "$expr",
    "$date",
    "$zone",
    "$offset",
    "$uuid",
    "$oid",
    "$binary",
    "$numberLong",
    "$numberDecimal",
    "$numberDouble",
    "$timestamp",
    "$minKey",
    "$ref",
    "total_seconds",
];
const TEXTS: [&str; 16] = [
    "",
    "x",
    "a",
    "i",
    "^a",
    "(a+)+$",
    "[",
    "\\d",
    "(?=x)",
    "$b",
    "NaN",
    "1e5",
    "-0",
    "2020-01-01T00:00:00Z",
    "00112233445566778899aabbccddeeff",
    "AA==",
];

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop_oneof![
            Just("null"),
            Just("true"),
            Just("0"),
            Just("-0"),
            Just("1.5"),
            Just("-1"),
            Just("16")
        ]
        .prop_map(str::to_owned),
        any::<i64>().prop_map(|int| int.to_string()),
        prop::sample::select(&TEXTS[..]).prop_map(quoted),
        "\\PC{0,8}".prop_map(|text| quoted(&text)),
    ];
    leaf.prop_recursive(6, 40, 4, |inner| {
        let key = prop::sample::select(&KEYS[..]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::btree_map(key, inner, 0..4).prop_map(|fields| {
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
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_json_is_answered(query in value(), document in value()) {
        let (query, document) = (body(&query), body(&document));
        let limits = Limits::default();
        if let Ok(filter) = Filter::parse(&query.root(), &limits) {
            let found = filter.matches(document.root()).unwrap();
            prop_assert_eq!(filter.clone().and(Filter::all()).matches(document.root()).unwrap(), found);
            prop_assert_eq!(filter.clone().or(Filter::none()).matches(document.root()).unwrap(), found);
            let _ = filter.terms();
        }
        if let Ok(sort) = Sort::parse(&query.root(), &limits) {
            let key = sort.key(document.root()).unwrap();
            prop_assert!(sort.compare(&key, &key).is_eq());
        }
        if let Ok(projection) = Projection::parse(&query.root(), &limits) {
            let _ = projection.apply(document.root()).unwrap().to_text().unwrap();
        }
        let _ = normalise(query.root()).map(|stored| stored.to_text().unwrap());
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..60), query in value()) {
        let stored = jsonb::Jsonb::from_stored(bytes);
        let limits = Limits::default();
        for query in [query.as_str(), r#"{"a.b":{"$gt":1},"a":{"$in":[1,2,3,4,5,"x"]}}"#, r#"{"a":{"$uuid":"00112233445566778899aabbccddeeff"}}"#] {
            if let Ok(filter) = Filter::parse(&body(query).root(), &limits) {
                let _ = filter.matches(stored.root());
            }
        }
        let _ = Filter::parse(&stored.root(), &limits);
        let _ = Sort::parse(&stored.root(), &limits);
        let _ = fields(&["a.b"], &limits).unwrap().apply(stored.root());
        let _ = index_keys(stored.root(), "a.b");
        let _ = normalise(stored.root());
        let _ = Val::of(stored.root()).and_then(Val::into_owned);
    }
}
