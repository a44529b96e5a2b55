//! The file of the write-ahead log, brought to its working length before it is needed.
//!
//! A flush of a file that has grown writes its new length too, which on most file systems is a commit of their own: a
//! lone write costs two flushes instead of one. So zeros are laid down up to the length at which the log is folded, in
//! quiet moments and a piece at a time. To SQLite they are what any older content of the file is: frames whose salt is wrong.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

use rusqlite::Connection;

use crate::Result;

/// Laid down in one go: what a write that comes just then has to wait for.
const PIECE: u64 = 4 << 20;
const BLOCK: usize = 64 << 10;

/// What is still to be done to the file.
pub(super) struct LogFile {
    path: PathBuf,
    /// Bytes that it is to have; none once it has them, or when there is no room.
    length: Option<u64>,
}

impl LogFile {
    /// The log of this connection's database, to be `length` bytes long; 0 leaves it alone.
    pub(super) fn of(connection: &Connection, length: u64) -> Self {
        let path = connection.path().unwrap_or_default();
        Self {
            path: PathBuf::from(format!("{path}-wal")),
            length: (length > 0 && !path.is_empty()).then_some(length),
        }
    }

    /// Whether nothing is left to be done.
    pub(super) fn is_laid_out(&self) -> bool {
        self.length.is_none()
    }

    /// Lays down a piece. The write lock is held meanwhile, so that nobody else appends.
    pub(super) fn lay_out_a_piece(&mut self, connection: &Connection) {
        let Some(length) = self.length else {
            return;
        };
        match self.locked(connection, length) {
            Ok(true) => self.length = None,
            Ok(false) => {}
            Err(error) => {
                tracing::info!(%error, "the write-ahead log stays as long as it is");
                self.length = None;
            }
        }
    }

    fn locked(&self, connection: &Connection, length: u64) -> Result<bool> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let outcome = self.extend(length);
        connection.execute_batch("ROLLBACK")?;
        outcome.map_err(|source| crate::Error::Path {
            path: self.path.clone(),
            source,
        })
    }

    /// Whether it is long enough now. What did not fit is given back.
    fn extend(&self, length: u64) -> io::Result<bool> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        let from = file.seek(SeekFrom::End(0))?;
        let to = length.min(from.saturating_add(PIECE));
        if let Err(error) = write_zeros(&mut file, from, to) {
            file.set_len(from)?;
            return Err(error);
        }
        Ok(to >= length)
    }
}

fn write_zeros(file: &mut File, from: u64, to: u64) -> io::Result<()> {
    let zeros = [0; BLOCK];
    let mut left = to.saturating_sub(from);
    while left > 0 {
        let part = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
        file.write_all(&zeros[..part])?;
        left -= part as u64;
    }
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(directory: &std::path::Path) -> Connection {
        let connection = Connection::open(directory.join("a.db")).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.execute_batch("CREATE TABLE t (n)").unwrap();
        connection
    }

    fn rows(directory: &std::path::Path) -> i64 {
        let other = Connection::open(directory.join("a.db")).unwrap();
        other
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn it_reaches_its_length_by_pieces_and_commits_go_on_inside_it() {
        let directory = tempfile::tempdir().unwrap();
        let connection = log(directory.path());
        let length = 3 * PIECE;
        let mut file = LogFile::of(&connection, length);
        let mut pieces = 0;
        while !file.is_laid_out() {
            file.lay_out_a_piece(&connection);
            connection.execute_batch("INSERT INTO t VALUES (1)").unwrap();
            pieces += 1;
        }
        let path = directory.path().join("a.db-wal");
        assert_eq!(pieces, 3);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), length);
        assert_eq!(rows(directory.path()), 3);
        // What a killed process leaves behind: the database and this log.
        let copy = tempfile::tempdir().unwrap();
        for name in ["a.db", "a.db-wal"] {
            std::fs::copy(directory.path().join(name), copy.path().join(name)).unwrap();
        }
        assert_eq!(rows(copy.path()), 3);
    }

    #[test]
    fn somebody_elses_write_transaction_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let connection = log(directory.path());
        let other = log_of_another(directory.path());
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        let before = std::fs::metadata(directory.path().join("a.db-wal"))
            .unwrap()
            .len();
        let mut file = LogFile::of(&connection, 1 << 20);
        file.lay_out_a_piece(&connection);
        assert!(file.is_laid_out(), "it is not tried again and again");
        let after = std::fs::metadata(directory.path().join("a.db-wal"))
            .unwrap()
            .len();
        assert_eq!(before, after);
    }

    fn log_of_another(directory: &std::path::Path) -> Connection {
        Connection::open(directory.join("a.db")).unwrap()
    }

    #[test]
    fn what_cannot_be_opened_is_left_alone() {
        let connection = Connection::open_in_memory().unwrap();
        assert!(LogFile::of(&connection, 1 << 20).is_laid_out());
    }
}
