//! The filtered listing of all jobs, newest first.
//!
//! The condition is put together from fixed pieces, one per restriction given; there are few combinations in use, each
//! prepared once.

use model::job::Status;
use model::{Job, JobSeq, Page, PageOf};

use super::read;
use crate::Result;
use crate::postgres::Session;
use crate::postgres::value::{Value, signed};
use crate::tables::jobs::{JobFilter, TimeRange};

pub(super) fn jobs(session: &Session<'_>, filter: &JobFilter, page: Page) -> Result<PageOf<Job>> {
    let mut condition = Condition::of(filter);
    let count = format!("SELECT count(*) FROM jobs WHERE {}", condition.text);
    let total = session.aside().number(&count, &condition.values)?.unsigned_abs();
    condition.both("seq < ?", filter.behind.map(|JobSeq(seq)| seq));
    let [size, offset] = [page.size, page.offset()].map(|bound| condition.parameter(signed(bound)));
    let sql = format!(
        "SELECT seq FROM jobs WHERE {} ORDER BY seq DESC LIMIT {size} OFFSET {offset}",
        condition.text
    );
    let seqs = read::seqs(session, &sql, &condition.values)?;
    let entries = read::these(session, &seqs)?;
    Ok(PageOf { entries, total })
}

/// The text after WHERE and its parameters in order.
struct Condition<'a> {
    text: String,
    values: Vec<Value<'a>>,
}

impl<'a> Condition<'a> {
    fn of(filter: &'a JobFilter) -> Self {
        let mut condition = Self {
            text: "true".to_owned(),
            values: Vec::new(),
        };
        condition.both("seq = ?", filter.seq.map(|JobSeq(seq)| seq));
        condition.both("request_id = ?", filter.request_id.as_ref().map(|id| id.as_str()));
        condition.both("run_by = ?", filter.run_by.as_deref());
        condition.both("run_by = ?", filter.visible_to.as_deref());
        let words = |words: &'a Vec<String>| words.iter().map(String::as_str).collect();
        condition.among("kind = ANY(?)", filter.kinds.as_ref().map(words));
        condition.among("queue = ANY(?)", filter.queues.as_ref().map(words));
        let statuses = |list: &Vec<Status>| list.iter().map(|status| status.as_str()).collect();
        condition.among("status = ANY(?)", filter.statuses.as_ref().map(statuses));
        condition.within(["created >= ?", "created <= ?"], filter.created);
        condition.within(["updated >= ?", "updated <= ?"], filter.updated);
        condition.within(["started >= ?", "started <= ?"], filter.started);
        condition.within(["ended >= ?", "ended <= ?"], filter.ended);
        condition.both(
            "(failed > 0 OR status IN ('failed', 'rejected')) = ?",
            filter.has_errors,
        );
        condition
    }

    fn within(&mut self, [from, to]: [&'static str; 2], range: TimeRange) {
        self.both(from, range.from.map(|time| time.0));
        self.both(to, range.to.map(|time| time.0));
    }

    fn among(&mut self, piece: &'static str, words: Option<Vec<&'a str>>) {
        self.both(piece, words.map(crate::postgres::value::texts));
    }

    fn both<V: Into<Value<'a>>>(&mut self, piece: &'static str, value: Option<V>) {
        if let Some(value) = value {
            let parameter = self.parameter(value);
            self.text.push_str(" AND ");
            self.text.push_str(&piece.replace('?', &parameter));
        }
    }

    /// Adds a value and answers what stands for it in the text.
    fn parameter(&mut self, value: impl Into<Value<'a>>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }
}
