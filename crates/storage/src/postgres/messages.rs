//! Messages. What is done to several of them is one statement, since exchanges with the server are what costs.

use std::borrow::Cow;
use std::collections::HashSet;

use model::{HeapId, MessageSeq, QueueId, Timestamp};
use tokio_postgres::Row;

use super::Session;
use super::value::{Cells, Value, params, signed};
use crate::tables::messages::{
    Arrival, HELD_TOGETHER, Heap, Message, MessageCounts, MessageState, NewMessage, Order, Sent, SentName,
    unblocked,
};
use crate::tables::{ReadMessages, WriteMessages};
use crate::{Error, Result};

const READY: &str = "SELECT seq, visible_at, received, first_received, sent, id, grp, dedup, sender, source,
    attributes, body FROM messages WHERE heap = $1 AND ready_at <= $2 ORDER BY ready_at, seq LIMIT $3";
const READY_GROUPS: &str =
    "SELECT m.seq, m.visible_at, m.received, m.first_received, m.sent, m.id, m.grp, m.dedup,
    m.sender, m.source, m.attributes, m.body
    FROM (SELECT seq, ready_at, grp FROM messages WHERE heap = $1 AND ready_at <= $2
        ORDER BY ready_at, seq LIMIT $3) h
    CROSS JOIN LATERAL (SELECT * FROM messages WHERE heap = $1 AND grp = h.grp ORDER BY seq LIMIT $4) m
    ORDER BY h.ready_at, h.seq, m.seq";
const COUNT_FREE: &str = "SELECT (SELECT count(*) FROM messages WHERE heap = $1 AND ready_at <= $2),
    count(*) FILTER (WHERE received > 0), count(*) FILTER (WHERE received = 0)
    FROM messages WHERE heap = $1 AND ready_at > $2";
const COUNT_GROUPED: &str = "SELECT count(*) FILTER (WHERE visible_at <= $2),
    count(*) FILTER (WHERE visible_at > $2 AND received > 0), count(*) FILTER (WHERE visible_at > $2 AND received = 0)
    FROM messages WHERE heap = $1 AND grp IS NOT NULL";
const HELD: &str =
    "SELECT 1::bigint FROM messages WHERE heap = $1 AND ready_at > $2 AND received > 0 LIMIT 1 OFFSET $3";
const NEXT: &str =
    "SELECT ready_at FROM messages WHERE heap = $1 AND ready_at > $2 ORDER BY ready_at LIMIT 1";
const EARLIEST: &str = "SELECT h.id, m.ready_at FROM unnest($1::bigint[]) AS h (id)
    CROSS JOIN LATERAL (SELECT ready_at FROM messages WHERE heap = h.id AND ready_at IS NOT NULL
        ORDER BY ready_at LIMIT 1) m";
const STATES: &str = "SELECT m.seq, m.received, m.visible_at FROM messages m
    WHERE m.seq = ANY($1) AND m.heap = $2 ORDER BY array_position($1, m.seq)";
const SENT: &str =
    "SELECT name, message, seq FROM message_dedup WHERE queue = $1 AND name = ANY($2) AND until > $3";
/// `$11` says which are the first of their groups in the list.
const INSERT: &str = "INSERT INTO messages (heap, ready_at, visible_at, sent, id, grp, dedup, sender, attributes, body)
    SELECT $1::bigint, CASE WHEN $2 OR (n.head AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.heap = $1 AND m.grp = n.grp))
            THEN n.visible_at END, n.visible_at, n.sent, n.id, n.grp, n.dedup, n.sender, n.attributes, n.body
    FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
        $11::boolean[]) WITH ORDINALITY
        AS n (visible_at, sent, id, grp, dedup, sender, attributes, body, head, place)
    ORDER BY n.place RETURNING seq";
const TAKE: &str = "UPDATE messages SET received = received + 1, first_received = coalesce(first_received, $4),
    visible_at = $3, ready_at = CASE WHEN ready_at IS NOT NULL THEN $3::bigint END WHERE seq = ANY($1) AND heap = $2";
const SET_VISIBLE: &str = "UPDATE messages m SET visible_at = n.time,
    ready_at = CASE WHEN m.ready_at IS NOT NULL THEN n.time END
    FROM unnest($1::bigint[], $3::bigint[]) AS n (seq, time) WHERE m.seq = n.seq AND m.heap = $2";
const GROUPS: &str =
    "SELECT DISTINCT grp FROM messages WHERE seq = ANY($1) AND heap = $2 AND grp IS NOT NULL";
/// The first messages of groups get the times at which their groups are ready.
const SETTLE: &str = "UPDATE messages m SET ready_at = s.ready FROM (
        SELECT f.head, f.ready FROM unnest($2::text[]) AS g (name) CROSS JOIN LATERAL (
            SELECT min(seq) AS head, max(visible_at) FILTER (WHERE received > 0 OR place = 1) AS ready FROM (
                SELECT seq, visible_at, received, row_number() OVER (ORDER BY seq) AS place
                FROM messages WHERE heap = $1 AND grp = g.name ORDER BY seq LIMIT $3) firsts) f) s
    WHERE m.seq = s.head AND m.ready_at IS DISTINCT FROM s.ready";
const DELETE: &str = "DELETE FROM messages WHERE seq = ANY($1) AND heap = $2";
const OLD: &str = "SELECT seq FROM (SELECT seq, sent FROM messages WHERE heap = $1 AND ready_at <= $2
    ORDER BY ready_at, seq LIMIT $4) first WHERE sent < $3";
const ARRIVE: &str = "INSERT INTO messages
    (heap, ready_at, visible_at, sent, id, grp, dedup, sender, source, attributes, body)
    SELECT $3::bigint, $4::bigint, $5::bigint, coalesce($6, sent), id, grp, dedup, sender, coalesce($7, source), attributes, body
    FROM messages WHERE seq = ANY($1) AND heap = $2 ORDER BY array_position($1, seq)";
const NOTE_SENT: &str = "INSERT INTO message_dedup (queue, until, name, message, seq)
    SELECT $1::bigint, $2::bigint, * FROM unnest($3::bytea[], $4::text[], $5::bigint[])
    ON CONFLICT (queue, name) DO UPDATE SET until = excluded.until, message = excluded.message, seq = excluded.seq";
const FORGET_SENT: &str = "DELETE FROM message_dedup d USING
    (SELECT queue, name FROM message_dedup WHERE until <= $1 ORDER BY until LIMIT $2) old
    WHERE d.queue = old.queue AND d.name = old.name";

fn message(row: &Row) -> Result<Message> {
    let row = Cells(row);
    Ok(Message {
        seq: MessageSeq(row.int(0)?),
        visible_at: Timestamp(row.int(1)?),
        received: row.int(2)?,
        first_received: row.opt_int(3)?.map(Timestamp),
        sent: Timestamp(row.int(4)?),
        id: row.text(5)?,
        group: row.opt_text(6)?,
        dedup: row.opt_text(7)?,
        sender: row.text(8)?,
        source: row.opt_text(9)?,
        attributes: row.text(10)?,
        body: row.text(11)?,
    })
}

fn state(row: &Row) -> Result<MessageState> {
    let row = Cells(row);
    Ok(MessageState {
        seq: MessageSeq(row.int(0)?),
        received: row.int(1)?,
        visible_at: Timestamp(row.int(2)?),
    })
}

fn seq(row: &Row) -> Result<MessageSeq> {
    Cells(row).int(0).map(MessageSeq)
}

fn sent(row: &Row) -> Result<Sent> {
    let row = Cells(row);
    let name = SentName::try_from(row.bytes(0)?);
    Ok(Sent {
        name: name.map_err(|_| Error::Damaged("the name of something sent".to_owned()))?,
        message: row.text(1)?,
        seq: MessageSeq(row.int(2)?),
    })
}

fn blobs<'a>(names: impl Iterator<Item = &'a SentName>) -> Value<'a> {
    Value::Blobs(names.map(|name| Some(Cow::Borrowed(&name[..]))).collect())
}

fn numbers(seqs: &[MessageSeq]) -> Vec<i64> {
    seqs.iter().map(|seq| seq.0).collect()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Which messages are the first of their groups in the list.
fn heads(messages: &[NewMessage]) -> Vec<bool> {
    let mut seen = HashSet::new();
    messages
        .iter()
        .map(|new| seen.insert(new.group.as_deref()))
        .collect()
}

impl Session<'_> {
    /// The groups of messages, where these are in order.
    fn groups_of(&self, heap: Heap, seqs: &[MessageSeq]) -> Result<Vec<String>> {
        if heap.order == Order::Free || seqs.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.aside().rows(GROUPS, params![numbers(seqs), heap.id.0])?;
        rows.iter().map(|row| Cells(row).text(0)).collect()
    }

    fn place_heads(&self, heap: HeapId, groups: Vec<String>) -> Result<()> {
        if groups.is_empty() {
            return Ok(());
        }
        let groups = Value::Texts(groups.into_iter().map(|group| Some(Cow::Owned(group))).collect());
        self.aside()
            .send(SETTLE, params![heap.0, groups, count(HELD_TOGETHER)])
    }
}

impl ReadMessages for Session<'_> {
    fn message_counts(&mut self, heap: Heap, now: Timestamp) -> Result<MessageCounts> {
        let sql = match heap.order {
            Order::Free => COUNT_FREE,
            Order::Grouped => COUNT_GROUPED,
        };
        let row = self.aside().row(sql, params![heap.id.0, now.0])?;
        let Some(row) = row.as_ref().map(Cells) else {
            return Ok(MessageCounts::default());
        };
        Ok(MessageCounts {
            visible: row.count(0)?,
            held: row.count(1)?,
            delayed: row.count(2)?,
        })
    }

    fn are_held(&mut self, heap: Heap, now: Timestamp, count: u64) -> Result<bool> {
        let before = signed(count.saturating_sub(1));
        Ok(self
            .aside()
            .row(HELD, params![heap.id.0, now.0, before])?
            .is_some())
    }

    fn ready_messages(&mut self, heap: Heap, now: Timestamp, limit: usize) -> Result<Vec<Message>> {
        if heap.order == Order::Free {
            let rows = self
                .aside()
                .rows(READY, params![heap.id.0, now.0, count(limit)])?;
            return rows.iter().map(message).collect();
        }
        let together = count(limit.min(HELD_TOGETHER));
        let rows = self
            .aside()
            .rows(READY_GROUPS, params![heap.id.0, now.0, count(limit), together])?;
        let found = rows.iter().map(message).collect::<Result<_>>()?;
        Ok(unblocked(found, now, limit))
    }

    fn next_ready(&mut self, heap: HeapId, after: Timestamp) -> Result<Option<Timestamp>> {
        let row = self.aside().row(NEXT, params![heap.0, after.0])?;
        row.map(|row| Cells(&row).int(0).map(Timestamp)).transpose()
    }

    fn ready_heaps(&mut self, heaps: &[HeapId]) -> Result<Vec<(HeapId, Timestamp)>> {
        let heaps: Vec<i64> = heaps.iter().map(|heap| heap.0).collect();
        let rows = self.aside().rows(EARLIEST, params![heaps])?;
        let earliest = |row| Ok((HeapId(Cells(row).int(0)?), Timestamp(Cells(row).int(1)?)));
        rows.iter().map(earliest).collect()
    }

    fn message_states(&mut self, heap: HeapId, seqs: &[MessageSeq]) -> Result<Vec<MessageState>> {
        let rows = self.aside().rows(STATES, params![numbers(seqs), heap.0])?;
        rows.iter().map(state).collect()
    }

    fn sent_before(&mut self, queue: QueueId, names: &[SentName], now: Timestamp) -> Result<Vec<Sent>> {
        let rows = self
            .aside()
            .rows(SENT, params![queue.0, blobs(names.iter()), now.0])?;
        rows.iter().map(sent).collect()
    }
}

impl WriteMessages for Session<'_> {
    fn add_messages(&mut self, heap: Heap, messages: &[NewMessage]) -> Result<Vec<MessageSeq>> {
        let texts = |of: fn(&NewMessage) -> Option<&str>| {
            Value::Texts(messages.iter().map(|new| of(new).map(Cow::Borrowed)).collect())
        };
        let times = |of: fn(&NewMessage) -> Timestamp| messages.iter().map(|new| of(new).0).collect();
        let visible_at: Vec<i64> = times(|new| new.visible_at);
        let sent: Vec<i64> = times(|new| new.sent);
        let row = params![
            heap.id.0,
            heap.order == Order::Free,
            visible_at,
            sent,
            texts(|new| Some(&new.id)),
            texts(|new| new.group.as_deref()),
            texts(|new| new.dedup.as_deref()),
            texts(|new| Some(&new.sender)),
            texts(|new| Some(&new.attributes)),
            texts(|new| Some(&new.body)),
            Value::Bools(heads(messages))
        ];
        self.whole(|session| {
            // The places are given in the order of the list, and told in it.
            session
                .aside()
                .changed_rows(INSERT, row)?
                .iter()
                .map(seq)
                .collect()
        })
    }

    fn take_messages(
        &mut self,
        heap: Heap,
        seqs: &[MessageSeq],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        self.whole(|session| {
            let groups = session.groups_of(heap, seqs)?;
            session
                .aside()
                .send(TAKE, params![numbers(seqs), heap.id.0, until.0, now.0])?;
            session.place_heads(heap.id, groups)
        })
    }

    fn set_visible(&mut self, heap: Heap, times: &[(MessageSeq, Timestamp)]) -> Result<()> {
        let (seqs, times): (Vec<MessageSeq>, Vec<i64>) =
            times.iter().map(|(seq, time)| (*seq, time.0)).unzip();
        self.whole(|session| {
            let groups = session.groups_of(heap, &seqs)?;
            session
                .aside()
                .send(SET_VISIBLE, params![numbers(&seqs), heap.id.0, times])?;
            session.place_heads(heap.id, groups)
        })
    }

    fn delete_messages(&mut self, heap: Heap, seqs: &[MessageSeq]) -> Result<()> {
        self.whole(|session| {
            let groups = session.groups_of(heap, seqs)?;
            session.aside().send(DELETE, params![numbers(seqs), heap.id.0])?;
            session.place_heads(heap.id, groups)
        })
    }

    fn delete_old_messages(
        &mut self,
        heap: Heap,
        before: Timestamp,
        now: Timestamp,
        limit: u64,
    ) -> Result<u64> {
        let old = params![heap.id.0, now.0, before.0, signed(limit)];
        let rows = self.aside().rows(OLD, old)?;
        let old: Vec<MessageSeq> = rows.iter().map(seq).collect::<Result<_>>()?;
        if old.is_empty() {
            return Ok(0);
        }
        self.delete_messages(heap, &old)?;
        Ok(old.len() as u64)
    }

    fn move_messages(&mut self, from: Heap, to: Heap, seqs: &[MessageSeq], arrival: &Arrival) -> Result<()> {
        self.whole(|session| {
            let groups = session.groups_of(from, seqs)?;
            // Where groups are in order, what has just arrived is put in its place below.
            let ready_at = (to.order == Order::Free).then_some(arrival.visible_at.0);
            session.aside().send(
                ARRIVE,
                params![
                    numbers(seqs),
                    from.id.0,
                    to.id.0,
                    ready_at,
                    arrival.visible_at.0,
                    arrival.sent.map(|time| time.0),
                    &arrival.source
                ],
            )?;
            session.aside().send(DELETE, params![numbers(seqs), from.id.0])?;
            if to.order == Order::Grouped {
                session.place_heads(to.id, groups.clone())?;
            }
            session.place_heads(from.id, groups)
        })
    }

    fn note_sent(&mut self, queue: QueueId, sent: &[Sent], until: Timestamp) -> Result<()> {
        let messages = Value::Texts(
            sent.iter()
                .map(|sent| Some(Cow::Borrowed(&*sent.message)))
                .collect(),
        );
        let places: Vec<i64> = sent.iter().map(|sent| sent.seq.0).collect();
        let names = blobs(sent.iter().map(|sent| &sent.name));
        self.aside()
            .send(NOTE_SENT, params![queue.0, until.0, names, messages, places])
    }

    fn forget_sent(&mut self, now: Timestamp, limit: u64) -> Result<u64> {
        self.aside().change(FORGET_SENT, params![now.0, signed(limit)])
    }
}
