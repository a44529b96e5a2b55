//! Stores on one database, and the few words that tests of them are written in.

use jsonb::{Jsonb, Limits};
use model::{CollectionId, Stamp, Timestamp};
use storage::postgres::{Options, Postgres, open};
use storage::tables::records::{Expect, Put, Written};
use storage::{Access, Error, Result, Store, Tx};
use testdb::Database;

pub(crate) fn options(database: &Database) -> Options {
    Options {
        readers: 2,
        scanners: 1,
        ..Options::new(database.url())
    }
}

/// A node of the server on this database.
pub(crate) fn node(database: &Database) -> Postgres {
    open(&options(database), Access::Serve).unwrap()
}

pub(crate) fn collection(store: &Store) -> CollectionId {
    store
        .write_blocking(|tx| Ok::<_, Error>(tx.ensure_collection("c")?.id))
        .unwrap()
}

pub(crate) fn body(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn put(tx: &mut dyn Tx, c: CollectionId, id: &str, expect: Expect, text: &str) -> Result<Written> {
    let (body, stamp) = (body(text), Stamp::new(Timestamp(1), ""));
    let put = Put {
        id,
        expect,
        label: "",
        archived: false,
        tags: &[],
        body: &body,
        stamp: &stamp,
        job: None,
    };
    tx.put_record(c, &put)
}

pub(crate) fn put_now(store: &Store, c: CollectionId, id: &str, text: &str) -> Result<Written> {
    let (id, text) = (id.to_owned(), text.to_owned());
    store.write_blocking(move |tx| put(tx, c, &id, Expect::Any, &text))
}
