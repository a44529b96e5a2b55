//! The changes of single records, whatever was written and pruned, held against a plain list.

use std::cell::Cell;
use std::collections::BTreeMap;

use model::{Change, ChangeEvent, CollectionId, HistorySeq, Page, Stamp, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use storage::Tx;
use storage::tables::collections::CollectionOptions;
use storage::tables::history::HistoryFilter;
use storage::tables::records::{Deed, Expect, Put, Removal, Written};

use super::bed::{Bed, Fault, body, index, read, write};

const IDS: u8 = 4;

#[derive(Clone, Copy, Debug)]
enum Op {
    Put(u8, u8),
    Delete(u8),
    /// Something is done with it.
    Note(u8),
    /// Whether a history is kept from now on.
    Keep(bool),
    /// Lines older than so many steps, and at most so many.
    Prune(i64, u64),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => (0..IDS, 0..9_u8).prop_map(|(id, n)| Op::Put(id, n)),
        6 => (0..IDS).prop_map(Op::Delete),
        4 => (0..IDS).prop_map(Op::Note),
        1 => prop::bool::weighted(0.7).prop_map(Op::Keep),
        1 => (0..20_i64, 0..12_u64).prop_map(|(age, limit)| Op::Prune(age, limit)),
    ]
}

fn name(id: u8) -> String {
    format!("r{id}")
}

/// The time of a step.
fn at(step: i64) -> Stamp {
    Stamp::new(Timestamp(step), "")
}

/// Does it, and answers how a write went.
fn run(tx: &mut dyn Tx, c: CollectionId, step: i64, op: Op) -> storage::Result<Option<Written>> {
    let (stamp, expect, job) = (&at(step), Expect::Any, None);
    match op {
        Op::Put(id, n) => {
            let (id, body) = (&name(id), &body(&format!(r#"{{"n":{n}}}"#)));
            let (label, archived, tags) = ("", false, &[][..]);
            #[rustfmt::skip]
            let put = Put { id, expect, label, archived, tags, body, stamp, job };
            tx.put_record(c, &put).map(Some)
        }
        Op::Delete(id) => {
            let id = &name(id);
            #[rustfmt::skip]
            let removal = Removal { id, expect, stamp, job };
            tx.delete_record(c, &removal).map(Some)
        }
        Op::Note(id) => {
            let id = &name(id);
            #[rustfmt::skip]
            let deed = Deed { id, stamp, job };
            let noted = |seq| Some(Written::Done { version: 0, seq });
            tx.note_deed(c, &deed).map(noted)
        }
        Op::Keep(history) => tx
            .set_collection_options(c, CollectionOptions { history })
            .map(|_| None),
        Op::Prune(age, limit) => tx.prune_history(c, Timestamp(step - age), limit).map(|_| None),
    }
}

/// A line: its place, its record, what happened, its version and its content.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    seq: i64,
    id: String,
    event: ChangeEvent,
    version: u64,
    text: String,
}

impl Line {
    fn of(change: &Change) -> Self {
        Self {
            seq: change.seq.0,
            id: change.id.clone(),
            event: change.event,
            version: change.version,
            text: change.body.to_text().unwrap(),
        }
    }
}

struct Naive {
    records: BTreeMap<u8, (u64, String)>,
    /// With their times.
    lines: Vec<(i64, Line)>,
    next: i64,
    keeps: bool,
}

impl Naive {
    fn new() -> Self {
        Self {
            records: BTreeMap::new(),
            lines: Vec::new(),
            next: 1,
            keeps: true,
        }
    }

    fn add(
        &mut self,
        step: i64,
        id: u8,
        event: ChangeEvent,
        (version, text): (u64, String),
    ) -> Option<Written> {
        let mut seq = 0;
        if self.keeps {
            seq = self.next;
            self.next += 1;
            let id = name(id);
            #[rustfmt::skip]
            self.lines.push((step, Line { seq, id, event, version, text }));
        }
        let seq = HistorySeq(seq);
        Some(Written::Done { version, seq })
    }

    fn run(&mut self, step: i64, op: Op) -> Option<Written> {
        match op {
            Op::Put(id, n) => {
                let old = self.records.get(&id).map(|(version, _)| *version);
                let new = (old.unwrap_or(0) + 1, format!(r#"{{"n":{n}}}"#));
                self.records.insert(id, new.clone());
                let event = old.map_or(ChangeEvent::Created, |_| ChangeEvent::Updated);
                self.add(step, id, event, new)
            }
            Op::Delete(id) => match self.records.remove(&id) {
                Some((version, text)) => self.add(step, id, ChangeEvent::Deleted, (version + 1, text)),
                None => Some(Written::Conflict { actual: None }),
            },
            Op::Note(id) => {
                let mut place = HistorySeq(0);
                if let Some(record) = self.records.get(&id).cloned()
                    && let Some(Written::Done { seq, .. }) =
                        self.add(step, id, ChangeEvent::Performed, record)
                {
                    place = seq;
                }
                let (version, seq) = (0, place);
                Some(Written::Done { version, seq })
            }
            Op::Keep(history) => {
                self.keeps = history;
                None
            }
            Op::Prune(age, limit) => {
                let prunable = self.lines.len().saturating_sub(1).min(limit as usize);
                let old = |line: &&(i64, Line)| line.0 < step - age;
                let pruned = self.lines[..prunable].iter().take_while(old).count();
                self.lines.drain(..pruned);
                None
            }
        }
    }

    /// Newest first.
    fn of(&self, id: &str) -> Vec<Line> {
        let own = self.lines.iter().rev().map(|(_, line)| line);
        own.filter(|line| line.id == id).cloned().collect()
    }
}

/// All pages of a history by number; every page must know the total.
fn by_number(bed: &dyn Bed, c: CollectionId, id: &str, size: u64) -> (Vec<Line>, u64) {
    let id = id.to_owned();
    read(bed, move |tx| {
        let (mut lines, mut number) = (Vec::new(), 0);
        loop {
            number += 1;
            let page = tx.history(c, &id, Page { number, size })?;
            assert!(page.entries.len() as u64 <= size);
            if page.entries.is_empty() {
                return Ok((lines, page.total));
            }
            lines.extend(page.entries.iter().map(Line::of));
        }
    })
}

/// What is found by place: before and up to each one there is or was, and after the last.
fn by_place(bed: &dyn Bed, c: CollectionId, id: &str, own: &[Line], next: i64) {
    let (id, own) = (id.to_owned(), own.to_vec());
    read(bed, move |tx| {
        for place in 0..=next + 1 {
            let before: Vec<_> = own.iter().filter(|line| line.seq < place).cloned().collect();
            let found = tx.change_before(c, &id, HistorySeq(place))?;
            assert_eq!(
                found.as_ref().map(Line::of),
                before.first().cloned(),
                "before {place}"
            );
            let upto = own.iter().find(|line| line.seq <= place);
            let found = tx.last_change(c, &id, HistorySeq(place))?;
            assert_eq!(found.map(|seq| seq.0), upto.map(|line| line.seq), "up to {place}");
            let record = Some(id.as_str());
            let filter = HistoryFilter {
                record,
                ..HistoryFilter::default()
            };
            let page = tx.history_page(c, &filter, Some(HistorySeq(place)), 3)?;
            let page: Vec<_> = page.iter().map(Line::of).collect();
            assert_eq!(page, before[..before.len().min(3)], "a page before {place}");
        }
        Ok(())
    });
}

fn counted(bed: &dyn Bed, c: CollectionId, id: &str, events: Option<&'static [ChangeEvent]>) -> u64 {
    let id = id.to_owned();
    read(bed, move |tx| {
        let record = Some(id.as_str());
        let filter = HistoryFilter {
            record,
            events,
            ..HistoryFilter::default()
        };
        tx.history_count(c, &filter)
    })
}

fn compare(bed: &dyn Bed, c: CollectionId, naive: &Naive, size: u64) {
    for id in (0..=IDS).map(name) {
        let own = naive.of(&id);
        let total = own.len() as u64;
        assert_eq!(by_number(bed, c, &id, size), (own.clone(), total), "{id}");
        assert_eq!(counted(bed, c, &id, None), total, "{id}");
        let deleted = own.iter().filter(|line| line.event == ChangeEvent::Deleted);
        let expected = deleted.count() as u64;
        assert_eq!(
            counted(bed, c, &id, Some(&[ChangeEvent::Deleted])),
            expected,
            "{id}"
        );
        by_place(bed, c, &id, &own, naive.next);
    }
}

pub(crate) fn any_writes_and_the_list_of_each_record(bed: &dyn Bed) {
    let number = Cell::new(0);
    // Each group is one transaction; some are undone.
    let group = (proptest::collection::vec(op(), 1..8), prop::bool::weighted(0.8));
    let groups = proptest::collection::vec(group, 1..12);
    TestRunner::new(Config::with_cases(64))
        .run(&(groups, any::<bool>(), 1..5_u64), |(groups, indexed, size)| {
            number.set(number.get() + 1);
            let name = format!("c{}", number.get());
            let c = write(bed, move |tx| {
                let c = tx.ensure_collection(&name)?.id;
                if indexed {
                    tx.declare_index(c, &index("n", "n", false))?;
                }
                Ok(c)
            });
            let (mut naive, mut step) = (Naive::new(), 0);
            for (ops, stays) in groups {
                let (todo, from) = (ops.clone(), step);
                let done = bed.store().write_blocking(move |tx| {
                    let steps = todo.iter().zip(from..);
                    let done: storage::Result<Vec<_>> =
                        steps.map(|(op, step)| run(tx, c, step, *op)).collect();
                    let done = done?;
                    if stays { Ok(done) } else { Err(Fault::Own("no")) }
                });
                step += ops.len() as i64;
                if stays {
                    let steps = ops.iter().zip(from..);
                    let expected: Vec<_> = steps.map(|(op, step)| naive.run(step, *op)).collect();
                    prop_assert_eq!(done.unwrap(), expected);
                } else {
                    prop_assert!(matches!(done, Err(Fault::Own(_))));
                }
            }
            compare(bed, c, &naive, size);
            Ok(())
        })
        .unwrap();
}
