//! Walks over records in order, and counting entries.

use std::ops::{Bound, ControlFlow};

use model::CollectionId;
use storage::tables::records::{Expect, KeyRange, Place};
use storage::tables::walks::IndexWalk;
use storage::{Direction, NULL_KEY, ReadTx, Result, index_key};

use super::bed::{Bed, body, collection, index, missing, put_now, read, write};

pub(crate) const ALL: KeyRange = (Bound::Unbounded, Bound::Unbounded);

/// What a walk has shown: key, place, id, and the text of the body.
pub(crate) type Shown = (Vec<u8>, Place, String, String);

fn take(shown: &mut Vec<Shown>, seen: &storage::tables::walks::Seen<'_>, most: usize) -> ControlFlow<()> {
    let text = jsonb::Jsonb::from_stored(seen.body.to_vec()).to_text().unwrap();
    shown.push((seen.key.to_vec(), seen.place, seen.id.to_owned(), text));
    if shown.len() < most {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(())
    }
}

/// Up to `most` (at least one) records by id.
pub(crate) fn by_id(
    bed: &dyn Bed,
    c: CollectionId,
    after: Option<&str>,
    direction: Direction,
    most: usize,
) -> Vec<Shown> {
    let after = after.map(str::to_owned);
    read(bed, move |tx| {
        let mut shown = Vec::new();
        tx.walk_by_id(c, after.as_deref(), direction, &mut |seen| {
            take(&mut shown, &seen, most)
        })?;
        Ok(shown)
    })
}

/// Up to `most` (at least one) entries of the index `i`.
pub(crate) fn by_index(
    bed: &dyn Bed,
    c: CollectionId,
    range: &KeyRange,
    after: Option<(Vec<u8>, Place)>,
    direction: Direction,
    most: usize,
) -> Vec<Shown> {
    let range = range.clone();
    read(bed, move |tx| {
        let mut shown = Vec::new();
        let walk = IndexWalk {
            index: "i",
            range: &range,
            after: after.as_ref().map(|(key, place)| (key.as_slice(), *place)),
            direction,
        };
        tx.walk_by_index(c, &walk, &mut |seen| take(&mut shown, &seen, most))?;
        Ok(shown)
    })
}

fn ids(shown: &[Shown]) -> Vec<&str> {
    shown.iter().map(|(_, _, id, _)| id.as_str()).collect()
}

fn filled(bed: &dyn Bed) -> CollectionId {
    let c = collection(bed);
    write(bed, move |tx| tx.declare_index(c, &index("i", "n", false)));
    for (id, n) in [("d", "1"), ("b", "2"), ("a", "[3,1]"), ("c", "1"), ("e", "[]")] {
        put_now(bed, c, id, Expect::Absent, &format!(r#"{{"n":{n}}}"#));
    }
    c
}

fn key(text: &str) -> Vec<u8> {
    index_key(body(text).root()).unwrap()
}

fn point(text: &str) -> KeyRange {
    (Bound::Included(key(text)), Bound::Included(key(text)))
}

use Direction::{Ascending, Descending};

pub(crate) fn ids_are_walked_both_ways(bed: &dyn Bed) {
    let c = filled(bed);
    put_now(bed, c, "", Expect::Absent, "{}");
    let walk = |after: Option<&str>, direction| {
        let shown = by_id(bed, c, after, direction, 99);
        assert!(shown.iter().all(|seen| seen.0.is_empty()));
        shown.into_iter().map(|seen| seen.2).collect::<Vec<_>>()
    };
    assert_eq!(walk(None, Ascending), ["", "a", "b", "c", "d", "e"]);
    assert_eq!(walk(None, Descending), ["e", "d", "c", "b", "a", ""]);
    assert_eq!(walk(Some("b"), Ascending), ["c", "d", "e"]);
    assert_eq!(walk(Some("b"), Descending), ["a", ""]);
    // From an id that is not there, and from beyond the ends.
    assert_eq!(walk(Some("bb"), Ascending), ["c", "d", "e"]);
    assert_eq!(walk(Some("bb"), Descending), ["b", "a", ""]);
    assert!(walk(Some("e"), Ascending).is_empty() && walk(Some(""), Descending).is_empty());
    assert_eq!(walk(Some(""), Ascending), ["a", "b", "c", "d", "e"]);
    let first = by_id(bed, c, Some("a"), Ascending, 1);
    assert_eq!((ids(&first), first[0].3.as_str()), (vec!["b"], r#"{"n":2}"#));
}

pub(crate) fn equal_keys_are_in_order_of_creation(bed: &dyn Bed) {
    let c = filled(bed);
    let up = by_index(bed, c, &ALL, None, Ascending, 99);
    assert_eq!(ids(&up), ["d", "a", "c", "b", "a"]);
    let mut down = by_index(bed, c, &ALL, None, Descending, 99);
    down.reverse();
    assert_eq!(down, up);
    assert_eq!((up[3].0.clone(), up[3].3.as_str()), (key("2"), r#"{"n":2}"#));
    let ones = by_index(bed, c, &point("1"), None, Descending, 2);
    assert_eq!(ids(&ones), ["c", "a"]);
    // Beyond an entry outside the range are all of it, or none.
    let far = |text, place, direction| {
        let after = Some((key(text), Place(place)));
        by_index(bed, c, &point("2"), after, direction, 99).len()
    };
    assert_eq!((far("1", 0, Ascending), far("3", 0, Ascending)), (1, 0));
    assert_eq!(
        (far("1", i64::MAX, Descending), far("3", i64::MAX, Descending)),
        (0, 1)
    );
}

pub(crate) fn records_without_a_value_are_first(bed: &dyn Bed) {
    let c = collection(bed);
    for (id, text) in [("a", r#"{"n":1}"#), ("b", "{}"), ("c", r#"{"n":null}"#)] {
        put_now(bed, c, id, Expect::Absent, text);
    }
    write(bed, move |tx| tx.declare_index(c, &missing("i", "n", false)));
    put_now(bed, c, "d", Expect::Absent, r#"{"n":[]}"#);
    assert_eq!(
        ids(&by_index(bed, c, &ALL, None, Ascending, 99)),
        ["b", "c", "d", "a"]
    );
    let nulls = (
        Bound::Included(NULL_KEY.to_vec()),
        Bound::Included(NULL_KEY.to_vec()),
    );
    assert_eq!(
        ids(&by_index(bed, c, &nulls, None, Descending, 99)),
        ["d", "c", "b"]
    );
    put_now(bed, c, "b", Expect::Any, r#"{"n":0}"#);
    put_now(bed, c, "a", Expect::Any, "{}");
    super::bed::delete_now(bed, c, "d", Expect::Any);
    assert_eq!(ids(&by_index(bed, c, &ALL, None, Ascending, 99)), ["a", "c", "b"]);
}

pub(crate) fn what_is_shown_may_be_looked_into(bed: &dyn Bed) {
    let c = filled(bed);
    let nested = move |tx: &mut dyn ReadTx| -> Result<Vec<usize>> {
        let mut counts = Vec::new();
        let mut failed = None;
        let walk = IndexWalk {
            index: "i",
            range: &ALL,
            after: None,
            direction: Ascending,
        };
        let tx = &*tx;
        tx.walk_by_index(c, &walk, &mut |seen| {
            let mut beyond = 0;
            let inner = tx.walk_by_id(c, Some(seen.id), Ascending, &mut |_| {
                beyond += 1;
                ControlFlow::Continue(())
            });
            failed = failed.take().or_else(|| inner.err());
            counts.push(beyond);
            ControlFlow::Continue(())
        })?;
        failed.map_or(Ok(counts), Err)
    };
    assert_eq!(read(bed, nested), [1, 4, 2, 3, 4]);
}

pub(crate) fn entries_are_counted(bed: &dyn Bed) {
    let c = filled(bed);
    let count = |ranges: Vec<KeyRange>, most| read(bed, move |tx| tx.count_index(c, "i", &ranges, most));
    assert_eq!(count(vec![ALL], u64::MAX), Some(5));
    assert_eq!((count(vec![ALL], 5), count(vec![ALL], 4)), (Some(5), None));
    assert_eq!(count(vec![point("1")], 9), Some(3));
    assert_eq!(count(vec![point("3"), point("2"), point("4")], 2), Some(2));
    assert_eq!(count(vec![point("3"), point("2"), point("4")], 1), None);
    // Keys in several of the ranges count once, and a range without keys does no harm.
    let upwards = (Bound::Included(key("2")), Bound::Unbounded);
    let empty = (Bound::Included(key("3")), Bound::Included(key("1")));
    let overlapping = vec![point("3"), upwards, empty, point("2"), point("2")];
    assert_eq!(count(overlapping.clone(), 9), Some(2));
    assert_eq!(count([overlapping, vec![point("1")]].concat(), 5), Some(5));
    assert_eq!((count(vec![], 0), count(vec![point("7")], 0)), (Some(0), Some(0)));
}

pub(crate) fn an_unknown_index_is_no_way(bed: &dyn Bed) {
    let c = collection(bed);
    let walk = bed.store().read_blocking(move |tx| {
        let walk = IndexWalk {
            index: "nope",
            range: &ALL,
            after: None,
            direction: Ascending,
        };
        tx.walk_by_index(c, &walk, &mut |_| ControlFlow::Continue(()))
    });
    assert!(walk.unwrap_err().to_string().contains("nope"));
    let count = bed
        .store()
        .read_blocking(move |tx| tx.count_index(c, "nope", &[ALL], 9));
    assert!(count.unwrap_err().to_string().contains("nope"));
}
