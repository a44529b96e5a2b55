//! The bare loop on SQLite that an import is compared with.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

const PER_TRANSACTION: usize = 1000;

/// A table with its rows.
struct Table {
    insert: String,
    rows: Vec<Vec<Value>>,
}

/// Writes the rows of the server's tables into others like them; how long that takes.
///
/// # Errors
/// When the server has left other rows than it should have.
pub(super) fn write(folder: &Path, count: u64) -> anyhow::Result<Duration> {
    let database = folder.join("data/stockyard.db");
    let from = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let number: i64 = from.query_row(
        "SELECT id FROM collections WHERE name = 'app:flights'",
        [],
        |row| row.get(0),
    )?;
    let mut to = Connection::open(folder.join("peer.db"))?;
    let page: i64 = from.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    to.pragma_update(None, "page_size", page)?;
    to.pragma_update(None, "journal_mode", "WAL")?;
    to.pragma_update(None, "synchronous", "FULL")?;
    to.pragma_update(None, "cache_size", -(24 << 10))?;
    to.pragma_update(None, "wal_autocheckpoint", 4096)?;
    let (records, history) = (format!("r{number}"), format!("h{number}"));
    let entries =
        format!("index_id IN (SELECT id FROM record_indexes WHERE collection = {number}) ORDER BY rid");
    let tables = [
        table(&from, &to, &records, "1 ORDER BY rid")?,
        table(&from, &to, &history, "1 ORDER BY seq")?,
        table(&from, &to, "index_entries", &entries)?,
    ];
    ensure!(
        tables[0].rows.len() as u64 == count,
        "the server has {} flights",
        tables[0].rows.len()
    );
    let begun = Instant::now();
    let each = tables[2].rows.len() / tables[0].rows.len().max(1);
    for first in (0..tables[0].rows.len()).step_by(PER_TRANSACTION) {
        let tx = to.transaction()?;
        let last = (first + PER_TRANSACTION).min(tables[0].rows.len());
        for (table, factor) in tables.iter().zip([1, 1, each]) {
            let mut insert = tx.prepare_cached(&table.insert)?;
            let end = if last == tables[0].rows.len() {
                table.rows.len()
            } else {
                last * factor
            };
            for row in &table.rows[first * factor..end] {
                insert.execute(params_from_iter(row))?;
            }
        }
        tx.commit()?;
    }
    Ok(begun.elapsed())
}

fn table(from: &Connection, to: &Connection, name: &str, condition: &str) -> anyhow::Result<Table> {
    let sql: String = from.query_row(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?1",
        [name],
        |row| row.get(0),
    )?;
    to.execute_batch(&sql)?;
    let mut select = from.prepare(&format!("SELECT * FROM {name} WHERE {condition}"))?;
    let columns = select.column_count();
    let rows = select.query_map([], |row| (0..columns).map(|place| row.get(place)).collect())?;
    Ok(Table {
        insert: format!("INSERT INTO {name} VALUES ({})", vec!["?"; columns].join(",")),
        rows: rows.collect::<rusqlite::Result<_>>()?,
    })
}
