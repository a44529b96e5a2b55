//! Looking through a history by what is asked for, its origins, and pruning.

use std::cell::Cell;
use std::sync::Arc;

use model::{Change, ChangeEvent, CollectionId, HistorySeq, JobSeq, Stamp, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use query::Direction;
use storage::Tx;
use storage::tables::collections::CollectionOptions;
use storage::tables::history::{HistoryFilter, JobLines};
use storage::tables::records::{Deed, Expect, Put, Removal, Written};

use super::bed::{Bed, body, collection, put_now, read, write};

const HOUR: i64 = 60 * 60 * 1000;

fn put(tx: &mut dyn Tx, c: CollectionId, id: &str, text: &str, stamp: &Stamp) -> storage::Result<Written> {
    let body = body(text);
    let put = Put {
        id,
        expect: Expect::Any,
        label: "",
        archived: false,
        tags: &[],
        body: &body,
        stamp,
        job: None,
    };
    tx.put_record(c, &put)
}

fn remove(tx: &mut dyn Tx, c: CollectionId, id: &str, stamp: &Stamp) -> storage::Result<Written> {
    let removal = Removal {
        id,
        expect: Expect::Any,
        stamp,
        job: None,
    };
    tx.delete_record(c, &removal)
}

fn at(time: i64) -> Stamp {
    Stamp::new(Timestamp(time), "")
}

/// One change at each of these times.
fn lines(bed: &dyn Bed, c: CollectionId, times: &[i64]) -> Vec<HistorySeq> {
    let times = times.to_vec();
    write(bed, move |tx| {
        times
            .iter()
            .try_for_each(|time| put(tx, c, "a", "{}", &at(*time)).map(drop))
    });
    let all = read(bed, move |tx| tx.history_after(c, HistorySeq(0), u64::MAX));
    all.into_iter().map(|change| change.seq).collect()
}

fn prune(bed: &dyn Bed, c: CollectionId, before: i64, limit: u64) -> u64 {
    write(bed, move |tx| tx.prune_history(c, Timestamp(before), limit))
}

fn left(bed: &dyn Bed, c: CollectionId) -> Vec<i64> {
    let all = read(bed, move |tx| tx.history_after(c, HistorySeq(0), u64::MAX));
    all.into_iter().map(|change| change.stamp.on.0).collect()
}

pub(crate) fn origins_are_kept(bed: &dyn Bed) {
    let c = collection(bed);
    write(bed, move |tx| {
        let from = |origin: &str| Stamp {
            origin: Some(Arc::from(origin)),
            ..at(1)
        };
        put(tx, c, "a", "{}", &from(r#"{"ip":"10.0.0.1"}"#))?;
        put(tx, c, "a", "{}", &at(2))?;
        remove(tx, c, "a", &from("{}"))?;
        put(tx, c, "a", "{}", &from("{}"))
    });
    let all = read(bed, move |tx| tx.history_after(c, HistorySeq(0), 9));
    let origins: Vec<_> = all.iter().map(|change| change.stamp.origin.as_deref()).collect();
    assert_eq!(
        origins,
        [Some(r#"{"ip":"10.0.0.1"}"#), None, Some("{}"), Some("{}")]
    );
    let page = read(bed, move |tx| tx.history(c, "a", model::Page::first(9)));
    assert_eq!(page.entries[1].stamp.origin.as_deref(), Some("{}"));
    let record = read(bed, move |tx| tx.record(c, "a")).unwrap();
    assert_eq!((record.created.origin, record.modified.origin), (None, None));
}

pub(crate) fn what_a_record_was_before_a_change(bed: &dyn Bed) {
    let c = collection(bed);
    let seqs: Vec<HistorySeq> = [("a", "[1]"), ("b", "[2]"), ("a", "[3]"), ("b", "[4]")]
        .into_iter()
        .map(|(id, text)| match put_now(bed, c, id, Expect::Any, text) {
            Written::Done { seq, .. } => seq,
            other => panic!("{other:?}"),
        })
        .collect();
    let before = |id: &'static str, seq| {
        let change = read(bed, move |tx| tx.change_before(c, id, seq));
        change.map(|change| (change.seq, change.body.to_text().unwrap()))
    };
    assert_eq!(before("a", seqs[2]), Some((seqs[0], "[1]".to_owned())));
    assert_eq!(before("b", seqs[3]), Some((seqs[1], "[2]".to_owned())));
    assert_eq!(
        before("a", HistorySeq(i64::MAX)),
        Some((seqs[2], "[3]".to_owned()))
    );
    assert_eq!((before("a", seqs[0]), before("c", seqs[3])), (None, None));
}

pub(crate) fn lines_of_a_job_are_found(bed: &dyn Bed) {
    let c = collection(bed);
    let by = |job: Option<i64>, id: &'static str, on: i64| {
        move |tx: &mut dyn Tx| {
            let (body, stamp) = (body("{}"), at(on));
            let (expect, label, archived, tags) = (Expect::Any, "", false, &[][..]);
            let (body, stamp, job) = (&body, &stamp, job.map(JobSeq));
            #[rustfmt::skip]
            let put = Put { id, expect, label, archived, tags, body, stamp, job };
            tx.put_record(c, &put)
        }
    };
    for (job, id, on) in [
        (Some(7), "a", 10),
        (Some(7), "a", 20),
        (None, "a", 30),
        (Some(8), "b", 30),
        (Some(7), "b", 40),
        (Some(7), "c", 40),
    ] {
        write(bed, by(job, id, on));
    }
    let told = |job, from, beyond: Option<i64>, limit, direction| {
        let (job, from, beyond) = (JobSeq(job), Timestamp(from), beyond.map(HistorySeq));
        #[rustfmt::skip]
        let asked = JobLines { job, from, direction, beyond };
        let lines = read(bed, move |tx| tx.job_lines(c, &asked, limit));
        let line = |(seq, id): (HistorySeq, String)| format!("{} {id}", seq.0);
        lines.into_iter().map(line).collect::<Vec<_>>().join(", ")
    };
    let found = |job, from, beyond, limit| told(job, from, beyond, limit, Direction::Descending);
    let oldest = |job, from, beyond, limit| told(job, from, beyond, limit, Direction::Ascending);
    assert_eq!(oldest(7, 20, Some(2), 9), "5 b, 6 c");
    assert_eq!(oldest(7, 0, None, 3), "1 a, 2 a, 5 b");
    assert_eq!(found(7, 0, None, 9), "6 c, 5 b, 2 a, 1 a");
    assert_eq!(found(7, 0, None, 2), "6 c, 5 b");
    assert_eq!(found(7, 0, Some(5), 9), "2 a, 1 a");
    assert_eq!(found(7, 20, None, 9), "6 c, 5 b, 2 a");
    assert_eq!(found(8, 0, None, 9), "4 b");
    assert_eq!(found(9, 0, None, 9), "");
}

/// A record stays as it is, and its list of changes goes on behind the line.
pub(crate) fn deeds_are_lines_that_change_nothing(bed: &dyn Bed) {
    let c = collection(bed);
    let note = |id: &'static str, on: i64| {
        write(bed, move |tx| {
            let (stamp, job) = (at(on), Some(JobSeq(3)));
            #[rustfmt::skip]
            let deed = Deed { id, stamp: &stamp, job };
            tx.note_deed(c, &deed)
        })
    };
    assert_eq!(note("a", 1), HistorySeq(0), "there is no such record");
    write(bed, move |tx| put(tx, c, "a", "[1]", &at(2)));
    let before = read(bed, move |tx| tx.record(c, "a"));
    assert_eq!(note("a", 3), HistorySeq(2));
    assert_eq!(read(bed, move |tx| tx.record(c, "a")), before);
    // In one transaction with changes, and on a record that nobody has looked at in it.
    write(bed, move |tx| {
        let stamp = at(4);
        let (id, job) = ("a", None);
        #[rustfmt::skip]
        let deed = Deed { id, stamp: &stamp, job };
        tx.note_deed(c, &deed)?;
        put(tx, c, "a", "[2]", &stamp)?;
        tx.note_deed(c, &deed)?;
        tx.note_deed(c, &deed)
    });
    write(bed, move |tx| remove(tx, c, "a", &at(5)));
    assert_eq!(note("a", 6), HistorySeq(0));
    write(bed, move |tx| put(tx, c, "a", "[3]", &at(7)));
    let history = read(bed, move |tx| tx.history(c, "a", model::Page::first(20)));
    let told = history.entries.iter().map(|change| {
        let (event, body) = (change.event.as_str(), change.body.to_text().unwrap());
        format!(
            "{} {event} {} {body} {:?}",
            change.seq.0,
            change.version,
            change.job.map(|job| job.0)
        )
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "8 created 1 [3] None",
            "7 deleted 3 [2] None",
            "6 performed 2 [2] None",
            "5 performed 2 [2] None",
            "4 updated 2 [2] None",
            "3 performed 1 [1] None",
            "2 performed 1 [1] Some(3)",
            "1 created 1 [1] None",
        ]
    );
    assert_eq!(history.total, 8);
    let none = CollectionOptions { history: false };
    let silent = write(bed, move |tx| tx.ensure_collection_with("silent", none)).id;
    write(bed, move |tx| put(tx, silent, "a", "[1]", &at(1)));
    let noted = write(bed, move |tx| {
        let stamp = at(2);
        let (id, job) = ("a", None);
        #[rustfmt::skip]
        let deed = Deed { id, stamp: &stamp, job };
        tx.note_deed(silent, &deed)
    });
    assert_eq!(noted, HistorySeq(0));
}

pub(crate) fn old_lines_are_pruned_in_parts(bed: &dyn Bed) {
    let c = collection(bed);
    lines(bed, c, &[10, 20, 30, 40, 50]);
    assert_eq!(prune(bed, c, 10, 9), 0);
    assert_eq!(prune(bed, c, 40, 2), 2);
    assert_eq!(left(bed, c), [30, 40, 50]);
    assert_eq!((prune(bed, c, 40, 2), prune(bed, c, 40, 2)), (1, 0));
    assert_eq!(left(bed, c), [40, 50]);
    assert_eq!((prune(bed, c, 99, 0), left(bed, c).len()), (0, 2));
}

pub(crate) fn a_younger_line_keeps_those_behind_it(bed: &dyn Bed) {
    let c = collection(bed);
    lines(bed, c, &[10, 50, 20, 60]);
    assert_eq!(prune(bed, c, 30, 9), 1);
    assert_eq!(left(bed, c), [50, 20, 60]);
    assert_eq!(prune(bed, c, 51, 9), 2);
    assert_eq!(left(bed, c), [60]);
}

pub(crate) fn places_are_never_given_twice(bed: &dyn Bed) {
    let c = collection(bed);
    let given = lines(bed, c, &[1, 2, 3]);
    assert_eq!(prune(bed, c, 99, 9), 2);
    assert_eq!(read(bed, move |tx| tx.history_head(c)), given[2]);
    let given_now = lines(bed, c, &[4]);
    assert!(given_now[1] > given[2]);
    assert_eq!((prune(bed, c, 99, 9), left(bed, c)), (1, vec![4]));
    // Nothing to prune where nothing ever was.
    let other = write(bed, |tx| Ok(tx.ensure_collection("other")?.id));
    assert_eq!(prune(bed, other, 99, 9), 0);
}

pub(crate) fn times_may_be_a_day_out_of_order(bed: &dyn Bed) {
    const DAY: i64 = 24 * HOUR;
    let found = |name: &'static str, times: &[i64], from: Option<i64>, to: Option<i64>| {
        let c = write(bed, move |tx| Ok(tx.ensure_collection(name)?.id));
        lines(bed, c, times);
        read(bed, move |tx| {
            let filter = HistoryFilter {
                from: from.map(Timestamp),
                to: to.map(Timestamp),
                ..HistoryFilter::default()
            };
            tx.history_count(c, &filter)
        })
    };
    assert_eq!(found("a", &[DAY, 0], None, Some(0)), 1);
    assert_eq!(found("b", &[DAY, 0, DAY], Some(DAY), None), 2);
    // The ends of all time do no harm.
    assert_eq!(
        found("c", &[i64::MIN, 0, i64::MAX], Some(i64::MIN), Some(i64::MAX)),
        3
    );
}

/// The record, what happens (nothing: it is removed), and when, as far as the clock goes by and how far it is off.
type Step = (u8, Option<u8>, i64, i64);

#[derive(Clone, Debug)]
struct Asked {
    record: Option<u8>,
    events: Option<Vec<ChangeEvent>>,
    from: Option<i64>,
    to: Option<i64>,
    size: u64,
}

fn asked() -> impl Strategy<Value = Asked> {
    let events = vec![ChangeEvent::Created, ChangeEvent::Updated, ChangeEvent::Deleted];
    let events = proptest::sample::subsequence(events, 0..=3);
    let time = || proptest::option::of(-HOUR..400 * HOUR);
    (
        proptest::option::of(0..6_u8),
        proptest::option::of(events),
        time(),
        time(),
        1..9_u64,
    )
        .prop_map(|(record, events, from, to, size)| Asked {
            record,
            events,
            from,
            to,
            size,
        })
}

impl Asked {
    fn fits(&self, change: &Change) -> bool {
        let on = change.stamp.on.0;
        self.record.is_none_or(|record| change.id == format!("r{record}"))
            && self
                .events
                .as_ref()
                .is_none_or(|events| events.contains(&change.event))
            && self.from.is_none_or(|from| from <= on)
            && self.to.is_none_or(|to| on <= to)
    }

    /// All lines, page by page, and the number of them.
    fn found(self, bed: &dyn Bed, c: CollectionId) -> (Vec<Change>, u64) {
        read(bed, move |tx| {
            let record = self.record.map(|record| format!("r{record}"));
            let filter = HistoryFilter {
                record: record.as_deref(),
                events: self.events.as_deref(),
                from: self.from.map(Timestamp),
                to: self.to.map(Timestamp),
            };
            let (mut all, mut before) = (Vec::<Change>::new(), None);
            loop {
                let page = tx.history_page(c, &filter, before, self.size)?;
                if page.is_empty() {
                    return Ok((all, tx.history_count(c, &filter)?));
                }
                assert!(page.len() as u64 <= self.size);
                before = page.last().map(|change| change.seq);
                all.extend(page);
            }
        })
    }
}

/// Times are up to a day out of order here, the most that is promised.
pub(crate) fn any_history_and_any_question(bed: &dyn Bed) {
    let number = Cell::new(0);
    let step = (
        0..6_u8,
        proptest::option::weighted(0.7, 0..9_u8),
        0..20 * HOUR,
        0..24 * HOUR,
    );
    let steps = proptest::collection::vec(step, 0..40);
    let questions = proptest::collection::vec(asked(), 1..10);
    TestRunner::new(Config::with_cases(48))
        .run(
            &(steps, questions, 0..300 * HOUR),
            |(steps, questions, pruned)| {
                number.set(number.get() + 1);
                let name = format!("c{}", number.get());
                let c = write(bed, move |tx| Ok(tx.ensure_collection(&name)?.id));
                write(bed, move |tx| {
                    let mut clock = 0;
                    for (id, text, passed, off) in &steps as &[Step] {
                        clock += passed;
                        let (id, stamp) = (format!("r{id}"), at(clock + off));
                        match text {
                            Some(n) => put(tx, c, &id, &n.to_string(), &stamp)?,
                            None => remove(tx, c, &id, &stamp)?,
                        };
                    }
                    // What is left has places that do not begin with the first.
                    tx.prune_history(c, Timestamp(pruned), 5)
                });
                let mut all = read(bed, move |tx| tx.history_after(c, HistorySeq(0), u64::MAX));
                all.reverse();
                for question in questions {
                    let expected: Vec<Change> = all
                        .iter()
                        .filter(|change| question.fits(change))
                        .cloned()
                        .collect();
                    let count = expected.len() as u64;
                    let told = format!("{question:?}");
                    prop_assert_eq!(question.found(bed, c), (expected, count), "{}", told);
                }
                Ok(())
            },
        )
        .unwrap();
}
