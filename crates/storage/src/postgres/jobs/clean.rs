//! Forgetting: clearing finished jobs from their listing, and deleting old jobs in slices.

use model::JobSeq;

use super::read;
use crate::Result;
use crate::postgres::Session;
use crate::postgres::uploads::LEFT_BY_JOB;
use crate::postgres::value::{Cells, params, signed};
use crate::tables::jobs::Expiry;

const CLEAR: &str = "UPDATE jobs SET cleared = true WHERE seq = ANY(ARRAY(SELECT seq FROM jobs WHERE queue = $1 \
     AND status = 'finished' AND failed + items_failed + items_blocked = 0 AND NOT cleared ORDER BY seq LIMIT $2))";
/// The first job, counted from the one that ended last, that is over the number to keep.
const OVER: &str =
    "SELECT ended, seq FROM jobs WHERE ended IS NOT NULL ORDER BY ended DESC, seq DESC LIMIT 1 OFFSET $1";
const EXPIRED: &str = "SELECT seq FROM jobs j WHERE ended IS NOT NULL AND (ended, seq) <= ($1, $2) \
     AND NOT EXISTS (SELECT 1 FROM jobs r WHERE r.seq = j.root AND r.ended IS NULL) \
     AND NOT EXISTS (SELECT 1 FROM jobs k WHERE k.root = coalesce(j.root, j.seq) AND k.root IS NOT NULL \
         AND k.ended IS NULL) \
     ORDER BY ended, seq LIMIT $3";
const DELETE_ITEMS: &str = "DELETE FROM job_items WHERE job = $1 AND number = ANY(ARRAY( \
     SELECT number FROM job_items WHERE job = $1 ORDER BY number LIMIT $2))";
const DELETE_LOGS: &str = "DELETE FROM job_logs WHERE job = $1 AND n = ANY(ARRAY( \
     SELECT n FROM job_logs WHERE job = $1 ORDER BY n LIMIT $2))";
const DELETE_PAYLOAD: &str = "DELETE FROM job_payloads WHERE job = $1";
const DELETE_JOB: &str = "DELETE FROM jobs WHERE seq = $1";

pub(super) fn clear(session: &Session<'_>, queue: &str, limit: u64) -> Result<u64> {
    session.aside().change(CLEAR, params![queue, signed(limit)])
}

pub(super) fn expired(session: &Session<'_>, expiry: Expiry, limit: u64) -> Result<Vec<JobSeq>> {
    let over = expiry.keep.map(|keep| first_over(session, keep));
    let over = over.transpose()?.flatten();
    let old = expiry
        .ended_before
        .map(|time| (time.0.saturating_sub(1), i64::MAX));
    match over.max(old) {
        Some((ended, seq)) => read::seqs(session, EXPIRED, params![ended, seq, signed(limit)]),
        None => Ok(Vec::new()),
    }
}

pub(super) fn delete(session: &Session<'_>, job: JobSeq, limit: u64) -> Result<bool> {
    let items = session
        .aside()
        .change(DELETE_ITEMS, params![job.0, signed(limit)])?;
    let room = limit.saturating_sub(items);
    let logs = session
        .aside()
        .change(DELETE_LOGS, params![job.0, signed(room)])?;
    if items + logs >= limit {
        return Ok(false);
    }
    for sql in [DELETE_PAYLOAD, LEFT_BY_JOB, DELETE_JOB] {
        session.aside().send(sql, params![job.0])?;
    }
    Ok(true)
}

fn first_over(session: &Session<'_>, keep: u64) -> Result<Option<(i64, i64)>> {
    let row = session.aside().row(OVER, params![signed(keep)])?;
    row.map(|row| Ok((Cells(&row).int(0)?, Cells(&row).int(1)?)))
        .transpose()
}
