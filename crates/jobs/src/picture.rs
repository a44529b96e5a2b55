//! A text picture of all jobs, one line each, for tests and for looking into a stuck server.

use std::fmt::Write;

use model::JobSeq;
use storage::tables::jobs::Entry;
use storage::{ReadTx, Result};

const BATCH: u64 = 500;

/// Every job in order: what it is, where it stands, and who holds it. Only what is set is shown.
///
/// # Errors
/// The store's.
pub fn picture(tx: &mut dyn ReadTx) -> Result<String> {
    let mut text = String::new();
    let mut after = JobSeq(0);
    loop {
        let entries = tx.job_entries(after, BATCH)?;
        let Some(last) = entries.last() else {
            return Ok(text);
        };
        after = last.job.seq;
        for entry in &entries {
            text.push_str(&line(entry));
            text.push('\n');
        }
    }
}

fn line(entry: &Entry) -> String {
    let job = &entry.job;
    let mut line = format!("{} {} {}", job.seq, job.kind, job.status.as_str());
    let mut add = |text: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = write!(line, " {text}");
    };
    if job.progress > 0.0 {
        add(format_args!("{:.0}%", job.progress * 100.0));
    }
    let counts = job.counts;
    if counts.processed > 0 || counts.total.is_some() {
        let total = counts
            .total
            .map_or_else(|| "?".to_owned(), |total| total.to_string());
        add(format_args!("items={}/{total}", counts.processed));
    }
    if counts.failed > 0 {
        add(format_args!("failed={}", counts.failed));
    }
    if let Some(parent) = job.parent {
        add(format_args!("parent={parent}"));
    }
    let children = job.children;
    if children.total > 0 {
        add(format_args!("children={}/{}", children.done, children.total));
    }
    if children.failed > 0 {
        add(format_args!("children_failed={}", children.failed));
    }
    if let Some(checkpoint) = &job.checkpoint {
        add(format_args!("at={checkpoint}"));
    }
    if let Some(key) = &job.serial_key {
        let turn = match entry.turn {
            _ if job.status.is_final() => "",
            true => ":turn",
            false => ":waits",
        };
        add(format_args!("serial={key}{turn}"));
    }
    if entry.awaiting_children {
        add(format_args!("awaiting"));
    }
    if entry.lease.is_some() {
        add(format_args!("leased"));
    }
    if entry.fence > 0 {
        add(format_args!("fence={}", entry.fence));
    }
    if let Some(hold) = &entry.hold {
        add(format_args!("hold={hold:?}"));
    } else if let Some(error) = &job.error {
        add(format_args!("error={error:?}"));
    }
    if let Some(results) = &job.results {
        add(format_args!("results={results}"));
    }
    line
}
