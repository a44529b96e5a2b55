//! Looking through a history by time, on either backend.
//!
//! A line's place says nothing exact about its time: a clock may be set back, and writes of one group have stamps of their
//! own. But lines are no further out of order than [`DISORDER`], so a stretch of time lies within a stretch of places,
//! which a search by halves finds, as every line's own time then says whether it belongs there.

use model::{ChangeEvent, HistorySeq, Timestamp};
use query::Direction;

use crate::Result;
use crate::tables::history::{HistoryFilter, JobLines};

/// How far lines may be out of order of time, in milliseconds: a day.
const DISORDER: i64 = 24 * 60 * 60 * 1000;

/// A line without its content: its place, what happened, and when.
pub(crate) type Line = (HistorySeq, ChangeEvent, Timestamp);

/// Conditions on lines, and the values in them.
pub(crate) struct Conditions {
    /// What stands before the number of a value.
    mark: char,
    sql: Vec<String>,
    pub(crate) values: Vec<i64>,
}

impl Conditions {
    /// `condition` lacks its right side, which is the value.
    pub(crate) fn add(&mut self, condition: &str, value: i64) {
        let value = self.value(value);
        self.sql.push(format!("{condition} {value}"));
    }

    /// Adds a value; answers what stands for it.
    pub(crate) fn value(&mut self, value: i64) -> String {
        self.values.push(value);
        format!("{}{}", self.mark, self.values.len())
    }

    pub(crate) fn text(&self) -> String {
        if self.sql.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", self.sql.join(" AND "))
        }
    }
}

/// Those of a filter that names no record. `mark` stands before the number of a value; `border` is [`border`] of the
/// collection.
pub(crate) fn conditions(
    filter: &HistoryFilter<'_>,
    mark: char,
    border: impl Fn(i64) -> Result<i64>,
) -> Result<Conditions> {
    let (sql, values) = (Vec::new(), Vec::new());
    let mut all = Conditions { mark, sql, values };
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
        if let Some(time) = from.checked_sub(DISORDER + 1) {
            all.add("seq >", border(time)?);
        }
        all.add("changed_on >=", from);
    }
    if let Some(Timestamp(to)) = filter.to {
        all.add("seq <=", border(to.saturating_add(DISORDER))?);
        all.add("changed_on <=", to);
    }
    Ok(all)
}

/// Those of up to `limit` lines of a job, and what stands behind the name of the table.
pub(crate) fn of_job(
    asked: &JobLines,
    limit: i64,
    (mark, border): (char, impl Fn(i64) -> Result<i64>),
) -> Result<(Conditions, String)> {
    let filter = HistoryFilter {
        from: Some(asked.from),
        ..HistoryFilter::default()
    };
    let mut all = conditions(&filter, mark, border)?;
    all.add("job =", asked.job.0);
    let (beyond, order) = match asked.direction {
        Direction::Descending => ("seq <", "DESC"),
        Direction::Ascending => ("seq >", "ASC"),
    };
    if let Some(HistorySeq(place)) = asked.beyond {
        all.add(beyond, place);
    }
    let (wanted, last) = (all.text(), all.value(limit));
    Ok((all, format!("{wanted} ORDER BY seq {order} LIMIT {last}")))
}

/// A place whose line is not after `time` while the next one is. Before the first line is as before all time, behind
/// the last, whose place is `head`, as after it. `from` finds the first line from a place on, its place and its time.
pub(crate) fn border(
    head: i64,
    time: i64,
    mut from: impl FnMut(i64) -> Result<Option<(i64, i64)>>,
) -> Result<i64> {
    let (mut low, mut high) = (0, head + 1);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        match from(middle)? {
            Some((seq, on)) if seq < high && on <= time => low = seq,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// Up to `limit` of the lines of a record that fit a filter, newest first, as `step` gives them.
pub(crate) fn places(
    filter: &HistoryFilter<'_>,
    limit: u64,
    mut step: impl FnMut() -> Result<Option<Line>>,
) -> Result<Vec<HistorySeq>> {
    let mut places = Vec::new();
    while (places.len() as u64) < limit
        && let Some((seq, event, on)) = step()?
        && !is_past(filter, on)
    {
        if fits(filter, event, on) {
            places.push(seq);
        }
    }
    Ok(places)
}

/// Whether every line of a record fits the rest of the filter.
pub(crate) fn takes_all(filter: &HistoryFilter<'_>) -> bool {
    (filter.events, filter.from, filter.to) == (None, None, None)
}

/// Whether a line of the record that is asked for fits the rest of the filter.
fn fits(filter: &HistoryFilter<'_>, event: ChangeEvent, on: Timestamp) -> bool {
    filter.events.is_none_or(|events| events.contains(&event))
        && filter.from.is_none_or(|from| from <= on)
        && filter.to.is_none_or(|to| on <= to)
}

/// Whether no line before one of this time can be in the stretch of time.
fn is_past(filter: &HistoryFilter<'_>, on: Timestamp) -> bool {
    filter
        .from
        .is_some_and(|from| on.0 < from.0.saturating_sub(DISORDER))
}
