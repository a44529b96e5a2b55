//! The peer of an ingest: a bare loop on SQLite that leaves the same rows behind.
//!
//! It is what one would write for this one job: it makes its operations in memory instead of unpacking and reading a
//! file, knows no callers, leases, stops or blocked articles, and tells nobody how far it is. Page size, cache,
//! durability and the size of transactions are those of the server.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Transaction, params};

use crate::catalogue::{self, FEATURE, Operation};

const PER_TRANSACTION: usize = 1000;
const BY: &str = "admin@example.com";

const SCHEMA: &str = "
    CREATE TABLE records (
        rid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, label TEXT NOT NULL,
        created_on INTEGER NOT NULL, created_by TEXT NOT NULL, modified_on INTEGER NOT NULL, modified_by TEXT NOT NULL,
        archived INTEGER NOT NULL, tags TEXT NOT NULL, body BLOB NOT NULL) STRICT;
    CREATE TABLE history (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, event TEXT NOT NULL,
        changed_on INTEGER NOT NULL, changed_by TEXT NOT NULL, job INTEGER, body BLOB NOT NULL) STRICT;
    CREATE INDEX history_by_id ON history (id);
    CREATE TABLE items (
        job INTEGER NOT NULL, number INTEGER NOT NULL, key TEXT NOT NULL, state INTEGER NOT NULL, detail TEXT,
        PRIMARY KEY (job, number)) STRICT, WITHOUT ROWID;";
const INSERT: &str = "INSERT INTO records
    (id, version, label, created_on, created_by, modified_on, modified_by, archived, tags, body)
    VALUES (?1, 1, '', ?2, ?3, ?2, ?3, 0, '', jsonb(?4)) RETURNING body";
const OLD: &str = "SELECT version, jsonb_set(body, ?2, ?3) FROM records WHERE id = ?1";
const UPDATE: &str = "UPDATE records SET version = version + 1, modified_on = ?3, modified_by = ?4, body = ?5
    WHERE id = ?1 AND version = ?2";
const HISTORY: &str = "INSERT INTO history (id, version, event, changed_on, changed_by, job, body)
    VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)";
const ITEM: &str = "INSERT INTO items (job, number, key, state, detail) VALUES (1, ?1, ?2, 0, NULL)";

/// See the module.
pub(crate) struct Peer {
    connection: Connection,
    number: i64,
}

impl Peer {
    /// An empty database in `folder`.
    pub(crate) fn new(folder: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(folder.join("peer.db"))?;
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -(24 << 10))?;
        // As long as the server lets its log grow.
        connection.pragma_update(None, "wal_autocheckpoint", 4096)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self {
            connection,
            number: 0,
        })
    }

    /// Carries out the operations.
    pub(crate) fn carry_out(&mut self, operations: impl Iterator<Item = Operation>) -> rusqlite::Result<()> {
        let mut operations = operations.peekable();
        let path = format!("$.{FEATURE}");
        while operations.peek().is_some() {
            let tx = self.connection.transaction()?;
            for operation in operations.by_ref().take(PER_TRANSACTION) {
                one(&tx, self.number, &operation, &path)?;
                self.number += 1;
            }
            tx.commit()?;
        }
        Ok(())
    }

    /// How many records, lines of history and versions there are.
    pub(crate) fn counts(&self) -> rusqlite::Result<[i64; 3]> {
        counts(&self.connection, "records", "history")
    }
}

fn one(tx: &Transaction<'_>, number: i64, operation: &Operation, path: &str) -> rusqlite::Result<()> {
    let (id, version, event, body) = match operation {
        Operation::Create { id } => {
            let key = id.to_string();
            let row = params![key, number, BY, catalogue::article(*id)];
            let body: Vec<u8> = tx.prepare_cached(INSERT)?.query_row(row, |row| row.get(0))?;
            (key, 1, "created", body)
        }
        Operation::Replace { id, value } => {
            let key = id.to_string();
            let (version, body): (i64, Vec<u8>) = tx
                .prepare_cached(OLD)?
                .query_row(params![key, path, value], |row| Ok((row.get(0)?, row.get(1)?)))?;
            tx.prepare_cached(UPDATE)?
                .execute(params![key, version, number, BY, body])?;
            (key, version + 1, "updated", body)
        }
    };
    tx.prepare_cached(HISTORY)?
        .execute(params![id, version, event, number, BY, body])?;
    tx.prepare_cached(ITEM)?.execute(params![number, id])?;
    Ok(())
}

/// What the database of a server holds, which must have stopped: articles, lines of their history, the sum of the
/// versions.
pub(crate) fn counts_of_articles(folder: &Path) -> rusqlite::Result<[i64; 3]> {
    let database = folder.join("data/stockyard.db");
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let number = "SELECT id FROM collections WHERE name = 'articles'";
    let table: i64 = connection.query_row(number, [], |row| row.get(0))?;
    counts(&connection, &format!("r{table}"), &format!("h{table}"))
}

/// What a database holds: records, lines of history, the sum of the versions.
fn counts(connection: &Connection, records: &str, history: &str) -> rusqlite::Result<[i64; 3]> {
    let count = |sql: String| connection.query_row(&sql, [], |row| row.get(0));
    Ok([
        count(format!("SELECT count(*) FROM {records}"))?,
        count(format!("SELECT count(*) FROM {history}"))?,
        count(format!("SELECT coalesce(sum(version), 0) FROM {records}"))?,
    ])
}
