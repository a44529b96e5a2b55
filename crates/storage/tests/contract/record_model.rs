//! Any sequence of writes, held against a map and a list.

use std::collections::BTreeMap;

use model::{CollectionId, HistorySeq};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use storage::tables::records::{Expect, Written};

use super::bed::{Bed, amend_now, delete_now, put_now, read, write};

#[derive(Clone, Copy, Debug)]
enum Op {
    Put(u8, Expect, i16),
    Delete(u8, Expect),
    Amend(u8, i16),
}

fn op() -> impl Strategy<Value = Op> {
    let expect = prop_oneof![
        Just(Expect::Any),
        Just(Expect::Absent),
        (0..5_u64).prop_map(Expect::Version)
    ];
    let put = (0..4_u8, expect.clone(), any::<i16>()).prop_map(|(id, expect, n)| Op::Put(id, expect, n));
    let delete = (0..4_u8, expect).prop_map(|(id, expect)| Op::Delete(id, expect));
    let amend = (0..4_u8, any::<i16>()).prop_map(|(id, n)| Op::Amend(id, n));
    prop_oneof![3 => put, 1 => delete, 1 => amend]
}

/// The naive store: records, and lines of `id version event text`.
#[derive(Default)]
struct Naive {
    records: BTreeMap<String, (u64, String)>,
    lines: Vec<String>,
}

impl Naive {
    /// The version that is made, or the one that is there.
    fn apply(&mut self, op: Op) -> Result<u64, Option<u64>> {
        let (id, expect, new) = match op {
            Op::Put(id, expect, n) => (format!("r{id}"), expect, Some(format!("{{\"n\":{n}}}"))),
            Op::Delete(id, expect) => (format!("r{id}"), expect, None),
            Op::Amend(id, n) => {
                let old = self.records.get_mut(&format!("r{id}")).ok_or(None)?;
                old.1 = format!("{{\"n\":{n}}}");
                return Ok(old.0);
            }
        };
        let old = self.records.get(&id).cloned();
        let actual = old.as_ref().map(|(version, _)| *version);
        let fits = match expect {
            Expect::Any => true,
            Expect::Absent => actual.is_none(),
            Expect::Version(version) => actual == Some(version),
        };
        if !fits || (new.is_none() && old.is_none()) {
            return Err(actual);
        }
        let version = actual.unwrap_or(0) + 1;
        let (event, text) = match (&new, old) {
            (None, Some((_, text))) => ("deleted", text),
            (Some(text), None) => ("created", text.clone()),
            (text, _) => ("updated", text.clone().unwrap_or_default()),
        };
        self.lines.push(format!("{id} {version} {event} {text}"));
        match new {
            Some(text) => self.records.insert(id, (version, text)),
            None => self.records.remove(&id),
        };
        Ok(version)
    }
}

pub(crate) fn any_sequence_of_writes(bed: &dyn Bed) {
    let mut runner = TestRunner::new(Config::with_cases(32));
    let number = std::cell::Cell::new(0);
    runner
        .run(&proptest::collection::vec(op(), 1..30), |ops| {
            number.set(number.get() + 1);
            let name = format!("c{}", number.get());
            let c = write(bed, move |tx| Ok(tx.ensure_collection(&name)?.id));
            let mut naive = Naive::default();
            for op in ops {
                let written = match op {
                    Op::Put(id, expect, n) => {
                        put_now(bed, c, &format!("r{id}"), expect, &format!("{{\"n\":{n}}}"))
                    }
                    Op::Delete(id, expect) => delete_now(bed, c, &format!("r{id}"), expect),
                    Op::Amend(id, n) => {
                        let amended = amend_now(bed, c, &format!("r{id}"), &format!("{{\"n\":{n}}}"));
                        prop_assert_eq!(amended, naive.apply(op).is_ok(), "{:?}", op);
                        continue;
                    }
                };
                let outcome = match written {
                    Written::Done { version, .. } => Ok(version),
                    Written::Conflict { actual } => Err(actual),
                    Written::Taken { index } => panic!("no index here, but {index} is taken"),
                };
                prop_assert_eq!(outcome, naive.apply(op), "{:?}", op);
            }
            prop_assert_eq!(stored(bed, c), naive.records);
            prop_assert_eq!(lines(bed, c), naive.lines);
            Ok(())
        })
        .unwrap();
}

fn stored(bed: &dyn Bed, c: CollectionId) -> BTreeMap<String, (u64, String)> {
    let records = read(bed, move |tx| tx.records_after(c, "", 100));
    let entry = |record: model::Record| (record.id, (record.version, record.body.to_text().unwrap()));
    records.into_iter().map(entry).collect()
}

fn lines(bed: &dyn Bed, c: CollectionId) -> Vec<String> {
    let changes = read(bed, move |tx| tx.history_after(c, HistorySeq(0), 1000));
    assert!(changes.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    let line = |change: &model::Change| {
        let text = change.body.to_text().unwrap();
        format!(
            "{} {} {} {text}",
            change.id,
            change.version,
            change.event.as_str()
        )
    };
    changes.iter().map(line).collect()
}
