//! Where contract tests run, and the few words they are written in.

use jsonb::{Jsonb, Limits};
use model::{CollectionId, Stamp, Timestamp};
use storage::postgres::{self, Postgres};
use storage::sqlite::{Access, Options, Sqlite, open};
use storage::tables::records::{Expect, IndexDef, Put, Removal, Written};
use storage::{Error, ReadTx, Result, Store, Tx};
use tempfile::TempDir;
use testdb::Database;

/// A fresh store of one backend.
pub(crate) trait Bed {
    /// Makes one.
    fn fresh() -> Self
    where
        Self: Sized;
    /// Its handle.
    fn store(&self) -> Store;
    /// Closes it.
    fn close(&self);
}

/// The embedded backend. The threads end before the directory goes.
pub(crate) struct SqliteBed {
    sqlite: Sqlite,
    _directory: TempDir,
}

impl Bed for SqliteBed {
    fn fresh() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = Options {
            writer_cache_kib: 1 << 10,
            reader_cache_kib: 1 << 10,
            log_kib: 0,
            ..Options::new(directory.path())
        };
        Self {
            sqlite: open(&options, Access::Serve).unwrap(),
            _directory: directory,
        }
    }

    fn store(&self) -> Store {
        self.sqlite.store()
    }

    fn close(&self) {
        self.sqlite.close();
    }
}

/// PostgreSQL, with a database of its own. The threads end before the database goes.
pub(crate) struct PostgresBed {
    postgres: Postgres,
    _database: Database,
}

impl Bed for PostgresBed {
    fn fresh() -> Self {
        let database = Database::new();
        let options = postgres::Options {
            readers: 3,
            scanners: 2,
            ..postgres::Options::new(database.url())
        };
        Self {
            postgres: postgres::open(&options, Access::Serve).unwrap(),
            _database: database,
        }
    }

    fn store(&self) -> Store {
        self.postgres.store()
    }

    fn close(&self) {
        self.postgres.close();
    }
}

/// Writes, and expects no failure.
pub(crate) fn write<T: Send + 'static>(
    bed: &dyn Bed,
    work: impl Fn(&mut dyn Tx) -> Result<T> + Send + 'static,
) -> T {
    bed.store().write_blocking(work).unwrap()
}

/// Reads, and expects no failure.
pub(crate) fn read<T: Send + 'static>(
    bed: &dyn Bed,
    work: impl FnOnce(&mut dyn ReadTx) -> Result<T> + Send + 'static,
) -> T {
    bed.store().read_blocking(work).unwrap()
}

/// The body of this text.
pub(crate) fn body(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// A stamp of this time.
pub(crate) fn stamp(on: i64) -> Stamp {
    Stamp::new(Timestamp(on), format!("user{on}@example.com"))
}

/// Makes the collection `c`.
pub(crate) fn collection(bed: &dyn Bed) -> CollectionId {
    write(bed, |tx| Ok(tx.ensure_collection("c")?.id))
}

/// Puts a record that is nothing but its id and its body.
pub(crate) fn put(
    tx: &mut dyn Tx,
    collection: CollectionId,
    id: &str,
    expect: Expect,
    text: &str,
) -> Result<Written> {
    put_body(tx, collection, id, expect, &body(text))
}

/// [`put`] of a body that is there already.
pub(crate) fn put_body(
    tx: &mut dyn Tx,
    collection: CollectionId,
    id: &str,
    expect: Expect,
    body: &Jsonb,
) -> Result<Written> {
    let stamp = stamp(1);
    let put = Put {
        id,
        expect,
        label: "",
        archived: false,
        tags: &[],
        body,
        stamp: &stamp,
        job: None,
    };
    tx.put_record(collection, &put)
}

/// Removes a record.
pub(crate) fn delete(tx: &mut dyn Tx, collection: CollectionId, id: &str, expect: Expect) -> Result<Written> {
    let stamp = stamp(2);
    let removal = Removal {
        id,
        expect,
        stamp: &stamp,
        job: None,
    };
    tx.delete_record(collection, &removal)
}

/// [`put`] in a transaction of its own.
pub(crate) fn put_now(bed: &dyn Bed, c: CollectionId, id: &str, expect: Expect, text: &str) -> Written {
    let (id, text) = (id.to_owned(), text.to_owned());
    write(bed, move |tx| put(tx, c, &id, expect, &text))
}

/// [`delete`] in a transaction of its own.
pub(crate) fn delete_now(bed: &dyn Bed, c: CollectionId, id: &str, expect: Expect) -> Written {
    let id = id.to_owned();
    write(bed, move |tx| delete(tx, c, &id, expect))
}

/// Amends a record in a transaction of its own; whether it was there.
pub(crate) fn amend_now(bed: &dyn Bed, c: CollectionId, id: &str, text: &str) -> bool {
    let (id, text) = (id.to_owned(), text.to_owned());
    write(bed, move |tx| tx.amend_record(c, &id, &body(&text)))
}

/// The version and the text of a record.
pub(crate) fn seen(bed: &dyn Bed, c: CollectionId, id: &str) -> Option<(u64, String)> {
    let id = id.to_owned();
    let found = read(bed, move |tx| tx.record_body(c, &id));
    found.map(|(version, body)| (version, body.to_text().unwrap()))
}

/// The version that a write made.
pub(crate) fn version(written: &Written) -> u64 {
    match written {
        Written::Done { version, .. } => *version,
        other => panic!("not done: {other:?}"),
    }
}

/// An index `name` over `path`.
pub(crate) fn index(name: &str, path: &str, unique: bool) -> IndexDef {
    IndexDef {
        name: name.to_owned(),
        path: path.to_owned(),
        unique,
        missing: false,
    }
}

/// An [`index`] that has an entry of every record.
pub(crate) fn missing(name: &str, path: &str, unique: bool) -> IndexDef {
    IndexDef {
        missing: true,
        ..index(name, path, unique)
    }
}

/// What a closure of a test may answer beside the store's own errors.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The store's.
    Store(Error),
    /// The closure's own.
    Own(&'static str),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}
