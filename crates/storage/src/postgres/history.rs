//! The history of a collection: one line per change, in order, each with the content after it.

use std::sync::Arc;

use jsonb::Jsonb;
use model::{Change, ChangeEvent, CollectionId, HistorySeq, JobSeq, Page, PageOf, Stamp, Timestamp};
use tokio_postgres::Row;

use super::Session;
use super::chain::Chain;
use super::known::Head;
use super::pending::NewLine;
use super::records::body;
use super::value::{Cells, params, signed};
use crate::tables::records::{Deed, Put, Removal};
use crate::{Error, Result};

/// A line to be appended.
pub(super) struct HistoryLine<'a> {
    id: &'a str,
    version: u64,
    event: ChangeEvent,
    stamp: &'a Stamp,
    job: Option<JobSeq>,
}

impl<'a> HistoryLine<'a> {
    pub(super) fn of_put(put: &Put<'a>, version: u64, event: ChangeEvent) -> Self {
        Self {
            id: put.id,
            version,
            event,
            stamp: put.stamp,
            job: put.job,
        }
    }

    pub(super) fn of_removal(removal: &Removal<'a>, version: u64) -> Self {
        let Removal { id, stamp, job, .. } = *removal;
        Self {
            id,
            version,
            event: ChangeEvent::Deleted,
            stamp,
            job,
        }
    }

    pub(super) fn of_deed(deed: &Deed<'a>, version: u64) -> Self {
        let Deed { id, stamp, job } = *deed;
        Self {
            id,
            version,
            event: ChangeEvent::Performed,
            stamp,
            job,
        }
    }
}

/// The line of a row of [`super::records::HISTORY`].
pub(super) fn change(row: &Row) -> Result<Change> {
    let row = Cells(row);
    let event = row.text(3)?;
    let unknown = || Error::Damaged(format!("event {event:?} in a history"));
    Ok(Change {
        seq: HistorySeq(row.int(0)?),
        id: row.text(1)?,
        version: row.count(2)?,
        event: ChangeEvent::parse(&event).ok_or_else(unknown)?,
        stamp: Stamp {
            on: Timestamp(row.int(4)?),
            by: row.text(5)?,
            origin: row.opt_text(8)?.map(Into::into),
        },
        job: row.opt_int(6)?.map(JobSeq),
        body: body(row.bytes(7)?),
    })
}

impl Session<'_> {
    /// Appends a line behind those of its record, if the collection keeps a history.
    pub(super) fn add_history(
        &self,
        collection: CollectionId,
        line: &HistoryLine<'_>,
        body: &Arc<Jsonb>,
        chain: Chain,
    ) -> Result<HistorySeq> {
        if !self.keeps_history(collection)? {
            return Ok(HistorySeq(0));
        }
        let sql = self.known().sql(collection);
        let seq = self.next_number(collection, Head::Line, &sql.history_head)?;
        let stamp = line.stamp;
        let new = NewLine {
            seq,
            id: line.id.to_owned(),
            version: signed(line.version),
            event: line.event.as_str(),
            on: stamp.on,
            by: stamp.by.clone(),
            job: line.job.map(|job| job.0),
            body: Arc::clone(body),
            origin: stamp.origin.clone(),
            prev: chain.last,
        };
        self.layer.borrow_mut().add_line(collection, new);
        Ok(HistorySeq(seq))
    }

    pub(super) fn history_of(
        &mut self,
        collection: CollectionId,
        id: &str,
        page: Page,
    ) -> Result<PageOf<Change>> {
        let chain = self.chain_of(collection, id)?;
        let total = self.count_chain(collection, chain)?;
        let mut lines = self.lines_of(collection, chain);
        let (mut passed, mut places) = (0, Vec::new());
        while (places.len() as u64) < page.size
            && page.offset() < total
            && let Some(line) = lines.step(self)?
        {
            if passed >= page.offset() {
                places.push(line.seq);
            }
            passed += 1;
        }
        let entries = self.changes_at(collection, &places)?;
        Ok(PageOf { entries, total })
    }

    /// The lines in these places, newest first.
    pub(super) fn changes_at(&self, collection: CollectionId, places: &[HistorySeq]) -> Result<Vec<Change>> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let sql = self.known().sql(collection);
        let places: Vec<i64> = places.iter().map(|place| place.0).collect();
        let rows = self.rows(&sql.history_at, params![places])?;
        rows.iter().map(change).collect()
    }

    pub(super) fn history_from(
        &mut self,
        collection: CollectionId,
        seq: HistorySeq,
        limit: i64,
    ) -> Result<Vec<Change>> {
        let sql = self.known().sql(collection);
        let rows = self.rows(&sql.history_after, params![seq.0, limit])?;
        rows.iter().map(change).collect()
    }
}
