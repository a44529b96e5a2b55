//! A database that a store is moved to: made empty, filled part by part, closed to servers until it is whole.
//!
//! The tables `transfer` and `transfer_parts` say from where the store comes and how far each table is. The second is
//! there only while the transfer is under way; it is by that table that [`super::migrate`] refuses a server.

use std::collections::HashMap;
use std::sync::Arc;

use model::CollectionId;
use tokio_postgres::types::Type;

use super::connect::{Purpose, Way};
use super::link::Link;
use super::records::RecordSql;
use super::value::{Cells, Value, params, signed};
use super::{Options, entries, migrate};
use crate::sqlite::source::Source;
use crate::transfer::{Cell, Column, Kind, Row, Table};
use crate::{Error, Result};

/// One transfer at a time: "stkt".
const TRANSFERS: i64 = 0x7374_6b74;
const LOCK: &str = "SELECT pg_advisory_lock($1)";
const FROM: &str = "SELECT source, finished IS NOT NULL FROM transfer";
const HAS: &str = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = 'transfer' AND c.relkind = 'r'";
const MAKE: &str = "CREATE TABLE transfer (source text NOT NULL, begun timestamptz NOT NULL DEFAULT now(), finished timestamptz);
    CREATE TABLE transfer_parts (name text PRIMARY KEY, key text, rows bigint NOT NULL, whole boolean NOT NULL)";
const NOTE_BEGUN: &str = "INSERT INTO transfer (source) VALUES ($1)";
const PLACES: &str = "SELECT name, key, rows, whole FROM transfer_parts";
const NOTE_PLACE: &str = "INSERT INTO transfer_parts (name, key, rows, whole) VALUES ($1, $2, $3, $4)
    ON CONFLICT (name) DO UPDATE SET key = excluded.key, rows = excluded.rows, whole = excluded.whole";
const NOTE_COUNT: &str = "INSERT INTO collection_counts (collection, records) VALUES ($1, $2)";
/// Tables that say nothing of the store itself, or are made when all is there.
const OWN: &[&str] = &[
    "migrations",
    "written_groups",
    "transfer",
    "transfer_parts",
    "collection_counts",
    "dropped_indexes",
    "dropped_collections",
];
/// Columns of all tables that are not computed: table, column, type, place in the primary key, whether its numbers are given
/// by the database.
const COLUMNS: &str = "SELECT c.relname::text, a.attname::text, a.atttypid::bigint,
        array_position(i.indkey::int2[], a.attnum)::bigint, a.attidentity::text <> ''
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE n.nspname = $1 AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ORDER BY c.relname = 'tokens', c.relname, a.attnum";

/// How far a table is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) rows: u64,
    pub(crate) key: Option<Vec<Cell>>,
    pub(crate) whole: bool,
}

/// See the module.
pub(crate) struct Target {
    link: Link,
    way: Arc<Way>,
}

/// The error of rows that did not go in. One table may only refer to what an earlier one has: what is missing there came into
/// the source after that was copied.
fn unfit(table: &str, error: Error) -> Error {
    match error {
        Error::Backend(said) if said.ends_with("(23503)") => Error::Differs(format!(
            "table {table} has rows of something that is not there: {said}"
        )),
        other => other,
    }
}

impl Target {
    /// Opens the database, for one transfer at a time.
    pub(crate) fn open(options: &Options) -> Result<Self> {
        let way = Arc::new(Way::new(&options.url, &options.schema)?);
        let link = Link::new(Arc::clone(&way), Purpose::Writing)?;
        migrate::migrate_anyway(&link, &way)?;
        // Waits a little for one that was killed, whose end the server is about to see.
        link.rows(LOCK, params![TRANSFERS]).map_err(|error| match error {
            Error::Busy => Error::Unsuitable("another transfer into it is under way".to_owned()),
            other => other,
        })?;
        link.batch("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")?;
        Ok(Self { link, way })
    }

    /// Begins, or goes on; `false` when it has been done already.
    pub(crate) fn begin(&self, source: &Source) -> Result<bool> {
        let name = source.name()?;
        if self.number(HAS, params![self.way.schema()])? == 0 {
            self.begin_anew(source, &name)?;
            return Ok(true);
        }
        let rows = self.link.rows(FROM, &[])?;
        let row = rows.first().map(Cells);
        let row = row.ok_or_else(|| Error::Damaged("the table transfer is empty".to_owned()))?;
        if row.text(0)? != name {
            return Err(Error::Unsuitable(
                "it holds the data of another server".to_owned(),
            ));
        }
        Ok(!row.bool(1)?)
    }

    /// Makes what the transfer needs, all at once.
    fn begin_anew(&self, source: &Source, name: &str) -> Result<()> {
        self.whole(|| {
            for (table, ..) in self
                .columns()?
                .iter()
                .filter(|(table, ..)| table.name != "migrations")
            {
                self.require_empty(table)?;
            }
            self.link.batch(MAKE)?;
            self.link.execute(NOTE_BEGUN, params![name])?;
            for collection in source.collections()? {
                self.link.batch(&RecordSql::of(CollectionId(collection)).create)?;
            }
            Ok(())
        })
    }

    /// Refuses a table that has rows.
    pub(crate) fn require_empty(&self, table: &Table) -> Result<()> {
        let there = self.number(
            &format!("SELECT count(*) FROM (SELECT FROM \"{}\" LIMIT 1) x", table.name),
            &[],
        )?;
        if there == 0 {
            return Ok(());
        }
        Err(Error::Unsuitable(format!(
            "it holds the data of another server (table {} is not empty); name a database, or a schema of it, without data",
            table.name
        )))
    }

    /// The tables to fill.
    pub(crate) fn tables(&self) -> Result<Vec<Table>> {
        let tables = self.columns()?.into_iter().map(|(table, _)| table);
        Ok(tables
            .filter(|table| !OWN.contains(&table.name.as_str()))
            .collect())
    }

    /// All tables, each with the column whose numbers the database gives.
    fn columns(&self) -> Result<Vec<(Table, Option<String>)>> {
        let mut tables: Vec<(Table, Option<String>)> = Vec::new();
        for row in &self.link.rows(COLUMNS, params![self.way.schema()])? {
            let row = Cells(row);
            let (name, column) = (row.text(0)?, row.text(1)?);
            if tables.last().is_none_or(|(table, _)| table.name != name) {
                let (columns, key) = (Vec::new(), Vec::new());
                tables.push((
                    Table {
                        name: name.clone(),
                        columns,
                        key,
                    },
                    None,
                ));
            }
            let Some((table, numbered)) = tables.last_mut() else {
                continue;
            };
            if let Some(at) = row.opt_int(3)? {
                let at = usize::try_from(at).unwrap_or(0);
                table.key.resize(table.key.len().max(at + 1), String::new());
                table.key[at].clone_from(&column);
            }
            if row.bool(4)? {
                *numbered = Some(column.clone());
            }
            // The tables of a transfer have times; nothing of them is moved.
            if let Some(kind) = kind(row.int(2)?) {
                table.columns.push(Column { name: column, kind });
            } else if !OWN.contains(&name.as_str()) {
                return Err(Error::Unsuitable(format!(
                    "column {column} of table {name} is of an unknown type"
                )));
            }
        }
        Ok(tables)
    }

    /// How far each table is.
    pub(crate) fn places(&self) -> Result<HashMap<String, Place>> {
        let place = |row: &tokio_postgres::Row| {
            let row = Cells(row);
            let key = row.opt_text(1)?.map(|key| key_of(&key)).transpose()?;
            let (rows, whole) = (row.count(2)?, row.bool(3)?);
            Ok((row.text(0)?, Place { rows, key, whole }))
        };
        self.link.rows(PLACES, &[])?.iter().map(place).collect()
    }

    /// Adds rows, and notes that the table reaches up to a key, or that it is whole. Answers how many there were.
    pub(crate) fn add(&self, table: &Table, rows: &[Row], key: Option<&[Cell]>, before: u64) -> Result<u64> {
        let names: Vec<_> = table
            .columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        let sql = format!("COPY \"{}\" ({}) FROM STDIN BINARY", table.name, names.join(", "));
        let types: Vec<Type> = table.columns.iter().map(|column| type_of(column.kind)).collect();
        let values: Vec<Vec<Value<'_>>> = rows.iter().map(|row| values(table, row)).collect();
        let key_text = key.map(text_of).transpose()?;
        self.whole(|| {
            let added = match rows {
                [] => 0,
                _ => {
                    let copied = self.link.copy_in(&sql, &types, &values);
                    copied.map_err(|error| unfit(&table.name, error))?
                }
            };
            let place = params![
                &table.name,
                key_text.as_deref(),
                signed(before + added),
                key.is_none()
            ];
            self.link.execute(NOTE_PLACE, place)?;
            Ok(added)
        })
    }

    /// Shows each row of a table as the source has it.
    pub(crate) fn each(&self, table: &Table, show: &mut dyn FnMut(Row)) -> Result<()> {
        let names: Vec<_> = table
            .columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        let sql = format!("SELECT {} FROM \"{}\"", names.join(", "), table.name);
        self.link.each(&sql, &mut |row| {
            let mut row = cells(table, &Cells(row))?;
            if table.name == "index_entries" {
                lengthen(table, &mut row);
            }
            show(row);
            Ok(())
        })
    }

    /// Makes what follows from the rows, and lets servers in.
    pub(crate) fn finish(&self, source: &Source, tables: &[Table]) -> Result<()> {
        self.whole(|| {
            for collection in source.collections()? {
                let records = self.number(&format!("SELECT count(*) FROM r{collection}"), &[])?;
                self.link.execute(NOTE_COUNT, params![collection, records])?;
            }
            for (table, numbered) in self.columns()? {
                if let Some(column) = numbered.filter(|_| tables.iter().any(|known| known.name == table.name))
                {
                    self.number_on(&table.name, &column, source.last_number(&table.name)?)?;
                }
            }
            self.link
                .batch("DROP TABLE transfer_parts; UPDATE transfer SET finished = now()")
        })?;
        // Plans are made of what is known of the tables.
        self.link.batch("ANALYZE")
    }

    /// Numbers go on behind the last one that the source has given, whether its row is still there or not.
    fn number_on(&self, table: &str, column: &str, last: i64) -> Result<()> {
        let greatest = self.number(
            &format!("SELECT coalesce(max(\"{column}\"), 0) FROM \"{table}\""),
            &[],
        )?;
        let last = last.max(greatest);
        if last > 0 {
            let sql = format!("SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), $1)");
            self.number(&sql, params![last])?;
        }
        Ok(())
    }

    fn number(&self, sql: &str, params: &[Value<'_>]) -> Result<i64> {
        let rows = self.link.rows(sql, params)?;
        let row = rows
            .first()
            .ok_or_else(|| Error::Damaged(format!("no answer to {sql}")))?;
        Cells(row).int(0)
    }

    /// A transaction.
    fn whole<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.link.batch("BEGIN")?;
        let outcome = work().and_then(|done| self.link.batch("COMMIT").map(|()| done));
        if outcome.is_err() {
            // The first failure is the one to tell.
            let _ = self.link.batch("ROLLBACK");
        }
        outcome
    }
}

fn kind(oid: i64) -> Option<Kind> {
    match u32::try_from(oid).ok().and_then(Type::from_oid)? {
        Type::INT8 => Some(Kind::Int),
        Type::BOOL => Some(Kind::Bool),
        Type::FLOAT8 => Some(Kind::Real),
        Type::TEXT => Some(Kind::Text),
        Type::BYTEA => Some(Kind::Bytes),
        _ => None,
    }
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Int => Type::INT8,
        Kind::Bool => Type::BOOL,
        Kind::Real => Type::FLOAT8,
        Kind::Text => Type::TEXT,
        Kind::Bytes => Type::BYTEA,
    }
}

fn value(cell: &Cell) -> Value<'_> {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => Value::from(*number),
        Cell::Bool(truth) => Value::from(*truth),
        Cell::Real(number) => Value::from(*number),
        Cell::Text(text) => Value::from(text),
        Cell::Bytes(bytes) => Value::from(bytes),
    }
}

/// A row as it is stored here: a long key of an index is cut, and the whole of it stands beside.
fn values<'a>(table: &Table, row: &'a Row) -> Vec<Value<'a>> {
    let mut values: Vec<Value<'a>> = row.iter().map(value).collect();
    if table.name == "index_entries"
        && let (Some(key), Some(whole)) = (place(table, "key"), place(table, "whole"))
        && let Cell::Bytes(bytes) = &row[key]
    {
        values[key] = Value::Bytes(entries::stored(bytes));
        values[whole] = entries::whole(bytes).map_or(Value::Null, Value::Bytes);
    }
    values
}

/// The other way round. A key that is cut in another way than it should be stays as it is, so that it is noticed.
fn lengthen(table: &Table, row: &mut Row) {
    let (Some(key), Some(whole)) = (place(table, "key"), place(table, "whole")) else {
        return;
    };
    if let (Cell::Bytes(cut), Cell::Bytes(all)) = (&row[key], &row[whole])
        && entries::is_long(all)
        && *entries::stored(all) == **cut
    {
        row[key] = row[whole].clone();
        row[whole] = Cell::Null;
    }
}

fn place(table: &Table, name: &str) -> Option<usize> {
    table.columns.iter().position(|column| column.name == name)
}

fn cells(table: &Table, row: &Cells<'_>) -> Result<Row> {
    let cell = |(at, column): (usize, &Column)| {
        Ok(match column.kind {
            Kind::Int => row.opt_int(at)?.map_or(Cell::Null, Cell::Int),
            Kind::Bool => row.opt_bool(at)?.map_or(Cell::Null, Cell::Bool),
            Kind::Real => row.opt_real(at)?.map_or(Cell::Null, Cell::Real),
            Kind::Text => row.opt_text(at)?.map_or(Cell::Null, Cell::Text),
            Kind::Bytes => row
                .opt_bytes(at)?
                .map_or(Cell::Null, |bytes| Cell::Bytes(bytes.to_vec())),
        })
    };
    table.columns.iter().enumerate().map(cell).collect()
}

/// A key as it is noted: whole numbers, texts, and bytes as lists of numbers.
fn text_of(key: &[Cell]) -> Result<String> {
    let value = |cell: &Cell| {
        Ok(match cell {
            Cell::Int(number) => serde_json::Value::from(*number),
            Cell::Text(text) => serde_json::Value::from(text.as_str()),
            Cell::Bytes(bytes) => serde_json::Value::from(bytes.as_slice()),
            other => return Err(Error::Unsuitable(format!("a key with {other:?} in it"))),
        })
    };
    let key = key.iter().map(value).collect::<Result<Vec<_>>>()?;
    Ok(serde_json::Value::from(key).to_string())
}

fn key_of(text: &str) -> Result<Vec<Cell>> {
    let odd = || Error::Damaged(format!("a place of the transfer is {text}"));
    let key: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|_| odd())?;
    let cell = |value: serde_json::Value| match value {
        serde_json::Value::Number(number) => number.as_i64().map(Cell::Int),
        serde_json::Value::String(text) => Some(Cell::Text(text)),
        bytes => serde_json::from_value(bytes).ok().map(Cell::Bytes),
    };
    key.into_iter().map(|value| cell(value).ok_or_else(odd)).collect()
}

#[cfg(test)]
mod tests {
    use super::{key_of, text_of};
    use crate::transfer::Cell;

    #[test]
    fn keys_are_noted_and_found_again() {
        let key = vec![
            Cell::Int(i64::MIN),
            Cell::Text("Ä\u{0}\"".to_owned()),
            Cell::Bytes(vec![0, 255]),
        ];
        assert_eq!(key_of(&text_of(&key).unwrap()).unwrap(), key);
        assert!(text_of(&[Cell::Null]).is_err() && key_of("{}").is_err() && key_of("[null]").is_err());
    }
}
