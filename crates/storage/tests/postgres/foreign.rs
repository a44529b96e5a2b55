//! Databases that are not, or not yet, or no longer, what this release expects.

use storage::postgres::{check, open};
use storage::{Access, Error};
use testdb::Database;

use super::kit::{collection, node, options, put_now};

#[test]
fn tables_of_another_program_are_left_alone() {
    let database = Database::new();
    database.sql("CREATE SCHEMA stockyard; CREATE TABLE stockyard.jobs (id int)");
    let opened = open(&options(&database), Access::Serve).map(drop);
    assert!(matches!(opened, Err(Error::Unsuitable(_))), "{opened:?}");
    assert_eq!(database.sql("SELECT count(*) FROM stockyard.jobs").trim(), "0");
}

#[test]
fn another_encoding_is_refused() {
    let database = Database::new();
    database.sql("CREATE DATABASE other_encoding TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc");
    let url = format!("{} dbname=other_encoding", database.url());
    let options = storage::postgres::Options {
        url,
        ..options(&database)
    };
    let opened = open(&options, Access::Serve).map(drop);
    assert!(
        matches!(&opened, Err(Error::Unsuitable(why)) if why.contains("UTF8")),
        "{opened:?}"
    );
}

#[test]
fn a_newer_store_and_an_edited_step_are_refused() {
    let database = Database::new();
    check(&options(&database)).unwrap();
    drop(node(&database));
    check(&options(&database)).unwrap();
    drop(node(&database));
    database.sql("INSERT INTO stockyard.migrations VALUES (999, 'future', '', 998)");
    let opened = open(&options(&database), Access::Serve).map(drop);
    assert!(
        matches!(opened, Err(Error::Newer { found: 999, .. })),
        "{opened:?}"
    );
    database.sql("DELETE FROM stockyard.migrations WHERE version = 999");
    database.sql("UPDATE stockyard.migrations SET checksum = 'x' WHERE version = 1");
    let opened = open(&options(&database), Access::Serve).map(drop);
    assert!(
        matches!(opened, Err(Error::Migration { version: 1, .. })),
        "{opened:?}"
    );
}

#[test]
fn a_node_goes_on_after_a_newer_one_has_only_added_to_the_store() {
    let database = Database::new();
    let older = node(&database);
    let c = collection(&older.store());
    // What a newer release does at its start.
    database.sql(
        "SET search_path = stockyard; ALTER TABLE jobs ADD COLUMN new bigint; CREATE TABLE newer (id bigint); \
         ALTER TABLE collections ADD COLUMN new text NOT NULL DEFAULT ''; \
         INSERT INTO migrations VALUES (998, 'added', 'sum', 1), (999, 'added too', 'sum', 1)",
    );
    put_now(&older.store(), c, "a", "1").unwrap();
    check(&options(&database)).unwrap();
    // One that is started now is no newer.
    let other = node(&database);
    put_now(&other.store(), c, "b", "2").unwrap();
    let seen = older
        .store()
        .read_blocking(move |tx| tx.count_records(c))
        .unwrap();
    assert_eq!(seen, 2);
}

#[test]
fn several_nodes_may_start_on_an_empty_database_at_once() {
    let database = Database::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| drop(node(&database)));
        }
    });
}
