//! Accepting a job: once per request, with its turn and its place under its parent.

use model::JobSeq;
use model::job::NewJob;

use super::{moves, read};
use crate::postgres::Session;
use crate::postgres::value::{Cells, params};
use crate::tables::jobs::{Entry, Inserted};
use crate::{Error, Result};

const INSERT: &str = "INSERT INTO jobs (id, request_id, kind, label, queue, serial_key, priority, low_priority, run_by, \
     parent, root, status, error, created, updated, ended, turn) \
     VALUES ($1, $2, $3, $4, $5, $6::text, $7, $8, $9, $10, $11, $12, $13, $14::bigint, $14::bigint, CASE WHEN $15::boolean THEN $14::bigint END, \
     NOT $15::boolean AND NOT EXISTS (SELECT 1 FROM jobs WHERE serial_key = $6::text AND serial_key IS NOT NULL AND ended IS NULL)) \
     RETURNING seq";
const INSERT_PAYLOAD: &str = "INSERT INTO job_payloads (job, params) VALUES ($1, $2)";
const COUNT_AT_PARENT: &str = "UPDATE jobs SET children_total = children_total + 1, \
     children_done = children_done + $2, children_failed = children_failed + $2, updated = $3 WHERE seq = $1";

pub(super) fn insert(session: &Session<'_>, new: &NewJob) -> Result<Inserted> {
    if let Some(job) = read::by_request(session, &new.request_id)? {
        return Ok(Inserted::Existing(job));
    }
    if !moves::is_initial(new.status) {
        return Err(misuse(format!("a new job cannot be {}", new.status.as_str())));
    }
    let parent = new.parent.map(|seq| parent(session, new, seq)).transpose()?;
    let seq = insert_row(session, new, parent.as_ref())?;
    session
        .aside()
        .send(INSERT_PAYLOAD, params![seq.0, &new.params])?;
    if let Some(parent) = parent {
        let ended = i64::from(new.status.is_final());
        session
            .aside()
            .send(COUNT_AT_PARENT, params![parent.job.seq.0, ended, new.now.0])?;
    }
    let job = read::job(session, seq)?;
    let job = job.ok_or_else(|| Error::Damaged(format!("the new job {seq} is not there")))?;
    Ok(Inserted::New(job))
}

fn insert_row(session: &Session<'_>, new: &NewJob, parent: Option<&Entry>) -> Result<JobSeq> {
    let root = parent.map(|parent| parent.job.root.unwrap_or(parent.job.seq));
    let row = params![
        new.id.as_str(),
        new.request_id.as_str(),
        new.kind,
        &new.label,
        new.queue,
        new.serial_key.as_deref(),
        new.priority,
        new.low_priority,
        &new.run_by,
        new.parent.map(|seq| seq.0),
        root.map(|seq| seq.0),
        new.status.as_str(),
        new.error.as_deref(),
        new.now.0,
        new.status.is_final()
    ];
    let made = session.aside().changed_row(INSERT, row)?;
    let made = made.ok_or_else(|| Error::Damaged("no number of a job".to_owned()))?;
    Cells(&made).int(0).map(JobSeq)
}

fn parent(session: &Session<'_>, new: &NewJob, seq: JobSeq) -> Result<Entry> {
    let parent = read::entry(session, seq)?.ok_or_else(|| misuse(format!("there is no parent job {seq}")))?;
    if parent.job.status.is_final() {
        return Err(misuse(format!("the parent job {seq} has ended")));
    }
    if new.serial_key.is_some() && new.serial_key == parent.job.serial_key {
        return Err(misuse(format!(
            "the serial key of a child is held by its parent job {seq}"
        )));
    }
    Ok(parent)
}

/// What no caller with a checked request does.
fn misuse(what: String) -> Error {
    Error::Backend(what)
}
