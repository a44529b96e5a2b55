//! Listings with a page and a total, each over the index made for it.
//!
//! A page of jobs is found by number first and fetched after, so that skipping and sorting never touch whole rows.

use model::job::{Item, ItemState, LogLine};
use model::{Job, JobSeq, Page, PageOf};

use super::read;
use super::row;
use crate::Result;
use crate::numbers::{level_number, level_set};
use crate::postgres::Session;
use crate::postgres::value::{Cells, Value, params, signed};
use crate::tables::jobs::{Failure, ItemPlace, LogFilter};

/// The two statements of one listing: the numbers on a page, and how many there are. Size and offset of the page come
/// first, then the parameters of both.
struct Listing {
    page: &'static str,
    count: &'static str,
}

macro_rules! listing {
    ($condition:literal) => {
        Listing {
            page: concat!(
                "SELECT seq FROM jobs j WHERE ",
                $condition,
                " ORDER BY seq LIMIT $1 OFFSET $2"
            ),
            // The bounds of the page do not count, but have to be there.
            count: concat!(
                "SELECT count(*) FROM jobs j WHERE ",
                $condition,
                " AND $1::bigint IS NOT NULL AND $2::bigint IS NOT NULL"
            ),
        }
    };
}

const UNFINISHED: Listing = listing!("queue = $3 AND ended IS NULL");
const FAILED: Listing = listing!("queue = $3 AND seq > $4 AND status IN ('failed', 'rejected')");
const CLEAN: Listing = listing!(
    "queue = $3 AND status = 'finished' AND failed + items_failed + items_blocked = 0 AND NOT cleared"
);
const TROUBLED: Listing = listing!(
    "queue = $3 AND (items_failed + items_blocked > 0 OR status IN ('failed', 'rejected')) AND seq >= $4 \
     AND (seq > $4 OR EXISTS (SELECT 1 FROM job_items WHERE job = j.seq AND state > 0 AND number > $5))"
);

/// The statements of one listing of items: a page of them, and those from a number on. Their parameters are the job, how
/// many, the offset or the number, and the states.
struct Items {
    page: &'static str,
    from: &'static str,
}

macro_rules! items {
    ($condition:literal) => {
        Items {
            page: concat!(
                "SELECT number, key, state, detail FROM job_items WHERE job = $1",
                $condition,
                " ORDER BY number LIMIT $2 OFFSET $3"
            ),
            from: concat!(
                "SELECT number, key, state, detail FROM job_items WHERE job = $1 AND number >= $3",
                $condition,
                " ORDER BY number LIMIT $2"
            ),
        }
    };
}

const ITEMS: Items = items!("");
const ITEMS_OF_STATES: Items = items!(" AND state = ANY($4)");
const BAD_ITEMS_OF_STATES: Items = items!(" AND state > 0 AND state = ANY($4)");
const ITEM_COUNTS: &str = "SELECT items_done, items_failed, items_blocked FROM jobs WHERE seq = $1";

const FAILURES: &str = "SELECT i.job, i.number, i.key, i.state, i.detail FROM jobs j \
     JOIN job_items i ON i.job = j.seq AND i.state > 0 AND (j.seq > $2 OR i.number > $3) \
     WHERE j.queue = $1 AND (j.items_failed + j.items_blocked > 0 OR j.status IN ('failed', 'rejected')) \
     AND j.seq >= $2 ORDER BY j.seq, i.number LIMIT $4 OFFSET $5";
const FAILURE_COUNT: &str = "SELECT \
     (SELECT coalesce(sum(items_failed + items_blocked), 0)::bigint FROM jobs WHERE queue = $1 AND seq > $2 \
         AND (items_failed + items_blocked > 0 OR status IN ('failed', 'rejected'))) \
     + (SELECT count(*) FROM jobs j JOIN job_items i ON i.job = j.seq AND i.state > 0 \
         WHERE j.seq = $2 AND j.queue = $1 AND i.number > $3)";

/// In this collation only the letters of ASCII have two cases, as on SQLite.
macro_rules! logs {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM job_logs WHERE job = $1 AND level >= $2 AND at >= $3 AND at <= $4 \
             AND ($5::text IS NULL OR strpos(lower(message), $5) > 0) AND ($6::bigint >> level::integer) & 1 = 1",
            $rest
        )
    };
}
const LOGS: &str = logs!("at, level, message", " ORDER BY n LIMIT $7 OFFSET $8");
const LOG_COUNT: &str = logs!("count(*)", "");

pub(super) fn unfinished(session: &Session<'_>, queue: &str, page: Page) -> Result<PageOf<Job>> {
    jobs(session, &UNFINISHED, params![queue], page)
}

pub(super) fn failed(session: &Session<'_>, queue: &str, after: JobSeq, page: Page) -> Result<PageOf<Job>> {
    jobs(session, &FAILED, params![queue, after.0], page)
}

pub(super) fn clean(session: &Session<'_>, queue: &str, page: Page) -> Result<PageOf<Job>> {
    jobs(session, &CLEAN, params![queue], page)
}

pub(super) fn troubled(
    session: &Session<'_>,
    queue: &str,
    after: ItemPlace,
    page: Page,
) -> Result<PageOf<Job>> {
    jobs(
        session,
        &TROUBLED,
        params![queue, after.0.0, signed(after.1)],
        page,
    )
}

pub(super) fn items(
    session: &Session<'_>,
    job: JobSeq,
    states: &[ItemState],
    page: Page,
) -> Result<PageOf<Item>> {
    let total = item_total(session, job, states)?;
    let bounds = [page.size, page.offset()];
    let entries = some_items(session, items_of(states).page, (job, bounds), states)?;
    Ok(PageOf { entries, total })
}

/// The items from a number on, at most so many.
pub(super) fn items_from(
    session: &Session<'_>,
    job: JobSeq,
    states: &[ItemState],
    (from, limit): (u64, u64),
) -> Result<Vec<Item>> {
    some_items(session, items_of(states).from, (job, [limit, from]), states)
}

fn items_of(states: &[ItemState]) -> Items {
    match states {
        [] => ITEMS,
        _ if states.contains(&ItemState::Done) => ITEMS_OF_STATES,
        _ => BAD_ITEMS_OF_STATES,
    }
}

fn some_items(
    session: &Session<'_>,
    sql: &str,
    (job, bounds): (JobSeq, [u64; 2]),
    states: &[ItemState],
) -> Result<Vec<Item>> {
    let mut values = vec![Value::from(job.0)];
    values.extend(bounds.map(|bound| Value::from(signed(bound))));
    if !states.is_empty() {
        let numbers: Vec<i64> = states.iter().map(|state| state.as_i64()).collect();
        values.push(numbers.into());
    }
    let rows = session.aside().rows(sql, &values)?;
    rows.iter().map(|row| row::item(row, 0)).collect()
}

pub(super) fn failures(
    session: &Session<'_>,
    queue: &str,
    after: ItemPlace,
    page: Page,
) -> Result<PageOf<Failure>> {
    let (seq, number) = (after.0.0, signed(after.1));
    let total = session
        .number(FAILURE_COUNT, params![queue, seq, number])?
        .unsigned_abs();
    let bounds = params![queue, seq, number, signed(page.size), signed(page.offset())];
    let failure = |row| {
        Ok(Failure {
            job: row::seq(row)?,
            item: row::item(row, 1)?,
        })
    };
    let rows = session.aside().rows(FAILURES, bounds)?;
    let entries = rows.iter().map(failure).collect::<Result<_>>()?;
    Ok(PageOf { entries, total })
}

pub(super) fn logs(
    session: &Session<'_>,
    job: JobSeq,
    filter: &LogFilter,
    page: Page,
) -> Result<PageOf<LogLine>> {
    let mut values = vec![
        job.0.into(),
        filter.min_level.map_or(0, level_number).into(),
        filter.on.from.map_or(i64::MIN, |time| time.0).into(),
        filter.on.to.map_or(i64::MAX, |time| time.0).into(),
        filter.text.as_ref().map(|text| text.to_ascii_lowercase()).into(),
        level_set(filter.levels.as_deref()).into(),
    ];
    let total = session.aside().number(LOG_COUNT, &values)?.unsigned_abs();
    let offset = page.offset().saturating_add(filter.skip);
    values.extend([signed(page.size).into(), signed(offset).into()]);
    let rows = session.aside().rows(LOGS, &values)?;
    let entries = rows.iter().map(row::log_line).collect::<Result<_>>()?;
    Ok(PageOf { entries, total })
}

fn jobs(session: &Session<'_>, listing: &Listing, values: &[Value<'_>], page: Page) -> Result<PageOf<Job>> {
    let mut all: Vec<Value<'_>> = vec![signed(page.size).into(), signed(page.offset()).into()];
    all.extend(values.iter().cloned());
    let total = session.aside().number(listing.count, &all)?.unsigned_abs();
    let seqs = read::seqs(session, listing.page, &all)?;
    let entries = read::these(session, &seqs)?;
    Ok(PageOf { entries, total })
}

/// How many items there are, from the job's own counts.
fn item_total(session: &Session<'_>, job: JobSeq, states: &[ItemState]) -> Result<u64> {
    let Some(row) = session.aside().row(ITEM_COUNTS, params![job.0])? else {
        return Ok(0);
    };
    let mut total = 0;
    for (column, state) in [ItemState::Done, ItemState::Failed, ItemState::Blocked]
        .iter()
        .enumerate()
    {
        if states.is_empty() || states.contains(state) {
            total += Cells(&row).count(column)?;
        }
    }
    Ok(total)
}
