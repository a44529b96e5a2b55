//! Several nodes on one database: each sees what the others write, and none overwrites it.

use std::ops::Bound;
use std::thread;

use model::HistorySeq;
use storage::Error;
use storage::tables::records::{Expect, IndexDef, Written};
use testdb::Database;

use super::kit::{collection, node, put, put_now};

#[test]
fn counters_of_several_nodes_lose_nothing() {
    const EACH: usize = 30;
    let database = Database::new();
    let nodes = [node(&database), node(&database), node(&database)];
    let c = collection(&nodes[0].store());
    put_now(&nodes[0].store(), c, "n", "0").unwrap();
    thread::scope(|scope| {
        for node in nodes.iter().cycle().take(12) {
            let store = node.store();
            scope.spawn(move || {
                for _ in 0..EACH {
                    let written = store.write_blocking(move |tx| {
                        let (version, old) = tx.record_body(c, "n")?.unwrap();
                        let next = old.root().as_i64().unwrap().unwrap() + 1;
                        put(tx, c, "n", Expect::Version(version), &next.to_string())
                    });
                    assert!(matches!(written, Ok(Written::Done { .. })), "{written:?}");
                }
            });
        }
    });
    let seen = nodes[1].store().read_blocking(move |tx| {
        let lines = tx.history_after(c, HistorySeq(0), 9999)?;
        let places: Vec<i64> = lines.iter().map(|line| line.seq.0).collect();
        Ok::<_, Error>((tx.record_body(c, "n")?.unwrap(), tx.count_records(c)?, places))
    });
    let ((version, body), count, places) = seen.unwrap();
    let total = 12 * EACH;
    assert_eq!(body.to_text().unwrap(), total.to_string());
    assert_eq!((version, count), (total as u64 + 1, 1));
    assert_eq!(
        places,
        (1..=i64::try_from(total).unwrap() + 1).collect::<Vec<_>>()
    );
}

#[test]
fn each_node_keeps_up_what_another_has_declared() {
    let database = Database::new();
    let (one, other) = (node(&database), node(&database));
    let c = collection(&one.store());
    // The other has looked, and found no index.
    put_now(&other.store(), c, "a", r#"{"n":1}"#).unwrap();
    let def = IndexDef {
        name: "i".to_owned(),
        path: "n".to_owned(),
        unique: true,
        missing: false,
    };
    let declared = one.store().write_blocking(move |tx| tx.declare_index(c, &def));
    assert!(declared.unwrap());
    let taken = put_now(&other.store(), c, "b", r#"{"n":1}"#).unwrap();
    assert!(matches!(taken, Written::Taken { .. }), "{taken:?}");
    put_now(&other.store(), c, "b", r#"{"n":2}"#).unwrap();
    for node in [&one, &other] {
        let found = node.store().read_blocking(move |tx| {
            let all = (Bound::Unbounded, Bound::Unbounded);
            Ok::<_, Error>(tx.records_by_index(c, "i", &all, 9)?.len())
        });
        assert_eq!(found.unwrap(), 2);
    }
}

#[test]
fn nodes_hear_of_each_other() {
    let database = Database::new();
    let (one, other) = (node(&database), node(&database));
    let (sender, heard) = std::sync::mpsc::channel();
    other.store().listen(move || sender.send(()).unwrap());
    // The first time is unasked: it listens from now on.
    heard.recv().unwrap();
    let announced = |node: &storage::postgres::Postgres| {
        node.store().write_blocking(|tx| {
            tx.announce();
            tx.set_mark("m", "1")
        })
    };
    announced(&other).unwrap();
    announced(&one).unwrap();
    heard.recv().unwrap();
    other.close();
    // Its own announcement was not for itself.
    assert_eq!(heard.iter().count(), 0);
}
