//! Messages. What is done to several of them is done one by one: a statement costs a microsecond or two here.

use std::collections::BTreeSet;

use model::{HeapId, MessageSeq, QueueId, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use crate::Result;
use crate::tables::messages::{
    Arrival, HELD_TOGETHER, Heap, Message, MessageCounts, MessageState, NewMessage, Order, Sent, SentName,
    head_of, unblocked,
};
use crate::tables::{ReadMessages, WriteMessages};

const READY: &str = "SELECT seq, visible_at, received, first_received, sent, id, grp, dedup, sender, source,
    attributes, body FROM messages WHERE heap = ?1 AND ready_at <= ?2 ORDER BY ready_at, seq LIMIT ?3";
const HEADS: &str =
    "SELECT grp FROM messages WHERE heap = ?1 AND ready_at <= ?2 ORDER BY ready_at, seq LIMIT ?3";
const OF_GROUP: &str =
    "SELECT seq, visible_at, received, first_received, sent, id, grp, dedup, sender, source,
    attributes, body FROM messages WHERE heap = ?1 AND grp = ?2 ORDER BY seq LIMIT ?3";
const FIRST_OF_GROUP: &str =
    "SELECT seq, received, visible_at FROM messages WHERE heap = ?1 AND grp = ?2 ORDER BY seq LIMIT ?3";
const COUNT_FREE: &str = "SELECT (SELECT count(*) FROM messages WHERE heap = ?1 AND ready_at <= ?2),
    count(*) FILTER (WHERE received > 0), count(*) FILTER (WHERE received = 0)
    FROM messages WHERE heap = ?1 AND ready_at > ?2";
const COUNT_GROUPED: &str = "SELECT count(*) FILTER (WHERE visible_at <= ?2),
    count(*) FILTER (WHERE visible_at > ?2 AND received > 0), count(*) FILTER (WHERE visible_at > ?2 AND received = 0)
    FROM messages WHERE heap = ?1 AND grp IS NOT NULL";
const HELD: &str =
    "SELECT 1 FROM messages WHERE heap = ?1 AND ready_at > ?2 AND received > 0 LIMIT 1 OFFSET ?3";
const NEXT: &str =
    "SELECT ready_at FROM messages WHERE heap = ?1 AND ready_at > ?2 ORDER BY ready_at LIMIT 1";
const EARLIEST: &str =
    "SELECT ready_at FROM messages WHERE heap = ?1 AND ready_at IS NOT NULL ORDER BY ready_at LIMIT 1";
const STATE: &str = "SELECT seq, received, visible_at FROM messages WHERE seq = ?1 AND heap = ?2";
const SENT: &str = "SELECT message, seq FROM message_dedup WHERE queue = ?1 AND name = ?2 AND until > ?3";
const IS_THERE: &str = "SELECT EXISTS (SELECT 1 FROM messages WHERE heap = ?1 AND grp = ?2)";
const INSERT: &str =
    "INSERT INTO messages (heap, ready_at, visible_at, sent, id, grp, dedup, sender, attributes, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const TAKE: &str =
    "UPDATE messages SET received = received + 1, first_received = coalesce(first_received, ?4),
    visible_at = ?3, ready_at = iif(ready_at IS NULL, NULL, ?3) WHERE seq = ?1 AND heap = ?2";
const SET_VISIBLE: &str = "UPDATE messages SET visible_at = ?3, ready_at = iif(ready_at IS NULL, NULL, ?3)
    WHERE seq = ?1 AND heap = ?2";
const SET_READY: &str = "UPDATE messages SET ready_at = ?2 WHERE seq = ?1 AND ready_at IS NOT ?2";
const GROUP: &str = "SELECT grp FROM messages WHERE seq = ?1 AND heap = ?2";
const DELETE: &str = "DELETE FROM messages WHERE seq = ?1 AND heap = ?2";
const OLD: &str = "SELECT seq FROM (SELECT seq, sent FROM messages WHERE heap = ?1 AND ready_at <= ?2
    ORDER BY ready_at, seq LIMIT ?4) WHERE sent < ?3";
const ARRIVE: &str = "INSERT INTO messages
    (heap, ready_at, visible_at, sent, id, grp, dedup, sender, source, attributes, body)
    SELECT ?3, ?4, ?5, coalesce(?6, sent), id, grp, dedup, sender, coalesce(?7, source), attributes, body
    FROM messages WHERE seq = ?1 AND heap = ?2";
const NOTE_SENT: &str = "INSERT INTO message_dedup (queue, name, until, message, seq) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (queue, name) DO UPDATE SET until = excluded.until, message = excluded.message, seq = excluded.seq";
const FORGET_SENT: &str = "DELETE FROM message_dedup WHERE (queue, name) IN
    (SELECT queue, name FROM message_dedup WHERE until <= ?1 ORDER BY until LIMIT ?2)";

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        seq: MessageSeq(row.get(0)?),
        visible_at: Timestamp(row.get(1)?),
        received: row.get(2)?,
        first_received: row.get::<_, Option<i64>>(3)?.map(Timestamp),
        sent: Timestamp(row.get(4)?),
        id: row.get(5)?,
        group: row.get(6)?,
        dedup: row.get(7)?,
        sender: row.get(8)?,
        source: row.get(9)?,
        attributes: row.get(10)?,
        body: row.get(11)?,
    })
}

fn state(row: &Row<'_>) -> rusqlite::Result<MessageState> {
    Ok(MessageState {
        seq: MessageSeq(row.get(0)?),
        received: row.get(1)?,
        visible_at: Timestamp(row.get(2)?),
    })
}

fn counted(count: i64) -> u64 {
    count.unsigned_abs()
}

fn size(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Session<'_> {
    fn ready_groups(&self, heap: HeapId, now: Timestamp, limit: usize) -> Result<Vec<String>> {
        let mut heads = self.prepared(HEADS)?;
        let rows = heads.query_map(params![heap.0, now.0, size(limit)], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The groups of messages, where these are in order.
    fn groups_of(&self, heap: Heap, seqs: impl Iterator<Item = MessageSeq>) -> Result<BTreeSet<String>> {
        let mut groups = BTreeSet::new();
        if heap.order == Order::Grouped {
            let mut group = self.prepared(GROUP)?;
            for seq in seqs {
                let found = group.query_row(params![seq.0, heap.id.0], |row| row.get(0));
                groups.extend(found.optional()?);
            }
        }
        Ok(groups)
    }

    /// Gives the first message of each group the time at which the group is ready.
    fn place_heads(&self, heap: HeapId, groups: &BTreeSet<String>) -> Result<()> {
        let mut first = self.prepared(FIRST_OF_GROUP)?;
        for group in groups {
            let rows = first.query_map(params![heap.0, group, size(HELD_TOGETHER)], state)?;
            let rows: Vec<MessageState> = rows.collect::<rusqlite::Result<_>>()?;
            if let Some((head, ready)) = head_of(&rows) {
                self.prepared(SET_READY)?.execute([head.0, ready.0])?;
            }
        }
        Ok(())
    }

    /// From when a new message is ready; none where others of its group are before it.
    fn ready_at(&self, heap: Heap, group: Option<&str>, visible_at: Timestamp) -> Result<Option<i64>> {
        let behind = match heap.order {
            Order::Free => false,
            Order::Grouped => self
                .prepared(IS_THERE)?
                .query_row(params![heap.id.0, group], |row| row.get(0))?,
        };
        Ok((!behind).then_some(visible_at.0))
    }
}

impl ReadMessages for Session<'_> {
    fn message_counts(&mut self, heap: Heap, now: Timestamp) -> Result<MessageCounts> {
        let mut count = self.prepared(match heap.order {
            Order::Free => COUNT_FREE,
            Order::Grouped => COUNT_GROUPED,
        })?;
        let counts = count.query_row(params![heap.id.0, now.0], |row| {
            Ok(MessageCounts {
                visible: counted(row.get(0)?),
                held: counted(row.get(1)?),
                delayed: counted(row.get(2)?),
            })
        })?;
        Ok(counts)
    }

    fn are_held(&mut self, heap: Heap, now: Timestamp, count: u64) -> Result<bool> {
        let before = signed(count.saturating_sub(1));
        let mut held = self.prepared(HELD)?;
        let found = held.query_row(params![heap.id.0, now.0, before], |_| Ok(()));
        Ok(found.optional()?.is_some())
    }

    fn ready_messages(&mut self, heap: Heap, now: Timestamp, limit: usize) -> Result<Vec<Message>> {
        if heap.order == Order::Free {
            let mut ready = self.prepared(READY)?;
            let rows = ready.query_map(params![heap.id.0, now.0, size(limit)], message)?;
            return Ok(rows.collect::<rusqlite::Result<_>>()?);
        }
        let mut found: Vec<Message> = Vec::new();
        let mut of_group = self.prepared(OF_GROUP)?;
        for group in self.ready_groups(heap.id, now, limit)? {
            let left = limit.saturating_sub(found.len());
            if left == 0 {
                break;
            }
            let rows =
                of_group.query_map(params![heap.id.0, group, size(left.min(HELD_TOGETHER))], message)?;
            let rows: Vec<Message> = rows.collect::<rusqlite::Result<_>>()?;
            found.extend(unblocked(rows, now, left));
        }
        Ok(found)
    }

    fn next_ready(&mut self, heap: HeapId, after: Timestamp) -> Result<Option<Timestamp>> {
        let mut next = self.prepared(NEXT)?;
        let found = next.query_row([heap.0, after.0], |row| row.get(0)).optional()?;
        Ok(found.map(Timestamp))
    }

    fn ready_heaps(&mut self, heaps: &[HeapId]) -> Result<Vec<(HeapId, Timestamp)>> {
        let mut earliest = self.prepared(EARLIEST)?;
        let mut found = Vec::new();
        for heap in heaps {
            let time = earliest.query_row([heap.0], |row| row.get(0)).optional()?;
            found.extend(time.map(|time| (*heap, Timestamp(time))));
        }
        Ok(found)
    }

    fn message_states(&mut self, heap: HeapId, seqs: &[MessageSeq]) -> Result<Vec<MessageState>> {
        let mut find = self.prepared(STATE)?;
        let mut found = Vec::with_capacity(seqs.len());
        for seq in seqs {
            found.extend(find.query_row([seq.0, heap.0], state).optional()?);
        }
        Ok(found)
    }

    fn sent_before(&mut self, queue: QueueId, names: &[SentName], now: Timestamp) -> Result<Vec<Sent>> {
        let mut find = self.prepared(SENT)?;
        let mut found = Vec::new();
        for name in names {
            let sent = find.query_row(params![queue.0, name, now.0], |row| {
                Ok(Sent {
                    name: *name,
                    message: row.get(0)?,
                    seq: MessageSeq(row.get(1)?),
                })
            });
            found.extend(sent.optional()?);
        }
        Ok(found)
    }
}

impl WriteMessages for Session<'_> {
    fn add_messages(&mut self, heap: Heap, messages: &[NewMessage]) -> Result<Vec<MessageSeq>> {
        self.whole(|session| {
            let mut insert = session.prepared(INSERT)?;
            let mut places = Vec::with_capacity(messages.len());
            for new in messages {
                let ready_at = session.ready_at(heap, new.group.as_deref(), new.visible_at)?;
                places.push(MessageSeq(insert.insert(params![
                    heap.id.0,
                    ready_at,
                    new.visible_at.0,
                    new.sent.0,
                    new.id,
                    new.group,
                    new.dedup,
                    new.sender,
                    new.attributes,
                    new.body
                ])?));
            }
            Ok(places)
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
            let mut take = session.prepared(TAKE)?;
            for seq in seqs {
                take.execute([seq.0, heap.id.0, until.0, now.0])?;
            }
            session.place_heads(heap.id, &session.groups_of(heap, seqs.iter().copied())?)
        })
    }

    fn set_visible(&mut self, heap: Heap, times: &[(MessageSeq, Timestamp)]) -> Result<()> {
        self.whole(|session| {
            let mut set = session.prepared(SET_VISIBLE)?;
            for (seq, time) in times {
                set.execute([seq.0, heap.id.0, time.0])?;
            }
            session.place_heads(
                heap.id,
                &session.groups_of(heap, times.iter().map(|(seq, _)| *seq))?,
            )
        })
    }

    fn delete_messages(&mut self, heap: Heap, seqs: &[MessageSeq]) -> Result<()> {
        self.whole(|session| {
            let groups = session.groups_of(heap, seqs.iter().copied())?;
            let mut delete = session.prepared(DELETE)?;
            for seq in seqs {
                delete.execute([seq.0, heap.id.0])?;
            }
            session.place_heads(heap.id, &groups)
        })
    }

    fn delete_old_messages(
        &mut self,
        heap: Heap,
        before: Timestamp,
        now: Timestamp,
        limit: u64,
    ) -> Result<u64> {
        let mut old = self.prepared(OLD)?;
        let found = old.query_map([heap.id.0, now.0, before.0, signed(limit)], |row| {
            row.get(0).map(MessageSeq)
        })?;
        let found: Vec<MessageSeq> = found.collect::<rusqlite::Result<_>>()?;
        self.delete_messages(heap, &found)?;
        Ok(found.len() as u64)
    }

    fn move_messages(&mut self, from: Heap, to: Heap, seqs: &[MessageSeq], arrival: &Arrival) -> Result<()> {
        self.whole(|session| {
            let groups = session.groups_of(from, seqs.iter().copied())?;
            let mut arrive = session.prepared(ARRIVE)?;
            let mut delete = session.prepared(DELETE)?;
            for seq in seqs {
                let mut group = session.prepared(GROUP)?;
                let group = group.query_row([seq.0, from.id.0], |row| row.get::<_, Option<String>>(0));
                let ready_at =
                    session.ready_at(to, group.optional()?.flatten().as_deref(), arrival.visible_at)?;
                arrive.execute(params![
                    seq.0,
                    from.id.0,
                    to.id.0,
                    ready_at,
                    arrival.visible_at.0,
                    arrival.sent.map(|time| time.0),
                    arrival.source
                ])?;
                delete.execute([seq.0, from.id.0])?;
            }
            session.place_heads(from.id, &groups)
        })
    }

    fn note_sent(&mut self, queue: QueueId, sent: &[Sent], until: Timestamp) -> Result<()> {
        self.whole(|session| {
            let mut note = session.prepared(NOTE_SENT)?;
            for sent in sent {
                note.execute(params![queue.0, sent.name, until.0, sent.message, sent.seq.0])?;
            }
            Ok(())
        })
    }

    fn forget_sent(&mut self, now: Timestamp, limit: u64) -> Result<u64> {
        Ok(self.prepared(FORGET_SENT)?.execute([now.0, signed(limit)])? as u64)
    }
}
