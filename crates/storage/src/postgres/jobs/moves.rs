//! Moves of a job from status to status, with what they mean for the next of its serial key and for its parent.

use model::job::Status;
use model::{JobSeq, Timestamp};

use crate::postgres::Session;
use crate::postgres::value::{Cells, params};
use crate::tables::jobs::{Ending, LeaseChange, Placement};
use crate::{Error, Result};

const PLACE: &str = "UPDATE jobs SET status = $2, awaiting_children = $3, hold = $4, error = NULL, updated = $5, \
     lease_owner = CASE WHEN $6 THEN lease_owner END, lease_until = CASE WHEN $6 THEN lease_until END, \
     fence = fence + $7 WHERE seq = $1";
const SET_PARAMS: &str = "UPDATE job_payloads SET params = $2 WHERE job = $1";
const END: &str = "UPDATE jobs SET status = $2, error = $3, hold = NULL, ended = $4, updated = $4, turn = false, \
     progress = CASE WHEN $2 = 'finished' THEN 1.0 ELSE progress END, awaiting_children = false, \
     fence = fence + CASE WHEN lease_owner IS NOT NULL THEN 1 ELSE 0 END, lease_owner = NULL, lease_until = NULL \
     WHERE seq = $1 AND ended IS NULL \
     RETURNING serial_key, parent, $2 <> 'finished' OR failed + items_failed + children_failed > 0";
const SET_RESULTS: &str = "UPDATE job_payloads SET results = $2 WHERE job = $1";
const PASS_TURN: &str = "UPDATE jobs SET turn = true WHERE seq = (SELECT seq FROM jobs WHERE serial_key = $1 \
     AND serial_key IS NOT NULL AND ended IS NULL ORDER BY seq LIMIT 1)";
const COUNT_CHILD: &str = "UPDATE jobs SET children_done = children_done + 1, children_failed = children_failed + $2, \
     updated = $3 WHERE seq = $1";
const WAKE_PARENT: &str = "UPDATE jobs SET awaiting_children = false, \
     status = CASE status WHEN 'running' THEN 'pending' ELSE status END \
     WHERE seq = $1 AND awaiting_children AND children_done >= children_total";

pub(super) fn place(session: &Session<'_>, job: JobSeq, placement: &Placement) -> Result<()> {
    let row = params![
        job.0,
        placement.status.as_str(),
        placement.awaiting_children,
        placement.hold.as_deref(),
        placement.now.0,
        placement.lease == LeaseChange::Keep,
        i64::from(placement.lease == LeaseChange::Revoke)
    ];
    session.aside().send(PLACE, row)
}

pub(super) fn set_params(session: &Session<'_>, job: JobSeq, text: &str) -> Result<()> {
    session.aside().send(SET_PARAMS, params![job.0, text])
}

pub(super) fn end(session: &Session<'_>, job: JobSeq, ending: &Ending) -> Result<()> {
    let row = params![
        job.0,
        ending.status.as_str(),
        ending.error.as_deref(),
        ending.now.0
    ];
    let ended = session.aside().changed_row(END, row)?;
    let ended = ended.ok_or_else(|| Error::Backend(format!("the job {job} has ended or is not there")))?;
    let ended = Cells(&ended);
    let (serial_key, parent, failed) = (ended.opt_text(0)?, ended.opt_int(1)?, ended.bool(2)?);
    if let Some(results) = &ending.results {
        session.aside().send(SET_RESULTS, params![job.0, results])?;
    }
    if let Some(key) = serial_key {
        session.aside().send(PASS_TURN, params![key])?;
    }
    match parent {
        Some(parent) => count_child(session, JobSeq(parent), ChildEnd { failed }, ending.now),
        None => Ok(()),
    }
}

struct ChildEnd {
    failed: bool,
}

fn count_child(session: &Session<'_>, parent: JobSeq, end: ChildEnd, now: Timestamp) -> Result<()> {
    session
        .aside()
        .send(COUNT_CHILD, params![parent.0, i64::from(end.failed), now.0])?;
    session.aside().send(WAKE_PARENT, params![parent.0])
}

/// Whether a job may be handed in with this status.
pub(super) fn is_initial(status: Status) -> bool {
    matches!(status, Status::Received | Status::Rejected | Status::Pending)
}
