//! Connections that are lost, at rest and in the midst of a group.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use model::HistorySeq;
use storage::tables::records::Expect;
use storage::{Access, Error};
use testdb::Database;

use super::kit::{collection, node, options, put, put_now};

#[test]
fn lost_connections_are_made_anew() {
    let database = Database::new();
    let node = node(&database);
    let (store, c) = (node.store(), collection(&node.store()));
    for round in 0..5 {
        put_now(&store, c, "a", &round.to_string()).unwrap();
        let read = |store: &storage::Store| store.read_blocking(move |tx| tx.record_body(c, "a"));
        assert!(read(&store).unwrap().is_some());
        database.end_connections();
        assert!(read(&store).unwrap().is_some());
        database.end_connections();
    }
}

#[test]
fn a_group_whose_connection_is_lost_is_written_once() {
    let database = Arc::new(Database::new());
    let node = node(&database);
    let (store, c) = (node.store(), collection(&node.store()));
    let runs = Arc::new(AtomicU32::new(0));
    let (count, ender) = (Arc::clone(&runs), Arc::clone(&database));
    let written = store.write_blocking(move |tx| {
        put(tx, c, "a", Expect::Absent, "1")?;
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            ender.end_connections();
        }
        // Asks, and so finds out.
        put(tx, c, "b", Expect::Absent, "2")
    });
    written.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    let lines = store.read_blocking(move |tx| tx.history_after(c, HistorySeq(0), 9));
    assert_eq!(lines.unwrap().len(), 2);
}

#[test]
fn a_commit_that_finds_the_connection_lost_is_made_again() {
    let database = Arc::new(Database::new());
    let node = node(&database);
    let (store, c) = (node.store(), collection(&node.store()));
    let runs = Arc::new(AtomicU32::new(0));
    let (count, ender) = (Arc::clone(&runs), Arc::clone(&database));
    let written = store.write_blocking(move |tx| {
        put(tx, c, "a", Expect::Absent, "1")?;
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            ender.end_connections();
        }
        Ok::<_, Error>(())
    });
    written.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    let lines = store.read_blocking(move |tx| tx.history_after(c, HistorySeq(0), 9));
    assert_eq!(lines.unwrap().len(), 1);
}

#[test]
fn a_database_that_is_away_is_said_to_be() {
    let database = Database::new();
    let url = database.url().replace("dbname=", "dbname=none_");
    let options = storage::postgres::Options {
        url,
        ..options(&database)
    };
    let opened = storage::postgres::open(&options, Access::Serve);
    assert!(opened.is_err());
    let node = node(&database);
    let store = node.store();
    let c = collection(&store);
    drop(database);
    let read = store.read_blocking(move |tx| tx.record_body(c, "a"));
    assert!(read.is_err());
    assert!(put_now(&store, c, "a", "1").is_err());
}
