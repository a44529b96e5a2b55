//! Accepting a job: once per request, with its turn and its place under its parent.

use model::JobSeq;
use model::job::NewJob;
use rusqlite::{Connection, params};

use super::{moves, read};
use crate::tables::jobs::{Entry, Inserted};
use crate::{Error, Result};

const INSERT: &str = "INSERT INTO jobs (id, request_id, kind, label, queue, serial_key, priority, low_priority, run_by, \
     parent, root, status, error, created, updated, ended, turn) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, CASE WHEN ?15 THEN ?14 END, \
     NOT ?15 AND NOT EXISTS (SELECT 1 FROM jobs WHERE serial_key = ?6 AND serial_key IS NOT NULL AND ended IS NULL))";
const INSERT_PAYLOAD: &str = "INSERT INTO job_payloads (job, params) VALUES (?1, ?2)";
const COUNT_AT_PARENT: &str = "UPDATE jobs SET children_total = children_total + 1, \
     children_done = children_done + ?2, children_failed = children_failed + ?2, updated = ?3 WHERE seq = ?1";

pub(super) fn insert(conn: &Connection, new: &NewJob) -> Result<Inserted> {
    if let Some(job) = read::by_request(conn, &new.request_id)? {
        return Ok(Inserted::Existing(job));
    }
    if !moves::is_initial(new.status) {
        return Err(misuse(format!("a new job cannot be {}", new.status.as_str())));
    }
    let parent = new.parent.map(|seq| parent(conn, new, seq)).transpose()?;
    let seq = insert_row(conn, new, parent.as_ref())?;
    conn.prepare_cached(INSERT_PAYLOAD)?
        .execute(params![seq.0, new.params])?;
    if let Some(parent) = parent {
        let ended = new.status.is_final();
        conn.prepare_cached(COUNT_AT_PARENT)?
            .execute(params![parent.job.seq.0, ended, new.now.0])?;
    }
    let job = read::job(conn, seq)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok(Inserted::New(job))
}

fn insert_row(conn: &Connection, new: &NewJob, parent: Option<&Entry>) -> Result<JobSeq> {
    let root = parent.map(|parent| parent.job.root.unwrap_or(parent.job.seq));
    conn.prepare_cached(INSERT)?.execute(params![
        new.id.as_str(),
        new.request_id.as_str(),
        new.kind,
        new.label,
        new.queue,
        new.serial_key,
        new.priority,
        new.low_priority,
        new.run_by,
        new.parent.map(|seq| seq.0),
        root.map(|seq| seq.0),
        new.status.as_str(),
        new.error,
        new.now.0,
        new.status.is_final(),
    ])?;
    Ok(JobSeq(conn.last_insert_rowid()))
}

fn parent(conn: &Connection, new: &NewJob, seq: JobSeq) -> Result<Entry> {
    let parent = read::entry(conn, seq)?.ok_or_else(|| misuse(format!("there is no parent job {seq}")))?;
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
