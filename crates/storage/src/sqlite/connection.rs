//! Opening one SQLite connection with the settings that durability and memory rest on.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::Result;

/// Statements kept prepared per connection; each collection has about a dozen of its own.
const STATEMENTS: usize = 256;
/// How long a writer waits for another process's short write before it says busy.
const BUSY: Duration = Duration::from_secs(5);

/// The connection that writes. `cache_kib` bounds its page cache.
pub(super) fn writer(path: &Path, cache_kib: u32) -> Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        flags(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE),
    )?;
    connection.pragma_update(None, "page_size", 8192)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The log is folded back every 32 MiB under load and in quiet moments by the writer itself.
    connection.pragma_update(None, "wal_autocheckpoint", 4096)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    common(&connection, cache_kib)?;
    Ok(connection)
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
    Ok(())
}
