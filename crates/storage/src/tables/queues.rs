//! Queues of messages: who has which, and how they are set.
//!
//! The messages of a queue lie on a heap of their own. To purge a queue is to give it a new heap, and to delete it is to
//! forget its heap: both are done at once, however many messages there are, and what lies on forgotten heaps is swept
//! away in parts.

use model::{HeapId, QueueId, Timestamp};

use crate::Result;

/// A queue as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its number.
    pub id: QueueId,
    /// Whose it is.
    pub account: String,
    /// Its name, unique in the account.
    pub name: String,
    /// Where its messages lie.
    pub heap: HeapId,
    /// How it is set (JSON).
    pub attributes: String,
    /// Its tags (JSON).
    pub tags: String,
    /// `account/name` of the queue that gets its dead letters.
    pub dead_letters: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was set last.
    pub modified: Timestamp,
    /// When it was purged last.
    pub purged: Option<Timestamp>,
}

/// A queue to be made.
#[derive(Clone, Debug)]
pub struct NewQueue {
    /// Whose it is.
    pub account: String,
    /// Its name.
    pub name: String,
    /// How it is set (JSON).
    pub attributes: String,
    /// Its tags (JSON).
    pub tags: String,
    /// `account/name` of the queue that gets its dead letters.
    pub dead_letters: Option<String>,
    /// When.
    pub now: Timestamp,
}

impl NewQueue {
    /// The queue that it becomes.
    pub(crate) fn made(&self, id: QueueId, heap: HeapId) -> Queue {
        Queue {
            id,
            account: self.account.clone(),
            name: self.name.clone(),
            heap,
            attributes: self.attributes.clone(),
            tags: self.tags.clone(),
            dead_letters: self.dead_letters.clone(),
            created: self.now,
            modified: self.now,
            purged: None,
        }
    }
}

/// Which queues to list, in the order of account and name.
#[derive(Clone, Copy, Debug)]
pub enum QueueFilter<'a> {
    /// Those of an account whose names begin so.
    Named {
        /// The account.
        account: &'a str,
        /// The beginning.
        prefix: &'a str,
    },
    /// Those whose dead letters go to `account/name`.
    DeadLettersTo(&'a str),
    /// All.
    All,
}

/// Reading queues.
pub trait ReadQueues {
    /// The queue of this name.
    fn queue(&mut self, account: &str, name: &str) -> Result<Option<Queue>>;
    /// The queue of this number.
    fn queue_by_id(&mut self, id: QueueId) -> Result<Option<Queue>>;
    /// Up to `limit` queues behind the one of this account and name.
    fn queues(&mut self, filter: QueueFilter<'_>, after: (&str, &str), limit: u64) -> Result<Vec<Queue>>;
}

/// Writing queues.
pub trait WriteQueues {
    /// Makes a queue; its name must be free.
    fn insert_queue(&mut self, new: &NewQueue) -> Result<Queue>;
    /// Stores attributes, tags, dead letters and the time of the change.
    fn update_queue(&mut self, queue: &Queue) -> Result<()>;
    /// Forgets all messages of a queue; answers its new heap, none if there is no such queue.
    fn purge_queue(&mut self, id: QueueId, now: Timestamp) -> Result<Option<HeapId>>;
    /// Forgets a queue and its messages; says whether it was there.
    fn delete_queue(&mut self, id: QueueId) -> Result<bool>;
    /// Deletes up to `limit` messages that were forgotten with their heaps; answers how many rows that were, none when
    /// there is nothing left to do.
    fn sweep_heaps(&mut self, limit: u64) -> Result<u64>;
}

/// The mark of the number that a heap was given last.
pub(crate) const HEAPS: &str = "heaps";

/// The number of the next heap.
pub(crate) fn next_heap(last: Option<&str>) -> i64 {
    last.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0) + 1
}
