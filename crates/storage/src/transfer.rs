//! Moving a whole store from SQLite to PostgreSQL: every table as it is, row numbers, histories and index entries too.
//!
//! Rows go over in parts. A part and how far it reaches are one transaction of the target, so a transfer that was killed
//! at any instant goes on where it was when it is begun again. While it is not at its end, no server opens the target
//! (`postgres::target`). The source is held as a server holds it, and nobody else writes to it meanwhile. At the end both
//! sides of every table are read anew and compared, by the number of rows and a digest that no order changes.

mod rows;

use std::path::PathBuf;

use crate::postgres::{self, target::Target};
use crate::sqlite::source::Source;
use crate::{Error, Result};

pub(crate) use rows::{Cell, Column, Digest, Kind, Row, Table};

/// Bytes of one part at most.
const PART_BYTES: usize = 4 << 20;

/// From where to where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory of the embedded store.
    pub from: PathBuf,
    /// The database of PostgreSQL.
    pub to: postgres::Options,
    /// Rows that go over together, at most.
    pub rows: usize,
}

/// What a transfer is about to do or has just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It goes on with one that was broken off.
    Resumed,
    /// Rows copied, of about so many, the last of this table.
    Copied {
        /// The table.
        table: String,
        /// Rows of all tables up to now.
        done: u64,
        /// Rows of all tables.
        of: u64,
    },
    /// A table was read on both sides and found to be the same.
    Checked {
        /// The table.
        table: String,
        /// Its rows, and those of the tables before it.
        done: u64,
        /// Rows of all tables.
        of: u64,
    },
}

/// A transfer at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whether an earlier run had done all already.
    pub was_done: bool,
    /// Each table that was checked: its name, its rows, its digest in hex digits.
    pub tables: Vec<(String, u64, String)>,
}

/// Moves a store, or goes on with moving it. `told` hears of the progress; its error ends the transfer.
///
/// # Errors
/// [`Error::InUse`] when a server has the source, [`Error::Unsuitable`] when the target holds something else already,
/// [`Error::Differs`] when what was copied is not what is in the source now; and each side's own.
pub fn run(options: &Options, told: &mut dyn FnMut(&Progress) -> Result<()>) -> Result<Report> {
    let source = Source::open(&options.from)?;
    let target = Target::open(&options.to)?;
    let mut report = Report {
        was_done: !target.begin(&source)?,
        tables: Vec::new(),
    };
    if report.was_done {
        return Ok(report);
    }
    let tables = tables(&source, &target)?;
    let of = total(&source, &tables)?;
    copy(
        &source,
        &target,
        &tables,
        &mut Course {
            of,
            rows: options.rows,
            told,
        },
    )?;
    report.tables = check(&source, &target, &tables, of, told)?;
    target.finish(&source, &tables)?;
    Ok(report)
}

/// The tables that both sides have. What only one side has must be empty, or be known to say the same in another way.
fn tables(source: &Source, target: &Target) -> Result<Vec<Table>> {
    let tables = target.tables()?;
    for name in source.tables()? {
        if !tables.iter().any(|table| table.name == name) && !source.is_empty(&name)? {
            let why = format!("its table {name} has no place in PostgreSQL in this release");
            return Err(Error::Unsuitable(why));
        }
    }
    let mut both = Vec::new();
    for table in tables {
        match source.fitted(&table)? {
            Some(table) => both.push(table),
            None => target.require_empty(&table)?,
        }
    }
    Ok(both)
}

fn total(source: &Source, tables: &[Table]) -> Result<u64> {
    let mut total = 0;
    for table in tables {
        total += source.count(table)?;
    }
    Ok(total)
}

fn copy(source: &Source, target: &Target, tables: &[Table], course: &mut Course<'_>) -> Result<()> {
    let places = target.places()?;
    let mut done: u64 = places.values().map(|place| place.rows).sum();
    if done > 0 {
        (course.told)(&Progress::Resumed)?;
    }
    for table in tables {
        let place = places.get(&table.name);
        if place.is_some_and(|place| place.whole) {
            continue;
        }
        let (mut rows, after) = place.map_or((0, None), |place| (place.rows, place.key.clone()));
        let mut part = Vec::new();
        let mut bytes = 0;
        source.each(table, after.as_deref(), &mut |key, row| {
            bytes += row.iter().map(Cell::size).sum::<usize>();
            part.push(row);
            if part.len() >= course.rows || bytes >= PART_BYTES {
                let added = target.add(table, &part, Some(key), rows)?;
                (part, bytes) = (Vec::new(), 0);
                (rows, done) = (rows + added, done + added);
                course.tell(table, done)?;
            }
            Ok(())
        })?;
        done += target.add(table, &part, None, rows)?;
        course.tell(table, done)?;
    }
    Ok(())
}

/// How rows go over, and who hears of it.
struct Course<'a> {
    of: u64,
    rows: usize,
    told: &'a mut dyn FnMut(&Progress) -> Result<()>,
}

impl Course<'_> {
    fn tell(&mut self, table: &Table, done: u64) -> Result<()> {
        let (table, of) = (table.name.clone(), self.of);
        (self.told)(&Progress::Copied { table, done, of })
    }
}

fn check(
    source: &Source,
    target: &Target,
    tables: &[Table],
    of: u64,
    told: &mut dyn FnMut(&Progress) -> Result<()>,
) -> Result<Vec<(String, u64, String)>> {
    let (mut checked, mut done) = (Vec::new(), 0);
    for table in tables {
        let (mut here, mut there) = (Digest::default(), Digest::default());
        source.each(table, None, &mut |_, row| {
            here.add(&row);
            Ok(())
        })?;
        target.each(table, &mut |row| there.add(&row))?;
        if here != there {
            return Err(Error::Differs(format!(
                "table {} has {here} in the source and {there} in the target",
                table.name
            )));
        }
        done += here.rows;
        checked.push((table.name.clone(), here.rows, here.hex()));
        let table = table.name.clone();
        told(&Progress::Checked { table, done, of })?;
    }
    Ok(checked)
}
