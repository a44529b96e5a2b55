//! The history of a collection: one line per change, in order, each with the content after it.

use jsonb::Jsonb;
use model::{Change, ChangeEvent, CollectionId, HistorySeq, JobSeq, Page, PageOf, Stamp, Timestamp};
use rusqlite::{Row, params};

use super::Session;
use crate::tables::records::{Put, Removal};
use crate::{Error, Result};

/// A line to be appended.
pub(super) struct HistoryLine<'a> {
    id: &'a str,
    version: u64,
    event: ChangeEvent,
    stamp: &'a Stamp,
    job: Option<JobSeq>,
    body: &'a Jsonb,
}

impl<'a> HistoryLine<'a> {
    pub(super) fn of_put(put: &Put<'a>, version: u64, event: ChangeEvent) -> Self {
        Self {
            id: put.id,
            version,
            event,
            stamp: put.stamp,
            job: put.job,
            body: put.body,
        }
    }

    pub(super) fn of_removal(removal: &Removal<'a>, version: u64, body: &'a Jsonb) -> Self {
        let Removal { id, stamp, job, .. } = *removal;
        Self {
            id,
            version,
            event: ChangeEvent::Deleted,
            stamp,
            job,
            body,
        }
    }
}

/// A line before its event is read.
struct ChangeRow {
    change: Change,
    event: String,
}

fn change_row(row: &Row<'_>) -> rusqlite::Result<ChangeRow> {
    let change = Change {
        seq: HistorySeq(row.get(0)?),
        id: row.get(1)?,
        version: row.get::<_, i64>(2)?.unsigned_abs(),
        event: ChangeEvent::Updated,
        stamp: Stamp {
            on: Timestamp(row.get(4)?),
            by: row.get(5)?,
        },
        job: row.get::<_, Option<i64>>(6)?.map(JobSeq),
        body: Jsonb::from_stored(row.get(7)?),
    };
    Ok(ChangeRow {
        change,
        event: row.get(3)?,
    })
}

impl ChangeRow {
    fn into_change(self) -> Result<Change> {
        let unknown = || Error::Damaged(format!("event {:?} in a history", self.event));
        let event = ChangeEvent::parse(&self.event).ok_or_else(unknown)?;
        Ok(Change { event, ..self.change })
    }
}

impl Session<'_> {
    pub(super) fn add_history(
        &mut self,
        collection: CollectionId,
        line: &HistoryLine<'_>,
    ) -> Result<HistorySeq> {
        let sql = self.known().sql(collection);
        let version = i64::try_from(line.version).unwrap_or(i64::MAX);
        let job = line.job.map(|job| job.0);
        let (event, stamp, body) = (line.event.as_str(), line.stamp, line.body.as_bytes());
        self.prepared(&sql.add_history)?
            .execute(params![line.id, version, event, stamp.on.0, stamp.by, job, body])?;
        Ok(HistorySeq(self.conn().last_insert_rowid()))
    }

    pub(super) fn history_page(
        &mut self,
        collection: CollectionId,
        id: &str,
        page: Page,
    ) -> Result<PageOf<Change>> {
        let sql = self.known().sql(collection);
        let as_sql = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let total: i64 = self
            .prepared(&sql.history_count)?
            .query_row([id], |row| row.get(0))?;
        let mut list = self.prepared(&sql.history)?;
        let rows = list.query_map(params![id, as_sql(page.size), as_sql(page.offset())], change_row)?;
        let entries = rows.map(|row| row?.into_change()).collect::<Result<_>>()?;
        Ok(PageOf {
            entries,
            total: total.unsigned_abs(),
        })
    }

    pub(super) fn history_from(
        &mut self,
        collection: CollectionId,
        seq: HistorySeq,
        limit: i64,
    ) -> Result<Vec<Change>> {
        let sql = self.known().sql(collection);
        let mut list = self.prepared(&sql.history_after)?;
        let rows = list.query_map(params![seq.0, limit], change_row)?;
        rows.map(|row| row?.into_change()).collect()
    }
}
