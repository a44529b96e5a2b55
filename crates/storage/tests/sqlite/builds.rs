//! A process that is killed while it builds an index: the build goes on where it stood, and misses nothing.

use std::io::{BufRead, BufReader, Write};
use std::ops::Bound;
use std::path::Path;

use model::CollectionId;
use storage::tables::indexes::{Filled, IndexState};
use storage::tables::records::IndexDef;
use storage::{Store, Tx};

use super::kit::{body, child, collection, given_directory, put, serve};

const RECORDS: u32 = 1500;

fn def() -> IndexDef {
    IndexDef {
        name: "n".to_owned(),
        path: "n".to_owned(),
        unique: false,
        missing: false,
    }
}

fn prepare(store: &Store, c: CollectionId) {
    let body = body(10);
    let all = move |tx: &mut dyn Tx| {
        (0..RECORDS).try_for_each(|n| put(tx, c, &format!("{n:05}"), &body).map(drop))?;
        tx.begin_index(c, &def())
    };
    assert_eq!(store.write_blocking(all).unwrap(), IndexState::Building);
}

/// Adds one record at a time and says so each time, with a write of another record between.
fn build_and_tell(directory: &Path) {
    let server = serve(directory);
    let (store, c) = (server.store(), collection(&server.store()));
    loop {
        let (body, step) = (body(20), move |tx: &mut dyn Tx| tx.fill_index(c, "n", 1));
        match store.write_blocking(step).unwrap() {
            Filled::UpTo(place) => {
                let id = format!("{:05}", (place.0 * 7) % i64::from(RECORDS));
                store.write_blocking(move |tx| put(tx, c, &id, &body)).unwrap();
                writeln!(std::io::stdout().lock(), "filled {}", place.0).unwrap();
            }
            Filled::Whole => break,
            conflict @ Filled::Conflict { .. } => panic!("{conflict:?} in an index that is not unique"),
        }
    }
    assert!(store.write_blocking(move |tx| tx.finish_index(c, "n")).unwrap());
}

fn entries(directory: &Path) -> Option<u64> {
    let server = serve(directory);
    let (store, c) = (server.store(), collection(&server.store()));
    let all = [(Bound::Unbounded, Bound::Unbounded)];
    let count = store.read_blocking(move |tx| tx.count_index(c, "n", &all, u64::MAX));
    count.unwrap()
}

/// In a child process this is the victim; by itself it shows that the loop builds an index.
#[test]
fn the_loop_of_the_builder_builds() {
    if let Some(directory) = given_directory() {
        return build_and_tell(&directory);
    }
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    prepare(&server.store(), collection(&server.store()));
    drop(server);
    build_and_tell(directory.path());
    assert_eq!(entries(directory.path()), Some(u64::from(RECORDS)));
}

#[test]
fn a_build_goes_on_after_kill() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    prepare(&server.store(), collection(&server.store()));
    drop(server);
    let mut reached = 0;
    for moment in [1, 40, 100, 7] {
        let mut victim = child(
            "sqlite::builds::the_loop_of_the_builder_builds",
            directory.path(),
            ":",
        )
        .spawn()
        .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let told: Vec<i64> = lines
            .filter_map(|line| Some(line.unwrap().strip_prefix("filled ")?.parse().unwrap()))
            .take(moment)
            .collect();
        victim.kill().unwrap();
        assert!(!victim.wait().unwrap().success());
        assert!(told[0] > reached, "{} was told before", told[0]);
        assert!(told.windows(2).all(|pair| pair[0] + 1 == pair[1]));
        reached = told[moment - 1];
    }
    build_and_tell(directory.path());
    assert_eq!(entries(directory.path()), Some(u64::from(RECORDS)));
    let server = serve(directory.path());
    let (store, c) = (server.store(), collection(&server.store()));
    let indexes = store.read_blocking(move |tx| tx.indexes(c));
    assert_eq!(indexes.unwrap(), [def()]);
}
