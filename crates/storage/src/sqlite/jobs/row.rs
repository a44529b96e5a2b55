//! Rows of jobs, items and logs as plain data, and the columns they need.
//!
//! A stored word that this version does not know is reported as a conversion failure of its column.

use model::job::{Children, Counts, Item, ItemState, LogLine, Status};
use model::{Job, JobSeq, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Error, Result, Row};

use crate::numbers::level_of;
use crate::tables::jobs::{Entry, LeaseHolder};

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
pub(super) fn job(row: &Row<'_>) -> Result<Job> {
    Ok(Job {
        seq: JobSeq(row.get(0)?),
        id: parsed(row, 1)?,
        request_id: parsed(row, 2)?,
        kind: row.get(3)?,
        label: row.get(4)?,
        queue: row.get(5)?,
        serial_key: row.get(6)?,
        priority: row.get(7)?,
        low_priority: row.get(8)?,
        run_by: row.get(9)?,
        parent: row.get::<_, Option<i64>>(10)?.map(JobSeq),
        root: row.get::<_, Option<i64>>(11)?.map(JobSeq),
        status: status(row, 12)?,
        progress: row.get(13)?,
        counts: Counts {
            total: row
                .get::<_, Option<i64>>(14)?
                .map(|n| natural(14, n))
                .transpose()?,
            processed: unsigned(row, 15)?,
            failed: unsigned(row, 16)?,
        },
        children: Children {
            total: unsigned(row, 17)?,
            done: unsigned(row, 18)?,
            failed: unsigned(row, 19)?,
        },
        params: row.get(20)?,
        checkpoint: row.get(21)?,
        results: row.get(22)?,
        error: row.get(23)?,
        created: Timestamp(row.get(24)?),
        started: row.get::<_, Option<i64>>(25)?.map(Timestamp),
        ended: row.get::<_, Option<i64>>(26)?.map(Timestamp),
        updated: Timestamp(row.get(27)?),
        cleared: row.get(28)?,
    })
}

/// The job of a row of `select_jobs!` with what the runner keeps about it.
pub(super) fn entry(row: &Row<'_>) -> Result<Entry> {
    let lease = match (row.get(29)?, row.get(30)?) {
        (Some(owner), Some(until)) => Some(LeaseHolder {
            owner,
            until: Timestamp(until),
        }),
        _ => None,
    };
    Ok(Entry {
        job: job(row)?,
        lease,
        fence: row.get(31)?,
        turn: row.get(32)?,
        awaiting_children: row.get(33)?,
        hold: row.get(34)?,
    })
}

/// The item of four columns from `first`: number, key, state, detail.
pub(super) fn item(row: &Row<'_>, first: usize) -> Result<Item> {
    let state: i64 = row.get(first + 2)?;
    Ok(Item {
        number: unsigned(row, first)?,
        key: row.get(first + 1)?,
        state: ItemState::from_i64(state)
            .ok_or_else(|| unknown(first + 2, Type::Integer, &state.to_string()))?,
        detail: row.get(first + 3)?,
    })
}

/// The log line of the columns at, level, message.
pub(super) fn log_line(row: &Row<'_>) -> Result<LogLine> {
    let level: i64 = row.get(1)?;
    Ok(LogLine {
        on: Timestamp(row.get(0)?),
        level: level_of(level).ok_or_else(|| unknown(1, Type::Integer, &level.to_string()))?,
        message: row.get(2)?,
    })
}

/// The status in a column.
pub(super) fn status(row: &Row<'_>, column: usize) -> Result<Status> {
    let word: String = row.get(column)?;
    Status::parse(&word).ok_or_else(|| unknown(column, Type::Text, &word))
}

/// The count in a column.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> Result<u64> {
    natural(column, row.get(column)?)
}

fn natural(column: usize, number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(column, number))
}

fn parsed<T: std::str::FromStr<Err = model::BadId>>(row: &Row<'_>, column: usize) -> Result<T> {
    let text: String = row.get(column)?;
    text.parse()
        .map_err(|bad: model::BadId| Error::FromSqlConversionFailure(column, Type::Text, Box::new(bad)))
}

fn unknown(column: usize, kind: Type, value: &str) -> Error {
    Error::FromSqlConversionFailure(column, kind, format!("unknown value {value:?}").into())
}
