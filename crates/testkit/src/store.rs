//! A store of its own for one test.

use std::ops::Deref;
use std::path::Path;

use storage::Store;
use storage::sqlite::{Access, Options, Sqlite, open};
use tempfile::TempDir;

/// A served store in a fresh directory; closed and removed when it is dropped. Dereferences to its [`Store`].
pub struct TempStore {
    // Dropped in this order: first the threads end, then the directory goes.
    sqlite: Sqlite,
    store: Store,
    options: Options,
    directory: TempDir,
}

impl TempStore {
    /// A new store with small caches and two readers.
    ///
    /// # Panics
    /// When the machine gives no temporary directory.
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// A new store with settings of the test's own.
    ///
    /// # Panics
    /// When the machine gives no temporary directory or the settings make no store.
    pub fn with(adjust: impl FnOnce(&mut Options)) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut options = Options {
            writer_cache_kib: 1 << 10,
            reader_cache_kib: 1 << 10,
            readers: 2,
            log_kib: 0,
            ..Options::new(directory.path().join("data"))
        };
        adjust(&mut options);
        Self::start(options, directory)
    }

    fn start(options: Options, directory: TempDir) -> Self {
        let sqlite = open(&options, Access::Serve).expect("a fresh store opens");
        let store = sqlite.store();
        Self {
            sqlite,
            store,
            options,
            directory,
        }
    }

    /// The same store after a stop and a start, as another process would find it.
    ///
    /// # Panics
    /// When it cannot be opened again.
    #[must_use]
    pub fn reopened(self) -> Self {
        self.sqlite.close();
        Self::start(self.options, self.directory)
    }

    /// The handle, for services that keep one.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// The settings it was opened with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// A directory beside the store's own, for whatever else the test keeps in files.
    pub fn scratch(&self) -> &Path {
        self.directory.path()
    }

    /// Closes the store before the end of the test; what is asked later is answered as closed.
    pub fn close(&self) {
        self.sqlite.close();
    }
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
