//! Many closures at once on few records: whatever a backend does together, the end is that of one after the other.

use std::collections::BTreeMap;
use std::ops::Bound;

use model::{CollectionId, HistorySeq, Page};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use storage::tables::records::{Expect, Written};
use storage::{Error, Result, Tx};

use super::bed::{Bed, body, collection, delete, index, put, read, stamp, write};

const IDS: [&str; 4] = ["a", "b", "c", "d"];
const INDEX: &str = "by value";

/// One thing that a closure does.
#[derive(Clone, Debug)]
enum Step {
    Put(usize, Expect, i64),
    Delete(usize),
    Body(usize),
    Whole(usize),
    Count,
    /// Who has this value, by the index.
    Holder(i64),
}

/// A closure, and whether it is kept.
type Closure = (Vec<Step>, bool);

fn closure() -> impl Strategy<Value = Closure> {
    let (id, value) = (0..IDS.len(), 0..5_i64);
    let expect = prop_oneof![
        4 => Just(Expect::Any),
        2 => Just(Expect::Absent),
        2 => (1..4_u64).prop_map(Expect::Version),
    ];
    let step = prop_oneof![
        8 => (id.clone(), expect, value.clone()).prop_map(|(id, expect, value)| Step::Put(id, expect, value)),
        4 => id.clone().prop_map(Step::Delete),
        4 => id.clone().prop_map(Step::Body),
        2 => id.prop_map(Step::Whole),
        1 => Just(Step::Count),
        1 => value.prop_map(Step::Holder),
    ];
    (proptest::collection::vec(step, 1..5), prop::bool::weighted(0.8))
}

/// What there is.
#[derive(Clone, Default)]
struct Model {
    /// Version and value.
    records: BTreeMap<usize, (u64, i64)>,
    /// Lines of history.
    lines: [u64; IDS.len()],
}

impl Model {
    fn step(&mut self, step: &Step) -> String {
        match *step {
            Step::Put(id, expect, value) => self.put(id, expect, value),
            Step::Delete(id) => match self.records.remove(&id) {
                Some((version, _)) => self.done(id, version + 1),
                None => "conflict None".to_owned(),
            },
            Step::Body(id) => format!("{:?}", self.records.get(&id)),
            Step::Whole(id) => format!("{:?}", self.records.get(&id)),
            Step::Count => self.records.len().to_string(),
            Step::Holder(value) => {
                let holder = self.records.iter().find(|(_, (_, held))| *held == value);
                format!("{:?}", holder.map(|(id, _)| IDS[*id]))
            }
        }
    }

    fn put(&mut self, id: usize, expect: Expect, value: i64) -> String {
        let version = self.records.get(&id).map(|(version, _)| *version);
        if !expect.fits(version) {
            return format!("conflict {version:?}");
        }
        let mut others = self.records.iter().filter(|(other, _)| **other != id);
        if others.any(|(_, (_, held))| *held == value) {
            return "taken".to_owned();
        }
        let version = version.unwrap_or(0) + 1;
        self.records.insert(id, (version, value));
        self.done(id, version)
    }

    fn done(&mut self, id: usize, version: u64) -> String {
        self.lines[id] += 1;
        format!("done {version} at {}", self.lines.iter().sum::<u64>())
    }
}

fn told(written: &Written) -> String {
    match written {
        Written::Done { version, seq } => format!("done {version} at {seq}"),
        Written::Conflict { actual } => format!("conflict {actual:?}"),
        Written::Taken { .. } => "taken".to_owned(),
    }
}

fn value_of(body: &jsonb::Jsonb) -> i64 {
    let value = body.root().get("v").unwrap().unwrap();
    value.as_i64().unwrap().unwrap()
}

fn take(tx: &mut dyn Tx, c: CollectionId, step: &Step) -> Result<String> {
    match *step {
        Step::Put(id, expect, value) => {
            let written = put(tx, c, IDS[id], expect, &format!("{{\"v\":{value}}}"))?;
            Ok(told(&written))
        }
        Step::Delete(id) => Ok(told(&delete(tx, c, IDS[id], Expect::Any)?)),
        Step::Body(id) => {
            let found = tx.record_body(c, IDS[id])?;
            let found = found.map(|(version, body)| (version, value_of(&body)));
            Ok(format!("{found:?}"))
        }
        Step::Whole(id) => {
            let found = tx.record(c, IDS[id])?;
            assert!(found.iter().all(|record| record.created == stamp(1)));
            let found = found.map(|record| (record.version, value_of(&record.body)));
            Ok(format!("{found:?}"))
        }
        Step::Count => Ok(tx.count_records(c)?.to_string()),
        Step::Holder(value) => {
            let key = query::index_keys(body(&value.to_string()).root(), "")
                .unwrap()
                .remove(0);
            let range = (Bound::Included(key.clone()), Bound::Included(key));
            let found = tx.records_by_index(c, INDEX, &range, 2)?;
            let ids: Vec<&str> = found.iter().map(|record| record.id.as_str()).collect();
            assert!(ids.len() < 2, "{ids:?} have the value {value}");
            Ok(format!("{:?}", ids.first()))
        }
    }
}

fn run(bed: &dyn Bed, c: CollectionId, model: &mut Model, closures: Vec<Closure>) {
    let store = bed.store();
    let queued: Vec<_> = closures
        .iter()
        .cloned()
        .map(|(steps, kept)| {
            store.send_write(move |tx| {
                let said: Result<Vec<String>> = steps.iter().map(|step| take(tx, c, step)).collect();
                let said = said?;
                if kept {
                    Ok(said)
                } else {
                    Err(Error::Unsuitable(said.join(", ")))
                }
            })
        })
        .collect();
    for (queued, (steps, kept)) in queued.into_iter().zip(closures) {
        let before = model.clone();
        let expected: Vec<String> = steps.iter().map(|step| model.step(step)).collect();
        let said = match queued.blocking_recv().unwrap() {
            Ok(said) => said.join(", "),
            Err(Error::Unsuitable(said)) if !kept => said,
            Err(error) => panic!("{steps:?}: {error}"),
        };
        assert_eq!(said, expected.join(", "), "{steps:?}");
        if !kept {
            *model = before;
        }
    }
}

fn check(bed: &dyn Bed, c: CollectionId, model: &Model) {
    for (at, id) in IDS.iter().enumerate() {
        let found = read(bed, move |tx| {
            Ok((tx.record_body(c, id)?, tx.history(c, id, Page::first(1000))?))
        });
        let record = found.0.map(|(version, body)| (version, value_of(&body)));
        assert_eq!(record.as_ref(), model.records.get(&at), "{id}");
        assert_eq!(found.1.total, model.lines[at], "lines of {id}");
    }
    let lines = read(bed, move |tx| tx.history_after(c, HistorySeq(0), 10_000));
    let places: Vec<i64> = lines.iter().map(|line| line.seq.0).collect();
    let all = i64::try_from(model.lines.iter().sum::<u64>()).unwrap();
    assert_eq!(places, (1..=all).collect::<Vec<_>>());
    let count = read(bed, move |tx| tx.count_records(c));
    assert_eq!(count, model.records.len() as u64);
}

pub(crate) fn closures_at_once_are_as_good_as_one_after_the_other(bed: &dyn Bed) {
    let c = collection(bed);
    let def = index(INDEX, "v", true);
    assert!(write(bed, move |tx| tx.declare_index(c, &def)));
    let (mut runner, mut model) = (
        proptest::test_runner::TestRunner::deterministic(),
        Model::default(),
    );
    let many = proptest::collection::vec(closure(), 1..40);
    for _ in 0..60 {
        let closures = many.new_tree(&mut runner).unwrap().current();
        run(bed, c, &mut model, closures);
        check(bed, c, &model);
    }
}
