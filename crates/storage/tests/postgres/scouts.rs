//! Closures that are run beforehand to see what they look for: nothing of that stays.

use std::sync::mpsc;

use model::{CollectionId, HistorySeq};
use storage::tables::records::Expect;
use storage::{Error, Store, Tx};
use testdb::Database;

use super::kit::{collection, node, put};

/// More than waits in memory before it is sent.
const MANY: usize = 1100;

fn put_many(tx: &mut dyn Tx, c: CollectionId, text: &str) -> Result<(), Error> {
    (0..MANY).try_for_each(|n| put(tx, c, &n.to_string(), Expect::Any, text).map(drop))
}

fn lines(store: &Store, c: CollectionId) -> usize {
    let lines = store.read_blocking(move |tx| tx.history_after(c, HistorySeq(0), 9999));
    lines.unwrap().len()
}

/// All that it changes is known from the group before, so it gets that far before it lacks something.
#[test]
fn a_long_closure_that_lacks_something_late_is_written_once() {
    let database = Database::new();
    let node = node(&database);
    let (store, c) = (node.store(), collection(&node.store()));
    store.write_blocking(move |tx| put_many(tx, c, "1")).unwrap();
    assert_eq!(lines(&store, c), MANY);
    let (begun, has_begun) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let gone = std::sync::Mutex::new(gone);
    // While it stands still the others come to wait, and are run together.
    let first = store.send_write(move |_| {
        begun.send(()).unwrap();
        gone.lock().unwrap().recv().unwrap();
        Ok::<_, Error>(())
    });
    has_begun.recv().unwrap();
    let long = store.send_write(move |tx| {
        put_many(tx, c, "2")?;
        Ok::<_, Error>(tx.record_body(c, "unknown")?.is_none())
    });
    let short = store.send_write(move |tx| put(tx, c, "short", Expect::Absent, "1").map(drop));
    go.send(()).unwrap();
    first.blocking_recv().unwrap().unwrap();
    assert!(long.blocking_recv().unwrap().unwrap());
    short.blocking_recv().unwrap().unwrap();
    assert_eq!(lines(&store, c), 2 * MANY + 1);
}
