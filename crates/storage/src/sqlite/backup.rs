//! Online copies of the database, and a check of one.

use std::path::Path;

use rusqlite::Connection;

use super::{connection, migrate};
use crate::{Error, Result};

/// Page cache while copying or checking, in KiB.
const CACHE_KIB: u32 = 8 << 10;

/// Writes a consistent, compact copy of the database in `directory` to the new file `target`, while a server may use it.
///
/// # Errors
/// [`Error::Full`] when there is no room, [`Error::Path`] when `target` is there already, or the store's error.
pub fn back_up(database: &Path, target: &Path) -> Result<()> {
    let exists = |source| Error::Path {
        path: target.to_owned(),
        source,
    };
    // SQLite would take an empty file as a target; a backup never writes over anything.
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(target)
        .map_err(exists)?;
    let source = connection::reader(database, CACHE_KIB)?;
    migrate::check(&source)?;
    // A query_only connection refuses the copy although it changes nothing here.
    source.pragma_update(None, "query_only", false)?;
    let name = target.to_string_lossy();
    source.execute("VACUUM INTO ?1", [name.as_ref()])?;
    std::fs::File::open(target)
        .and_then(|file| file.sync_all())
        .map_err(exists)
}

/// Checks every page and index of a database that nobody serves, and that this release can read it.
///
/// # Errors
/// [`Error::Damaged`] with the first finding, or why it cannot be read.
pub fn check(database: &Path) -> Result<()> {
    let connection: Connection = connection::reader(database, CACHE_KIB)?;
    migrate::check(&connection)?;
    let finding: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if finding == "ok" {
        Ok(())
    } else {
        Err(Error::Damaged(finding))
    }
}
