//! Online copies of the database, and a check of one.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use jsonb::Jsonb;
use rusqlite::Connection;

use super::{connection, migrate};
use crate::{Error, Result};

/// Page cache while copying or checking, in KiB.
const CACHE_KIB: u32 = 8 << 10;

/// Writes a consistent, compact copy of the database in `directory` to the new file `target`, while a server may use it.
///
/// # Errors
/// [`Error::Full`] when there is no room, [`Error::Path`] when `target` is there already, or the store's error. Then no
/// file is left behind.
pub fn back_up(database: &Path, target: &Path) -> Result<()> {
    let unusable = |source| Error::Path {
        path: target.to_owned(),
        source,
    };
    let source = readable(database)?;
    // SQLite would take an empty file as a target; a backup never writes over anything.
    new_file(target).map_err(unusable)?;
    let outcome = copy(&source, target).and_then(|()| sync(target).map_err(unusable));
    if outcome.is_err() {
        // What was begun is worth nothing; the first error is the one to tell.
        let _ = std::fs::remove_file(target);
    }
    outcome
}

/// A backup holds what the store holds: only its owner reads it.
fn new_file(target: &Path) -> io::Result<File> {
    let mut how = OpenOptions::new();
    how.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    how.open(target)
}

fn copy(source: &Connection, target: &Path) -> Result<()> {
    let name = target.to_str().ok_or_else(|| Error::Path {
        path: target.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidInput, "the name is not UTF-8"),
    })?;
    // A query_only connection refuses the copy although it changes nothing here.
    source.pragma_update(None, "query_only", false)?;
    source.execute("VACUUM INTO ?1", [name])?;
    Ok(())
}

/// The content to disk, then its name.
fn sync(target: &Path) -> io::Result<()> {
    File::open(target)?.sync_all()?;
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// A store that is there, and that this release can read.
fn readable(database: &Path) -> Result<Connection> {
    let unusable = |source| Error::Path {
        path: database.to_owned(),
        source,
    };
    std::fs::metadata(database).map_err(unusable)?;
    let connection = connection::reader(database, CACHE_KIB)?;
    migrate::identify(&connection, database)?;
    migrate::check(&connection)?;
    Ok(connection)
}

/// Checks every page, index and stored body of a database, and that this release can read it.
///
/// # Errors
/// [`Error::Damaged`] with the first finding, or why it cannot be read.
pub fn check(database: &Path) -> Result<()> {
    let connection = readable(database)?;
    let finding: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if finding != "ok" {
        return Err(Error::Damaged(finding));
    }
    let mut collections = connection.prepare("SELECT id FROM collections ORDER BY id")?;
    let numbers = collections.query_map([], |row| row.get(0))?;
    for number in numbers {
        let number: i64 = number?;
        check_bodies(&connection, &format!("r{number}"))?;
        check_bodies(&connection, &format!("h{number}"))?;
    }
    Ok(())
}

/// SQLite checks its own pages, not what lies in the long values: a body must be one that can be printed.
fn check_bodies(connection: &Connection, table: &str) -> Result<()> {
    let mut bodies = connection.prepare(&format!("SELECT id, body FROM {table}"))?;
    let (mut rows, mut text) = (bodies.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        text.clear();
        let body = Jsonb::from_stored(row.get(1)?);
        if let Err(damage) = body.render(&mut text) {
            let id: String = row.get(0)?;
            return Err(Error::Damaged(format!(
                "body of {id:?} in table {table}: {damage}"
            )));
        }
    }
    Ok(())
}
