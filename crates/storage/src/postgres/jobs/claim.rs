//! Claiming ready jobs and keeping their leases.
//!
//! A ready job is one row of a partial index in claim order; jobs that wait for a serial key are not in it.

use model::job::Status;
use model::{JobSeq, Timestamp};

use super::row::{self, select_jobs};
use crate::Result;
use crate::postgres::Session;
use crate::postgres::value::{Cells, params, signed, texts};
use crate::tables::jobs::{Claim, Claimed, Lease};

const READY: &str = "SELECT seq FROM jobs WHERE status = 'pending' AND turn AND low_priority = $1 \
     AND kind = ANY($2) ORDER BY priority DESC, seq LIMIT $3";
const ORDINARY_RUNNING: &str = "SELECT count(*) FROM jobs WHERE lease_owner IS NOT NULL AND NOT low_priority";
const TAKE: &str = "UPDATE jobs SET status = 'running', lease_owner = $2, lease_until = $3, fence = fence + 1, \
     started = coalesce(started, $4), updated = $4, awaiting_children = false WHERE seq = ANY($1)";
const TAKEN: &str = select_jobs!("WHERE j.seq = ANY($1) ORDER BY array_position($1, j.seq)");
const EXTEND: &str = "UPDATE jobs SET lease_until = greatest(lease_until, $4) \
     WHERE seq = $1 AND lease_owner = $2 AND fence = $3 RETURNING status";

pub(super) fn claim(session: &Session<'_>, claim: &Claim<'_>) -> Result<Vec<Claimed>> {
    let mut ready = ready(session, claim, Lane::Ordinary, claim.limit)?;
    let room = claim
        .limit
        .saturating_sub(ready.len() as u64)
        .min(claim.low_limit);
    // Those that are about to run count as running.
    if room > 0 && ordinary_running(session)? + ready.len() as u64 <= claim.low_threshold {
        ready.extend(self::ready(session, claim, Lane::Low, room)?);
    }
    take(session, claim, &ready)
}

pub(super) fn extend(session: &Session<'_>, lease: &Lease, until: Timestamp) -> Result<Option<Status>> {
    let lease = params![lease.seq.0, &lease.owner, lease.fence, until.0];
    let row = session.aside().changed_row(EXTEND, lease)?;
    row.map(|row| row::status(&Cells(&row), 0)).transpose()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lane {
    Ordinary,
    Low,
}

fn ready(session: &Session<'_>, claim: &Claim<'_>, lane: Lane, limit: u64) -> Result<Vec<JobSeq>> {
    let kinds = texts(claim.kinds.iter().copied());
    let rows = session
        .aside()
        .rows(READY, params![lane == Lane::Low, kinds, signed(limit)])?;
    rows.iter().map(row::seq).collect()
}

fn take(session: &Session<'_>, claim: &Claim<'_>, seqs: &[JobSeq]) -> Result<Vec<Claimed>> {
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let seqs: Vec<i64> = seqs.iter().map(|seq| seq.0).collect();
    session.aside().send(
        TAKE,
        params![seqs.clone(), claim.owner, claim.until.0, claim.now.0],
    )?;
    let claimed = |row| {
        let entry = row::entry(row)?;
        Ok(Claimed {
            fence: entry.fence,
            job: entry.job,
        })
    };
    session
        .aside()
        .rows(TAKEN, params![seqs])?
        .iter()
        .map(claimed)
        .collect()
}

fn ordinary_running(session: &Session<'_>) -> Result<u64> {
    Ok(session.aside().number(ORDINARY_RUNNING, &[])?.unsigned_abs())
}
