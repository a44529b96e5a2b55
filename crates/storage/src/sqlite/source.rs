//! A store that is moved elsewhere: its tables row by row, while nobody else writes.

use std::io;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row as Found, params_from_iter};

use super::lock::{ServeLock, try_lock};
use super::{Options, connection, migrate};
use crate::transfer::{Cell, Column, Kind, Row, Table};
use crate::{Error, Result};

/// The mark that tells this store from all others, made when it is moved for the first time.
const NAME: &str = "transfer";
const MAKE_NAME: &str = "INSERT OR IGNORE INTO marks (name, value) VALUES (?1, lower(hex(randomblob(16))))";
const TABLES: &str =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
/// What is said in another way there: steps of migrations, and what was dropped and is swept away by and by.
const LEFT_OUT: &[&str] = &["migrations", "dropped_indexes", "dropped_collections"];
const LAST_NUMBER: &str = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?1";

/// See the module.
pub(crate) struct Source {
    connection: Connection,
    _lock: ServeLock,
}

impl Source {
    /// Opens the store in `directory` for this process alone. It takes the steps of migrations that it lacks.
    pub(crate) fn open(directory: &Path) -> Result<Self> {
        let path = Options::new(directory).database();
        let unusable = |source| Error::Path {
            path: path.clone(),
            source,
        };
        if !path.is_file() {
            return Err(unusable(io::ErrorKind::NotFound.into()));
        }
        let lock = try_lock(directory)?.ok_or_else(|| Error::InUse {
            path: directory.to_owned(),
        })?;
        let mut connection = connection::opened(&path)?;
        migrate::identify(&connection, &path)?;
        connection::set_up_writer(&connection, 8 << 10, None)?;
        migrate::migrate(&mut connection)?;
        connection.execute(MAKE_NAME, [NAME])?;
        // Commands that write beside a server wait, and then are told that the store is busy.
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self {
            connection,
            _lock: lock,
        })
    }

    /// What tells this store from all others.
    pub(crate) fn name(&self) -> Result<String> {
        let sql = "SELECT value FROM marks WHERE name = ?1";
        Ok(self.connection.query_row(sql, [NAME], |row| row.get(0))?)
    }

    /// The numbers of all collections.
    pub(crate) fn collections(&self) -> Result<Vec<i64>> {
        let mut find = self
            .connection
            .prepare("SELECT id FROM collections ORDER BY id")?;
        let ids = find.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// The names of the tables that are to be moved.
    pub(crate) fn tables(&self) -> Result<Vec<String>> {
        let mut find = self.connection.prepare(TABLES)?;
        let names = find.query_map([], |row| row.get::<_, String>(0))?;
        let names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
        let dropped = self.dropped()?;
        let is_left_out = |name: &String| LEFT_OUT.contains(&name.as_str()) || dropped.contains(name);
        Ok(names.into_iter().filter(|name| !is_left_out(name)).collect())
    }

    /// Tables of collections that are gone.
    fn dropped(&self) -> Result<Vec<String>> {
        let mut find = self.connection.prepare("SELECT id FROM dropped_collections")?;
        let ids = find.query_map([], |row| row.get::<_, i64>(0))?;
        let ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
        Ok(ids
            .into_iter()
            .flat_map(|id| [format!("r{id}"), format!("h{id}")])
            .collect())
    }

    /// Whether a table has no rows.
    pub(crate) fn is_empty(&self, table: &str) -> Result<bool> {
        let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM \"{table}\")");
        Ok(self.connection.query_row(&sql, [], |row| row.get(0))?)
    }

    /// The table with the columns that this side has too; none when the table is not here.
    pub(crate) fn fitted(&self, table: &Table) -> Result<Option<Table>> {
        let mut find = self
            .connection
            .prepare("SELECT name FROM pragma_table_info(?1)")?;
        let names = find.query_map([&table.name], |row| row.get::<_, String>(0))?;
        let names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
        if names.is_empty() {
            return Ok(None);
        }
        let here = |column: &&Column| {
            expression(&table.name, &column.name).is_some() || names.contains(&column.name)
        };
        let columns: Vec<Column> = table.columns.iter().filter(here).cloned().collect();
        for name in &names {
            let there = |column: &Column| {
                column.name == *name || expression(&table.name, &column.name) == Some(name.as_str())
            };
            if !columns.iter().any(there) && !is_told_otherwise(&table.name, name) {
                let why = format!("column {name} of table {} has no place in PostgreSQL", table.name);
                return Err(Error::Unsuitable(why));
            }
        }
        Ok(Some(Table {
            columns,
            ..table.clone()
        }))
    }

    /// How many rows are to be moved.
    pub(crate) fn count(&self, table: &Table) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {}{}", table.name, condition(table, false));
        let count: i64 = self.connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// The greatest number that a table has given, whether its row is still there or not.
    pub(crate) fn last_number(&self, table: &str) -> Result<i64> {
        Ok(self
            .connection
            .query_row(LAST_NUMBER, [table], |row| row.get(0))?)
    }

    /// Shows the rows behind a key, or all, in the order of their keys, each with its key.
    pub(crate) fn each(
        &self,
        table: &Table,
        after: Option<&[Cell]>,
        show: &mut dyn FnMut(&[Cell], Row) -> Result<()>,
    ) -> Result<()> {
        let name_of = |column: &Column| {
            let name = expression(&table.name, &column.name).unwrap_or(&column.name);
            if name == "NULL" {
                name.to_owned()
            } else {
                format!("\"{name}\"")
            }
        };
        let columns: Vec<_> = table.columns.iter().map(name_of).collect();
        let sql = format!(
            "SELECT {} FROM {}{} ORDER BY {}",
            columns.join(", "),
            table.name,
            condition(table, after.is_some()),
            table.key.join(", "),
        );
        let mut find = self.connection.prepare(&sql)?;
        let after = after.unwrap_or_default().iter().map(value);
        let mut found = find.query(params_from_iter(after))?;
        let place = |name: &String| table.columns.iter().position(|column| column.name == *name);
        let key: Vec<usize> = table.key.iter().filter_map(place).collect();
        while let Some(row) = found.next()? {
            let row = cells(table, row)?;
            let key: Vec<Cell> = key.iter().map(|at| row[*at].clone()).collect();
            show(&key, row)?;
        }
        Ok(())
    }
}

/// What stands here for a column of theirs: another name, or nothing yet.
fn expression(table: &str, column: &str) -> Option<&'static str> {
    match (table, column) {
        ("tokens", "owner") => Some("user"),
        // Theirs beside a long key; the target knows it from the key.
        ("index_entries", "whole") => Some("NULL"),
        _ => None,
    }
}

/// Columns of ours whose meaning is in another table of theirs.
fn is_told_otherwise(table: &str, column: &str) -> bool {
    // How many records there are is counted there, not the holes between them.
    (table, column) == ("collections", "holes")
}

/// Which rows are to be moved: not those of what is gone, and only those behind a key.
fn condition(table: &Table, after: bool) -> String {
    let of_what_is_there = match table.name.as_str() {
        // The plus keeps the order of the key.
        "index_entries" => Some("+index_id IN (SELECT id FROM record_indexes)".to_owned()),
        "gone" => Some("+collection IN (SELECT id FROM collections)".to_owned()),
        _ => None,
    };
    let behind = after.then(|| {
        let marks: Vec<_> = (1..=table.key.len()).map(|number| format!("?{number}")).collect();
        format!("({}) > ({})", table.key.join(", "), marks.join(", "))
    });
    let all: Vec<_> = of_what_is_there.into_iter().chain(behind).collect();
    if all.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", all.join(" AND "))
    }
}

fn value(cell: &Cell) -> rusqlite::types::Value {
    use rusqlite::types::Value;
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => Value::Integer(*number),
        Cell::Bool(truth) => Value::Integer(i64::from(*truth)),
        Cell::Real(number) => Value::Real(*number),
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Bytes(bytes) => Value::Blob(bytes.clone()),
    }
}

fn cells(table: &Table, row: &Found<'_>) -> Result<Row> {
    let columns = table.columns.iter().enumerate();
    columns
        .map(|(at, column)| cell(table, column, row.get_ref(at)?))
        .collect()
}

fn cell(table: &Table, column: &Column, found: ValueRef<'_>) -> Result<Cell> {
    let odd = || Error::Damaged(format!("{}.{} holds {found:?}", table.name, column.name));
    Ok(match (column.kind, found) {
        (_, ValueRef::Null) => Cell::Null,
        (Kind::Int, ValueRef::Integer(number)) => Cell::Int(number),
        (Kind::Bool, ValueRef::Integer(number @ 0..=1)) => Cell::Bool(number == 1),
        (Kind::Real, ValueRef::Real(number)) => Cell::Real(number),
        (Kind::Text, ValueRef::Text(text)) => {
            Cell::Text(std::str::from_utf8(text).map_err(|_| odd())?.to_owned())
        }
        (Kind::Bytes, ValueRef::Blob(bytes)) => Cell::Bytes(bytes.to_vec()),
        _ => return Err(odd()),
    })
}
