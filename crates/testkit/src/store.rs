//! A store of its own for one test, on the backend that [`testdb::on_postgres`] says.

use std::ops::Deref;
use std::path::Path;
use std::sync::OnceLock;

use storage::{Access, Opened, Place, Store, postgres, sqlite};
use tempfile::TempDir;
use testdb::Database;

/// A served store, with small caches and two readers; closed and removed when it is dropped. Dereferences to its
/// [`Store`].
pub struct TempStore {
    // Dropped in this order: first the threads end, then what they work on goes.
    opened: Opened,
    store: Store,
    place: Place,
    database: Option<Database>,
    directory: TempDir,
}

impl TempStore {
    /// A new store.
    ///
    /// # Panics
    /// When the machine gives no temporary directory, or no PostgreSQL where that is asked for.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let database = testdb::on_postgres().then(empty);
        let place = match &database {
            None => Place::Sqlite(sqlite::Options {
                writer_cache_kib: 1 << 10,
                reader_cache_kib: 1 << 10,
                readers: 2,
                scanners: 2,
                log_kib: 0,
                ..sqlite::Options::new(directory.path().join("data"))
            }),
            Some(database) => Place::Postgres(postgres::Options {
                readers: 2,
                scanners: 2,
                ..postgres::Options::new(database.url())
            }),
        };
        Self::start(place, database, directory)
    }

    fn start(place: Place, database: Option<Database>, directory: TempDir) -> Self {
        let opened = place.open(Access::Serve).expect("a fresh store opens");
        Self {
            store: opened.store(),
            opened,
            place,
            database,
            directory,
        }
    }

    /// The same store after a stop and a start, as another process would find it.
    ///
    /// # Panics
    /// When it cannot be opened again.
    #[must_use]
    pub fn reopened(self) -> Self {
        self.opened.close();
        Self::start(self.place, self.database, self.directory)
    }

    /// The handle, for services that keep one.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// A directory beside the store's own, for whatever else the test keeps in files.
    pub fn scratch(&self) -> &Path {
        self.directory.path()
    }

    /// Lets time pass, for leases alone, until all that runners hold now have run out. A start takes up at once what the
    /// process before left in a store that it has for itself; where there may be other nodes, it is the lease that tells.
    pub fn expire_leases(&self) {
        if let Some(database) = &self.database {
            database.sql("UPDATE stockyard.jobs SET lease_until = 0 WHERE lease_owner IS NOT NULL");
        }
    }

    /// Closes the store before the end of the test; what is asked later is answered as closed.
    pub fn close(&self) {
        self.opened.close();
    }
}

/// A database with a store that nobody has used. Copying one that was made once takes a fraction of making it.
fn empty() -> Database {
    static EMPTY: OnceLock<Database> = OnceLock::new();
    let made = EMPTY.get_or_init(|| {
        let database = Database::new();
        let options = postgres::Options::new(database.url());
        postgres::open(&options, Access::Visit)
            .expect("an empty database becomes a store")
            .close();
        database
    });
    made.copied()
}

impl Default for TempStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for TempStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

#[cfg(test)]
mod tests {
    use storage::Error;

    use super::TempStore;

    #[test]
    fn content_survives_reopening_and_ends_with_the_test() {
        let temp = TempStore::new();
        temp.write_blocking(|tx| tx.set_mark("m", "kept")).unwrap();
        let temp = temp.reopened();
        let mark = temp.read_blocking(|tx| tx.mark("m"));
        assert_eq!(mark.unwrap().as_deref(), Some("kept"));
        let (store, directory) = (temp.store(), temp.scratch().to_owned());
        drop(temp);
        assert!(matches!(
            store.read_blocking(|tx| tx.mark("m")),
            Err(Error::Closed)
        ));
        assert!(!directory.exists());
    }
}
