//! What must be the same however often the server was killed: digests of the tables, jobs, and answers to queries.

use std::path::Path;

use model::{Error, HistorySeq, JobSeq, Page};
use storage::ReadTx;

use super::Case;
use crate::support::place::{assert_sound, visit};
use crate::support::{Client, Server};

const ALL: Page = Page {
    number: 1,
    size: 10_000_000,
};

/// Asks the server, ends it and looks into its store.
pub(super) fn picture(case: &Case<'_>, server: Server, dir: &Path) -> Vec<String> {
    // The connection of the request may be too old by now: the server ends those that nobody uses.
    let client = Client::new(server.url(), &server.token_of("admin@example.com"));
    let mut lines: Vec<String> = case
        .queries
        .iter()
        .map(|(query, total)| answer(&client, query, *total))
        .collect();
    assert!(server.terminate().success());
    assert_sound(dir);
    let read = visit(dir).store().read_blocking(|tx| Ok::<_, Error>(tables(tx)));
    lines.extend(read.unwrap());
    lines
}

fn answer(client: &Client, query: &str, total: u64) -> String {
    let answer = client.get(&format!("/prod/runtime/api/data/{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    assert_eq!(answer.json()["total"], total, "{query}: {}", answer.text());
    digest(query, vec![answer.text().to_owned()])
}

fn tables(tx: &mut dyn ReadTx) -> Vec<String> {
    let mut lines = vec![format!("{:?}", tx.mark("app:state").unwrap())];
    for collection in tx.collections().unwrap() {
        let Some(name) = collection.name.strip_prefix("app:") else {
            continue;
        };
        lines.push(format!("{:?}", tx.declared_indexes(collection.id).unwrap()));
        let records = tx.records_after(collection.id, "", u64::MAX).unwrap();
        let records = records.iter().map(|r| {
            let body = r.body.to_text().unwrap();
            format!("{} {} {} {body}", r.id, r.version, r.label)
        });
        lines.push(digest(&format!("records of {name}"), records.collect()));
        let history = tx.history_after(collection.id, HistorySeq(0), u64::MAX).unwrap();
        let history = history.iter().map(|c| {
            let (event, body, stamp) = (c.event.as_str(), c.body.to_text().unwrap(), &c.stamp);
            let by = format!("{} {:?} {:?}", stamp.by, stamp.origin, c.job);
            format!("{} {:08} {event} {by} {body}", c.id, c.version)
        });
        lines.push(digest(&format!("history of {name}"), history.collect()));
    }
    lines.extend(jobs(tx));
    lines
}

/// The jobs, whatever their order: some are made by others that run side by side.
fn jobs(tx: &mut dyn ReadTx) -> Vec<String> {
    let (mut jobs, mut items) = (Vec::new(), Vec::new());
    for entry in tx.job_entries(JobSeq(0), u64::MAX).unwrap() {
        let job = entry.job;
        let (status, counts, progress) = (job.status, job.counts, job.progress);
        let end = format!(
            "{status:?} {counts:?} {progress} {:?} {:?}",
            job.results, job.error
        );
        jobs.push(format!("{} {} {end}", job.kind, job.params));
        let of_job = tx.items(job.seq, &[], ALL).unwrap().entries;
        items.extend(of_job.iter().map(|item| format!("{} {item:?}", job.kind)));
    }
    let kinds = jobs
        .iter()
        .map(|job| job.split(' ').next().unwrap_or_default().to_owned());
    vec![
        digest("kinds of jobs", kinds.collect()),
        digest("jobs", jobs),
        digest("items", items),
    ]
}

fn digest(name: &str, mut lines: Vec<String>) -> String {
    lines.sort_unstable();
    crate::digest::digest(name, lines.into_iter())
}
