//! The floor: the least that a durable queue on SQLite can be, in one thread of this process. Each batch of ten is sent,
//! received and deleted in a transaction of its own, each of them on disk before the next.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::BATCH;

const TABLE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE messages (seq INTEGER PRIMARY KEY, ready_at INTEGER NOT NULL, body TEXT NOT NULL);
    CREATE INDEX messages_ready ON messages (ready_at, seq);";

/// See the module.
pub(super) struct Loop {
    connection: Connection,
    now: i64,
}

impl Loop {
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(folder.join("queue.db"))?;
        connection.execute_batch(TABLE)?;
        Ok(Self { connection, now: 0 })
    }

    /// Messages per second.
    pub(super) fn rate(&mut self, time: Duration) -> anyhow::Result<f64> {
        let (begun, mut done) = (Instant::now(), 0);
        while begun.elapsed() < time {
            done += self.round()?;
        }
        Ok(done as f64 / begun.elapsed().as_secs_f64())
    }

    fn round(&mut self) -> anyhow::Result<usize> {
        self.now += 1;
        let sent = self.connection.transaction()?;
        for _ in 0..BATCH {
            let mut insert = sent.prepare_cached("INSERT INTO messages (ready_at, body) VALUES (?1, ?2)")?;
            insert.execute(params![
                self.now,
                "a message of about sixty bytes, as many of them are, no more"
            ])?;
        }
        sent.commit()?;
        let taken = self.connection.transaction()?;
        let found: Vec<i64> = {
            let mut ready = taken.prepare_cached(
                "SELECT seq, body FROM messages WHERE ready_at <= ?1 ORDER BY ready_at, seq LIMIT ?2",
            )?;
            let rows = ready.query_map(params![self.now, BATCH as i64], |row| {
                row.get::<_, String>(1)?;
                row.get(0)
            })?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        for seq in &found {
            let mut hold = taken.prepare_cached("UPDATE messages SET ready_at = ?2 WHERE seq = ?1")?;
            hold.execute([*seq, i64::MAX])?;
        }
        taken.commit()?;
        let deleted = self.connection.transaction()?;
        for seq in &found {
            deleted
                .prepare_cached("DELETE FROM messages WHERE seq = ?1")?
                .execute([*seq])?;
        }
        deleted.commit()?;
        Ok(found.len())
    }
}
