//! Moves of a job from status to status, with what they mean for the next of its serial key and for its parent.

use model::job::Status;
use model::{JobSeq, Timestamp};
use rusqlite::{Connection, Result, params};

use crate::tables::jobs::{Ending, LeaseChange, Placement};

const PLACE: &str = "UPDATE jobs SET status = ?2, awaiting_children = ?3, hold = ?4, error = NULL, updated = ?5, \
     lease_owner = CASE ?6 WHEN 0 THEN lease_owner END, lease_until = CASE ?6 WHEN 0 THEN lease_until END, \
     fence = fence + (?6 = 2) WHERE seq = ?1";
const SET_PARAMS: &str = "UPDATE job_payloads SET params = ?2 WHERE job = ?1";
const END: &str = "UPDATE jobs SET status = ?2, error = ?3, hold = NULL, ended = ?4, updated = ?4, turn = 0, \
     progress = CASE ?2 WHEN 'finished' THEN 1.0 ELSE progress END, awaiting_children = 0, \
     fence = fence + (lease_owner IS NOT NULL), lease_owner = NULL, lease_until = NULL \
     WHERE seq = ?1 AND ended IS NULL \
     RETURNING serial_key, parent, ?2 <> 'finished' OR failed + items_failed + children_failed > 0";
const SET_RESULTS: &str = "UPDATE job_payloads SET results = ?2 WHERE job = ?1";
pub(super) const PASS_TURN: &str = "UPDATE jobs SET turn = 1 WHERE seq = (SELECT seq FROM jobs WHERE serial_key = ?1 \
     AND serial_key IS NOT NULL AND ended IS NULL ORDER BY seq LIMIT 1)";
const COUNT_CHILD: &str = "UPDATE jobs SET children_done = children_done + 1, children_failed = children_failed + ?2, \
     updated = ?3 WHERE seq = ?1";
const WAKE_PARENT: &str = "UPDATE jobs SET awaiting_children = 0, \
     status = CASE status WHEN 'running' THEN 'pending' ELSE status END \
     WHERE seq = ?1 AND awaiting_children = 1 AND children_done >= children_total";

pub(super) fn place(conn: &Connection, job: JobSeq, placement: &Placement) -> Result<()> {
    let lease = match placement.lease {
        LeaseChange::Keep => 0,
        LeaseChange::Release => 1,
        LeaseChange::Revoke => 2,
    };
    conn.prepare_cached(PLACE)?.execute(params![
        job.0,
        placement.status.as_str(),
        placement.awaiting_children,
        placement.hold,
        placement.now.0,
        lease,
    ])?;
    Ok(())
}

pub(super) fn set_params(conn: &Connection, job: JobSeq, text: &str) -> Result<()> {
    conn.prepare_cached(SET_PARAMS)?.execute(params![job.0, text])?;
    Ok(())
}

pub(super) fn end(conn: &Connection, job: JobSeq, ending: &Ending) -> Result<()> {
    let (serial_key, parent, failed): (Option<String>, Option<i64>, bool) =
        conn.prepare_cached(END)?.query_row(
            params![job.0, ending.status.as_str(), ending.error, ending.now.0],
            |found| Ok((found.get(0)?, found.get(1)?, found.get(2)?)),
        )?;
    if let Some(results) = &ending.results {
        conn.prepare_cached(SET_RESULTS)?
            .execute(params![job.0, results])?;
    }
    if let Some(key) = serial_key {
        conn.prepare_cached(PASS_TURN)?.execute([key])?;
    }
    if let Some(parent) = parent {
        count_child(conn, JobSeq(parent), ChildEnd { failed }, ending.now)?;
    }
    Ok(())
}

struct ChildEnd {
    failed: bool,
}

fn count_child(conn: &Connection, parent: JobSeq, end: ChildEnd, now: Timestamp) -> Result<()> {
    conn.prepare_cached(COUNT_CHILD)?
        .execute(params![parent.0, end.failed, now.0])?;
    conn.prepare_cached(WAKE_PARENT)?.execute([parent.0])?;
    Ok(())
}

/// Whether a job may be handed in with this status.
pub(super) fn is_initial(status: Status) -> bool {
    matches!(status, Status::Received | Status::Rejected | Status::Pending)
}
