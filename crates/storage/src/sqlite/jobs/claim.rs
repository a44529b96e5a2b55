//! Claiming ready jobs and keeping their leases.
//!
//! A ready job is one row of a partial index in claim order; jobs that wait for a serial key are not in it.

use model::job::Status;
use model::{JobSeq, Timestamp};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::read;
use super::row;
use crate::numbers::signed;
use crate::tables::jobs::{Claim, Claimed, Lease};

pub(super) const READY: &str = "SELECT seq FROM jobs WHERE status = 'pending' AND turn = 1 AND low_priority = ?1 \
     AND kind IN (SELECT value FROM json_each(?2)) ORDER BY priority DESC, seq LIMIT ?3";
pub(super) const ORDINARY_RUNNING: &str =
    "SELECT count(*) FROM jobs WHERE lease_owner IS NOT NULL AND low_priority = 0";
const TAKE: &str = "UPDATE jobs SET status = 'running', lease_owner = ?2, lease_until = ?3, fence = fence + 1, \
     started = coalesce(started, ?4), updated = ?4, awaiting_children = 0 WHERE seq = ?1";
const EXTEND: &str = "UPDATE jobs SET lease_until = max(lease_until, ?4) \
     WHERE seq = ?1 AND lease_owner = ?2 AND fence = ?3 RETURNING status";

pub(super) fn claim(conn: &Connection, claim: &Claim<'_>) -> Result<Vec<Claimed>> {
    let kinds = serde_json::Value::from(claim.kinds.to_vec()).to_string();
    let mut claimed = take_lane(conn, claim, &kinds, Lane::Ordinary, claim.limit)?;
    let room = claim
        .limit
        .saturating_sub(claimed.len() as u64)
        .min(claim.low_limit);
    if room > 0 && ordinary_running(conn)? <= claim.low_threshold {
        claimed.extend(take_lane(conn, claim, &kinds, Lane::Low, room)?);
    }
    Ok(claimed)
}

pub(super) fn extend(conn: &Connection, lease: &Lease, until: Timestamp) -> Result<Option<Status>> {
    conn.prepare_cached(EXTEND)?
        .query_row(params![lease.seq.0, lease.owner, lease.fence, until.0], |found| {
            row::status(found, 0)
        })
        .optional()
}

#[derive(Clone, Copy)]
enum Lane {
    Ordinary = 0,
    Low = 1,
}

fn take_lane(
    conn: &Connection,
    claim: &Claim<'_>,
    kinds: &str,
    lane: Lane,
    limit: u64,
) -> Result<Vec<Claimed>> {
    let ready = read::seqs(conn, READY, params![lane as i64, kinds, signed(limit)])?;
    ready.into_iter().map(|seq| take(conn, claim, seq)).collect()
}

fn take(conn: &Connection, claim: &Claim<'_>, seq: JobSeq) -> Result<Claimed> {
    conn.prepare_cached(TAKE)?
        .execute(params![seq.0, claim.owner, claim.until.0, claim.now.0])?;
    let entry = read::entry(conn, seq)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok(Claimed {
        fence: entry.fence,
        job: entry.job,
    })
}

fn ordinary_running(conn: &Connection) -> Result<u64> {
    conn.prepare_cached(ORDINARY_RUNNING)?
        .query_row([], |found| row::unsigned(found, 0))
}
