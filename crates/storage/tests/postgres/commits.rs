//! Commits whose answer never came: the group is written once, and its callers are told the truth.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use model::{CollectionId, HistorySeq};
use storage::postgres::{Options, Postgres, open};
use storage::tables::records::Expect;
use storage::{Access, Error, Store};
use testdb::{Database, Proxy};

use super::kit::{collection, node, options, put, put_now};

/// A node that reaches its database through a proxy, with everything that a write needs known on its connection.
fn behind(database: &Database) -> (Arc<Proxy>, Postgres, CollectionId) {
    let proxy = Arc::new(Proxy::before(database));
    let options = Options {
        url: proxy.url(),
        ..options(database)
    };
    let node = open(&options, Access::Serve).unwrap();
    let c = collection(&node.store());
    put_now(&node.store(), c, "first", "1").unwrap();
    (proxy, node, c)
}

/// Adds a record, and calls `before_commit` when all is done but the commit. The answer, and how often that was.
fn add(
    store: &Store,
    c: CollectionId,
    before_commit: impl Fn() + Send + 'static,
) -> (Result<u32, Error>, u32) {
    let runs = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&runs);
    let answer = store.write_blocking(move |tx| {
        let run = count.fetch_add(1, Ordering::SeqCst) + 1;
        put(tx, c, "a", Expect::Absent, &run.to_string())?;
        if run == 1 {
            before_commit();
        }
        Ok(run)
    });
    (answer, runs.load(Ordering::SeqCst))
}

/// What is there, as another node sees it: the record, how many there are by the count, and lines of history.
fn seen(database: &Database, c: CollectionId) -> (String, u64, usize) {
    let other = node(database);
    let read = other.store().read_blocking(move |tx| {
        let (_, body) = tx.record_body(c, "a")?.expect("it was written");
        let lines = tx.history_after(c, HistorySeq(0), 99)?.len();
        Ok::<_, Error>((body.to_text().unwrap(), tx.count_records(c)?, lines))
    });
    read.unwrap()
}

#[test]
fn a_commit_whose_answer_is_lost_is_found_and_not_made_again() {
    let database = Database::new();
    let (proxy, node, c) = behind(&database);
    let (answer, runs) = add(&node.store(), c, move || proxy.lose_next_commit());
    assert_eq!(answer.unwrap(), 1, "what the first run said is the truth");
    assert_eq!(runs, 1);
    assert_eq!(seen(&database, c), ("1".to_owned(), 2, 2));
}

#[test]
fn a_commit_that_is_still_on_its_way_is_waited_for() {
    let database = Database::new();
    let (proxy, node, c) = behind(&database);
    let delaying = Arc::clone(&proxy);
    let (answer, runs) = std::thread::scope(|scope| {
        let writing = scope.spawn(|| add(&node.store(), c, move || delaying.delay_next_words()));
        while !proxy.is_blocked() {
            std::thread::yield_now();
        }
        let open = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()";
        assert_eq!(database.sql(open).trim(), "1", "the commit is held back");
        assert!(!writing.is_finished());
        proxy.go_on();
        writing.join().unwrap()
    });
    assert_eq!(answer.unwrap(), 1);
    assert_eq!(runs, 1);
    assert_eq!(seen(&database, c), ("1".to_owned(), 2, 2));
}

#[test]
fn a_commit_that_never_arrived_is_made_again_and_the_last_run_counts() {
    let database = Arc::new(Database::new());
    let (_proxy, node, c) = behind(&database);
    let ender = Arc::clone(&database);
    let (answer, runs) = add(&node.store(), c, move || ender.end_connections());
    assert_eq!(answer.unwrap(), 2, "what the second run said is the truth");
    assert_eq!(runs, 2);
    assert_eq!(seen(&database, c), ("2".to_owned(), 2, 2));
}

/// The number of the transaction is another one's then, and committed.
#[test]
fn a_commit_that_a_crash_took_away_is_made_again_whatever_came_since() {
    let database = Arc::new(Database::apart());
    let node = open(&options(&database), Access::Serve).unwrap();
    let c = collection(&node.store());
    put_now(&node.store(), c, "first", "1").unwrap();
    database.sql("CREATE TABLE others (n integer)");
    let crashing = Arc::clone(&database);
    let (answer, runs) = add(&node.store(), c, move || {
        crashing.stop_server();
        crashing.start_server();
        for _ in 0..3 {
            crashing.sql("INSERT INTO others VALUES (1)");
        }
    });
    assert_eq!(answer.unwrap(), 2, "what the second run said is the truth");
    assert_eq!(runs, 2);
    assert_eq!(seen(&database, c), ("2".to_owned(), 2, 2));
}
