//! Looking through a history, and pruning it: the statements of [`crate::past`] here.

use model::{Change, CollectionId, HistorySeq, Timestamp};

use super::Session;
use super::history::change;
use super::records::HISTORY;
use super::value::{Cells, Value, params, signed};
use crate::Result;
use crate::past::{self, Conditions};
use crate::tables::history::{HistoryFilter, JobLines};
use crate::tables::{ReadHistory, WriteHistory};

impl Session<'_> {
    /// Up to `limit` of the lines of a record from before a place, newest first.
    fn places_of_record(
        &self,
        collection: CollectionId,
        (record, filter): (&str, &HistoryFilter<'_>),
        before: Option<HistorySeq>,
        limit: u64,
    ) -> Result<Vec<HistorySeq>> {
        let mut lines = self.lines_before(collection, record, before.map(|before| before.0))?;
        past::places(filter, limit, || {
            let line = lines.step(self)?;
            Ok(line.map(|line| (line.seq, line.event, line.on)))
        })
    }

    fn count_of_record(
        &self,
        collection: CollectionId,
        (record, filter): (&str, &HistoryFilter<'_>),
    ) -> Result<u64> {
        if past::takes_all(filter) {
            let chain = self.chain_of(collection, record)?;
            return self.count_chain(collection, chain);
        }
        let places = self.places_of_record(collection, (record, filter), None, u64::MAX)?;
        Ok(places.len() as u64)
    }

    /// Those of a filter that names no record.
    fn conditions(&self, collection: CollectionId, filter: &HistoryFilter<'_>) -> Result<Conditions> {
        past::conditions(filter, '$', |time| self.border(collection, time))
    }

    /// See [`past::border`].
    fn border(&self, collection: CollectionId, time: i64) -> Result<i64> {
        let sql = self.known().sql(collection);
        let head = self.number(&sql.history_head, &[])?;
        past::border(head, time, |place| {
            let row = self.row(&sql.history_time, params![place])?;
            let found = |row| Ok((Cells(&row).int(0)?, Cells(&row).int(1)?));
            row.map(found).transpose()
        })
    }

    /// The last of up to `limit` oldest lines that are older than a time, none of them the newest of all.
    fn last_older(&self, collection: CollectionId, before: Timestamp, limit: u64) -> Result<Option<i64>> {
        let sql = self.known().sql(collection);
        let mut last = None;
        for row in &self.rows(&sql.oldest, params![signed(limit)])? {
            if Cells(row).int(1)? >= before.0 {
                break;
            }
            last = Some(Cells(row).int(0)?);
        }
        Ok(last)
    }

    fn prune(&mut self, collection: CollectionId, before: Timestamp, limit: u64) -> Result<u64> {
        let Some(last) = self.last_older(collection, before, limit)? else {
            return Ok(0);
        };
        let sql = self.known().sql(collection);
        self.send(&sql.chains.prune_gone, params![last])?;
        self.change(&sql.prune, params![last])
    }
}

fn values(lines: &Conditions) -> Vec<Value<'static>> {
    lines.values.iter().map(|value| (*value).into()).collect()
}

impl ReadHistory for Session<'_> {
    fn history_page(
        &mut self,
        collection: CollectionId,
        filter: &HistoryFilter<'_>,
        before: Option<HistorySeq>,
        limit: u64,
    ) -> Result<Vec<Change>> {
        if let Some(record) = filter.record {
            let places = self.places_of_record(collection, (record, filter), before, limit)?;
            return self.changes_at(collection, &places);
        }
        let mut lines = self.conditions(collection, filter)?;
        if let Some(HistorySeq(before)) = before {
            lines.add("seq <", before);
        }
        let (table, wanted) = (&self.known().sql(collection).history_table, lines.text());
        let last = lines.value(signed(limit));
        let sql = format!("SELECT {HISTORY} FROM {table} {wanted} ORDER BY seq DESC LIMIT {last}");
        self.rows(&sql, &values(&lines))?.iter().map(change).collect()
    }

    fn history_count(&mut self, collection: CollectionId, filter: &HistoryFilter<'_>) -> Result<u64> {
        if let Some(record) = filter.record {
            return self.count_of_record(collection, (record, filter));
        }
        let lines = self.conditions(collection, filter)?;
        let (table, wanted) = (&self.known().sql(collection).history_table, lines.text());
        let count = self.number(&format!("SELECT count(*) FROM {table} {wanted}"), &values(&lines))?;
        Ok(count.unsigned_abs())
    }

    fn change_before(
        &mut self,
        collection: CollectionId,
        id: &str,
        seq: HistorySeq,
    ) -> Result<Option<Change>> {
        match self.lines_before(collection, id, Some(seq.0))?.step(self)? {
            Some(line) => Ok(self.changes_at(collection, &[line.seq])?.pop()),
            None => Ok(None),
        }
    }

    fn job_lines(
        &mut self,
        collection: CollectionId,
        asked: &JobLines,
        limit: u64,
    ) -> Result<Vec<(HistorySeq, String)>> {
        let border = |time| self.border(collection, time);
        let (lines, wanted) = past::of_job(asked, signed(limit), ('$', border))?;
        let table = &self.known().sql(collection).history_table;
        let sql = format!("SELECT seq, id FROM {table} {wanted}");
        let place = |row| Ok((HistorySeq(Cells(row).int(0)?), Cells(row).text(1)?));
        self.rows(&sql, &values(&lines))?.iter().map(place).collect()
    }
}

impl WriteHistory for Session<'_> {
    fn prune_history(&mut self, collection: CollectionId, before: Timestamp, limit: u64) -> Result<u64> {
        self.whole(|session| session.prune(collection, before, limit))
    }
}
