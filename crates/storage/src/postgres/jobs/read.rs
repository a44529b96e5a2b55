//! Single jobs and the short lists that steering and recovery work through.

use model::job::Status;
use model::{Job, JobId, JobSeq, RequestId};

use super::row::{self, select_jobs};
use crate::Result;
use crate::postgres::Session;
use crate::postgres::value::{Cells, Value, params, signed};
use crate::tables::jobs::{Entry, LeaseState, Leases};

const BY_SEQ: &str = select_jobs!("WHERE j.seq = $1");
const BY_ID: &str = select_jobs!("WHERE j.id = $1");
const BY_REQUEST: &str = select_jobs!("WHERE j.request_id = $1");
const BY_SEQS: &str = select_jobs!("WHERE j.seq = ANY($1) ORDER BY array_position($1, j.seq)");
const AFTER: &str = select_jobs!("WHERE j.seq > $1 ORDER BY j.seq LIMIT $2");
const BRANCH: &str =
    select_jobs!("WHERE j.root = $1 AND j.root IS NOT NULL AND j.ended IS NULL ORDER BY j.seq DESC");
const LEASED: &str = select_jobs!("WHERE j.lease_owner IS NOT NULL AND j.lease_owner <> $1 ORDER BY j.seq");
const LEASE_EXPIRED: &str =
    select_jobs!("WHERE j.lease_owner IS NOT NULL AND j.lease_until < $1 ORDER BY j.seq");
const LEASE: &str = "SELECT status, lease_owner, fence FROM jobs WHERE seq = $1";
const HELD: &str = "SELECT seq FROM jobs WHERE queue = $1 AND hold IS NOT NULL ORDER BY seq";
const COUNTS: &str = "SELECT status, count(*) FROM jobs GROUP BY status ORDER BY status";

pub(super) fn job(session: &Session<'_>, seq: JobSeq) -> Result<Option<Job>> {
    one(session, BY_SEQ, params![seq.0])
}

pub(super) fn by_id(session: &Session<'_>, id: &JobId) -> Result<Option<Job>> {
    one(session, BY_ID, params![id.as_str()])
}

pub(super) fn by_request(session: &Session<'_>, id: &RequestId) -> Result<Option<Job>> {
    one(session, BY_REQUEST, params![id.as_str()])
}

fn one(session: &Session<'_>, sql: &str, params: &[Value<'_>]) -> Result<Option<Job>> {
    session
        .aside()
        .row(sql, params)?
        .as_ref()
        .map(row::job)
        .transpose()
}

/// The jobs of these numbers, in their order.
pub(super) fn these(session: &Session<'_>, seqs: &[JobSeq]) -> Result<Vec<Job>> {
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let seqs: Vec<i64> = seqs.iter().map(|seq| seq.0).collect();
    session
        .rows(BY_SEQS, params![seqs])?
        .iter()
        .map(row::job)
        .collect()
}

pub(super) fn entry(session: &Session<'_>, seq: JobSeq) -> Result<Option<Entry>> {
    let found = session.aside().row(BY_SEQ, params![seq.0])?;
    found.as_ref().map(row::entry).transpose()
}

pub(super) fn lease(session: &Session<'_>, seq: JobSeq) -> Result<Option<LeaseState>> {
    let Some(found) = session.aside().row(LEASE, params![seq.0])? else {
        return Ok(None);
    };
    let found = Cells(&found);
    Ok(Some(LeaseState {
        status: row::status(&found, 0)?,
        owner: found.opt_text(1)?,
        fence: found.int(2)?,
    }))
}

pub(super) fn held(session: &Session<'_>, queue: &str) -> Result<Vec<JobSeq>> {
    seqs(session, HELD, params![queue])
}

pub(super) fn branch(session: &Session<'_>, root: JobSeq) -> Result<Vec<Entry>> {
    list(session, BRANCH, params![root.0])
}

pub(super) fn entries(session: &Session<'_>, after: JobSeq, limit: u64) -> Result<Vec<Entry>> {
    list(session, AFTER, params![after.0, signed(limit)])
}

pub(super) fn leased(session: &Session<'_>, leases: Leases<'_>) -> Result<Vec<Entry>> {
    match leases {
        Leases::OfOthers(owner) => list(session, LEASED, params![owner]),
        Leases::Expired(now) => list(session, LEASE_EXPIRED, params![now.0]),
    }
}

pub(super) fn counts(session: &Session<'_>) -> Result<Vec<(Status, u64)>> {
    let rows = session.aside().rows(COUNTS, &[])?;
    let count = |row| Ok((row::status(&Cells(row), 0)?, Cells(row).count(1)?));
    rows.iter().map(count).collect()
}

/// The numbers that a query of one column finds.
pub(super) fn seqs(session: &Session<'_>, sql: &str, params: &[Value<'_>]) -> Result<Vec<JobSeq>> {
    session.aside().rows(sql, params)?.iter().map(row::seq).collect()
}

fn list(session: &Session<'_>, sql: &str, params: &[Value<'_>]) -> Result<Vec<Entry>> {
    session
        .aside()
        .rows(sql, params)?
        .iter()
        .map(row::entry)
        .collect()
}
