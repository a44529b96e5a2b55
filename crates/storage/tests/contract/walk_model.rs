//! Walks over any records, from any point on and with any writes between pages, held against sorted lists.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, RangeBounds};

use model::CollectionId;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use storage::tables::records::{Expect, KeyRange, Place};
use storage::{Direction, NULL_KEY, index_key, index_keys};

use super::bed::{Bed, body, delete_now, index, missing, put_now, read, write};
use super::walks::{Shown, by_id, by_index};

/// Few values, so that many records share one.
const VALUES: &[&str] = &["null", "1", "2", "2.5", "\"a\"", "\"ab\"", "true"];

fn text() -> impl Strategy<Value = String> {
    let scalar = || proptest::sample::select(VALUES);
    let list = proptest::collection::vec(scalar(), 0..4).prop_map(|all| format!("[{}]", all.join(",")));
    let value = prop_oneof![4 => scalar().prop_map(str::to_owned), 2 => list];
    let full = (value, 0..100_u8).prop_map(|(value, x)| format!(r#"{{"n":{value},"x":{x}}}"#));
    prop_oneof![1 => Just("{}".to_owned()), 5 => full]
}

/// A record, and what becomes of it.
type Change = (u8, Option<String>);

fn changes(most: usize) -> impl Strategy<Value = Vec<Change>> {
    let text = proptest::option::weighted(0.8, text());
    proptest::collection::vec((0..25_u8, text), 0..most)
}

fn range() -> impl Strategy<Value = KeyRange> {
    let key = |text: &str| index_key(body(text).root()).unwrap();
    let end = || {
        prop_oneof![
            2 => Just(Bound::Unbounded),
            1 => proptest::sample::select(VALUES).prop_map(move |text| Bound::Included(key(text))),
            1 => proptest::sample::select(VALUES).prop_map(move |text| Bound::Excluded(key(text))),
        ]
    };
    (end(), end())
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Ascending), Just(Direction::Descending)]
}

/// Records in order of creation.
#[derive(Default)]
struct Naive(Vec<(String, String)>);

impl Naive {
    fn change(&mut self, bed: &dyn Bed, c: CollectionId, (id, text): &Change) {
        let id = format!("r{id}");
        let known = self.0.iter().position(|(known, _)| *known == id);
        match (text, known) {
            (Some(text), _) => {
                put_now(bed, c, &id, Expect::Any, text);
                match known {
                    Some(at) => self.0[at].1.clone_from(text),
                    None => self.0.push((id, text.clone())),
                }
            }
            (None, Some(at)) => {
                delete_now(bed, c, &id, Expect::Any);
                self.0.remove(at);
            }
            (None, None) => {}
        }
    }

    fn by_id(&self, direction: Direction) -> Vec<(String, String)> {
        let mut all = self.0.clone();
        all.sort();
        turned(all, direction)
    }

    /// Key, id and text of each entry.
    fn by_index(
        &self,
        range: &KeyRange,
        with_missing: bool,
        direction: Direction,
    ) -> Vec<(Vec<u8>, String, String)> {
        let mut entries = Vec::new();
        for (order, (id, text)) in self.0.iter().enumerate() {
            let mut keys = index_keys(body(text).root(), "n").unwrap();
            if keys.is_empty() && with_missing {
                keys.push(NULL_KEY.to_vec());
            }
            keys.retain(|key| range.contains(key));
            entries.extend(keys.into_iter().map(|key| (key, order, id.clone(), text.clone())));
        }
        entries.sort();
        let plain = entries
            .into_iter()
            .map(|(key, _, id, text)| (key, id, text))
            .collect();
        turned(plain, direction)
    }
}

fn turned<T>(mut all: Vec<T>, direction: Direction) -> Vec<T> {
    if direction == Direction::Descending {
        all.reverse();
    }
    all
}

/// A fresh collection with an index `i` over `n`.
fn indexed(bed: &dyn Bed, number: &Cell<u32>, with_missing: bool) -> CollectionId {
    number.set(number.get() + 1);
    let name = format!("c{}", number.get());
    let def = if with_missing {
        missing("i", "n", false)
    } else {
        index("i", "n", false)
    };
    write(bed, move |tx| {
        let c = tx.ensure_collection(&name)?.id;
        tx.declare_index(c, &def)?;
        Ok(c)
    })
}

fn plain((_, _, id, text): Shown) -> (String, String) {
    (id, text)
}

fn entry((key, _, id, text): Shown) -> (Vec<u8>, String, String) {
    (key, id, text)
}

pub(crate) fn a_walk_goes_on_from_any_point(bed: &dyn Bed) {
    let number = Cell::new(0);
    let input = (changes(60), any::<bool>(), range(), direction());
    TestRunner::new(Config::with_cases(48))
        .run(&input, |(changes, with_missing, range, direction)| {
            let c = indexed(bed, &number, with_missing);
            let mut naive = Naive::default();
            for change in &changes {
                naive.change(bed, c, change);
            }
            let all = by_id(bed, c, None, direction, usize::MAX);
            let expected = naive.by_id(direction);
            prop_assert_eq!(&all.into_iter().map(plain).collect::<Vec<_>>(), &expected);
            for (at, (id, _)) in expected.iter().enumerate() {
                let rest = by_id(bed, c, Some(id), direction, usize::MAX);
                let rest: Vec<_> = rest.into_iter().map(plain).collect();
                prop_assert_eq!(&rest, &expected[at + 1..]);
            }
            let all = by_index(bed, c, &range, None, direction, usize::MAX);
            let points: Vec<(Vec<u8>, Place)> =
                all.iter().map(|(key, place, ..)| (key.clone(), *place)).collect();
            let expected = naive.by_index(&range, with_missing, direction);
            prop_assert_eq!(&all.into_iter().map(entry).collect::<Vec<_>>(), &expected);
            for (at, point) in points.into_iter().enumerate() {
                let rest = by_index(bed, c, &range, Some(point), direction, usize::MAX);
                let rest: Vec<_> = rest.into_iter().map(entry).collect();
                prop_assert_eq!(&rest, &expected[at + 1..]);
            }
            let count = read(bed, move |tx| tx.count_index(c, "i", &[range], u64::MAX));
            prop_assert_eq!(count, Some(expected.len() as u64));
            Ok(())
        })
        .unwrap();
}

pub(crate) fn untouched_records_come_once_whatever_is_written(bed: &dyn Bed) {
    let number = Cell::new(0);
    let between = proptest::collection::vec(changes(4), 30);
    let input = (changes(60), between, any::<bool>(), direction(), 1..5_usize);
    TestRunner::new(Config::with_cases(48))
        .run(&input, |(changes, between, with_missing, direction, size)| {
            let c = indexed(bed, &number, with_missing);
            let mut naive = Naive::default();
            for change in &changes {
                naive.change(bed, c, change);
            }
            let range = (Bound::Unbounded, Bound::Unbounded);
            let (ids_before, entries_before) = (
                naive.by_id(direction),
                naive.by_index(&range, with_missing, direction),
            );
            let (mut touched, mut shown, mut entries) = (BTreeSet::new(), Vec::new(), Vec::new());
            let (mut after, mut point) = (None::<String>, None);
            let mut between = between.iter();
            loop {
                let page = by_id(bed, c, after.as_deref(), direction, size);
                let index_page = by_index(bed, c, &range, point.clone(), direction, size);
                if page.is_empty() && index_page.is_empty() {
                    break;
                }
                after = page.last().map(|seen| seen.2.clone()).or(after);
                point = index_page.last().map(|seen| (seen.0.clone(), seen.1)).or(point);
                let now: BTreeMap<_, _> = naive.0.iter().cloned().collect();
                for (_, _, id, text) in page.iter().chain(&index_page) {
                    prop_assert_eq!(now.get(id), Some(text));
                }
                shown.extend(page.into_iter().map(plain));
                entries.extend(index_page.into_iter().map(entry));
                for change in between.next().into_iter().flatten() {
                    naive.change(bed, c, change);
                    touched.insert(format!("r{}", change.0));
                }
            }
            let untouched = |id: &String| !touched.contains(id);
            let left = |all: Vec<(String, String)>| -> Vec<_> {
                all.into_iter().filter(|(id, _)| untouched(id)).collect()
            };
            prop_assert_eq!(left(shown), left(ids_before));
            let left = |all: Vec<(Vec<u8>, String, String)>| -> Vec<_> {
                all.into_iter().filter(|(_, id, _)| untouched(id)).collect()
            };
            prop_assert_eq!(left(entries), left(entries_before));
            Ok(())
        })
        .unwrap();
}
