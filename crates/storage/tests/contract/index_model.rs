//! Any records and any range, held against a search that looks at everything and compares values by itself.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Bound;

use model::CollectionId;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use storage::index_key;
use storage::tables::records::{Expect, KeyRange};

use super::bed::{Bed, body, delete_now, index, put_now, read, write};

/// Few values, so that they meet; spelled in ways that compare equal, and close to each other where doubles end.
const SCALARS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0.0",
    "1",
    "1.0",
    "1.5",
    "-3",
    "\"\"",
    "\"a\"",
    "\"ab\"",
    "\"b\"",
    "\"1\"",
    "9007199254740992",
    "9007199254740993",
    "9007199254740992.0",
    "9223372036854775807",
    "-9223372036854775808",
    "1e300",
    "-1e300",
];

fn scalar() -> impl Strategy<Value = String> {
    proptest::sample::select(SCALARS).prop_map(str::to_owned)
}

fn field() -> impl Strategy<Value = String> {
    let list = proptest::collection::vec(scalar(), 0..4).prop_map(|all| format!("[{}]", all.join(",")));
    prop_oneof![4 => scalar(), 2 => list]
}

fn text() -> impl Strategy<Value = String> {
    let object = || field().prop_map(|b| format!(r#"{{"b":{b}}}"#));
    let objects = proptest::collection::vec(object(), 0..3).prop_map(|all| format!("[{}]", all.join(",")));
    prop_oneof![
        1 => Just("{}".to_owned()),
        4 => object().prop_map(|o| format!(r#"{{"a":{o}}}"#)),
        3 => objects.prop_map(|o| format!(r#"{{"a":{o}}}"#)),
        1 => field().prop_map(|a| format!(r#"{{"a":{a}}}"#)),
    ]
}

type End = Option<(String, bool)>;

fn end() -> impl Strategy<Value = End> {
    proptest::option::weighted(0.8, (scalar(), any::<bool>()))
}

/// Every value at `path`, arrays entered once.
fn values<'v>(value: &'v Value, path: &[&str], out: &mut Vec<&'v Value>) {
    match (value, path) {
        (Value::Array(all), []) => out.extend(all),
        (Value::Array(all), _) => {
            for inner in all.iter().filter(|inner| !inner.is_array()) {
                values(inner, path, out);
            }
        }
        (_, []) => out.push(value),
        (_, [name, rest @ ..]) => {
            if let Some(inner) = value.get(name) {
                values(inner, rest, out);
            }
        }
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        Value::Object(_) => 3,
        Value::Array(_) => 4,
        Value::Bool(_) => 5,
    }
}

/// Numbers as `(whole, fraction)`; exact for all of [`SCALARS`], with the huge ones cut to the ends.
fn number(value: &Value) -> (i128, f64) {
    match value.as_i64() {
        Some(whole) => (i128::from(whole), 0.0),
        None => {
            let float = value.as_f64().unwrap();
            (float.floor() as i128, float - float.floor())
        }
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
        (Value::Number(_), Value::Number(_)) => number(a).partial_cmp(&number(b)).unwrap(),
        (Value::String(a), Value::String(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => a.to_string().cmp(&b.to_string()),
    })
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn inside(value: &Value, low: &End, high: &End) -> bool {
    let fits = |end: &End, wanted: Ordering| {
        end.as_ref().is_none_or(|(bound, included)| {
            let order = compare(value, &parsed(bound));
            order == wanted || (*included && order == Ordering::Equal)
        })
    };
    fits(low, Ordering::Greater) && fits(high, Ordering::Less)
}

fn bound(end: &End) -> Bound<Vec<u8>> {
    let key = |text: &str| index_key(body(text).root()).unwrap();
    match end {
        None => Bound::Unbounded,
        Some((text, true)) => Bound::Included(key(text)),
        Some((text, false)) => Bound::Excluded(key(text)),
    }
}

/// The least value in the range of each record that has one, in order.
fn naive(records: &BTreeMap<String, String>, low: &End, high: &End) -> Vec<(Value, String)> {
    let mut hits: Vec<(Value, String)> = Vec::new();
    for (id, text) in records {
        let (document, mut all) = (parsed(text), Vec::new());
        values(&document, &["a", "b"], &mut all);
        all.retain(|value| inside(value, low, high));
        if let Some(least) = all.into_iter().min_by(|a, b| compare(a, b)) {
            hits.push((least.clone(), id.clone()));
        }
    }
    hits.sort_by(|a, b| compare(&a.0, &b.0));
    hits
}

fn listed(bed: &dyn Bed, c: CollectionId, range: KeyRange, limit: u64) -> Vec<String> {
    let records = read(bed, move |tx| tx.records_by_index(c, "i", &range, limit));
    records.into_iter().map(|record| record.id).collect()
}

pub(crate) fn any_records_and_any_range(bed: &dyn Bed) {
    let mut runner = TestRunner::new(Config::with_cases(48));
    let number = Cell::new(0);
    let writes = proptest::collection::vec((0..12_u8, proptest::option::weighted(0.85, text())), 1..30);
    let ranges = proptest::collection::vec((end(), end(), 0..15_u64), 1..12);
    runner
        .run(&(writes, 0..30_usize, ranges), |(writes, declared_at, ranges)| {
            number.set(number.get() + 1);
            let name = format!("c{}", number.get());
            let c = write(bed, move |tx| Ok(tx.ensure_collection(&name)?.id));
            let mut records = BTreeMap::new();
            let declare = || write(bed, move |tx| tx.declare_index(c, &index("i", "a.b", false)));
            for (at, (id, text)) in writes.into_iter().enumerate() {
                if at == declared_at {
                    declare();
                }
                let id = format!("r{id}");
                match text {
                    Some(text) => {
                        put_now(bed, c, &id, Expect::Any, &text);
                        records.insert(id, text);
                    }
                    None => {
                        delete_now(bed, c, &id, Expect::Any);
                        records.remove(&id);
                    }
                }
            }
            declare();
            for (low, high, limit) in ranges {
                let expected = naive(&records, &low, &high);
                let range = (bound(&low), bound(&high));
                let all = listed(bed, c, range.clone(), 100);
                let value = |id: &String| expected.iter().find(|hit| hit.1 == *id).map(|hit| &hit.0);
                prop_assert_eq!(all.len(), expected.len(), "{:?} {:?} {:?}", records, low, high);
                for (id, (least, _)) in all.iter().zip(&expected) {
                    let found = value(id);
                    prop_assert!(
                        found.is_some_and(|found| compare(found, least) == Ordering::Equal),
                        "{} at the place of {} in {:?} {:?} {:?}",
                        id,
                        least,
                        records,
                        low,
                        high
                    );
                }
                let cut = usize::try_from(limit).unwrap().min(all.len());
                prop_assert_eq!(&listed(bed, c, range, limit), &all[..cut]);
            }
            Ok(())
        })
        .unwrap();
}
