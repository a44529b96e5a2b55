//! The filtered listing of all jobs, newest first.
//!
//! The condition is put together from fixed pieces, one per restriction given, so that SQLite can take the index that
//! fits; there are few combinations in use, each prepared once. Lists of words travel as one JSON parameter.

use model::job::Status;
use model::{Job, JobSeq, Page, PageOf};
use rusqlite::types::Value;
use rusqlite::{Connection, Result, params_from_iter};

use super::listing;
use super::read;
use crate::numbers::signed;
use crate::tables::jobs::{JobFilter, TimeRange};

pub(super) fn jobs(conn: &Connection, filter: &JobFilter, page: Page) -> Result<PageOf<Job>> {
    let mut condition = Condition::of(filter);
    let count = format!("SELECT count(*) FROM jobs WHERE {}", condition.text);
    let total = listing::count(conn, &count, params_from_iter(&condition.values))?;
    condition.both("seq < ?", filter.behind.map(|JobSeq(seq)| seq));
    let sql = format!(
        "SELECT seq FROM jobs WHERE {} ORDER BY seq DESC LIMIT ? OFFSET ?",
        condition.text
    );
    let bounds = [signed(page.size), signed(page.offset())].map(Value::from);
    let values = condition.values.iter().chain(&bounds);
    let seqs = read::seqs(conn, &sql, params_from_iter(values))?;
    listing::page_of_jobs(conn, &seqs, total)
}

/// The text after WHERE and its parameters in order.
struct Condition {
    text: String,
    values: Vec<Value>,
}

impl Condition {
    fn of(filter: &JobFilter) -> Self {
        let mut condition = Self {
            text: "1".to_owned(),
            values: Vec::new(),
        };
        condition.both("seq = ?", filter.seq.map(|JobSeq(seq)| seq));
        condition.both(
            "request_id = ?",
            filter.request_id.as_ref().map(|id| id.as_str().to_owned()),
        );
        condition.both("run_by = ?", filter.run_by.clone());
        condition.both("run_by = ?", filter.visible_to.clone());
        condition.among("kind", filter.kinds.as_deref());
        condition.among("queue", filter.queues.as_deref());
        let words =
            |statuses: &Vec<Status>| statuses.iter().map(|s| s.as_str().to_owned()).collect::<Vec<_>>();
        condition.among("status", filter.statuses.as_ref().map(words).as_deref());
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

    fn both<V: Into<Value>>(&mut self, piece: &'static str, value: Option<V>) {
        if let Some(value) = value {
            self.text.push_str(" AND ");
            self.text.push_str(piece);
            self.values.push(value.into());
        }
    }

    fn among(&mut self, column: &'static str, words: Option<&[String]>) {
        if let Some(words) = words {
            self.text
                .push_str(&format!(" AND {column} IN (SELECT value FROM json_each(?))"));
            self.values
                .push(serde_json::Value::from(words.to_vec()).to_string().into());
        }
    }
}
