//! Queues.

use model::{HeapId, QueueId, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use crate::Result;
use crate::tables::queues::{HEAPS, NewQueue, Queue, QueueFilter, next_heap};
use crate::tables::{ReadMarks, ReadQueues, WriteMarks, WriteQueues};

const BY_NAME: &str =
    "SELECT id, account, name, heap, attributes, tags, dead_letters, created, modified, purged
    FROM queues WHERE account = ?1 AND name = ?2";
const BY_ID: &str =
    "SELECT id, account, name, heap, attributes, tags, dead_letters, created, modified, purged
    FROM queues WHERE id = ?1";
/// Names are ASCII, so all that begin with a text come before the text with the greatest character behind it.
const NAMED: &str = "SELECT id, account, name, heap, attributes, tags, dead_letters, created, modified, purged
    FROM queues WHERE account = ?1 AND name >= ?2 AND name < ?2 || char(1114111) AND (account, name) > (?3, ?4)
    ORDER BY account, name LIMIT ?5";
const TO: &str = "SELECT id, account, name, heap, attributes, tags, dead_letters, created, modified, purged
    FROM queues WHERE dead_letters = ?1 AND (account, name) > (?2, ?3) ORDER BY account, name LIMIT ?4";
const ALL: &str = "SELECT id, account, name, heap, attributes, tags, dead_letters, created, modified, purged
    FROM queues WHERE (account, name) > (?1, ?2) ORDER BY account, name LIMIT ?3";
const INSERT: &str =
    "INSERT INTO queues (account, name, heap, attributes, tags, dead_letters, created, modified)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
const UPDATE: &str =
    "UPDATE queues SET attributes = ?2, tags = ?3, dead_letters = ?4, modified = ?5 WHERE id = ?1";
const PURGE: &str = "UPDATE queues SET heap = ?2, purged = ?3 WHERE id = ?1";
const DELETE: &str = "DELETE FROM queues WHERE id = ?1 RETURNING heap";
const DROP_HEAP: &str = "INSERT INTO dropped_heaps (id) VALUES (?1)";
const DROPPED: &str = "SELECT id FROM dropped_heaps LIMIT 1";
const SWEEP: &str = "DELETE FROM messages WHERE seq IN
    (SELECT seq FROM messages WHERE heap = ?1 AND ready_at IS NOT NULL LIMIT ?2)";
const SWEEP_GROUPS: &str = "DELETE FROM messages WHERE seq IN
    (SELECT seq FROM messages WHERE heap = ?1 AND grp IS NOT NULL LIMIT ?2)";
const SWEPT: &str = "DELETE FROM dropped_heaps WHERE id = ?1";

fn queue(row: &Row<'_>) -> rusqlite::Result<Queue> {
    Ok(Queue {
        id: QueueId(row.get(0)?),
        account: row.get(1)?,
        name: row.get(2)?,
        heap: HeapId(row.get(3)?),
        attributes: row.get(4)?,
        tags: row.get(5)?,
        dead_letters: row.get(6)?,
        created: Timestamp(row.get(7)?),
        modified: Timestamp(row.get(8)?),
        purged: row.get::<_, Option<i64>>(9)?.map(Timestamp),
    })
}

impl Session<'_> {
    fn new_heap(&mut self) -> Result<i64> {
        let heap = next_heap(self.mark(HEAPS)?.as_deref());
        self.set_mark(HEAPS, &heap.to_string())?;
        Ok(heap)
    }
}

impl ReadQueues for Session<'_> {
    fn queue(&mut self, account: &str, name: &str) -> Result<Option<Queue>> {
        Ok(self
            .prepared(BY_NAME)?
            .query_row([account, name], queue)
            .optional()?)
    }

    fn queue_by_id(&mut self, id: QueueId) -> Result<Option<Queue>> {
        Ok(self.prepared(BY_ID)?.query_row([id.0], queue).optional()?)
    }

    fn queues(&mut self, filter: QueueFilter<'_>, after: (&str, &str), limit: u64) -> Result<Vec<Queue>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (account, name) = after;
        let mut list = self.prepared(match filter {
            QueueFilter::Named { .. } => NAMED,
            QueueFilter::DeadLettersTo(_) => TO,
            QueueFilter::All => ALL,
        })?;
        let rows = match filter {
            QueueFilter::Named {
                account: whose,
                prefix,
            } => list.query_map(params![whose, prefix, account, name, limit], queue)?,
            QueueFilter::DeadLettersTo(to) => list.query_map(params![to, account, name, limit], queue)?,
            QueueFilter::All => list.query_map(params![account, name, limit], queue)?,
        };
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl WriteQueues for Session<'_> {
    fn insert_queue(&mut self, new: &NewQueue) -> Result<Queue> {
        self.whole(|session| {
            let heap = session.new_heap()?;
            let id = session.prepared(INSERT)?.insert(params![
                new.account,
                new.name,
                heap,
                new.attributes,
                new.tags,
                new.dead_letters,
                new.now.0
            ])?;
            Ok(new.made(QueueId(id), HeapId(heap)))
        })
    }

    fn update_queue(&mut self, queue: &Queue) -> Result<()> {
        self.prepared(UPDATE)?.execute(params![
            queue.id.0,
            queue.attributes,
            queue.tags,
            queue.dead_letters,
            queue.modified.0
        ])?;
        Ok(())
    }

    fn purge_queue(&mut self, id: QueueId, now: Timestamp) -> Result<Option<HeapId>> {
        self.whole(|session| {
            let Some(queue) = session.queue_by_id(id)? else {
                return Ok(None);
            };
            let heap = session.new_heap()?;
            session.prepared(DROP_HEAP)?.execute([queue.heap.0])?;
            session.prepared(PURGE)?.execute(params![id.0, heap, now.0])?;
            Ok(Some(HeapId(heap)))
        })
    }

    fn delete_queue(&mut self, id: QueueId) -> Result<bool> {
        self.whole(|session| {
            let mut delete = session.prepared(DELETE)?;
            let heap: Option<i64> = delete.query_row([id.0], |row| row.get(0)).optional()?;
            if let Some(heap) = heap {
                session.prepared(DROP_HEAP)?.execute([heap])?;
            }
            Ok(heap.is_some())
        })
    }

    fn sweep_heaps(&mut self, limit: u64) -> Result<u64> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let heap = self
            .prepared(DROPPED)?
            .query_row([], |row| row.get(0))
            .optional()?;
        let Some(heap): Option<i64> = heap else {
            return Ok(0);
        };
        self.whole(|session| {
            let mut gone = session.prepared(SWEEP_GROUPS)?.execute(params![heap, limit])?;
            if gone == 0 {
                gone = session.prepared(SWEEP)?.execute(params![heap, limit])?;
            }
            if gone == 0 {
                gone = session.prepared(SWEPT)?.execute([heap])?;
            }
            Ok(gone as u64)
        })
    }
}
