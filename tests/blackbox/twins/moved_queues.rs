//! Queues that are moved to PostgreSQL: messages lie there in the same order, held by the same receivers, and what is sent
//! later lies behind them.

use model::{MessageSeq, Timestamp};
use storage::tables::messages::{Heap, Message, NewMessage, Order};
use storage::tables::queues::{NewQueue, Queue};
use storage::{Access, Error, Store, postgres, sqlite};
use testdb::{Database, only_on_sqlite};

use crate::support::stockyard;

fn message(body: &str, group: Option<&str>) -> NewMessage {
    NewMessage {
        id: format!("id of {body}"),
        visible_at: Timestamp(100),
        sent: Timestamp(100),
        group: group.map(str::to_owned),
        dedup: None,
        sender: "ann".to_owned(),
        attributes: "{}".to_owned(),
        body: body.to_owned(),
    }
}

fn make(store: &Store, name: &'static str) -> Queue {
    let made = store.write_blocking(move |tx| {
        tx.insert_queue(&NewQueue {
            account: "1".to_owned(),
            name: name.to_owned(),
            attributes: "{}".to_owned(),
            tags: r#"{"k":"ä"}"#.to_owned(),
            dead_letters: None,
            now: Timestamp(7),
        })
    });
    made.unwrap()
}

fn send(store: &Store, heap: Heap, body: &'static str, group: Option<&'static str>) -> MessageSeq {
    let sent = store.write_blocking(move |tx| tx.add_messages(heap, &[message(body, group)]));
    sent.unwrap()[0]
}

/// The queue, and what can be received from it at a time.
fn seen(store: &Store, name: &'static str, order: Order, now: i64) -> (Queue, Vec<Message>) {
    let found = store.read_blocking(move |tx| {
        let queue = tx.queue("1", name)?.expect("the queue is there");
        let heap = Heap {
            id: queue.heap,
            order,
        };
        let ready = tx.ready_messages(heap, Timestamp(now), 10)?;
        Ok::<_, Error>((queue, ready))
    });
    found.unwrap()
}

#[test]
fn queues_are_moved_with_their_messages() {
    if !only_on_sqlite("a folder is moved into a database") {
        return;
    }
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::new());
    let old = sqlite::open(&sqlite::Options::new(folder.path()), Access::Serve).unwrap();
    let store = old.store();
    let (free, grouped) = (make(&store, "free"), make(&store, "grouped.fifo"));
    let heaps =
        [(free.heap, Order::Free), (grouped.heap, Order::Grouped)].map(|(id, order)| Heap { id, order });
    let held = send(&store, heaps[0], "held", None);
    send(&store, heaps[0], "line 1\r\nline 2 \u{1}", None);
    for (body, group) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
        send(&store, heaps[1], body, Some(group));
    }
    let taken =
        store.write_blocking(move |tx| tx.take_messages(heaps[0], &[held], Timestamp(900), Timestamp(200)));
    taken.unwrap();
    let looks = [
        ("free", Order::Free, 300),
        ("free", Order::Free, 900),
        ("grouped.fifo", Order::Grouped, 300),
    ];
    let before = looks.map(|(name, order, now)| seen(&store, name, order, now));
    assert_eq!(before.each_ref().map(|(_, ready)| ready.len()), [1, 2, 3]);
    old.close();
    let from = format!("sqlite:{}", folder.path().display());
    stockyard(&["migrate", "--from", &from, "--to", &database.address()]).ok();
    let new = postgres::open(&postgres::Options::new(database.url()), Access::Serve).unwrap();
    let after = looks.map(|(name, order, now)| seen(&new.store(), name, order, now));
    assert_eq!(after, before);
    let next = send(&new.store(), heaps[0], "later", None);
    assert!(before[1].1.iter().all(|message| message.seq < next));
    new.close();
}
