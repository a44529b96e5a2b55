//! Queues.

use model::{HeapId, QueueId, Timestamp};
use tokio_postgres::Row;

use super::Session;
use super::value::{Cells, params, signed};
use crate::tables::queues::{HEAPS, NewQueue, Queue, QueueFilter, next_heap};
use crate::tables::{ReadMarks, ReadQueues, WriteMarks, WriteQueues};
use crate::{Error, Result};

const BY_NAME: &str =
    "SELECT id, account, name, heap, attributes, tags, dead_letters, created, modified, purged
    FROM queues WHERE account = $1 AND name = $2";
const BY_ID: &str =
    "SELECT id, account, name, heap, attributes, tags, dead_letters, created, modified, purged
    FROM queues WHERE id = $1";
const NAMED: &str =
    "SELECT id, account, name, heap, attributes, tags, dead_letters, created, modified, purged
    FROM queues WHERE account = $1 AND name >= $2 AND name < $2 || chr(1114111) AND (account, name) > ($3, $4)
    ORDER BY account, name LIMIT $5";
const TO: &str = "SELECT id, account, name, heap, attributes, tags, dead_letters, created, modified, purged
    FROM queues WHERE dead_letters = $1 AND (account, name) > ($2, $3) ORDER BY account, name LIMIT $4";
const ALL: &str = "SELECT id, account, name, heap, attributes, tags, dead_letters, created, modified, purged
    FROM queues WHERE (account, name) > ($1, $2) ORDER BY account, name LIMIT $3";
const INSERT: &str =
    "INSERT INTO queues (account, name, heap, attributes, tags, dead_letters, created, modified)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id";
const UPDATE: &str =
    "UPDATE queues SET attributes = $2, tags = $3, dead_letters = $4, modified = $5 WHERE id = $1";
const PURGE: &str = "UPDATE queues SET heap = $2, purged = $3 WHERE id = $1";
const DELETE: &str = "WITH gone AS (DELETE FROM queues WHERE id = $1 RETURNING heap)
    INSERT INTO dropped_heaps (id) SELECT heap FROM gone";
const DROP_HEAP: &str = "INSERT INTO dropped_heaps (id) VALUES ($1)";
const DROPPED: &str = "SELECT id FROM dropped_heaps LIMIT 1";
const SWEEP: &str = "DELETE FROM messages WHERE seq = ANY(ARRAY
    (SELECT seq FROM messages WHERE heap = $1 AND ready_at IS NOT NULL LIMIT $2))";
const SWEEP_GROUPS: &str = "DELETE FROM messages WHERE seq = ANY(ARRAY
    (SELECT seq FROM messages WHERE heap = $1 AND grp IS NOT NULL LIMIT $2))";
const SWEPT: &str = "DELETE FROM dropped_heaps WHERE id = $1";

fn queue(row: &Row) -> Result<Queue> {
    let row = Cells(row);
    Ok(Queue {
        id: QueueId(row.int(0)?),
        account: row.text(1)?,
        name: row.text(2)?,
        heap: HeapId(row.int(3)?),
        attributes: row.text(4)?,
        tags: row.text(5)?,
        dead_letters: row.opt_text(6)?,
        created: Timestamp(row.int(7)?),
        modified: Timestamp(row.int(8)?),
        purged: row.opt_int(9)?.map(Timestamp),
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
        let row = self.aside().row(BY_NAME, params![account, name])?;
        row.as_ref().map(queue).transpose()
    }

    fn queue_by_id(&mut self, id: QueueId) -> Result<Option<Queue>> {
        let row = self.aside().row(BY_ID, params![id.0])?;
        row.as_ref().map(queue).transpose()
    }

    fn queues(&mut self, filter: QueueFilter<'_>, after: (&str, &str), limit: u64) -> Result<Vec<Queue>> {
        let (account, name) = after;
        let rows = match filter {
            QueueFilter::Named {
                account: whose,
                prefix,
            } => self
                .aside()
                .rows(NAMED, params![whose, prefix, account, name, signed(limit)]),
            QueueFilter::DeadLettersTo(to) => {
                self.aside().rows(TO, params![to, account, name, signed(limit)])
            }
            QueueFilter::All => self.aside().rows(ALL, params![account, name, signed(limit)]),
        };
        rows?.iter().map(queue).collect()
    }
}

impl WriteQueues for Session<'_> {
    fn insert_queue(&mut self, new: &NewQueue) -> Result<Queue> {
        self.whole(|session| {
            let heap = session.new_heap()?;
            let row = params![
                &new.account,
                &new.name,
                heap,
                &new.attributes,
                &new.tags,
                &new.dead_letters,
                new.now.0
            ];
            let row = session.aside().changed_row(INSERT, row)?;
            let row = row.ok_or_else(|| Error::Damaged("a new queue has no number".to_owned()))?;
            Ok(new.made(QueueId(Cells(&row).int(0)?), HeapId(heap)))
        })
    }

    fn update_queue(&mut self, queue: &Queue) -> Result<()> {
        self.aside().send(
            UPDATE,
            params![
                queue.id.0,
                &queue.attributes,
                &queue.tags,
                &queue.dead_letters,
                queue.modified.0
            ],
        )
    }

    fn purge_queue(&mut self, id: QueueId, now: Timestamp) -> Result<Option<HeapId>> {
        self.whole(|session| {
            let Some(queue) = session.queue_by_id(id)? else {
                return Ok(None);
            };
            let heap = session.new_heap()?;
            session.aside().send(DROP_HEAP, params![queue.heap.0])?;
            session.aside().send(PURGE, params![id.0, heap, now.0])?;
            Ok(Some(HeapId(heap)))
        })
    }

    fn delete_queue(&mut self, id: QueueId) -> Result<bool> {
        Ok(self.aside().change(DELETE, params![id.0])? == 1)
    }

    fn sweep_heaps(&mut self, limit: u64) -> Result<u64> {
        let Some(row) = self.aside().row(DROPPED, &[])? else {
            return Ok(0);
        };
        let heap = Cells(&row).int(0)?;
        self.whole(|session| {
            for sweep in [SWEEP_GROUPS, SWEEP] {
                let gone = session.aside().change(sweep, params![heap, signed(limit)])?;
                if gone > 0 {
                    return Ok(gone);
                }
            }
            session.aside().change(SWEPT, params![heap])
        })
    }
}
