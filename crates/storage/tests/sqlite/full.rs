//! No room: what is refused is refused whole, what was there stays, and it goes on when there is room again.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use model::CollectionId;
use storage::sqlite::{Access, Options, Sqlite, check, open};
use storage::{Error, Store};

use super::kit::{body, child, collection, counts, given_directory, options, put, put_one, serve};

fn limited(directory: &Path, pages: u32) -> Sqlite {
    let options = Options {
        max_pages: Some(pages),
        ..options(directory)
    };
    open(&options, Access::Serve).unwrap()
}

/// Puts records until one is refused; how many were stored, and the refusal.
pub(crate) fn fill(store: &Store, c: CollectionId, size: usize) -> (u64, Error) {
    for n in 0..100_000 {
        if let Err(error) = put_one(store, c, &format!("record {n}"), size) {
            return (n, error);
        }
    }
    panic!("there is room without end");
}

#[test]
fn a_quota_refuses_writes_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let server = limited(directory.path(), 200);
    let (store, c) = (server.store(), collection(&server.store()));
    let (stored, error) = fill(&store, c, 5000);
    assert!(stored > 10 && matches!(error, Error::Full), "{stored} {error}");
    assert_eq!(counts(&store, c), (stored, stored as usize));
    assert!(matches!(put_one(&store, c, "again", 100_000), Err(Error::Full)));
    assert_eq!(counts(&store, c), (stored, stored as usize));
    drop(server);
    check(&options(directory.path()).database()).unwrap();
    let server = limited(directory.path(), 400);
    put_one(&server.store(), c, "more room", 100_000).unwrap();
    assert_eq!(counts(&server.store(), c), (stored + 1, stored as usize + 1));
}

#[test]
fn a_group_that_meets_the_end_of_the_disk_is_undone_whole() {
    let directory = tempfile::tempdir().unwrap();
    let server = limited(directory.path(), 200);
    let (store, c) = (server.store(), collection(&server.store()));
    put_one(&store, c, "before", 10).unwrap();
    let ((begun, has_begun), (go, wait)) = (channel(), channel::<()>());
    let wait = Mutex::new(wait);
    drop(store.send_write(move |_| {
        begun.send(()).unwrap();
        wait.lock().unwrap().recv().unwrap();
        Ok::<_, Error>(())
    }));
    has_begun.recv().unwrap();
    let small = |id: &'static str| {
        let body = body(10);
        store.send_write(move |tx| put(tx, c, id, &body))
    };
    let first = small("first");
    // It does not care about errors and goes on writing after SQLite has undone its transaction.
    let (large, tiny) = (body(50_000), body(10));
    let hog = store.send_write(move |tx| {
        let outcomes = (0..50).map(|n| put(tx, c, &format!("hog {n}"), &large).is_err());
        let failed = outcomes.filter(|failed| *failed).count();
        let after = put(tx, c, "after the end", &tiny).is_err();
        Ok::<_, Error>((failed, after))
    });
    let last = small("last");
    go.send(()).unwrap();
    let (first, hog) = (first.blocking_recv().unwrap(), hog.blocking_recv().unwrap());
    assert!(matches!(first, Err(Error::Full)), "{first:?}");
    assert!(matches!(hog, Err(Error::Full)), "{hog:?}");
    // Whoever came after the end is in the next group.
    last.blocking_recv().unwrap().unwrap();
    let ids = store
        .read_blocking(move |tx| tx.records_after(c, "", 99))
        .unwrap();
    let ids: Vec<String> = ids.into_iter().map(|record| record.id).collect();
    assert_eq!(ids, ["before", "last"]);
    assert_eq!(counts(&store, c), (2, 2));
    drop(server);
    check(&options(directory.path()).database()).unwrap();
}

/// Fills the store and goes on reading; says how much was acknowledged and how it ended.
fn fill_and_tell(directory: &Path) -> u64 {
    let server = serve(directory);
    let (store, c) = (server.store(), collection(&server.store()));
    let (mut stored, error) = fill(&store, c, 3000);
    // Larger than the writer's cache, so that it meets the limit in mid-transaction, when its pages spill.
    let large = body(3_000);
    let group = store.write_blocking(move |tx| {
        (0..400).try_for_each(|n| put(tx, c, &format!("group {n}"), &large).map(drop))
    });
    assert!(
        matches!(group, Err(Error::Full | Error::Unwritable(_))),
        "{group:?}"
    );
    assert_eq!(counts(&store, c), (stored, stored as usize));
    // A small write may fit still, or not; either way the answer is the truth.
    stored += u64::from(put_one(&store, c, "small", 1).is_ok());
    assert_eq!(counts(&store, c), (stored, stored as usize));
    println!("full {stored} {error}");
    stored
}

/// In a child process a limit on file sizes ends the filling; by itself a quota does.
#[test]
fn filling_ends_and_reading_goes_on() {
    if let Some(directory) = given_directory() {
        fill_and_tell(&directory);
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let server = limited(directory.path(), 100);
    let (store, c) = (server.store(), collection(&server.store()));
    let (stored, error) = fill(&store, c, 3000);
    assert!(matches!(error, Error::Full), "{error}");
    assert_eq!(counts(&store, c), (stored, stored as usize));
}

#[test]
fn a_file_size_limit_is_a_clear_error_and_tears_nothing() {
    let directory = tempfile::tempdir().unwrap();
    // 4096 blocks of 512 bytes; the signal that would kill the process is ignored.
    let limit = "trap '' XFSZ; ulimit -f 4096";
    let mut child = child(
        "sqlite::full::filling_ends_and_reading_goes_on",
        directory.path(),
        limit,
    )
    .spawn()
    .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success(), "{told:?}");
    let end = told.iter().find_map(|line| line.strip_prefix("full ")).unwrap();
    let (stored, error) = end.split_once(' ').unwrap();
    assert!(error.starts_with("the disk refused to write"), "{error}");
    let stored: u64 = stored.parse().unwrap();
    assert!(stored > 10);
    check(&options(directory.path()).database()).unwrap();
    let server = serve(directory.path());
    let c = collection(&server.store());
    assert_eq!(counts(&server.store(), c), (stored, stored as usize));
    put_one(&server.store(), c, "after the restart", 200_000).unwrap();
    assert_eq!(counts(&server.store(), c).0, stored + 1);
}
