//! Look-ups on the caller's thread: what they see, and whom they hold up.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use model::CollectionId;
use storage::sqlite::{Access, Options, open};
use storage::tables::records::{Expect, Removal};
use storage::{Error, ReadTx, Result, Store, Tx};

use super::kit::{body, collection, options, put, put_one, serve, stamp};

/// A look-up that did not have to wait.
fn at_once<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&mut dyn ReadTx) -> Result<T> + Send + 'static,
) -> Result<T> {
    let mut answer = std::pin::pin!(store.look_up(work));
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the look-up went to another thread"),
    }
}

fn mark(store: &Store) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.look_up(|tx| tx.mark("m"))).unwrap()
}

#[test]
fn every_answered_write_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let store = server.store();
    assert_eq!(mark(&store), None);
    for n in 0..300 {
        let value = n.to_string();
        let sent = value.clone();
        store.write_blocking(move |tx| tx.set_mark("m", &sent)).unwrap();
        assert_eq!(mark(&store), Some(value));
    }
}

#[test]
fn another_visitors_write_is_seen_soon() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let store = server.store();
    assert_eq!(mark(&store), None);
    let visitor = open(&options(directory.path()), Access::Visit).unwrap();
    visitor
        .store()
        .write_blocking(|tx| tx.set_mark("m", "theirs"))
        .unwrap();
    let written = Instant::now();
    while mark(&store).is_none() {
        assert!(written.elapsed() < Duration::from_secs(10), "never seen");
    }
}

#[test]
fn a_panic_is_an_error_and_a_closed_store_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let store = server.store();
    let panicked = at_once(&store, |_| -> Result<()> { panic!("as planned") });
    assert!(matches!(panicked, Err(Error::Panicked)), "{panicked:?}");
    assert_eq!(mark(&store), None);
    server.close();
    let closed = at_once(&store, |tx| tx.mark("m"));
    assert!(matches!(closed, Err(Error::Closed)), "{closed:?}");
}

#[test]
fn a_look_up_inside_others_goes_to_the_readers() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let (store, runtime) = (
        server.store(),
        tokio::runtime::Builder::new_current_thread().build().unwrap(),
    );
    let (inner, innermost) = (store.clone(), store.clone());
    let found = at_once(&store, move |_| {
        at_once(&inner, move |_| {
            // Both connections are in use below us on the stack.
            runtime.block_on(innermost.look_up(|tx| tx.mark("m")))
        })
    });
    assert_eq!(found.unwrap(), None);
}

#[test]
fn the_log_stays_short_under_steady_look_ups_and_writes() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let (store, c) = (server.store(), collection(&server.store()));
    let log = directory.path().join("stockyard.db-wal");
    put_one(&store, c, "0", 10).unwrap();
    let (done, mut longest) = (AtomicBool::new(false), 0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                while !done.load(Ordering::SeqCst) {
                    let found = runtime.block_on(store.look_up(move |tx| tx.record(c, "0")));
                    assert!(found.unwrap().is_some());
                }
            });
        }
        // 256 MiB in all; the log is folded every 32 MiB.
        for n in 0..128 {
            let body = body(1 << 17);
            let group = move |tx: &mut dyn Tx| {
                (0..8).try_for_each(|m| put(tx, c, &format!("{}", (n + m) % 64), &body).map(drop))
            };
            store.write_blocking(group).unwrap();
            longest = longest.max(std::fs::metadata(&log).unwrap().len());
        }
        done.store(true, Ordering::SeqCst);
    });
    assert!(longest < 96 << 20, "the log grew to {longest} bytes");
}

fn version(store: &Store, c: CollectionId, id: &str) -> Option<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let found = runtime.block_on(store.record_body(c, id)).unwrap();
    found.map(|(version, _)| version)
}

#[test]
fn a_kept_body_is_never_older_than_an_answered_write() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let (store, c) = (server.store(), collection(&server.store()));
    assert_eq!(version(&store, c, "a"), None);
    for n in 1..200 {
        put_one(&store, c, "a", 10).unwrap();
        // Once from the database, then from memory.
        assert_eq!(version(&store, c, "a"), Some(n));
        assert_eq!(version(&store, c, "a"), Some(n));
    }
    let removal = move |tx: &mut dyn Tx| {
        let (id, expect, stamp) = ("a", Expect::Any, &stamp());
        let job = None;
        tx.delete_record(
            c,
            &Removal {
                id,
                expect,
                stamp,
                job,
            },
        )
    };
    store.write_blocking(removal).unwrap();
    assert_eq!(version(&store, c, "a"), None);
}

#[test]
fn readers_beside_a_writer_see_every_answered_version() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let (store, c) = (server.store(), collection(&server.store()));
    let (answered, done) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                while !done.load(Ordering::SeqCst) {
                    let at_least = answered.load(Ordering::SeqCst);
                    let found = runtime.block_on(store.record_body(c, "a")).unwrap();
                    let version = found.map_or(0, |(version, _)| version);
                    assert!(version >= at_least, "{version} after {at_least} was answered");
                }
            });
        }
        for n in 1..=1000 {
            put_one(&store, c, "a", 10).unwrap();
            answered.store(n, Ordering::SeqCst);
        }
        done.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_body_that_another_process_changes_is_seen_soon() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let (store, c) = (server.store(), collection(&server.store()));
    put_one(&store, c, "a", 10).unwrap();
    assert_eq!(version(&store, c, "a"), Some(1));
    let visitor = open(&options(directory.path()), Access::Visit).unwrap();
    put_one(&visitor.store(), c, "a", 10).unwrap();
    let written = Instant::now();
    while version(&store, c, "a") != Some(2) {
        assert!(written.elapsed() < Duration::from_secs(10), "never seen");
    }
}

#[test]
fn more_bodies_than_there_is_room_for_are_all_right() {
    let directory = tempfile::tempdir().unwrap();
    let small = Options {
        rows_kib: 16,
        ..options(directory.path())
    };
    let server = open(&small, Access::Serve).unwrap();
    let (store, c) = (server.store(), collection(&server.store()));
    for n in 0..100_usize {
        put_one(&store, c, &n.to_string(), n * 20).unwrap();
    }
    for _ in 0..3 {
        for n in 0..100_usize {
            let id = n.to_string();
            let mut answer = std::pin::pin!(store.record_body(c, &id));
            let Poll::Ready(found) = answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
                panic!("the look-up went to another thread");
            };
            assert_eq!(found.unwrap().unwrap().1, body(n * 20));
        }
    }
}
