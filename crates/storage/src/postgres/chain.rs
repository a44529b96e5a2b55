//! The changes of one record: its row names its newest line of history, and each line the one before.
//!
//! As on SQLite, this takes the place of an index of lines by record. Following a list line by line would cost an
//! exchange with the server for each, so the server follows it and answers a stretch at a time.

use std::collections::VecDeque;

use model::{ChangeEvent, CollectionId, HistorySeq, Timestamp};

use super::Session;
use super::value::{Cells, params};
use crate::{Error, Result};

/// Lines of a first stretch; each further one is four times as long, up to [`LONGEST`].
const SHORTEST: i64 = 8;
const LONGEST: i64 = 2048;

/// The statements of one collection.
pub(super) struct ChainSql {
    of_record: String,
    /// Removes the ends of lists that are among the lines up to a place.
    pub(super) prune_gone: String,
    /// Removes the ends of lists whose records are among the oldest lines, up to a number.
    pub(super) sweep_gone: String,
    stretch: String,
    prev: String,
    first: String,
}

impl ChainSql {
    /// The statements of `collection`.
    pub(super) fn of(collection: CollectionId) -> Self {
        let (r, h) = (format!("r{collection}"), format!("h{collection}"));
        let gone = format!("gone WHERE collection = {collection}");
        Self {
            of_record: format!(
                "SELECT last_seq, lines FROM {r} WHERE id = $1
                 UNION ALL SELECT seq, lines FROM {gone} AND id = $1 LIMIT 1"
            ),
            prune_gone: format!(
                "DELETE FROM {gone} AND id IN (SELECT id FROM {h} WHERE seq <= $1) AND seq <= $1"
            ),
            sweep_gone: format!("DELETE FROM {gone} AND id IN (SELECT id FROM {h} ORDER BY seq LIMIT $1)"),
            // Only damage could name a later line, and lead round in circles.
            stretch: format!(
                "WITH RECURSIVE chain AS (
                    SELECT seq, prev, event, changed_on, 1::bigint AS n FROM {h} WHERE seq = $1
                    UNION ALL
                    SELECT l.seq, l.prev, l.event, l.changed_on, n + 1 FROM chain c JOIN {h} l ON l.seq = c.prev
                    WHERE c.prev < c.seq AND n < $2)
                 SELECT seq, prev, event, changed_on FROM chain ORDER BY seq DESC"
            ),
            prev: format!("SELECT prev FROM {h} WHERE seq = $1 AND id = $2"),
            first: format!("SELECT min(seq) FROM {h}"),
        }
    }
}

/// The list of a record's changes, as far as its newest end tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chain {
    /// The newest line.
    pub(super) last: Option<i64>,
    /// How many lines were ever appended.
    pub(super) lines: i64,
}

impl Chain {
    /// With a line appended; 0 is none, where no history is kept.
    pub(super) fn with(self, seq: HistorySeq) -> Self {
        match seq.0 {
            0 => self,
            seq => Self {
                last: Some(seq),
                lines: self.lines + 1,
            },
        }
    }
}

/// A line without what is long in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Its place.
    pub(super) seq: HistorySeq,
    /// What happened.
    pub(super) event: ChangeEvent,
    /// When.
    pub(super) on: Timestamp,
}

/// Lines of one record, newest first.
pub(super) struct Lines {
    collection: CollectionId,
    fetched: VecDeque<Line>,
    next: Option<i64>,
    stretch: i64,
    /// Those that are not before this place are passed over.
    before: i64,
}

impl Lines {
    fn new(collection: CollectionId, next: Option<i64>, before: i64) -> Self {
        Self {
            collection,
            fetched: VecDeque::new(),
            next,
            stretch: SHORTEST,
            before,
        }
    }

    /// The next one.
    pub(super) fn step(&mut self, session: &Session<'_>) -> Result<Option<Line>> {
        loop {
            while let Some(line) = self.fetched.pop_front() {
                if line.seq.0 < self.before {
                    return Ok(Some(line));
                }
            }
            let Some(from) = self.next.take() else {
                return Ok(None);
            };
            self.fetch(session, from)?;
        }
    }

    fn fetch(&mut self, session: &Session<'_>, from: i64) -> Result<()> {
        let sql = session.known().sql(self.collection);
        for row in &session.rows(&sql.chains.stretch, params![from, self.stretch])? {
            let row = Cells(row);
            let (seq, event) = (row.int(0)?, row.text(2)?);
            self.next = row.opt_int(1)?.filter(|prev| *prev < seq);
            let unknown = || Error::Damaged(format!("event of line {seq} of a history"));
            self.fetched.push_back(Line {
                seq: HistorySeq(seq),
                event: ChangeEvent::parse(&event).ok_or_else(unknown)?,
                on: Timestamp(row.int(3)?),
            });
        }
        self.stretch = (self.stretch * 4).min(LONGEST);
        Ok(())
    }
}

impl Session<'_> {
    /// The list of a record, of one that is gone too.
    pub(super) fn chain_of(&self, collection: CollectionId, id: &str) -> Result<Chain> {
        let sql = self.known().sql(collection);
        let Some(row) = self.row(&sql.chains.of_record, params![id])? else {
            return Ok(Chain::default());
        };
        Ok(Chain {
            last: Cells(&row).opt_int(0)?,
            lines: Cells(&row).int(1)?,
        })
    }

    /// How many lines of a list are there.
    pub(super) fn count_chain(&self, collection: CollectionId, chain: Chain) -> Result<u64> {
        let sql = self.known().sql(collection);
        let first = self.row(&sql.chains.first, &[])?;
        let first = first.map(|row| Cells(&row).opt_int(0)).transpose()?.flatten();
        // Places begin with 1, and pruning begins there.
        if first == Some(1) {
            return Ok(chain.lines.unsigned_abs());
        }
        let (mut lines, mut count) = (self.lines_of(collection, chain), 0);
        while lines.step(self)?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    /// The lines of a list.
    pub(super) fn lines_of(&self, collection: CollectionId, chain: Chain) -> Lines {
        Lines::new(collection, chain.last, i64::MAX)
    }

    /// The lines of a record from before a place.
    pub(super) fn lines_before(
        &self,
        collection: CollectionId,
        id: &str,
        before: Option<i64>,
    ) -> Result<Lines> {
        let sql = self.known().sql(collection);
        // Mostly the place is one of the record's own, and its line names the one before.
        let prev = match before {
            Some(before) => self.row(&sql.chains.prev, params![before, id])?,
            None => None,
        };
        let next = match prev {
            Some(prev) => Cells(&prev).opt_int(0)?,
            None => self.chain_of(collection, id)?.last,
        };
        Ok(Lines::new(collection, next, before.unwrap_or(i64::MAX)))
    }
}
