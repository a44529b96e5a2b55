//! Queues and their messages.

use model::{HeapId, MessageSeq, QueueId, Timestamp};
use storage::tables::messages::{Arrival, Heap, Message, MessageCounts, NewMessage, Order, Sent};
use storage::tables::queues::{NewQueue, Queue, QueueFilter};

use super::bed::{Bed, read, write};

fn make(bed: &dyn Bed, account: &str, name: &str, dead_letters: Option<&str>) -> Queue {
    let new = NewQueue {
        account: account.to_owned(),
        name: name.to_owned(),
        attributes: r#"{"DelaySeconds":"5"}"#.to_owned(),
        tags: "{}".to_owned(),
        dead_letters: dead_letters.map(str::to_owned),
        now: Timestamp(7),
    };
    write(bed, move |tx| tx.insert_queue(&new))
}

fn free(bed: &dyn Bed) -> Heap {
    heap(&make(bed, "1", "free", None), Order::Free)
}

fn grouped(bed: &dyn Bed) -> Heap {
    heap(&make(bed, "1", "grouped.fifo", None), Order::Grouped)
}

fn heap(queue: &Queue, order: Order) -> Heap {
    Heap {
        id: queue.heap,
        order,
    }
}

fn new(body: &str, group: Option<&str>, visible_at: i64) -> NewMessage {
    NewMessage {
        id: format!("id of {body}"),
        visible_at: Timestamp(visible_at),
        sent: Timestamp(100),
        group: group.map(str::to_owned),
        dedup: None,
        sender: "ann".to_owned(),
        attributes: "{}".to_owned(),
        body: body.to_owned(),
    }
}

/// Sends messages named `group:body` or `body`, to be received from time 100 on.
fn send(bed: &dyn Bed, heap: Heap, bodies: &[&str]) -> Vec<MessageSeq> {
    let of = |text: &&str| match text.split_once(':') {
        Some((group, _)) => new(text, Some(group), 100),
        None => new(text, None, 100),
    };
    let messages: Vec<NewMessage> = bodies.iter().map(of).collect();
    write(bed, move |tx| tx.add_messages(heap, &messages))
}

fn bodies(messages: &[Message]) -> String {
    let bodies: Vec<&str> = messages.iter().map(|message| message.body.as_str()).collect();
    bodies.join(" ")
}

fn ready(bed: &dyn Bed, heap: Heap, now: i64, limit: usize) -> Vec<Message> {
    read(bed, move |tx| tx.ready_messages(heap, Timestamp(now), limit))
}

/// Receives for 30 units of time.
fn receive(bed: &dyn Bed, heap: Heap, now: i64, limit: usize) -> String {
    let taken = write(bed, move |tx| {
        let found = tx.ready_messages(heap, Timestamp(now), limit)?;
        let seqs: Vec<MessageSeq> = found.iter().map(|message| message.seq).collect();
        tx.take_messages(heap, &seqs, Timestamp(now + 30), Timestamp(now))?;
        Ok(found)
    });
    bodies(&taken)
}

fn delete(bed: &dyn Bed, heap: Heap, seqs: &[MessageSeq]) {
    let seqs = seqs.to_vec();
    write(bed, move |tx| tx.delete_messages(heap, &seqs));
}

pub(crate) fn a_queue_survives(bed: &dyn Bed) {
    let made = make(bed, "1", "a", Some("1/dead"));
    let id = made.id;
    assert_eq!(read(bed, |tx| tx.queue("1", "a")), Some(made.clone()));
    assert_eq!(read(bed, move |tx| tx.queue_by_id(id)), Some(made.clone()));
    assert_eq!(read(bed, |tx| tx.queue("2", "a")), None);
    let changed = Queue {
        attributes: "{}".to_owned(),
        tags: r#"{"k":"v"}"#.to_owned(),
        dead_letters: None,
        modified: Timestamp(9),
        ..made
    };
    let update = changed.clone();
    write(bed, move |tx| tx.update_queue(&update));
    assert_eq!(read(bed, |tx| tx.queue("1", "a")), Some(changed));
}

pub(crate) fn a_name_is_unique_in_its_account(bed: &dyn Bed) {
    let (one, other) = (make(bed, "1", "a", None), make(bed, "2", "a", None));
    assert!(one.id != other.id && one.heap != other.heap);
    let again = NewQueue {
        account: "1".to_owned(),
        name: "a".to_owned(),
        attributes: String::new(),
        tags: String::new(),
        dead_letters: None,
        now: Timestamp(1),
    };
    assert!(
        bed.store()
            .write_blocking(move |tx| tx.insert_queue(&again))
            .is_err()
    );
}

pub(crate) fn queues_are_listed_by_name(bed: &dyn Bed) {
    for (account, name, to) in [
        ("1", "b", Some("1/z")),
        ("1", "a1", None),
        ("1", "a2", Some("1/z")),
        ("2", "a3", Some("1/z")),
        ("1", "z", None),
    ] {
        make(bed, account, name, to);
    }
    let names = |filter: QueueFilter<'static>, after: (&'static str, &'static str), limit| {
        let found = read(bed, move |tx| tx.queues(filter, after, limit));
        let names: Vec<String> = found.into_iter().map(|queue| queue.name).collect();
        names.join(" ")
    };
    let named = |prefix| QueueFilter::Named { account: "1", prefix };
    assert_eq!(names(named(""), ("", ""), 9), "a1 a2 b z");
    assert_eq!(names(named("a"), ("", ""), 9), "a1 a2");
    assert_eq!(names(named(""), ("1", "a1"), 2), "a2 b");
    assert_eq!(names(QueueFilter::DeadLettersTo("1/z"), ("", ""), 9), "a2 b a3");
    assert_eq!(names(QueueFilter::DeadLettersTo("1/z"), ("1", "a2"), 9), "b a3");
    assert_eq!(names(QueueFilter::All, ("1", "b"), 9), "z a3");
}

pub(crate) fn a_message_survives(bed: &dyn Bed) {
    let heap = free(bed);
    let sent = NewMessage {
        dedup: Some("d".to_owned()),
        attributes: r#"{"b": "1.0"}"#.to_owned(),
        ..new("  Zeile\r\n\té\u{10ffff} ", Some("g"), 150)
    };
    let added = sent.clone();
    let seqs = write(bed, move |tx| tx.add_messages(heap, std::slice::from_ref(&added)));
    assert_eq!(ready(bed, heap, 149, 10), []);
    let expected = Message {
        seq: seqs[0],
        visible_at: Timestamp(150),
        received: 0,
        first_received: None,
        sent: sent.sent,
        id: sent.id,
        group: sent.group,
        dedup: sent.dedup,
        sender: sent.sender,
        source: None,
        attributes: sent.attributes,
        body: sent.body,
    };
    assert_eq!(ready(bed, heap, 150, 10), std::slice::from_ref(&expected));
    receive(bed, heap, 150, 10);
    receive(bed, heap, 200, 10);
    let again = Message {
        received: 2,
        first_received: Some(Timestamp(150)),
        visible_at: Timestamp(230),
        ..expected
    };
    assert_eq!(ready(bed, heap, 230, 10), [again]);
}

pub(crate) fn what_is_taken_is_not_ready_until_its_time(bed: &dyn Bed) {
    let heap = free(bed);
    send(bed, heap, &["a", "b", "c"]);
    assert_eq!(receive(bed, heap, 100, 2), "a b");
    assert_eq!(receive(bed, heap, 101, 9), "c");
    assert_eq!(receive(bed, heap, 129, 9), "");
    assert_eq!(receive(bed, heap, 130, 9), "a b");
    assert_eq!(receive(bed, heap, 131, 9), "c");
}

pub(crate) fn states_tell_how_far_messages_are(bed: &dyn Bed) {
    let heap = free(bed);
    let seqs = send(bed, heap, &["a", "b"]);
    receive(bed, heap, 100, 1);
    let (asked, elsewhere) = (
        vec![seqs[1], seqs[0], MessageSeq(i64::MAX)],
        HeapId(heap.id.0 + 1),
    );
    let states = read(bed, {
        let asked = asked.clone();
        move |tx| tx.message_states(heap.id, &asked)
    });
    let told: Vec<_> = states
        .iter()
        .map(|state| (state.seq, state.received, state.visible_at.0))
        .collect();
    assert_eq!(told, [(seqs[1], 0, 100), (seqs[0], 1, 130)]);
    assert_eq!(read(bed, move |tx| tx.message_states(elsewhere, &asked)), []);
}

pub(crate) fn messages_are_counted(bed: &dyn Bed) {
    for heap in [free(bed), grouped(bed)] {
        send(bed, heap, &["g:a", "g:b", "h:c"]);
        write(bed, move |tx| tx.add_messages(heap, &[new("d", Some("i"), 500)]));
        receive(bed, heap, 100, 2);
        let counts = read(bed, move |tx| tx.message_counts(heap, Timestamp(110)));
        let expected = MessageCounts {
            visible: 1,
            held: 2,
            delayed: 1,
        };
        assert_eq!(counts, expected, "{heap:?}");
        assert!(read(bed, move |tx| tx.are_held(heap, Timestamp(110), 1)));
        assert!(!read(bed, move |tx| tx.are_held(heap, Timestamp(110), 3)));
        assert!(!read(bed, move |tx| tx.are_held(heap, Timestamp(130), 1)));
    }
}

pub(crate) fn the_next_time_is_told(bed: &dyn Bed) {
    let heap = free(bed);
    let next = move |after| read(bed, move |tx| tx.next_ready(heap.id, Timestamp(after)));
    assert_eq!(next(0), None);
    send(bed, heap, &["a"]);
    write(bed, move |tx| tx.add_messages(heap, &[new("b", None, 500)]));
    assert_eq!(
        [next(0), next(100), next(500)],
        [Some(Timestamp(100)), Some(Timestamp(500)), None]
    );
    let (empty, id) = (grouped(bed).id, heap.id);
    let heaps = read(bed, move |tx| tx.ready_heaps(&[empty, id]));
    assert_eq!(heaps, [(id, Timestamp(100))]);
}

pub(crate) fn groups_are_in_order(bed: &dyn Bed) {
    let heap = grouped(bed);
    send(bed, heap, &["g:1", "g:2", "h:1", "g:3"]);
    let seqs = send(bed, heap, &["h:2"]);
    assert_eq!(receive(bed, heap, 100, 2), "g:1 g:2");
    assert_eq!(receive(bed, heap, 101, 9), "h:1 h:2", "g is held");
    assert_eq!(receive(bed, heap, 102, 9), "");
    assert_eq!(receive(bed, heap, 130, 9), "g:1 g:2 g:3", "not deleted, so again");
    delete(bed, heap, &seqs);
    assert_eq!(receive(bed, heap, 131, 9), "h:1");
}

pub(crate) fn deleting_lets_the_rest_of_a_group_go_on(bed: &dyn Bed) {
    let heap = grouped(bed);
    let seqs = send(bed, heap, &["g:1", "g:2", "g:3"]);
    assert_eq!(receive(bed, heap, 100, 2), "g:1 g:2");
    delete(bed, heap, &seqs[..1]);
    assert_eq!(receive(bed, heap, 101, 9), "", "the second is still held");
    delete(bed, heap, &seqs[1..2]);
    assert_eq!(receive(bed, heap, 102, 9), "g:3");
    delete(bed, heap, &seqs[2..]);
    send(bed, heap, &["g:4"]);
    assert_eq!(receive(bed, heap, 103, 9), "g:4");
}

pub(crate) fn a_group_waits_for_its_last_message(bed: &dyn Bed) {
    let heap = grouped(bed);
    let seqs = send(bed, heap, &["g:1", "g:2", "g:3"]);
    receive(bed, heap, 100, 3);
    let times = vec![(seqs[0], Timestamp(105)), (seqs[2], Timestamp(180))];
    write(bed, move |tx| tx.set_visible(heap, &times));
    assert_eq!(receive(bed, heap, 150, 9), "");
    let next = read(bed, move |tx| tx.next_ready(heap.id, Timestamp(150)));
    assert_eq!(next, Some(Timestamp(180)));
    let times = vec![(seqs[2], Timestamp(160))];
    write(bed, move |tx| tx.set_visible(heap, &times));
    assert_eq!(receive(bed, heap, 160, 9), "g:1 g:2 g:3");
}

pub(crate) fn a_long_group_is_taken_in_tens(bed: &dyn Bed) {
    let heap = grouped(bed);
    let names: Vec<String> = (10..35).map(|n| format!("g:{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let seqs = send(bed, heap, &names);
    for first in [0, 10, 20] {
        let last = (first + 10).min(25);
        assert_eq!(receive(bed, heap, 100, 10), names[first..last].join(" "));
        assert_eq!(receive(bed, heap, 100, 10), "");
        delete(bed, heap, &seqs[first..last]);
    }
}

pub(crate) fn what_is_not_visible_yet_holds_up_its_group(bed: &dyn Bed) {
    let heap = grouped(bed);
    let messages = [
        new("g:1", Some("g"), 100),
        new("g:2", Some("g"), 150),
        new("g:3", Some("g"), 100),
        new("h:1", Some("h"), 100),
    ];
    write(bed, move |tx| tx.add_messages(heap, &messages));
    assert_eq!(bodies(&ready(bed, heap, 100, 9)), "g:1 h:1");
    assert_eq!(bodies(&ready(bed, heap, 150, 9)), "g:1 g:2 g:3 h:1");
}

pub(crate) fn messages_move_to_another_heap(bed: &dyn Bed) {
    let (one, other) = (grouped(bed), free(bed));
    let third = heap(&make(bed, "1", "third.fifo", None), Order::Grouped);
    let seqs = send(bed, one, &["g:1", "g:2", "h:1"]);
    send(bed, third, &["g:0"]);
    receive(bed, one, 100, 1);
    let arrival = Arrival {
        visible_at: Timestamp(120),
        sent: Some(Timestamp(120)),
        source: Some("1/grouped.fifo".to_owned()),
    };
    let (first, to_third) = (vec![seqs[0]], arrival.clone());
    write(bed, move |tx| tx.move_messages(one, third, &first, &to_third));
    assert_eq!(bodies(&ready(bed, one, 120, 9)), "g:2 h:1");
    assert_eq!(bodies(&ready(bed, third, 120, 9)), "g:0 g:1");
    let moved = &ready(bed, third, 120, 9)[1];
    assert_eq!((moved.received, moved.first_received), (0, None));
    assert_eq!(
        (moved.source.as_deref(), moved.sent),
        (Some("1/grouped.fifo"), Timestamp(120))
    );
    assert!(moved.seq > seqs[2]);
    let back = Arrival {
        sent: None,
        source: None,
        ..arrival
    };
    let all: Vec<MessageSeq> = ready(bed, third, 120, 9).iter().map(|m| m.seq).collect();
    write(bed, move |tx| tx.move_messages(third, other, &all, &back));
    let there = ready(bed, other, 120, 9);
    assert_eq!(bodies(&there), "g:0 g:1");
    assert_eq!(there[0].sent, Timestamp(100));
    assert_eq!(there[1].source.as_deref(), Some("1/grouped.fifo"));
}

pub(crate) fn purging_and_deleting_forget_at_once_and_sweep_in_parts(bed: &dyn Bed) {
    let queue = make(bed, "1", "a", None);
    let old = heap(&queue, Order::Free);
    send(bed, old, &["a", "b", "g:c"]);
    let id = queue.id;
    let fresh = write(bed, move |tx| tx.purge_queue(id, Timestamp(50))).unwrap();
    assert_ne!(fresh, queue.heap);
    let now = read(bed, |tx| tx.queue("1", "a")).unwrap();
    assert_eq!((now.heap, now.purged), (fresh, Some(Timestamp(50))));
    let new = Heap {
        id: fresh,
        order: Order::Free,
    };
    send(bed, new, &["d"]);
    assert_eq!(bodies(&ready(bed, new, 100, 9)), "d");
    let mut swept = Vec::new();
    while swept.last() != Some(&0) {
        swept.push(write(bed, |tx| tx.sweep_heaps(1)));
    }
    assert_eq!(swept, [1, 1, 1, 1, 0], "three messages and their heap");
    assert_eq!(ready(bed, old, 100, 9), []);
    assert_eq!(bodies(&ready(bed, new, 100, 9)), "d");
    assert!(write(bed, move |tx| tx.delete_queue(id)));
    assert!(!write(bed, move |tx| tx.delete_queue(id)));
    assert_eq!(read(bed, |tx| tx.queue("1", "a")), None);
    assert_eq!(write(bed, |tx| tx.sweep_heaps(10)), 1);
    assert_eq!(write(bed, |tx| tx.purge_queue(QueueId(99), Timestamp(1))), None);
    assert_ne!(make(bed, "1", "a", None).heap, fresh, "no heap is given twice");
}

pub(crate) fn a_place_is_never_given_twice(bed: &dyn Bed) {
    let heap = free(bed);
    let first = send(bed, heap, &["a"]);
    delete(bed, heap, &first);
    assert!(send(bed, heap, &["b"])[0] > first[0]);
}

pub(crate) fn old_messages_go(bed: &dyn Bed) {
    for heap in [free(bed), grouped(bed)] {
        let seqs = send(bed, heap, &["g:1", "g:2", "h:1"]);
        let young = NewMessage {
            sent: Timestamp(300),
            ..new("h:2", Some("h"), 300)
        };
        write(bed, move |tx| tx.add_messages(heap, std::slice::from_ref(&young)));
        let held = vec![seqs[2]];
        write(bed, move |tx| {
            tx.take_messages(heap, &held, Timestamp(900), Timestamp(300))
        });
        let sweep = move || {
            write(bed, move |tx| {
                tx.delete_old_messages(heap, Timestamp(200), Timestamp(400), 10)
            })
        };
        while sweep() > 0 {}
        let left = read(bed, move |tx| tx.message_counts(heap, Timestamp(400)));
        assert_eq!((left.visible, left.held), (1, 1), "{heap:?}");
    }
}

pub(crate) fn what_was_sent_is_known_for_a_while(bed: &dyn Bed) {
    let sent = |name: u8, message: &str| Sent {
        name: [name; 32],
        message: message.to_owned(),
        seq: MessageSeq(4),
    };
    let note = move |queue, noted: Vec<Sent>, until| {
        write(bed, move |tx| {
            tx.note_sent(QueueId(queue), &noted, Timestamp(until))
        });
    };
    note(1, vec![sent(1, "m"), sent(2, "n")], 100);
    note(1, vec![sent(3, "o")], 200);
    let known = |queue, now| {
        let names: Vec<_> = (0..5).map(|name| [name; 32]).collect();
        let found = read(bed, move |tx| {
            tx.sent_before(QueueId(queue), &names, Timestamp(now))
        });
        let mut found: Vec<String> = found.into_iter().map(|sent| sent.message).collect();
        found.sort();
        found.concat()
    };
    assert_eq!([known(1, 99), known(1, 100), known(2, 99)], ["mno", "o", ""]);
    note(1, vec![sent(1, "p")], 300);
    assert_eq!(known(1, 250), "p");
    assert_eq!(write(bed, |tx| tx.forget_sent(Timestamp(250), 1)), 1);
    assert_eq!(write(bed, |tx| tx.forget_sent(Timestamp(250), 9)), 1);
    assert_eq!(known(1, 0), "p");
}
