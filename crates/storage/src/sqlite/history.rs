//! The history of a collection: one line per change, in order, each with the content after it.

use jsonb::Jsonb;
use model::{Change, ChangeEvent, CollectionId, HistorySeq, JobSeq, Page, PageOf, Stamp, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use super::chain::Chain;
use crate::tables::records::{Deed, Put, Removal};
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

    pub(super) fn of_deed(deed: &Deed<'a>, version: u64, body: &'a Jsonb) -> Self {
        let Deed { id, stamp, job } = *deed;
        Self {
            id,
            version,
            event: ChangeEvent::Performed,
            stamp,
            job,
            body,
        }
    }
}

/// A line before its event is read.
pub(super) struct ChangeRow {
    change: Change,
    event: String,
}

pub(super) fn change_row(row: &Row<'_>) -> rusqlite::Result<ChangeRow> {
    let change = Change {
        seq: HistorySeq(row.get(0)?),
        id: row.get(1)?,
        version: row.get::<_, i64>(2)?.unsigned_abs(),
        event: ChangeEvent::Updated,
        stamp: Stamp {
            on: Timestamp(row.get(4)?),
            by: row.get(5)?,
            origin: row.get(8)?,
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
    pub(super) fn into_change(self) -> Result<Change> {
        let unknown = || Error::Damaged(format!("event {:?} in a history", self.event));
        let event = ChangeEvent::parse(&self.event).ok_or_else(unknown)?;
        Ok(Change { event, ..self.change })
    }
}

impl Session<'_> {
    /// Appends a line behind those of its record, if the collection keeps a history.
    pub(super) fn add_history(
        &mut self,
        collection: CollectionId,
        line: &HistoryLine<'_>,
        chain: Chain,
    ) -> Result<HistorySeq> {
        if !self.keeps_history(collection)? {
            return Ok(HistorySeq(0));
        }
        let sql = self.known().sql(collection);
        let version = i64::try_from(line.version).unwrap_or(i64::MAX);
        let job = line.job.map(|job| job.0);
        let (event, stamp, body) = (line.event.as_str(), line.stamp, line.body.as_bytes());
        self.prepared(&sql.add_history)?.execute(params![
            line.id,
            version,
            event,
            stamp.on.0,
            stamp.by,
            job,
            body,
            stamp.origin,
            chain.last
        ])?;
        Ok(HistorySeq(self.conn().last_insert_rowid()))
    }

    pub(super) fn history_of(
        &mut self,
        collection: CollectionId,
        id: &str,
        page: Page,
    ) -> Result<PageOf<Change>> {
        let chain = self.chain_of(collection, id)?;
        let total = self.count_chain(collection, chain)?;
        let mut lines = self.lines_of(collection, chain)?;
        let (mut passed, mut entries) = (0, Vec::new());
        while (entries.len() as u64) < page.size
            && page.offset() < total
            && let Some(line) = lines.step()?
        {
            if passed >= page.offset() {
                entries.extend(self.change_at(collection, line.seq)?);
            }
            passed += 1;
        }
        Ok(PageOf { entries, total })
    }

    /// The line in a place.
    pub(super) fn change_at(&self, collection: CollectionId, seq: HistorySeq) -> Result<Option<Change>> {
        let sql = self.known().sql(collection);
        let mut get = self.prepared(&sql.history_at)?;
        let row = get.query_row([seq.0], change_row).optional()?;
        row.map(ChangeRow::into_change).transpose()
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
