//! Looking through a history, and pruning it: the statements of [`crate::past`] here.

use model::{Change, CollectionId, HistorySeq, Timestamp};
use rusqlite::{OptionalExtension, params_from_iter};

use super::Session;
use super::history::{ChangeRow, change_row};
use super::records::HISTORY;
use crate::Result;
use crate::numbers::signed;
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
            let line = lines.step()?;
            Ok(line.map(|line| (line.seq, line.event, line.on)))
        })
    }

    fn page_of_record(
        &self,
        collection: CollectionId,
        asked: (&str, &HistoryFilter<'_>),
        before: Option<HistorySeq>,
        limit: u64,
    ) -> Result<Vec<Change>> {
        let places = self.places_of_record(collection, asked, before, limit)?;
        let mut changes = Vec::with_capacity(places.len());
        for seq in places {
            changes.extend(self.change_at(collection, seq)?);
        }
        Ok(changes)
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
        past::conditions(filter, '?', |time| self.border(collection, time))
    }

    /// See [`past::border`].
    fn border(&self, collection: CollectionId, time: i64) -> Result<i64> {
        let sql = self.known().sql(collection);
        let mut next = self.prepared(&sql.history_time)?;
        past::border(self.newest(collection)?, time, |place| {
            let row = next.query_row([place], |row| Ok((row.get(0)?, row.get(1)?)));
            Ok(row.optional()?)
        })
    }

    fn newest(&self, collection: CollectionId) -> Result<i64> {
        let sql = self.known().sql(collection);
        Ok(self
            .prepared(&sql.history_head)?
            .query_row([], |row| row.get(0))?)
    }

    fn changes(&self, sql: &str, values: Vec<i64>) -> Result<Vec<Change>> {
        let mut list = self.prepared(sql)?;
        let rows = list.query_map(params_from_iter(values), change_row)?;
        rows.map(|row| row.map_err(Into::into).and_then(ChangeRow::into_change))
            .collect()
    }

    /// The last of up to `limit` oldest lines that are older than a time, none of them the newest of all.
    fn last_older(&self, collection: CollectionId, before: Timestamp, limit: u64) -> Result<Option<i64>> {
        let sql = self.known().sql(collection);
        let (mut oldest, mut last) = (self.prepared(&sql.oldest)?, None);
        let mut rows = oldest.query([signed(limit)])?;
        while let Some(row) = rows.next()?
            && row.get::<_, i64>(1)? < before.0
        {
            last = Some(row.get(0)?);
        }
        Ok(last)
    }

    fn prune(&mut self, collection: CollectionId, before: Timestamp, limit: u64) -> Result<u64> {
        let Some(last) = self.last_older(collection, before, limit)? else {
            return Ok(0);
        };
        let sql = self.known().sql(collection);
        self.prepared(&sql.chains.prune_gone)?.execute([last])?;
        Ok(self.prepared(&sql.prune)?.execute([last])? as u64)
    }
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
            return self.page_of_record(collection, (record, filter), before, limit);
        }
        let mut lines = self.conditions(collection, filter)?;
        if let Some(HistorySeq(before)) = before {
            lines.add("seq <", before);
        }
        let (table, wanted) = (&self.known().sql(collection).history_table, lines.text());
        let last = lines.value(signed(limit));
        let sql = format!("SELECT {HISTORY} FROM {table} {wanted} ORDER BY seq DESC LIMIT {last}");
        self.changes(&sql, lines.values)
    }

    fn history_count(&mut self, collection: CollectionId, filter: &HistoryFilter<'_>) -> Result<u64> {
        if let Some(record) = filter.record {
            return self.count_of_record(collection, (record, filter));
        }
        let lines = self.conditions(collection, filter)?;
        let (table, wanted) = (&self.known().sql(collection).history_table, lines.text());
        let mut count = self.prepared(&format!("SELECT count(*) FROM {table} {wanted}"))?;
        let count: i64 = count.query_row(params_from_iter(lines.values), |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    fn change_before(
        &mut self,
        collection: CollectionId,
        id: &str,
        seq: HistorySeq,
    ) -> Result<Option<Change>> {
        match self.lines_before(collection, id, Some(seq.0))?.step()? {
            Some(line) => self.change_at(collection, line.seq),
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
        let (lines, wanted) = past::of_job(asked, signed(limit), ('?', border))?;
        let table = &self.known().sql(collection).history_table;
        let sql = format!("SELECT seq, id FROM {table} {wanted}");
        let mut list = self.prepared(&sql)?;
        let place = |row: &rusqlite::Row<'_>| Ok((HistorySeq(row.get(0)?), row.get(1)?));
        let rows = list.query_map(params_from_iter(lines.values), place)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl WriteHistory for Session<'_> {
    fn prune_history(&mut self, collection: CollectionId, before: Timestamp, limit: u64) -> Result<u64> {
        self.whole(|session| session.prune(collection, before, limit))
    }
}
