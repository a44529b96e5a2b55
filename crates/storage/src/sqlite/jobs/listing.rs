//! Listings with a page and a total, each over the index made for it.
//!
//! A page of jobs is found by number first and fetched after, so that skipping and sorting never touch whole rows.

use model::job::{Item, ItemState, LogLine};
use model::{Job, JobSeq, Page, PageOf};
use rusqlite::types::Value;
use rusqlite::{Connection, Params, Result, params, params_from_iter};

use super::read;
use super::row;
use crate::numbers::{level_number, level_set, signed};
use crate::tables::jobs::{Failure, ItemPlace, LogFilter};

/// The two statements of one listing, each bound to its index, for the planner would rather take a wider one: the numbers on a page, and how many there are. Both take the same parameters; the
/// page adds its size and offset.
pub(super) struct Listing {
    pub(super) page: &'static str,
    pub(super) count: &'static str,
}

macro_rules! listing {
    ($index:literal, $condition:literal) => {
        Listing {
            page: concat!(
                "SELECT seq FROM jobs j INDEXED BY ",
                $index,
                " WHERE ",
                $condition,
                " ORDER BY seq LIMIT ? OFFSET ?"
            ),
            count: concat!(
                "SELECT count(*) FROM jobs j INDEXED BY ",
                $index,
                " WHERE ",
                $condition
            ),
        }
    };
}

pub(super) const UNFINISHED: Listing = listing!("jobs_unfinished", "queue = ? AND ended IS NULL");
pub(super) const FAILED: Listing = listing!(
    "jobs_failed",
    "queue = ? AND seq > ? AND status IN ('failed', 'rejected')"
);
pub(super) const CLEAN: Listing = listing!(
    "jobs_clean",
    "queue = ? AND status = 'finished' AND failed + items_failed + items_blocked = 0 AND cleared = 0"
);
pub(super) const TROUBLED: Listing = listing!(
    "jobs_troubled",
    "queue = ? AND (items_failed + items_blocked > 0 OR status IN ('failed', 'rejected')) AND seq >= ? \
     AND (seq > ? OR EXISTS (SELECT 1 FROM job_items INDEXED BY job_items_bad WHERE job = j.seq AND state > 0 AND number > ?))"
);

/// The statements of one listing of items: a page of them, and those from a number on. Their parameters are the job, how
/// many, the offset or the number, and the states.
pub(super) struct Items {
    pub(super) page: &'static str,
    pub(super) from: &'static str,
}

macro_rules! items {
    ($source:literal, $condition:literal) => {
        Items {
            page: concat!(
                "SELECT number, key, state, detail FROM job_items ",
                $source,
                " WHERE job = ?1",
                $condition,
                " ORDER BY number LIMIT ?2 OFFSET ?3"
            ),
            from: concat!(
                "SELECT number, key, state, detail FROM job_items ",
                $source,
                " WHERE job = ?1 AND number >= ?3",
                $condition,
                " ORDER BY number LIMIT ?2"
            ),
        }
    };
}

pub(super) const ITEMS: Items = items!("", "");
const ITEMS_OF_STATES: Items = items!("", " AND state IN (SELECT value FROM json_each(?4))");
pub(super) const BAD_ITEMS_OF_STATES: Items = items!(
    "INDEXED BY job_items_bad",
    " AND state > 0 AND state IN (SELECT value FROM json_each(?4))"
);
const ITEM_COUNTS: &str = "SELECT items_done, items_failed, items_blocked FROM jobs WHERE seq = ?1";

pub(super) const FAILURES: &str = "SELECT i.job, i.number, i.key, i.state, i.detail FROM jobs j INDEXED BY jobs_troubled \
     CROSS JOIN job_items i INDEXED BY job_items_bad ON i.job = j.seq AND i.state > 0 AND (j.seq > ?2 OR i.number > ?3) \
     WHERE j.queue = ?1 AND (j.items_failed + j.items_blocked > 0 OR j.status IN ('failed', 'rejected')) \
     AND j.seq >= ?2 ORDER BY j.seq, i.number LIMIT ?4 OFFSET ?5";
pub(super) const FAILURE_COUNT: &str = "SELECT \
     (SELECT coalesce(sum(items_failed + items_blocked), 0) FROM jobs INDEXED BY jobs_troubled WHERE queue = ?1 AND seq > ?2 \
         AND (items_failed + items_blocked > 0 OR status IN ('failed', 'rejected'))) \
     + (SELECT count(*) FROM jobs j JOIN job_items i INDEXED BY job_items_bad ON i.job = j.seq AND i.state > 0 \
         WHERE j.seq = ?2 AND j.queue = ?1 AND i.number > ?3)";

pub(super) const LOGS: &str = "SELECT at, level, message FROM job_logs WHERE job = ?1 AND level >= ?2 AND at >= ?3 AND at <= ?4 \
     AND (?5 IS NULL OR instr(lower(message), lower(?5)) > 0) AND (?6 >> level) & 1 ORDER BY n LIMIT ?7 OFFSET ?8";
const LOG_COUNT: &str = "SELECT count(*) FROM job_logs WHERE job = ?1 AND level >= ?2 AND at >= ?3 AND at <= ?4 \
     AND (?5 IS NULL OR instr(lower(message), lower(?5)) > 0) AND (?6 >> level) & 1";

pub(super) fn unfinished(conn: &Connection, queue: &str, page: Page) -> Result<PageOf<Job>> {
    jobs(conn, &UNFINISHED, &[Value::from(queue.to_owned())], page)
}

pub(super) fn failed(conn: &Connection, queue: &str, after: JobSeq, page: Page) -> Result<PageOf<Job>> {
    jobs(conn, &FAILED, &[queue.to_owned().into(), after.0.into()], page)
}

pub(super) fn clean(conn: &Connection, queue: &str, page: Page) -> Result<PageOf<Job>> {
    jobs(conn, &CLEAN, &[Value::from(queue.to_owned())], page)
}

pub(super) fn troubled(conn: &Connection, queue: &str, after: ItemPlace, page: Page) -> Result<PageOf<Job>> {
    let (seq, number) = (after.0.0, signed(after.1));
    jobs(
        conn,
        &TROUBLED,
        &[queue.to_owned().into(), seq.into(), seq.into(), number.into()],
        page,
    )
}

pub(super) fn items(
    conn: &Connection,
    job: JobSeq,
    states: &[ItemState],
    page: Page,
) -> Result<PageOf<Item>> {
    let total = item_total(conn, job, states)?;
    let bounds = [page.size, page.offset()];
    let entries = some_items(conn, items_of(states).page, (job, bounds), states)?;
    Ok(PageOf { entries, total })
}

/// The items from a number on, at most so many.
pub(super) fn items_from(
    conn: &Connection,
    job: JobSeq,
    states: &[ItemState],
    (from, limit): (u64, u64),
) -> Result<Vec<Item>> {
    some_items(conn, items_of(states).from, (job, [limit, from]), states)
}

fn items_of(states: &[ItemState]) -> Items {
    match states {
        [] => ITEMS,
        _ if states.contains(&ItemState::Done) => ITEMS_OF_STATES,
        _ => BAD_ITEMS_OF_STATES,
    }
}

fn some_items(
    conn: &Connection,
    sql: &str,
    (job, bounds): (JobSeq, [u64; 2]),
    states: &[ItemState],
) -> Result<Vec<Item>> {
    let mut values = vec![Value::from(job.0)];
    values.extend(bounds.map(|bound| Value::from(signed(bound))));
    if !states.is_empty() {
        let numbers: Vec<i64> = states.iter().map(|state| state.as_i64()).collect();
        values.push(serde_json::Value::from(numbers).to_string().into());
    }
    let mut statement = conn.prepare_cached(sql)?;
    let entries = statement.query_map(params_from_iter(values), |found| row::item(found, 0))?;
    entries.collect()
}

pub(super) fn failures(
    conn: &Connection,
    queue: &str,
    after: ItemPlace,
    page: Page,
) -> Result<PageOf<Failure>> {
    let (seq, number) = (after.0.0, signed(after.1));
    let total = count(conn, FAILURE_COUNT, params![queue, seq, number])?;
    let mut statement = conn.prepare_cached(FAILURES)?;
    let bounds = params![queue, seq, number, signed(page.size), signed(page.offset())];
    let entries = statement.query_map(bounds, |found| {
        Ok(Failure {
            job: JobSeq(found.get(0)?),
            item: row::item(found, 1)?,
        })
    })?;
    Ok(PageOf {
        entries: entries.collect::<Result<_>>()?,
        total,
    })
}

pub(super) fn logs(
    conn: &Connection,
    job: JobSeq,
    filter: &LogFilter,
    page: Page,
) -> Result<PageOf<LogLine>> {
    let level = filter.min_level.map_or(0, level_number);
    let from = filter.on.from.map_or(i64::MIN, |time| time.0);
    let to = filter.on.to.map_or(i64::MAX, |time| time.0);
    let set = level_set(filter.levels.as_deref());
    let total = count(conn, LOG_COUNT, params![job.0, level, from, to, filter.text, set])?;
    let mut statement = conn.prepare_cached(LOGS)?;
    let (size, offset) = (
        signed(page.size),
        signed(page.offset().saturating_add(filter.skip)),
    );
    let bounds = params![job.0, level, from, to, filter.text, set, size, offset];
    let entries = statement.query_map(bounds, row::log_line)?;
    Ok(PageOf {
        entries: entries.collect::<Result<_>>()?,
        total,
    })
}

/// The jobs of these numbers, in their order, as a page of a listing of `total`.
pub(super) fn page_of_jobs(conn: &Connection, seqs: &[JobSeq], total: u64) -> Result<PageOf<Job>> {
    let found: Result<Vec<Option<Job>>> = seqs.iter().map(|seq| read::job(conn, *seq)).collect();
    Ok(PageOf {
        entries: found?.into_iter().flatten().collect(),
        total,
    })
}

/// The number that a query of one row and column finds.
pub(super) fn count(conn: &Connection, sql: &str, params: impl Params) -> Result<u64> {
    conn.prepare_cached(sql)?
        .query_row(params, |found| row::unsigned(found, 0))
}

fn jobs(conn: &Connection, listing: &Listing, values: &[Value], page: Page) -> Result<PageOf<Job>> {
    let total = count(conn, listing.count, params_from_iter(values))?;
    let bounds = [signed(page.size), signed(page.offset())].map(Value::from);
    let seqs = read::seqs(conn, listing.page, params_from_iter(values.iter().chain(&bounds)))?;
    page_of_jobs(conn, &seqs, total)
}

/// How many items there are, from the job's own counts.
fn item_total(conn: &Connection, job: JobSeq, states: &[ItemState]) -> Result<u64> {
    let mut statement = conn.prepare_cached(ITEM_COUNTS)?;
    let mut rows = statement.query([job.0])?;
    let Some(found) = rows.next()? else {
        return Ok(0);
    };
    let mut total = 0;
    for (column, state) in [ItemState::Done, ItemState::Failed, ItemState::Blocked]
        .iter()
        .enumerate()
    {
        if states.is_empty() || states.contains(state) {
            total += row::unsigned(found, column)?;
        }
    }
    Ok(total)
}
