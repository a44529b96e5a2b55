//! A store in a directory that outlives it, and processes of our own that use one.

use std::path::Path;
use std::process::{Command, Stdio};

use jsonb::{Jsonb, Limits};
use model::{CollectionId, Stamp, Timestamp};
use storage::sqlite::{Access, Options, Sqlite, open};
use storage::tables::records::{Expect, Put, Written};
use storage::{Result, Store, Tx};

/// Small caches, so that little data already meets the disk.
pub(crate) fn options(directory: &Path) -> Options {
    Options {
        writer_cache_kib: 64,
        reader_cache_kib: 64,
        look_up_cache_kib: 64,
        readers: 2,
        log_kib: 0,
        ..Options::new(directory)
    }
}

pub(crate) fn serve(directory: &Path) -> Sqlite {
    open(&options(directory), Access::Serve).unwrap()
}

pub(crate) fn collection(store: &Store) -> CollectionId {
    store
        .write_blocking(|tx| Ok::<_, storage::Error>(tx.ensure_collection("c")?.id))
        .unwrap()
}

/// A body of about `size` bytes.
pub(crate) fn body(size: usize) -> Jsonb {
    let text = format!(r#"{{"n":1,"fill":"{}"}}"#, "x".repeat(size));
    Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn stamp() -> Stamp {
    Stamp::new(Timestamp(1), "")
}

pub(crate) fn put(tx: &mut dyn Tx, c: CollectionId, id: &str, body: &Jsonb) -> Result<Written> {
    let stamp = stamp();
    let put = Put {
        id,
        expect: Expect::Any,
        label: "",
        archived: false,
        tags: &[],
        body,
        stamp: &stamp,
        job: None,
    };
    tx.put_record(c, &put)
}

/// Puts one record of about `size` bytes.
pub(crate) fn put_one(store: &Store, c: CollectionId, id: &str, size: usize) -> Result<Written> {
    let (id, body) = (id.to_owned(), body(size));
    store.write_blocking(move |tx| put(tx, c, &id, &body))
}

/// Records, lines of history, and every body readable.
pub(crate) fn counts(store: &Store, c: CollectionId) -> (u64, usize) {
    store
        .read_blocking(move |tx| {
            let records = tx.records_after(c, "", u64::MAX)?;
            assert!(records.iter().all(|record| record.body.to_text().is_ok()));
            let lines = tx.history_after(c, model::HistorySeq(0), u64::MAX)?.len();
            Ok::<_, storage::Error>((tx.count_records(c)?, lines))
        })
        .unwrap()
}

const DIRECTORY: &str = "STOCKYARD_TEST_DIRECTORY";

/// The directory that a child process was given; none in the test's own process.
pub(crate) fn given_directory() -> Option<std::path::PathBuf> {
    std::env::var_os(DIRECTORY).map(Into::into)
}

/// This test program again, running only `test` on `directory`, by way of a shell that does `before` first.
pub(crate) fn child(test: &str, directory: &Path, before: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{before}; exec \"$0\" \"$@\""))
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped());
    command
}
