//! Opening one SQLite connection with the settings that durability and memory rest on.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::Result;

/// Bytes of a page: most records lie in one, and a change of an index, whose entries are anywhere, writes no more.
pub(super) const PAGE: u32 = 4096;
/// Statements kept prepared per connection; each collection has about a dozen of its own.
const STATEMENTS: usize = 256;
/// How long a writer waits for another process's short write before it says busy.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// The connection that is to write, before anything is known of the file and before anything is changed in it.
pub(super) fn opened(path: &Path) -> Result<Connection> {
    let access = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags(path, flags(access))?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Makes it the connection that writes. `cache_kib` bounds its page cache, `max_pages` the database.
pub(super) fn set_up_writer(connection: &Connection, cache_kib: u32, max_pages: Option<u32>) -> Result<()> {
    connection.pragma_update(None, "page_size", PAGE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The file of the log is cut to this when it is started over.
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    if let Some(pages) = max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    common(connection, cache_kib)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path, cache_kib: u32) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    connection.pragma_update(None, "query_only", true)?;
    common(&connection, cache_kib)?;
    Ok(connection)
}

fn flags(access: OpenFlags) -> OpenFlags {
    // Each connection stays on its thread, so SQLite's own mutexes would only cost.
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn common(connection: &Connection, cache_kib: u32) -> Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without it a kept statement is compiled anew whenever another value is bound to some of its parameters.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}
