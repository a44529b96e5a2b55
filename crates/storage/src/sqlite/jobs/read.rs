//! Single jobs and the short lists that steering and recovery work through.

use model::job::Status;
use model::{Job, JobId, JobSeq, RequestId};
use rusqlite::{Connection, OptionalExtension, Params, Result};

use super::row::{self, select_jobs};
use crate::numbers::signed;
use crate::tables::jobs::{Entry, LeaseState, Leases};

const BY_SEQ: &str = select_jobs!("WHERE j.seq = ?1");
const BY_ID: &str = select_jobs!("WHERE j.id = ?1");
const BY_REQUEST: &str = select_jobs!("WHERE j.request_id = ?1");
const AFTER: &str = select_jobs!("WHERE j.seq > ?1 ORDER BY j.seq LIMIT ?2");
pub(super) const BRANCH: &str = select_jobs!(
    "WHERE j.seq IN (SELECT seq FROM jobs INDEXED BY jobs_branch WHERE root = ?1 AND root IS NOT NULL \
     AND ended IS NULL) ORDER BY j.seq DESC"
);
pub(super) const LEASED: &str = select_jobs!(
    "WHERE j.seq IN (SELECT seq FROM jobs INDEXED BY jobs_leased WHERE lease_owner IS NOT NULL \
     AND lease_owner <> ?1) ORDER BY j.seq"
);
pub(super) const LEASE_EXPIRED: &str = select_jobs!(
    "WHERE j.seq IN (SELECT seq FROM jobs INDEXED BY jobs_leased WHERE lease_owner IS NOT NULL \
     AND lease_until < ?1) ORDER BY j.seq"
);
const LEASE: &str = "SELECT status, lease_owner, fence FROM jobs WHERE seq = ?1";
pub(super) const HELD: &str =
    "SELECT seq FROM jobs INDEXED BY jobs_held WHERE queue = ?1 AND hold IS NOT NULL ORDER BY seq";
pub(super) const COUNTS: &str = "SELECT status, count(*) FROM jobs GROUP BY status ORDER BY status";

pub(super) fn job(conn: &Connection, seq: JobSeq) -> Result<Option<Job>> {
    conn.prepare_cached(BY_SEQ)?
        .query_row([seq.0], row::job)
        .optional()
}

pub(super) fn by_id(conn: &Connection, id: &JobId) -> Result<Option<Job>> {
    conn.prepare_cached(BY_ID)?
        .query_row([id.as_str()], row::job)
        .optional()
}

pub(super) fn by_request(conn: &Connection, id: &RequestId) -> Result<Option<Job>> {
    conn.prepare_cached(BY_REQUEST)?
        .query_row([id.as_str()], row::job)
        .optional()
}

pub(super) fn entry(conn: &Connection, seq: JobSeq) -> Result<Option<Entry>> {
    conn.prepare_cached(BY_SEQ)?
        .query_row([seq.0], row::entry)
        .optional()
}

pub(super) fn lease(conn: &Connection, seq: JobSeq) -> Result<Option<LeaseState>> {
    conn.prepare_cached(LEASE)?
        .query_row([seq.0], |found| {
            Ok(LeaseState {
                status: row::status(found, 0)?,
                owner: found.get(1)?,
                fence: found.get(2)?,
            })
        })
        .optional()
}

pub(super) fn held(conn: &Connection, queue: &str) -> Result<Vec<JobSeq>> {
    seqs(conn, HELD, [queue])
}

pub(super) fn branch(conn: &Connection, root: JobSeq) -> Result<Vec<Entry>> {
    list(conn, BRANCH, [root.0])
}

pub(super) fn entries(conn: &Connection, after: JobSeq, limit: u64) -> Result<Vec<Entry>> {
    list(conn, AFTER, [after.0, signed(limit)])
}

pub(super) fn leased(conn: &Connection, leases: Leases<'_>) -> Result<Vec<Entry>> {
    match leases {
        Leases::OfOthers(owner) => list(conn, LEASED, [owner]),
        Leases::Expired(now) => list(conn, LEASE_EXPIRED, [now.0]),
    }
}

pub(super) fn counts(conn: &Connection) -> Result<Vec<(Status, u64)>> {
    let mut statement = conn.prepare_cached(COUNTS)?;
    let rows = statement.query_map([], |found| Ok((row::status(found, 0)?, row::unsigned(found, 1)?)))?;
    rows.collect()
}

/// The numbers that a query of one column finds.
pub(super) fn seqs(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<JobSeq>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, |found| found.get(0).map(JobSeq))?;
    rows.collect()
}

fn list(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<Entry>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, row::entry)?;
    rows.collect()
}
