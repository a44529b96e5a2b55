//! Forgetting: clearing finished jobs from their listing, and deleting old jobs in slices.

use model::JobSeq;
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::read;
use crate::numbers::signed;
use crate::sqlite::uploads::LEFT_BY_JOB;
use crate::tables::jobs::Expiry;

pub(super) const CLEAR: &str = "UPDATE jobs SET cleared = 1 WHERE seq IN (SELECT seq FROM jobs INDEXED BY jobs_clean WHERE queue = ?1 \
     AND status = 'finished' AND failed + items_failed + items_blocked = 0 AND cleared = 0 ORDER BY seq LIMIT ?2)";
/// The first job, counted from the one that ended last, that is over the number to keep.
pub(super) const OVER: &str =
    "SELECT ended, seq FROM jobs WHERE ended IS NOT NULL ORDER BY ended DESC, seq DESC LIMIT 1 OFFSET ?1";
pub(super) const EXPIRED: &str = "SELECT seq FROM jobs j WHERE ended IS NOT NULL AND (ended, seq) <= (?1, ?2) \
     AND NOT EXISTS (SELECT 1 FROM jobs r WHERE r.seq = j.root AND r.ended IS NULL) \
     AND NOT EXISTS (SELECT 1 FROM jobs k WHERE k.root = coalesce(j.root, j.seq) AND k.root IS NOT NULL \
         AND k.ended IS NULL) \
     ORDER BY ended, seq LIMIT ?3";
const DELETE_ITEMS: &str = "DELETE FROM job_items WHERE (job, number) IN \
     (SELECT job, number FROM job_items WHERE job = ?1 ORDER BY number LIMIT ?2)";
const DELETE_LOGS: &str =
    "DELETE FROM job_logs WHERE (job, n) IN (SELECT job, n FROM job_logs WHERE job = ?1 ORDER BY n LIMIT ?2)";
const DELETE_PAYLOAD: &str = "DELETE FROM job_payloads WHERE job = ?1";
const DELETE_JOB: &str = "DELETE FROM jobs WHERE seq = ?1";

pub(super) fn clear(conn: &Connection, queue: &str, limit: u64) -> Result<u64> {
    let cleared = conn
        .prepare_cached(CLEAR)?
        .execute(params![queue, signed(limit)])?;
    Ok(cleared as u64)
}

pub(super) fn expired(conn: &Connection, expiry: Expiry, limit: u64) -> Result<Vec<JobSeq>> {
    let over = expiry
        .keep
        .map(|keep| first_over(conn, keep))
        .transpose()?
        .flatten();
    let old = expiry
        .ended_before
        .map(|time| (time.0.saturating_sub(1), i64::MAX));
    match over.max(old) {
        Some((ended, seq)) => read::seqs(conn, EXPIRED, params![ended, seq, signed(limit)]),
        None => Ok(Vec::new()),
    }
}

pub(super) fn delete(conn: &Connection, job: JobSeq, limit: u64) -> Result<bool> {
    let items = conn
        .prepare_cached(DELETE_ITEMS)?
        .execute([job.0, signed(limit)])? as u64;
    let room = limit.saturating_sub(items);
    let logs = conn.prepare_cached(DELETE_LOGS)?.execute([job.0, signed(room)])? as u64;
    if items + logs >= limit {
        return Ok(false);
    }
    conn.prepare_cached(DELETE_PAYLOAD)?.execute([job.0])?;
    conn.prepare_cached(LEFT_BY_JOB)?.execute([job.0])?;
    conn.prepare_cached(DELETE_JOB)?.execute([job.0])?;
    Ok(true)
}

fn first_over(conn: &Connection, keep: u64) -> Result<Option<(i64, i64)>> {
    conn.prepare_cached(OVER)?
        .query_row([signed(keep)], |found| Ok((found.get(0)?, found.get(1)?)))
        .optional()
}
