//! Declared indexes.

use std::ops::Bound;

use model::CollectionId;
use storage::index_key;
use storage::tables::records::{Expect, KeyRange, Written};

use super::bed::{
    Bed, Fault, amend_now, body, collection, delete, delete_now, index, put, put_now, read, seen, version,
    write,
};

fn declare(bed: &dyn Bed, c: CollectionId, name: &'static str, path: &'static str, unique: bool) -> bool {
    write(bed, move |tx| tx.declare_index(c, &index(name, path, unique)))
}

fn key(text: &str) -> Vec<u8> {
    index_key(body(text).root()).unwrap()
}

fn equal(text: &str) -> KeyRange {
    (Bound::Included(key(text)), Bound::Included(key(text)))
}

const ALL: KeyRange = (Bound::Unbounded, Bound::Unbounded);

fn found(bed: &dyn Bed, c: CollectionId, name: &'static str, range: KeyRange) -> Vec<String> {
    let records = read(bed, move |tx| tx.records_by_index(c, name, &range, 1000));
    records.into_iter().map(|record| record.id).collect()
}

/// A collection with an index `a` over the field `a`.
fn indexed(bed: &dyn Bed, unique: bool) -> CollectionId {
    let c = collection(bed);
    assert!(declare(bed, c, "a", "a", unique));
    c
}

fn fill(bed: &dyn Bed, c: CollectionId, records: &[(&str, &str)]) {
    for (id, text) in records {
        version(&put_now(bed, c, id, Expect::Absent, text));
    }
}

pub(crate) fn a_scalar_is_found(bed: &dyn Bed) {
    let c = indexed(bed, false);
    fill(
        bed,
        c,
        &[
            ("1", r#"{"a":1}"#),
            ("1.0", r#"{"a":1.0}"#),
            ("text", r#"{"a":"1"}"#),
            ("true", r#"{"a":true}"#),
            ("null", r#"{"a":null}"#),
            ("none", r#"{"b":1}"#),
            ("no object", "[1]"),
        ],
    );
    assert_eq!(found(bed, c, "a", equal("1")), ["1", "1.0"]);
    assert_eq!(found(bed, c, "a", equal("\"1\"")), ["text"]);
    assert_eq!(found(bed, c, "a", equal("true")), ["true"]);
    assert_eq!(found(bed, c, "a", equal("null")), ["null"]);
    assert!(found(bed, c, "a", equal("false")).is_empty());
}

pub(crate) fn elements_are_found_one_by_one(bed: &dyn Bed) {
    let c = collection(bed);
    assert!(declare(bed, c, "city", "addresses.city", false));
    fill(
        bed,
        c,
        &[
            ("two", r#"{"addresses":[{"city":"Bern"},{"city":"Rome"}]}"#),
            ("one", r#"{"addresses":{"city":"Rome"}}"#),
            ("list", r#"{"addresses":[{"city":["Oslo","Bern"]},{},7]}"#),
            ("deep", r#"{"addresses":[[{"city":"Rome"}]]}"#),
            ("empty", r#"{"addresses":[]}"#),
        ],
    );
    assert_eq!(found(bed, c, "city", equal("\"Rome\"")), ["two", "one"]);
    assert_eq!(found(bed, c, "city", equal("\"Bern\"")), ["two", "list"]);
    assert_eq!(found(bed, c, "city", equal("\"Oslo\"")), ["list"]);
    assert_eq!(found(bed, c, "city", ALL), ["two", "list", "one"]);
}

pub(crate) fn a_record_is_listed_once(bed: &dyn Bed) {
    let c = indexed(bed, false);
    fill(bed, c, &[("many", r#"{"a":[1,2,3,2,1]}"#), ("one", r#"{"a":2}"#)]);
    assert_eq!(found(bed, c, "a", ALL), ["many", "one"]);
    let range = (Bound::Excluded(key("1")), Bound::Unbounded);
    assert_eq!(found(bed, c, "a", range), ["many", "one"]);
}

pub(crate) fn bounds_are_kept(bed: &dyn Bed) {
    let c = indexed(bed, false);
    fill(
        bed,
        c,
        &[
            ("1", r#"{"a":1}"#),
            ("2", r#"{"a":2}"#),
            ("3", r#"{"a":3}"#),
            ("s", r#"{"a":"2"}"#),
        ],
    );
    fill(bed, c, &[("e", r#"{"a":""}"#), ("sx", r#"{"a":"2\u0001"}"#)]);
    use Bound::{Excluded, Included, Unbounded};
    let cases: [(KeyRange, &[&str]); 8] = [
        ((Included(key("2")), Included(key("3"))), &["2", "3"]),
        ((Excluded(key("2")), Included(key("3"))), &["3"]),
        ((Included(key("1")), Excluded(key("3"))), &["1", "2"]),
        ((Excluded(key("1")), Excluded(key("3"))), &["2"]),
        ((Unbounded, Excluded(key("2"))), &["1"]),
        ((Excluded(key("3")), Unbounded), &["e", "s", "sx"]),
        ((Excluded(key("\"2\"")), Unbounded), &["sx"]),
        ((Included(key("3")), Included(key("1"))), &[]),
    ];
    for (range, expected) in cases {
        assert_eq!(found(bed, c, "a", range.clone()), expected, "{range:?}");
    }
}

pub(crate) fn order_is_by_key(bed: &dyn Bed) {
    let c = indexed(bed, false);
    let in_order = [
        "null",
        "-9223372036854775808",
        "-1.5",
        "-1",
        "0",
        "0.5",
        "2",
        "10",
        "9007199254740992",
        "9007199254740993",
        "1e300",
        "\"\"",
        "\"B\"",
        "\"a\"",
        "\"ab\"",
        "\"é\"",
        "false",
        "true",
    ];
    for value in in_order.iter().rev() {
        put_now(bed, c, value, Expect::Absent, &format!(r#"{{"a":{value}}}"#));
    }
    assert_eq!(found(bed, c, "a", ALL), in_order);
}

pub(crate) fn limits_are_kept(bed: &dyn Bed) {
    let c = indexed(bed, false);
    fill(
        bed,
        c,
        &[
            ("1", r#"{"a":[1,1.5]}"#),
            ("2", r#"{"a":2}"#),
            ("3", r#"{"a":3}"#),
        ],
    );
    for limit in 0..5 {
        let records = read(bed, move |tx| tx.records_by_index(c, "a", &ALL, limit));
        assert_eq!(records.len() as u64, limit.min(3));
    }
}

pub(crate) fn replacing_moves_entries(bed: &dyn Bed) {
    let c = indexed(bed, false);
    fill(bed, c, &[("x", r#"{"a":[1,2]}"#)]);
    put_now(bed, c, "x", Expect::Any, r#"{"a":[2,3]}"#);
    assert!(found(bed, c, "a", equal("1")).is_empty());
    assert_eq!(found(bed, c, "a", equal("2")), ["x"]);
    let records = read(bed, move |tx| tx.records_by_index(c, "a", &equal("3"), 9));
    assert_eq!(
        (records[0].version, records[0].body.to_text().unwrap()),
        (2, r#"{"a":[2,3]}"#.to_owned())
    );
    put_now(bed, c, "x", Expect::Version(2), "{}");
    assert!(found(bed, c, "a", ALL).is_empty());
}

pub(crate) fn amending_moves_entries_and_nothing_else(bed: &dyn Bed) {
    let c = indexed(bed, false);
    fill(bed, c, &[("x", r#"{"a":1}"#), ("y", r#"{"a":1}"#)]);
    let before = read(bed, move |tx| tx.record(c, "x")).unwrap();
    assert!(amend_now(bed, c, "x", r#"{"a":2}"#));
    assert!(!amend_now(bed, c, "z", r#"{"a":2}"#));
    let after = read(bed, move |tx| tx.record(c, "x")).unwrap();
    assert_eq!(after.body.to_text().unwrap(), r#"{"a":2}"#);
    let before = model::Record {
        body: after.body.clone(),
        ..before
    };
    assert_eq!(after, before);
    assert_eq!(found(bed, c, "a", equal("1")), ["y"]);
    assert_eq!(found(bed, c, "a", equal("2")), ["x"]);
    // Before and after other changes of the same transaction.
    write(bed, move |tx| {
        tx.amend_record(c, "y", &body(r#"{"a":3}"#))?;
        put(tx, c, "y", Expect::Version(1), r#"{"a":4}"#)?;
        tx.amend_record(c, "y", &body(r#"{"a":5}"#))?;
        put(tx, c, "z", Expect::Absent, r#"{"a":6}"#)?;
        tx.amend_record(c, "z", &body(r#"{"a":7}"#))?;
        delete(tx, c, "x", Expect::Any)?;
        assert!(!tx.amend_record(c, "x", &body(r#"{"a":8}"#))?);
        Ok(())
    });
    assert_eq!(seen(bed, c, "y"), Some((2, r#"{"a":5}"#.to_owned())));
    assert_eq!(seen(bed, c, "z"), Some((1, r#"{"a":7}"#.to_owned())));
    assert_eq!(found(bed, c, "a", ALL), ["y", "z"]);
    let kept = read(bed, move |tx| tx.history_after(c, model::HistorySeq(0), 100));
    let kept: Vec<_> = kept.iter().map(|line| line.body.to_text().unwrap()).collect();
    assert_eq!(
        kept,
        [
            r#"{"a":1}"#,
            r#"{"a":1}"#,
            r#"{"a":4}"#,
            r#"{"a":6}"#,
            r#"{"a":2}"#
        ]
    );
}

pub(crate) fn deleting_removes_entries(bed: &dyn Bed) {
    let c = indexed(bed, false);
    fill(bed, c, &[("x", r#"{"a":1}"#), ("y", r#"{"a":1}"#)]);
    delete_now(bed, c, "y", Expect::Any);
    assert_eq!(found(bed, c, "a", ALL), ["x"]);
    // A new record must not inherit entries of the removed one.
    fill(bed, c, &[("z", r#"{"a":2}"#)]);
    assert_eq!(found(bed, c, "a", equal("1")), ["x"]);
}

pub(crate) fn building_covers_what_is_there(bed: &dyn Bed) {
    let c = collection(bed);
    fill(
        bed,
        c,
        &[("x", r#"{"a":[2,1]}"#), ("y", r#"{"a":1}"#), ("z", "{}")],
    );
    assert!(declare(bed, c, "a", "a", false));
    assert_eq!(found(bed, c, "a", equal("1")), ["x", "y"]);
    assert_eq!(read(bed, move |tx| tx.indexes(c)), [index("a", "a", false)]);
}

pub(crate) fn dropping_forgets(bed: &dyn Bed) {
    let c = indexed(bed, true);
    fill(bed, c, &[("x", r#"{"a":1}"#)]);
    assert!(write(bed, move |tx| tx.drop_index(c, "a")));
    assert!(!write(bed, move |tx| tx.drop_index(c, "a")));
    assert!(read(bed, move |tx| tx.indexes(c)).is_empty());
    fill(bed, c, &[("y", r#"{"a":1}"#)]);
    assert!(declare(bed, c, "a", "a", false));
    assert_eq!(found(bed, c, "a", equal("1")), ["x", "y"]);
}

pub(crate) fn unique_values_are_taken_once(bed: &dyn Bed) {
    let c = indexed(bed, true);
    let taken = Written::Taken {
        index: "a".to_owned(),
    };
    fill(
        bed,
        c,
        &[
            ("x", r#"{"a":["k","l"]}"#),
            ("none", "{}"),
            ("none too", r#"{"a":[]}"#),
        ],
    );
    assert_eq!(put_now(bed, c, "y", Expect::Absent, r#"{"a":"l"}"#), taken);
    assert_eq!(put_now(bed, c, "y", Expect::Any, r#"{"a":["m","k"]}"#), taken);
    assert!(read(bed, move |tx| tx.record(c, "y")).is_none());
    fill(bed, c, &[("y", r#"{"a":"m"}"#)]);
    assert_eq!(put_now(bed, c, "y", Expect::Version(1), r#"{"a":"k"}"#), taken);
    assert_eq!(found(bed, c, "a", ALL), ["x", "y"]);
    assert_eq!(
        read(bed, move |tx| tx.history_after(c, model::HistorySeq(0), 99)).len(),
        4
    );
}

pub(crate) fn what_is_foreseen_changes_nothing(bed: &dyn Bed) {
    let c = indexed(bed, true);
    fill(bed, c, &[("x", r#"{"a":"k"}"#), ("y", r#"{"a":"l"}"#)]);
    let outcomes = write(bed, move |tx| {
        // The first is its own, the second is freed before it is taken, the third is taken by the one before it.
        let puts = [
            ("x", r#"{"a":"m"}"#),
            ("z", r#"{"a":"k"}"#),
            ("w", r#"{"a":"k"}"#),
            ("v", r#"{"a":"n"}"#),
        ];
        let bodies: Vec<_> = puts.iter().map(|(_, text)| body(text)).collect();
        let all: Vec<_> = bodies.iter().collect();
        tx.foresee_bodies(c, &all)?;
        let each = puts.iter().map(|(id, text)| put(tx, c, id, Expect::Any, text));
        each.collect::<Result<Vec<_>, _>>()
    });
    let done = |at: usize| matches!(outcomes[at], Written::Done { .. });
    assert!(done(0) && done(1) && !done(2) && done(3), "{outcomes:?}");
    assert_eq!(found(bed, c, "a", ALL), ["z", "y", "x", "v"]);
}

pub(crate) fn a_record_may_keep_its_unique_value(bed: &dyn Bed) {
    let c = indexed(bed, true);
    fill(bed, c, &[("x", r#"{"a":"k"}"#)]);
    assert_eq!(
        version(&put_now(
            bed,
            c,
            "x",
            Expect::Version(1),
            r#"{"a":["k","k"],"b":1}"#
        )),
        2
    );
    assert_eq!(version(&put_now(bed, c, "x", Expect::Any, r#"{"a":"k"}"#)), 3);
}

pub(crate) fn a_freed_value_can_be_taken(bed: &dyn Bed) {
    let c = indexed(bed, true);
    fill(bed, c, &[("x", r#"{"a":"k"}"#)]);
    put_now(bed, c, "x", Expect::Any, r#"{"a":"l"}"#);
    fill(bed, c, &[("y", r#"{"a":"k"}"#)]);
    delete_now(bed, c, "x", Expect::Any);
    fill(bed, c, &[("z", r#"{"a":"l"}"#)]);
    assert_eq!(found(bed, c, "a", ALL), ["y", "z"]);
}

pub(crate) fn building_a_unique_index_on_doubles_changes_nothing(bed: &dyn Bed) {
    let c = collection(bed);
    fill(
        bed,
        c,
        &[("x", r#"{"a":1,"b":1}"#), ("y", r#"{"a":[2,1.0],"b":2}"#)],
    );
    assert!(!declare(bed, c, "a", "a", true));
    assert!(read(bed, move |tx| tx.indexes(c)).is_empty());
    assert!(declare(bed, c, "a", "b", false));
    assert!(!declare(bed, c, "a", "a", true));
    assert_eq!(read(bed, move |tx| tx.indexes(c)), [index("a", "b", false)]);
    assert_eq!(found(bed, c, "a", equal("2")), ["y"]);
    put_now(bed, c, "y", Expect::Any, r#"{"b":3}"#);
    assert_eq!(found(bed, c, "a", equal("3")), ["y"]);
}

pub(crate) fn declaring_again_is_no_work(bed: &dyn Bed) {
    let c = indexed(bed, true);
    fill(bed, c, &[("x", r#"{"a":1}"#)]);
    assert!(declare(bed, c, "a", "a", true));
    assert_eq!(read(bed, move |tx| tx.indexes(c)), [index("a", "a", true)]);
    assert_eq!(found(bed, c, "a", ALL), ["x"]);
}

pub(crate) fn declaring_another_replaces(bed: &dyn Bed) {
    let c = indexed(bed, false);
    fill(bed, c, &[("x", r#"{"a":1,"b":2}"#)]);
    assert!(declare(bed, c, "a", "b", true));
    assert_eq!(read(bed, move |tx| tx.indexes(c)), [index("a", "b", true)]);
    assert!(found(bed, c, "a", equal("1")).is_empty());
    assert_eq!(found(bed, c, "a", equal("2")), ["x"]);
}

pub(crate) fn an_undone_index_is_gone(bed: &dyn Bed) {
    let c = collection(bed);
    let undone = bed.store().write_blocking(move |tx| {
        tx.declare_index(c, &index("a", "a", true))?;
        put(tx, c, "x", Expect::Absent, r#"{"a":1}"#)?;
        Err::<(), _>(Fault::Own("no"))
    });
    assert!(undone.is_err());
    fill(bed, c, &[("x", r#"{"a":1}"#), ("y", r#"{"a":1}"#)]);
    assert!(read(bed, move |tx| tx.indexes(c)).is_empty());
    assert!(declare(bed, c, "a", "a", false));
    assert_eq!(found(bed, c, "a", ALL), ["x", "y"]);
}

pub(crate) fn conflict_comes_before_taken(bed: &dyn Bed) {
    let c = indexed(bed, true);
    fill(bed, c, &[("x", r#"{"a":1}"#), ("y", r#"{"a":2}"#)]);
    let conflict = Written::Conflict { actual: Some(1) };
    assert_eq!(put_now(bed, c, "x", Expect::Absent, r#"{"a":2}"#), conflict);
    assert_eq!(put_now(bed, c, "x", Expect::Absent, r#"{"a":1}"#), conflict);
    assert_eq!(put_now(bed, c, "x", Expect::Version(2), r#"{"a":2}"#), conflict);
}

pub(crate) fn an_unknown_index_is_an_error(bed: &dyn Bed) {
    let c = collection(bed);
    let outcome = bed
        .store()
        .read_blocking(move |tx| tx.records_by_index(c, "nope", &ALL, 1));
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("nope"), "{error}");
}

pub(crate) fn indexes_are_per_collection(bed: &dyn Bed) {
    let one = indexed(bed, true);
    let other = write(bed, |tx| Ok(tx.ensure_collection("other")?.id));
    assert!(declare(bed, other, "a", "a", true));
    fill(bed, one, &[("x", r#"{"a":1}"#)]);
    fill(bed, other, &[("y", r#"{"a":1}"#)]);
    assert_eq!(found(bed, one, "a", ALL), ["x"]);
    assert_eq!(found(bed, other, "a", ALL), ["y"]);
}
