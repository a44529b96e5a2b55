//! Rows of jobs, items and logs as plain data, and the columns they need.

use model::job::{Children, Counts, Item, ItemState, LogLine, Status};
use model::{Job, JobSeq, Timestamp};
use tokio_postgres::Row;

use crate::numbers::level_of;
use crate::postgres::value::Cells;
use crate::tables::jobs::{Entry, LeaseHolder};
use crate::{Error, Result};

/// A query of whole jobs: their columns, both tables, then the given rest.
macro_rules! select_jobs {
    ($tail:literal) => {
        concat!(
            "SELECT j.seq, j.id, j.request_id, j.kind, j.label, j.queue, j.serial_key, j.priority, j.low_priority, \
             j.run_by, j.parent, j.root, j.status, j.progress, j.total, j.processed, j.failed, j.children_total, \
             j.children_done, j.children_failed, p.params, j.checkpoint, p.results, coalesce(j.error, j.hold), \
             j.created, j.started, j.ended, j.updated, j.cleared, j.lease_owner, j.lease_until, j.fence, j.turn, \
             j.awaiting_children, j.hold FROM jobs j JOIN job_payloads p ON p.job = j.seq ",
            $tail
        )
    };
}
pub(super) use select_jobs;

/// The job of a row of `select_jobs!`.
pub(super) fn job(row: &Row) -> Result<Job> {
    let row = Cells(row);
    let natural = |number: i64| u64::try_from(number).map_err(|_| unknown("count", number));
    Ok(Job {
        seq: JobSeq(row.int(0)?),
        id: parsed(&row, 1)?,
        request_id: parsed(&row, 2)?,
        kind: row.text(3)?,
        label: row.text(4)?,
        queue: row.text(5)?,
        serial_key: row.opt_text(6)?,
        priority: row.int(7)?,
        low_priority: row.bool(8)?,
        run_by: row.text(9)?,
        parent: row.opt_int(10)?.map(JobSeq),
        root: row.opt_int(11)?.map(JobSeq),
        status: status(&row, 12)?,
        progress: row.real(13)?,
        counts: Counts {
            total: row.opt_int(14)?.map(natural).transpose()?,
            processed: row.count(15)?,
            failed: row.count(16)?,
        },
        children: Children {
            total: row.count(17)?,
            done: row.count(18)?,
            failed: row.count(19)?,
        },
        params: row.text(20)?,
        checkpoint: row.opt_text(21)?,
        results: row.opt_text(22)?,
        error: row.opt_text(23)?,
        created: Timestamp(row.int(24)?),
        started: row.opt_int(25)?.map(Timestamp),
        ended: row.opt_int(26)?.map(Timestamp),
        updated: Timestamp(row.int(27)?),
        cleared: row.bool(28)?,
    })
}

/// The job of a row of `select_jobs!` with what the runner keeps about it.
pub(super) fn entry(row: &Row) -> Result<Entry> {
    let cells = Cells(row);
    let lease = match (cells.opt_text(29)?, cells.opt_int(30)?) {
        (Some(owner), Some(until)) => Some(LeaseHolder {
            owner,
            until: Timestamp(until),
        }),
        _ => None,
    };
    Ok(Entry {
        job: job(row)?,
        lease,
        fence: cells.int(31)?,
        turn: cells.bool(32)?,
        awaiting_children: cells.bool(33)?,
        hold: cells.opt_text(34)?,
    })
}

/// The item of four columns from `first`: number, key, state, detail.
pub(super) fn item(row: &Row, first: usize) -> Result<Item> {
    let row = Cells(row);
    let state = row.int(first + 2)?;
    Ok(Item {
        number: row.count(first)?,
        key: row.text(first + 1)?,
        state: ItemState::from_i64(state).ok_or_else(|| unknown("state of an item", state))?,
        detail: row.opt_text(first + 3)?,
    })
}

/// The log line of the columns at, level, message.
pub(super) fn log_line(row: &Row) -> Result<LogLine> {
    let row = Cells(row);
    let level = row.int(1)?;
    Ok(LogLine {
        on: Timestamp(row.int(0)?),
        level: level_of(level).ok_or_else(|| unknown("level", level))?,
        message: row.text(2)?,
    })
}

/// The number in the first column of a row.
pub(super) fn seq(row: &Row) -> Result<JobSeq> {
    Cells(row).int(0).map(JobSeq)
}

/// The status in a column.
pub(super) fn status(row: &Cells<'_>, column: usize) -> Result<Status> {
    let word = row.text(column)?;
    Status::parse(&word).ok_or_else(|| unknown("status of a job", word))
}

fn parsed<T: std::str::FromStr<Err = model::BadId>>(row: &Cells<'_>, column: usize) -> Result<T> {
    let text = row.text(column)?;
    text.parse()
        .map_err(|bad: model::BadId| Error::Damaged(format!("id of a job: {bad}")))
}

fn unknown(what: &str, value: impl std::fmt::Debug) -> Error {
    Error::Damaged(format!("unknown {what} {value:?}"))
}
