//! Looking through a history, and pruning it.
//!
//! A line's place says nothing exact about its time: a clock may be set back, and writes of one group have stamps of their
//! own. But lines are no further out of order than [`DISORDER`], so a stretch of time lies within a stretch of places,
//! which a search by halves finds, as every line's own time then says whether it belongs there.

use model::{Change, CollectionId, HistorySeq, Timestamp};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params_from_iter};

use super::Session;
use super::chain::Line;
use super::history::{ChangeRow, change_row};
use super::records::HISTORY;
use crate::Result;
use crate::tables::history::HistoryFilter;
use crate::tables::{ReadHistory, WriteHistory};

/// How far lines may be out of order of time, in milliseconds: a day.
const DISORDER: i64 = 24 * 60 * 60 * 1000;

/// Conditions on lines, and the values in them.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, condition: &str, value: impl Into<Value>) {
        self.sql.push(condition.to_owned());
        self.values.push(value.into());
    }

    fn text(&self) -> String {
        if self.sql.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", self.sql.join(" AND "))
        }
    }
}

/// Whether a line of the record that is asked for fits the rest of the filter.
fn fits(filter: &HistoryFilter<'_>, line: &Line) -> bool {
    filter.events.is_none_or(|events| events.contains(&line.event))
        && filter.from.is_none_or(|from| from <= line.on)
        && filter.to.is_none_or(|to| line.on <= to)
}

/// Whether no line before this one can be in the stretch of time.
fn is_past(filter: &HistoryFilter<'_>, line: &Line) -> bool {
    filter
        .from
        .is_some_and(|from| line.on.0 < from.0.saturating_sub(DISORDER))
}

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
        let mut places = Vec::new();
        while (places.len() as u64) < limit
            && let Some(line) = lines.step()?
            && !is_past(filter, &line)
        {
            if fits(filter, &line) {
                places.push(line.seq);
            }
        }
        Ok(places)
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
        if (filter.events, filter.from, filter.to) == (None, None, None) {
            let chain = self.chain_of(collection, record)?;
            return self.count_chain(collection, chain);
        }
        let places = self.places_of_record(collection, (record, filter), None, u64::MAX)?;
        Ok(places.len() as u64)
    }

    /// Those of a filter that names no record.
    fn conditions(&self, collection: CollectionId, filter: &HistoryFilter<'_>) -> Result<Conditions> {
        let mut all = Conditions::default();
        if let Some(events) = filter.events {
            let words: Vec<_> = events
                .iter()
                .map(|event| format!("'{}'", event.as_str()))
                .collect();
            all.sql.push(format!("event IN ({})", words.join(", ")));
        }
        if let Some(Timestamp(from)) = filter.from {
            if let Some(border) = from.checked_sub(DISORDER + 1) {
                all.add("seq > ?", self.border(collection, border)?);
            }
            all.add("changed_on >= ?", from);
        }
        if let Some(Timestamp(to)) = filter.to {
            all.add("seq <= ?", self.border(collection, to.saturating_add(DISORDER))?);
            all.add("changed_on <= ?", to);
        }
        Ok(all)
    }

    /// A place whose line is not after `time` while the next one is. Before the first line is as before all time, behind
    /// the last as after it.
    fn border(&self, collection: CollectionId, time: i64) -> Result<i64> {
        let sql = self.known().sql(collection);
        let (mut low, mut high) = (0, self.newest(collection)? + 1);
        let mut next = self.prepared(&sql.history_time)?;
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            let row = next.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?)));
            let found: Option<(i64, i64)> = row.optional()?;
            match found {
                Some((seq, on)) if seq < high && on <= time => low = seq,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    fn newest(&self, collection: CollectionId) -> Result<i64> {
        let sql = self.known().sql(collection);
        Ok(self
            .prepared(&sql.history_head)?
            .query_row([], |row| row.get(0))?)
    }

    fn changes(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Change>> {
        let mut list = self.prepared(sql)?;
        let rows = list.query_map(params_from_iter(values), change_row)?;
        rows.map(|row| row.map_err(Into::into).and_then(ChangeRow::into_change))
            .collect()
    }

    /// The last of up to `limit` oldest lines that are older than a time, none of them the newest of all.
    fn last_older(&self, collection: CollectionId, before: Timestamp, limit: u64) -> Result<Option<i64>> {
        let sql = self.known().sql(collection);
        let (mut oldest, mut last) = (self.prepared(&sql.oldest)?, None);
        let mut rows = oldest.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
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
            lines.add("seq < ?", before);
        }
        let (table, wanted) = (&self.known().sql(collection).history_table, lines.text());
        let sql = format!("SELECT {HISTORY} FROM {table} {wanted} ORDER BY seq DESC LIMIT ?");
        lines.values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
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
}

impl WriteHistory for Session<'_> {
    fn prune_history(&mut self, collection: CollectionId, before: Timestamp, limit: u64) -> Result<u64> {
        self.whole(|session| session.prune(collection, before, limit))
    }
}
