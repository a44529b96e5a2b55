//! What a chunk of work adds to its job: items, counts, checkpoint, log lines.

use model::job::{Item, ItemState, Level};
use model::{JobSeq, Timestamp};
use rusqlite::{Connection, OptionalExtension, Result, params};

use crate::numbers::{level_number, signed};
use crate::tables::jobs::ChunkRow;

const INSERT_ITEM: &str =
    "INSERT INTO job_items (job, number, key, state, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
const LAST_LOG: &str = "SELECT n FROM job_logs WHERE job = ?1 ORDER BY n DESC LIMIT 1";
const INSERT_LOG: &str = "INSERT INTO job_logs (job, n, at, level, message) VALUES (?1, ?2, ?3, ?4, ?5)";
const UPDATE: &str = "UPDATE jobs SET processed = processed + ?2, failed = failed + ?3, total = coalesce(?4, total), \
     progress = max(0.0, min(1.0, coalesce(?5, \
         CASE WHEN coalesce(?4, total) > 0 THEN CAST(processed + ?2 AS REAL) / coalesce(?4, total) END, progress))), \
     checkpoint = coalesce(?6, checkpoint), items_done = items_done + ?7, items_failed = items_failed + ?8, \
     items_blocked = items_blocked + ?9, updated = ?10, lease_until = max(lease_until, ?11) WHERE seq = ?1";

pub(super) fn record(conn: &Connection, job: JobSeq, chunk: &ChunkRow<'_>) -> Result<()> {
    let (done, failed, blocked) = append_items(conn, job, chunk.items)?;
    append_logs(conn, job, chunk.now, chunk.logs)?;
    conn.prepare_cached(UPDATE)?.execute(params![
        job.0,
        signed(chunk.processed),
        signed(chunk.failed),
        chunk.total.map(signed),
        chunk.progress,
        chunk.checkpoint,
        done,
        failed,
        blocked,
        chunk.now.0,
        chunk.lease_until.0,
    ])?;
    Ok(())
}

pub(super) fn append_logs(
    conn: &Connection,
    job: JobSeq,
    now: Timestamp,
    lines: &[(Level, String)],
) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let last: Option<i64> = conn
        .prepare_cached(LAST_LOG)?
        .query_row([job.0], |found| found.get(0))
        .optional()?;
    let mut insert = conn.prepare_cached(INSERT_LOG)?;
    for (n, (level, message)) in (last.unwrap_or(0) + 1..).zip(lines) {
        insert.execute(params![job.0, n, now.0, level_number(*level), message])?;
    }
    Ok(())
}

/// Adds the items and says how many were done, failed and blocked.
fn append_items(conn: &Connection, job: JobSeq, items: &[Item]) -> Result<(i64, i64, i64)> {
    let mut insert = conn.prepare_cached(INSERT_ITEM)?;
    let mut counts = (0, 0, 0);
    for item in items {
        let number = signed(item.number);
        insert.execute(params![job.0, number, item.key, item.state.as_i64(), item.detail])?;
        match item.state {
            ItemState::Done => counts.0 += 1,
            ItemState::Failed => counts.1 += 1,
            ItemState::Blocked => counts.2 += 1,
        }
    }
    Ok(counts)
}
