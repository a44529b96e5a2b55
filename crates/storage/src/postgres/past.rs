//! Looking through a history, and pruning it.
//!
//! A line's place says nothing exact about its time: a clock may be set back, and writes of one group have stamps of their
//! own. But lines are no further out of order than [`DISORDER`], so a stretch of time lies within a stretch of places,
//! which a search by halves finds, as every line's own time then says whether it belongs there.

use model::{Change, CollectionId, HistorySeq, Timestamp};

use super::Session;
use super::chain::Line;
use super::history::change;
use super::records::HISTORY;
use super::value::{Cells, Value, params, signed};
use crate::Result;
use crate::tables::history::HistoryFilter;
use crate::tables::{ReadHistory, WriteHistory};

/// How far lines may be out of order of time, in milliseconds: a day.
const DISORDER: i64 = 24 * 60 * 60 * 1000;

/// Conditions on lines, and the values in them.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Value<'static>>,
}

impl Conditions {
    /// `condition` lacks its right side, which is the value.
    fn add(&mut self, condition: &str, value: i64) {
        self.values.push(value.into());
        self.sql.push(format!("{condition} ${}", self.values.len()));
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
            && let Some(line) = lines.step(self)?
            && !is_past(filter, &line)
        {
            if fits(filter, &line) {
                places.push(line.seq);
            }
        }
        Ok(places)
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
            all.sql.push(if words.is_empty() {
                "false".to_owned()
            } else {
                format!("event IN ({})", words.join(", "))
            });
        }
        if let Some(Timestamp(from)) = filter.from {
            if let Some(border) = from.checked_sub(DISORDER + 1) {
                all.add("seq >", self.border(collection, border)?);
            }
            all.add("changed_on >=", from);
        }
        if let Some(Timestamp(to)) = filter.to {
            all.add("seq <=", self.border(collection, to.saturating_add(DISORDER))?);
            all.add("changed_on <=", to);
        }
        Ok(all)
    }

    /// A place whose line is not after `time` while the next one is. Before the first line is as before all time, behind
    /// the last as after it.
    fn border(&self, collection: CollectionId, time: i64) -> Result<i64> {
        let sql = self.known().sql(collection);
        let (mut low, mut high) = (0, self.number(&sql.history_head, &[])? + 1);
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            let row = self.row(&sql.history_time, params![middle])?;
            let place = |row| -> Result<_> { Ok((Cells(&row).int(0)?, Cells(&row).int(1)?)) };
            match row.map(place).transpose()? {
                Some((seq, on)) if seq < high && on <= time => low = seq,
                _ => high = middle,
            }
        }
        Ok(low)
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
        lines.values.push(signed(limit).into());
        let last = lines.values.len();
        let sql = format!("SELECT {HISTORY} FROM {table} {wanted} ORDER BY seq DESC LIMIT ${last}");
        self.rows(&sql, &lines.values)?.iter().map(change).collect()
    }

    fn history_count(&mut self, collection: CollectionId, filter: &HistoryFilter<'_>) -> Result<u64> {
        if let Some(record) = filter.record {
            return self.count_of_record(collection, (record, filter));
        }
        let lines = self.conditions(collection, filter)?;
        let (table, wanted) = (&self.known().sql(collection).history_table, lines.text());
        let count = self.number(&format!("SELECT count(*) FROM {table} {wanted}"), &lines.values)?;
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
}

impl WriteHistory for Session<'_> {
    fn prune_history(&mut self, collection: CollectionId, before: Timestamp, limit: u64) -> Result<u64> {
        self.whole(|session| session.prune(collection, before, limit))
    }
}
