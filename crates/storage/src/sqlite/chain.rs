//! The changes of one record: its row names its newest line of history, and each line the one before.
//!
//! An index of lines by record would cost every write a page of its own, in a random place; the line before is named where
//! the write is anyway. A record that is removed leaves the end of its list in the table `gone`, for whoever asks for it
//! and for a record of the same id that comes later. Pruning takes the oldest lines away: a list ends where a line is
//! missing, so what is left has to be counted, while a list that was never pruned knows how long it is.

use model::{ChangeEvent, CollectionId, HistorySeq, Timestamp};
use rusqlite::{CachedStatement, OptionalExtension, Row, params};

use super::Session;
use crate::{Error, Result};

/// The statements of one collection.
pub(super) struct ChainSql {
    of_record: String,
    forget_gone: String,
    leave_gone: String,
    /// Removes the ends of lists that are among the lines up to a place.
    pub(super) prune_gone: String,
    /// Removes the ends of lists whose records are among the oldest lines, up to a number.
    pub(super) sweep_gone: String,
    line: String,
    prev: String,
    first: String,
}

impl ChainSql {
    /// The statements of `collection`.
    pub(super) fn of(collection: CollectionId) -> Self {
        let (r, h) = (format!("r{collection}"), format!("h{collection}"));
        let gone = Self::gone(collection);
        Self {
            of_record: format!(
                "SELECT last_seq, lines FROM {r} WHERE id = ?1
                 UNION ALL SELECT seq, lines FROM {gone} AND id = ?1 LIMIT 1"
            ),
            forget_gone: format!("DELETE FROM {gone} AND id = ?1"),
            leave_gone: format!(
                "INSERT INTO gone (collection, id, seq, lines) VALUES ({collection}, ?1, ?2, ?3)"
            ),
            prune_gone: format!(
                "DELETE FROM {gone} AND id IN (SELECT id FROM {h} WHERE seq <= ?1) AND seq <= ?1"
            ),
            sweep_gone: format!("DELETE FROM {gone} AND id IN (SELECT id FROM {h} ORDER BY seq LIMIT ?1)"),
            line: format!("SELECT prev, event, changed_on FROM {h} WHERE seq = ?1"),
            prev: format!("SELECT prev FROM {h} WHERE seq = ?1 AND id = ?2"),
            first: format!("SELECT min(seq) FROM {h}"),
        }
    }

    /// Where the ends of lists lie whose records were removed; to be followed by `AND`.
    pub(super) fn gone(collection: CollectionId) -> String {
        format!("gone WHERE collection = {collection}")
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

fn chain(row: &Row<'_>) -> rusqlite::Result<Chain> {
    Ok(Chain {
        last: row.get(0)?,
        lines: row.get(1)?,
    })
}

/// A line without what is long in it.
pub(super) struct Line {
    /// Its place.
    pub(super) seq: HistorySeq,
    /// What happened.
    pub(super) event: ChangeEvent,
    /// When.
    pub(super) on: Timestamp,
}

/// Lines of one record, newest first.
pub(super) struct Lines<'c> {
    line: CachedStatement<'c>,
    next: Option<i64>,
    /// Those that are not before this place are passed over.
    before: i64,
}

impl Lines<'_> {
    /// The next one.
    pub(super) fn step(&mut self) -> Result<Option<Line>> {
        while let Some(seq) = self.next.take() {
            let read = |row: &Row<'_>| {
                let event = ChangeEvent::parse(row.get_ref(1)?.as_str()?);
                Ok((row.get::<_, Option<i64>>(0)?, event, Timestamp(row.get(2)?)))
            };
            let Some((prev, event, on)) = self.line.query_row([seq], read).optional()? else {
                return Ok(None);
            };
            // Only damage could name a later line, and lead round in circles.
            self.next = prev.filter(|prev| *prev < seq);
            if seq < self.before {
                let event =
                    event.ok_or_else(|| Error::Damaged(format!("event of line {seq} of a history")))?;
                let seq = HistorySeq(seq);
                return Ok(Some(Line { seq, event, on }));
            }
        }
        Ok(None)
    }
}

impl<'c> Session<'c> {
    /// The list of a record, of one that is gone too.
    pub(super) fn chain_of(&self, collection: CollectionId, id: &str) -> Result<Chain> {
        let sql = self.known().sql(collection);
        let found = self
            .prepared(&sql.chains.of_record)?
            .query_row([id], chain)
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    /// Takes away the end of a list that a record to be created goes on with.
    pub(super) fn forget_gone(&mut self, collection: CollectionId, id: &str) -> Result<()> {
        let sql = self.known().sql(collection);
        self.prepared(&sql.chains.forget_gone)?.execute([id])?;
        Ok(())
    }

    /// Keeps the end of the list of a record that is removed.
    pub(super) fn leave_gone(&mut self, collection: CollectionId, id: &str, chain: Chain) -> Result<()> {
        let sql = self.known().sql(collection);
        if let Some(last) = chain.last {
            self.prepared(&sql.chains.leave_gone)?
                .execute(params![id, last, chain.lines])?;
        }
        Ok(())
    }

    /// How many lines of a list are there.
    pub(super) fn count_chain(&self, collection: CollectionId, chain: Chain) -> Result<u64> {
        let sql = self.known().sql(collection);
        let first: Option<i64> = self
            .prepared(&sql.chains.first)?
            .query_row([], |row| row.get(0))?;
        // Places begin with 1, and pruning begins there.
        if first == Some(1) {
            return Ok(chain.lines.unsigned_abs());
        }
        let (mut lines, mut count) = (self.lines_of(collection, chain)?, 0);
        while lines.step()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    /// The lines of a list.
    pub(super) fn lines_of(&self, collection: CollectionId, chain: Chain) -> Result<Lines<'c>> {
        let sql = self.known().sql(collection);
        Ok(Lines {
            line: self.prepared(&sql.chains.line)?,
            next: chain.last,
            before: i64::MAX,
        })
    }

    /// The lines of a record from before a place.
    pub(super) fn lines_before(
        &self,
        collection: CollectionId,
        id: &str,
        before: Option<i64>,
    ) -> Result<Lines<'c>> {
        let before = before.unwrap_or(i64::MAX);
        let sql = self.known().sql(collection);
        // Mostly the place is one of the record's own, and its line names the one before.
        let mut prev = self.prepared(&sql.chains.prev)?;
        let prev = prev.query_row(params![before, id], |row| row.get(0)).optional()?;
        let next = match prev {
            Some(prev) => prev,
            None => self.chain_of(collection, id)?.last,
        };
        let line = self.prepared(&sql.chains.line)?;
        Ok(Lines { line, next, before })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jsonb::{Jsonb, Limits};
    use model::{CollectionId, Stamp, Timestamp};
    use rusqlite::Connection;

    use super::super::session::Known;
    use super::super::{connection, migrate};
    use super::Session;
    use crate::tables::WriteRecords;
    use crate::tables::records::{Expect, Put, Written};

    /// A page in the log, and what stands before it.
    const FRAME: u64 = connection::PAGE as u64 + 24;

    fn opened(path: &Path) -> Connection {
        let mut connection = connection::opened(path).unwrap();
        connection::set_up_writer(&connection, 8 << 10, None).unwrap();
        connection.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
        migrate::migrate(&mut connection).unwrap();
        connection
    }

    fn put(session: &mut Session<'_>, n: u64) {
        let body = Jsonb::parse(b"[1]", &Limits::default()).unwrap();
        // Neighbours are far apart.
        let (id, expect) = (
            &format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            Expect::Any,
        );
        let (label, archived, tags, body, stamp) =
            ("", false, &[][..], &body, &Stamp::new(Timestamp(1), "u"));
        let job = None;
        #[rustfmt::skip]
        let put = Put { id, expect, label, archived, tags, body, stamp, job };
        let written = session.put_record(CollectionId(1), &put).unwrap();
        assert!(matches!(written, Written::Done { .. }));
    }

    /// How many of these puts, each in a transaction of its own, write more than so many pages.
    fn more_than(
        pages: u64,
        path: &Path,
        session: &mut Session<'_>,
        puts: impl Iterator<Item = u64>,
    ) -> usize {
        let log = path.with_extension("db-wal");
        let length = || std::fs::metadata(&log).unwrap().len();
        let more = puts.filter(|n| {
            let before = length();
            put(session, *n);
            (length() - before) / FRAME > pages
        });
        more.count()
    }

    /// The record and the line of history; where it is new, the index of ids too. A full page now and then takes more.
    #[test]
    fn a_put_writes_no_page_for_the_chain() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s.db");
        let (connection, known) = (opened(&path), Known::default());
        let mut session = Session::new(&connection, &known);
        session.ensure_collection("c").unwrap();
        connection.execute_batch("BEGIN").unwrap();
        (0..5000).for_each(|n| put(&mut session, n));
        connection.execute_batch("COMMIT").unwrap();
        let updates = more_than(2, &path, &mut session, (0..5000).step_by(53));
        assert!(updates < 15, "{updates} of 95 updates wrote more than two pages");
        let creations = more_than(3, &path, &mut session, 5000..5100);
        assert!(
            creations < 20,
            "{creations} of 100 creations wrote more than three pages"
        );
    }
}
