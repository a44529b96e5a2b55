//! What a chunk of work adds to its job: items, counts, checkpoint, log lines.

use std::borrow::Cow;

use model::job::{Item, ItemState, Level};
use model::{JobSeq, Timestamp};

use crate::numbers::level_number;
use crate::postgres::Session;
use crate::postgres::value::{Value, params, signed, texts};
use crate::tables::jobs::ChunkRow;
use crate::{Error, Result};

const INSERT_ITEMS: &str = "INSERT INTO job_items (job, number, key, state, detail) \
     SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[])";
const LAST_LOG: &str = "SELECT coalesce(max(n), 0) FROM job_logs WHERE job = $1";
const INSERT_LOGS: &str = "INSERT INTO job_logs (job, n, at, level, message) \
     SELECT $1, n, $2, level, message FROM unnest($3::bigint[], $4::bigint[], $5::text[]) AS l (n, level, message)";
const UPDATE: &str = "UPDATE jobs SET processed = processed + $2, failed = failed + $3, total = coalesce($4, total), \
     progress = greatest(0.0, least(1.0, coalesce($5, \
         CASE WHEN coalesce($4, total) > 0 \
             THEN (processed + $2)::double precision / coalesce($4, total) END, progress))), \
     checkpoint = coalesce($6, checkpoint), items_done = items_done + $7, items_failed = items_failed + $8, \
     items_blocked = items_blocked + $9, updated = $10, \
     lease_until = CASE WHEN lease_until IS NOT NULL THEN greatest(lease_until, $11) END WHERE seq = $1";

pub(super) fn record(session: &Session<'_>, job: JobSeq, chunk: &ChunkRow<'_>) -> Result<()> {
    let (done, failed, blocked) = append_items(session, job, chunk.items)?;
    append_logs(session, job, chunk.now, chunk.logs)?;
    let row = params![
        job.0,
        signed(chunk.processed),
        signed(chunk.failed),
        chunk.total.map(signed),
        chunk.progress.filter(|share| !share.is_nan()),
        chunk.checkpoint,
        done,
        failed,
        blocked,
        chunk.now.0,
        chunk.lease_until.0
    ];
    // This one is waited for, since an item that is there already must be refused here and now.
    session.aside().change(UPDATE, row)?;
    Ok(())
}

pub(super) fn append_logs(
    session: &Session<'_>,
    job: JobSeq,
    now: Timestamp,
    lines: &[(Level, String)],
) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let last = session.aside().number(LAST_LOG, params![job.0])?;
    let numbers: Vec<i64> = (last + 1..).take(lines.len()).collect();
    let levels: Vec<i64> = lines.iter().map(|(level, _)| level_number(*level)).collect();
    let messages = texts(lines.iter().map(|(_, message)| message.as_str()));
    session
        .aside()
        .send(INSERT_LOGS, params![job.0, now.0, numbers, levels, messages])
}

/// Adds the items and says how many were done, failed and blocked.
fn append_items(session: &Session<'_>, job: JobSeq, items: &[Item]) -> Result<(i64, i64, i64)> {
    let count = |state: ItemState| {
        let count = items.iter().filter(|item| item.state == state).count();
        i64::try_from(count).map_err(|_| Error::Backend("too many items".to_owned()))
    };
    if !items.is_empty() {
        let numbers: Vec<i64> = items.iter().map(|item| signed(item.number)).collect();
        let keys = texts(items.iter().map(|item| item.key.as_str()));
        let states: Vec<i64> = items.iter().map(|item| item.state.as_i64()).collect();
        let details = items.iter().map(|item| item.detail.as_deref().map(Cow::Borrowed));
        let details = Value::Texts(details.collect());
        session
            .aside()
            .send(INSERT_ITEMS, params![job.0, numbers, keys, states, details])?;
    }
    Ok((
        count(ItemState::Done)?,
        count(ItemState::Failed)?,
        count(ItemState::Blocked)?,
    ))
}
