//! What must be there when the storm is over, and what must not.

use std::collections::{BTreeMap, BTreeSet};

use model::job::Status;
use model::{Change, ChangeEvent, Error, HistorySeq, JobSeq, Page};
use serde_json::Value;
use storage::{ReadTx, Store};

use super::clients::{Kind, Told};
use super::{CHANGES, ITEMS};

const ALL: Page = Page {
    number: 1,
    size: 10_000_000,
};

/// Everything in a collection.
struct Collection {
    /// Version and body by id.
    records: BTreeMap<String, (u64, Value)>,
    history: Vec<Change>,
}

impl Collection {
    fn load(tx: &mut dyn ReadTx, name: &str) -> Self {
        let id = tx.collection(name).unwrap().expect("it is there").id;
        let records = tx.records_after(id, "", u64::MAX).unwrap();
        let json = |body: &jsonb::Jsonb| serde_json::from_str(&body.to_text().unwrap()).unwrap();
        Self {
            records: records
                .iter()
                .map(|record| (record.id.clone(), (record.version, json(&record.body))))
                .collect(),
            history: tx.history_after(id, HistorySeq(0), u64::MAX).unwrap(),
        }
    }

    /// How many records have this text at a place in their bodies.
    fn count(&self, place: &str, text: &str) -> usize {
        let values = self.records.values();
        values
            .filter(|(_, body)| body.pointer(place).and_then(Value::as_str) == Some(text))
            .count()
    }
}

pub(super) fn check(store: &Store, delta: &str, operations: u64, told: &[Told]) {
    let (delta, told) = (
        JobSeq(delta.parse().unwrap()),
        told.iter().map(Clone::clone).collect::<Vec<_>>(),
    );
    let read = store.read_blocking(move |tx| {
        check_jobs(tx, delta, operations);
        let articles = Collection::load(tx, "articles");
        check_delta(&articles, delta, operations);
        let items = Collection::load(tx, "app:items");
        check_deletion(&items);
        let calculations = Collection::load(tx, "qalx.item");
        for told in &told {
            assert!(told.faults.is_empty(), "{told:?}");
            match told.kind {
                Kind::Calculation => check_calculations(&calculations, told),
                Kind::Article => check_article(&articles, told),
                Kind::Record => check_records(&items, told),
                Kind::Delta => check_deltas(tx, &articles, told),
            }
            let (done, sent) = (told.done.len(), told.sent);
            eprintln!(
                "{:?} {}: {done} of {sent} writes were answered as done",
                told.kind, told.client
            );
            assert!(done > 10, "a client was hardly served: {done} of {sent}");
        }
        Ok::<_, Error>(())
    });
    read.unwrap();
}

fn check_jobs(tx: &mut dyn ReadTx, delta: JobSeq, operations: u64) {
    let operations = operations / (CHANGES + 1) * (CHANGES + 1);
    for entry in tx.job_entries(JobSeq(0), u64::MAX).unwrap() {
        let job = entry.job;
        assert_eq!(job.status, Status::Finished, "{job:?}");
        assert_eq!(job.counts.failed, 0, "{job:?}");
    }
    let job = tx.job(delta).unwrap().expect("it is kept");
    assert_eq!(job.counts.processed, operations);
    assert_eq!(
        tx.items(delta, &[], ALL).unwrap().entries.len() as u64,
        operations
    );
}

fn check_delta(articles: &Collection, delta: JobSeq, operations: u64) {
    let count = operations / (CHANGES + 1);
    let ours: Vec<_> = articles
        .records
        .iter()
        .filter(|(id, _)| id.starts_with('D'))
        .collect();
    assert_eq!(ours.len() as u64, count);
    for (id, (version, body)) in ours {
        let number: u64 = id[1..].parse().unwrap();
        assert_eq!(*version, CHANGES + 1, "{id}: each operation once");
        assert_eq!(
            body["F_2"],
            (CHANGES * count + number).to_string(),
            "{id}: the last one counts"
        );
    }
    let lines = articles
        .history
        .iter()
        .filter(|line| line.job == Some(delta))
        .count();
    assert_eq!(lines as u64, count * (CHANGES + 1));
}

fn check_deletion(items: &Collection) {
    let closed = items.count("/state", "closed") as u64;
    assert_eq!((closed, items.count("/state", "open")), (ITEMS / 10, 0));
    let gone = items
        .history
        .iter()
        .filter(|line| line.event == ChangeEvent::Deleted);
    let gone: Vec<_> = gone.map(|line| &line.id).collect();
    let different: BTreeSet<_> = gone.iter().collect();
    assert_eq!(
        (gone.len() as u64, different.len() as u64),
        (ITEMS / 10 * 9, ITEMS / 10 * 9)
    );
}

fn check_calculations(calculations: &Collection, told: &Told) {
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    for (_, body) in calculations.records.values() {
        if body["data"]["client"] == told.client {
            *seen.entry(body["data"]["n"].as_u64().unwrap()).or_default() += 1;
        }
    }
    assert!(seen.values().all(|count| *count == 1), "twice: {seen:?}");
    let missing = told.done.iter().find(|(number, _)| !seen.contains_key(number));
    assert_eq!(missing, None, "an acknowledged calculation");
}

fn check_article(articles: &Collection, told: &Told) {
    let id = format!("C{}", told.client);
    let lines = articles.history.iter().filter(|line| line.id == id);
    let values = lines.filter_map(|line| {
        let body: Value = serde_json::from_str(&line.body.to_text().unwrap()).unwrap();
        body["F_2"].as_str().and_then(|text| text.parse::<u64>().ok())
    });
    let values: Vec<u64> = values.collect();
    assert!(
        values.windows(2).all(|pair| pair[0] < pair[1]),
        "{id}: in order, and none twice: {values:?}"
    );
    let missing = told.done.iter().find(|(number, _)| !values.contains(number));
    assert_eq!(missing, None, "{id}: an acknowledged change");
    let (version, body) = &articles.records[&id];
    assert_eq!(*version, values.len() as u64 + 1, "{id}");
    assert_eq!(body["F_2"], values.last().unwrap().to_string(), "{id}");
}

fn check_records(items: &Collection, told: &Told) {
    for number in 0..told.sent {
        let name = format!("{}-{number}", told.client);
        let (count, done) = (
            items.count("/name", &name),
            told.done.iter().any(|(done, _)| *done == number),
        );
        assert!(
            count == 1 || (count == 0 && !done),
            "{name}: {count} records, acknowledged: {done}"
        );
    }
}

fn check_deltas(tx: &mut dyn ReadTx, articles: &Collection, told: &Told) {
    for (number, job) in &told.done {
        let job = tx
            .job(JobSeq(job.parse().unwrap()))
            .unwrap()
            .expect("an acknowledged job");
        assert_eq!(job.status, Status::Finished);
        let article = format!("C{}-{number}", told.client);
        assert_eq!(
            articles.records.get(&article).map(|(version, _)| *version),
            Some(1),
            "{article}"
        );
    }
}
