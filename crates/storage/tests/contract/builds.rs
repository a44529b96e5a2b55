//! Indexes built in parts while writers go on.

use std::cell::Cell;
use std::ops::Bound;

use model::CollectionId;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use storage::Direction;
use storage::tables::indexes::{DeclaredIndex, Filled, IndexState};
use storage::tables::records::{Expect, IndexDef, KeyRange, Written};

use super::bed::{Bed, Fault, collection, delete_now, index, missing, put_now, read, write};
use super::walks::{ALL, Shown, by_index};

fn begin(bed: &dyn Bed, c: CollectionId, def: IndexDef) -> IndexState {
    write(bed, move |tx| tx.begin_index(c, &def))
}

fn fill(bed: &dyn Bed, c: CollectionId, limit: u64) -> Filled {
    write(bed, move |tx| tx.fill_index(c, "i", limit))
}

fn finish(bed: &dyn Bed, c: CollectionId) -> bool {
    write(bed, move |tx| tx.finish_index(c, "i"))
}

fn entries(bed: &dyn Bed, c: CollectionId) -> Vec<(Vec<u8>, String)> {
    let all = by_index(bed, c, &ALL, None, Direction::Ascending, usize::MAX);
    all.into_iter().map(|(key, _, id, _): Shown| (key, id)).collect()
}

fn ids(bed: &dyn Bed, c: CollectionId) -> Vec<String> {
    entries(bed, c).into_iter().map(|(_, id)| id).collect()
}

fn numbered(bed: &dyn Bed, c: CollectionId, ids: &[&str]) {
    for (n, id) in ids.iter().enumerate() {
        put_now(bed, c, id, Expect::Absent, &format!(r#"{{"n":{n}}}"#));
    }
}

fn taken() -> Written {
    Written::Taken {
        index: "i".to_owned(),
    }
}

pub(crate) fn a_building_index_is_not_seen(bed: &dyn Bed) {
    let c = collection(bed);
    numbered(bed, c, &["a", "b", "c"]);
    assert_eq!(begin(bed, c, index("i", "n", false)), IndexState::Building);
    let hidden = |bed: &dyn Bed| {
        assert!(read(bed, move |tx| tx.indexes(c)).is_empty());
        let state = IndexState::Building;
        let def = index("i", "n", false);
        assert_eq!(
            read(bed, move |tx| tx.declared_indexes(c)),
            [DeclaredIndex { def, state }]
        );
        let store = bed.store();
        let everything: KeyRange = (Bound::Unbounded, Bound::Unbounded);
        let range = everything.clone();
        assert!(
            store
                .read_blocking(move |tx| tx.records_by_index(c, "i", &range, 9))
                .is_err()
        );
        let ranges = [everything];
        assert!(
            store
                .read_blocking(move |tx| tx.index_places(c, "i", &ranges, 9))
                .is_err()
        );
    };
    hidden(bed);
    assert!(matches!(fill(bed, c, 2), Filled::UpTo(_)));
    assert!(!finish(bed, c));
    assert_eq!(fill(bed, c, 2), Filled::Whole);
    assert_eq!(fill(bed, c, 2), Filled::Whole);
    hidden(bed);
    put_now(bed, c, "d", Expect::Absent, r#"{"n":-1}"#);
    assert!(finish(bed, c) && finish(bed, c));
    assert_eq!(ids(bed, c), ["d", "a", "b", "c"]);
    assert_eq!(
        read(bed, move |tx| tx.declared_indexes(c))[0].state,
        IndexState::Ready
    );
    assert_eq!(begin(bed, c, index("i", "n", false)), IndexState::Ready);
    assert_eq!(fill(bed, c, 1), Filled::Whole);
    assert_eq!(ids(bed, c), ["d", "a", "b", "c"]);
}

pub(crate) fn a_build_goes_on_where_it_stood(bed: &dyn Bed) {
    let c = collection(bed);
    numbered(bed, c, &["a", "b", "c", "d", "e"]);
    begin(bed, c, index("i", "n", false));
    let Filled::UpTo(first) = fill(bed, c, 2) else {
        panic!("there are more");
    };
    let undone = bed.store().write_blocking(move |tx| {
        assert!(matches!(tx.fill_index(c, "i", 2)?, Filled::UpTo(_)));
        Err::<(), _>(Fault::Own("no"))
    });
    assert!(undone.is_err());
    assert_eq!(begin(bed, c, index("i", "n", false)), IndexState::Building);
    let Filled::UpTo(second) = fill(bed, c, 2) else {
        panic!("what was undone is to do again");
    };
    assert!(first < second);
    assert_eq!(
        fill(bed, c, 0),
        Filled::UpTo(storage::tables::records::Place(second.0 + 1))
    );
    assert_eq!(fill(bed, c, 0), Filled::Whole);
    assert!(finish(bed, c));
    assert_eq!(ids(bed, c), ["a", "b", "c", "d", "e"]);
}

pub(crate) fn doubles_are_named(bed: &dyn Bed) {
    let c = collection(bed);
    for (id, n) in [("a", "1"), ("b", "[2,3]"), ("x", "4"), ("c", "[5,3]"), ("d", "1")] {
        put_now(bed, c, id, Expect::Absent, &format!(r#"{{"n":{n}}}"#));
    }
    begin(bed, c, index("i", "n", true));
    let conflict = |first: &str, second: &str| Filled::Conflict {
        first: first.to_owned(),
        second: second.to_owned(),
    };
    assert_eq!(fill(bed, c, 9), conflict("b", "c"));
    assert_eq!(fill(bed, c, 9), conflict("b", "c"));
    assert!(!finish(bed, c));
    delete_now(bed, c, "b", Expect::Any);
    assert_eq!(fill(bed, c, 9), conflict("a", "d"));
    put_now(bed, c, "d", Expect::Any, r#"{"n":7}"#);
    assert_eq!(fill(bed, c, 9), Filled::Whole);
    assert!(finish(bed, c));
    assert_eq!(ids(bed, c), ["a", "c", "x", "c", "d"]);
}

pub(crate) fn writes_are_held_to_a_unique_index_from_its_beginning(bed: &dyn Bed) {
    let c = collection(bed);
    numbered(bed, c, &["a", "b"]);
    begin(bed, c, index("i", "n", true));
    put_now(bed, c, "new", Expect::Absent, r#"{"n":7}"#);
    assert_eq!(put_now(bed, c, "newer", Expect::Absent, r#"{"n":7}"#), taken());
    assert_eq!(put_now(bed, c, "b", Expect::Any, r#"{"n":7}"#), taken());
    assert!(matches!(fill(bed, c, 1), Filled::UpTo(_)));
    assert_eq!(put_now(bed, c, "b", Expect::Any, r#"{"n":0}"#), taken());
    // The record with 1 is not in yet, so another one may take it; that comes out when it is its turn.
    put_now(bed, c, "early", Expect::Absent, r#"{"n":1}"#);
    let (first, second) = ("early".to_owned(), "b".to_owned());
    assert_eq!(fill(bed, c, 9), Filled::Conflict { first, second });
    put_now(bed, c, "early", Expect::Any, r#"{"n":2}"#);
    assert_eq!(fill(bed, c, 9), Filled::Whole);
    assert!(finish(bed, c));
    assert_eq!(ids(bed, c), ["a", "b", "early", "new"]);
    assert_eq!(put_now(bed, c, "late", Expect::Absent, r#"{"n":1}"#), taken());
}

pub(crate) fn nulls_are_no_doubles(bed: &dyn Bed) {
    let c = collection(bed);
    let texts = [
        ("a", "{}"),
        ("b", r#"{"n":null}"#),
        ("c", "{}"),
        ("d", r#"{"n":1}"#),
    ];
    for (id, text) in texts {
        put_now(bed, c, id, Expect::Absent, text);
    }
    begin(bed, c, missing("i", "n", true));
    assert_eq!(fill(bed, c, 9), Filled::Whole);
    assert!(finish(bed, c));
    put_now(bed, c, "e", Expect::Absent, "{}");
    assert_eq!(ids(bed, c), ["a", "b", "c", "e", "d"]);
    assert_eq!(put_now(bed, c, "e", Expect::Any, r#"{"n":1}"#), taken());
    assert!(write(bed, move |tx| tx.declare_index(c, &index("j", "n", true))));
    assert!(write(bed, move |tx| tx.declare_index(c, &missing("k", "n", true))));
}

pub(crate) fn another_index_of_a_name_is_left_to_be_swept(bed: &dyn Bed) {
    let c = collection(bed);
    for (id, text) in [("a", r#"{"n":1,"m":2}"#), ("b", r#"{"n":2,"m":1}"#)] {
        put_now(bed, c, id, Expect::Absent, text);
    }
    write(bed, move |tx| tx.declare_index(c, &index("i", "n", false)));
    assert_eq!(begin(bed, c, index("i", "m", false)), IndexState::Building);
    assert!(read(bed, move |tx| tx.indexes(c)).is_empty());
    assert_eq!(write(bed, |tx| tx.sweep(1)), 1);
    assert_eq!(fill(bed, c, 9), Filled::Whole);
    assert!(finish(bed, c));
    assert_eq!(write(bed, |tx| tx.sweep(9)), 1);
    assert_eq!(write(bed, |tx| tx.sweep(9)), 0);
    assert_eq!(ids(bed, c), ["b", "a"]);
    // Declared at once in place of one that is being built.
    begin(bed, c, index("i", "n", false));
    assert!(write(bed, move |tx| tx.declare_index(c, &index("i", "n", false))));
    assert_eq!(ids(bed, c), ["a", "b"]);
    assert!(write(bed, move |tx| tx.retire_index(c, "i")));
    assert!(!write(bed, move |tx| tx.retire_index(c, "i")));
    assert!(read(bed, move |tx| tx.declared_indexes(c)).is_empty());
    assert_eq!(write(bed, |tx| tx.sweep(9)), 4);
}

pub(crate) fn an_unknown_index_cannot_be_filled(bed: &dyn Bed) {
    let c = collection(bed);
    let store = bed.store();
    let fill = store.write_blocking(move |tx| tx.fill_index(c, "nope", 9));
    let finish = store.write_blocking(move |tx| tx.finish_index(c, "nope"));
    for outcome in [fill.map(drop), finish.map(drop)] {
        assert!(outcome.unwrap_err().to_string().contains("nope"));
    }
}

#[derive(Clone, Debug)]
enum Op {
    Put(u8, String),
    Delete(u8),
    Fill(u64),
    Undone(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let value = proptest::sample::select(&["[]", "null", "1", "2", "3", "[1,2]", "[2,3,3]", "\"a\""][..]);
    let put = (0..12_u8, value).prop_map(|(id, n)| Op::Put(id, format!(r#"{{"n":{n}}}"#)));
    prop_oneof![
        5 => put,
        2 => (0..12_u8).prop_map(Op::Delete),
        2 => (1..4_u64).prop_map(Op::Fill),
        1 => (1..4_u64).prop_map(Op::Undone),
    ]
}

/// Steps of filling, some of them undone, and any writes between them give what building at once gives.
pub(crate) fn any_writes_between_steps(bed: &dyn Bed) {
    let number = Cell::new(0);
    let ops = || proptest::collection::vec(op(), 0..40);
    TestRunner::new(Config::with_cases(48))
        .run(
            &(ops(), ops(), any::<bool>()),
            |(before, while_building, with_missing)| {
                number.set(number.get() + 1);
                let name = format!("c{}", number.get());
                let c = write(bed, move |tx| Ok(tx.ensure_collection(&name)?.id));
                let def = IndexDef {
                    missing: with_missing,
                    ..index("i", "n", false)
                };
                for op in before
                    .iter()
                    .filter(|op| matches!(op, Op::Put(..) | Op::Delete(_)))
                {
                    apply(bed, c, op);
                }
                begin(bed, c, def.clone());
                for op in &while_building {
                    apply(bed, c, op);
                }
                while fill(bed, c, 2) != Filled::Whole {}
                for op in while_building.iter().rev() {
                    apply(bed, c, op);
                }
                assert!(finish(bed, c));
                let built = entries(bed, c);
                assert!(write(bed, move |tx| {
                    tx.drop_index(c, "i")?;
                    tx.declare_index(c, &def)
                }));
                prop_assert_eq!(built, entries(bed, c));
                Ok(())
            },
        )
        .unwrap();
}

fn apply(bed: &dyn Bed, c: CollectionId, op: &Op) {
    match op {
        Op::Put(id, text) => drop(put_now(bed, c, &format!("r{id}"), Expect::Any, text)),
        Op::Delete(id) => drop(delete_now(bed, c, &format!("r{id}"), Expect::Any)),
        Op::Fill(limit) => drop(fill(bed, c, *limit)),
        Op::Undone(limit) => {
            let limit = *limit;
            let undone = bed.store().write_blocking(move |tx| {
                tx.fill_index(c, "i", limit)?;
                Err::<(), _>(Fault::Own("no"))
            });
            assert!(matches!(undone, Err(Fault::Own("no"))));
        }
    }
}
