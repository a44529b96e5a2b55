//! Messages on the heaps of their queues.
//!
//! Receivers look into one index, by heap and the time from which something is ready, so what they pay does not depend on
//! how much lies there. Where groups are in order, only the first message of each group is in it: as long as messages of
//! a group are held by a receiver, their group is not ready before the last of them is visible again. The writing calls
//! keep that true; they are told with [`Order`] whether it matters.

use model::{HeapId, MessageSeq, QueueId, Timestamp};

use crate::Result;

/// The most messages of one group that are held at once; more are never taken together.
pub const HELD_TOGETHER: usize = 10;

/// Whether the messages of a group come one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Every message by itself.
    Free,
    /// Those of a group in order.
    Grouped,
}

/// Where messages lie, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Heap {
    /// Its number.
    pub id: HeapId,
    /// Its order.
    pub order: Order,
}

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Public id.
    pub id: String,
    /// From when it may be received.
    pub visible_at: Timestamp,
    /// When it was sent.
    pub sent: Timestamp,
    /// Its group; every message has one where groups are in order.
    pub group: Option<String>,
    /// What tells it from others that were sent before.
    pub dedup: Option<String>,
    /// Who sent it.
    pub sender: String,
    /// Its attributes (JSON).
    pub attributes: String,
    /// Its body.
    pub body: String,
}

/// A message as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place.
    pub seq: MessageSeq,
    /// From when it may be received.
    pub visible_at: Timestamp,
    /// How often it was received.
    pub received: i64,
    /// When that was first.
    pub first_received: Option<Timestamp>,
    /// When it was sent.
    pub sent: Timestamp,
    /// Public id.
    pub id: String,
    /// Its group.
    pub group: Option<String>,
    /// What tells it from others that were sent before.
    pub dedup: Option<String>,
    /// Who sent it.
    pub sender: String,
    /// `account/name` of the queue that it was a dead letter of.
    pub source: Option<String>,
    /// Its attributes (JSON).
    pub attributes: String,
    /// Its body.
    pub body: String,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageState {
    /// Its place.
    pub seq: MessageSeq,
    /// How often it was received.
    pub received: i64,
    /// From when it may be received.
    pub visible_at: Timestamp,
}

/// How many messages there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// That may be received.
    pub visible: u64,
    /// That receivers hold.
    pub held: u64,
    /// That were sent to be received later.
    pub delayed: u64,
}

/// How messages arrive on another heap: unseen, behind all that lie there.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// From when they may be received.
    pub visible_at: Timestamp,
    /// When they were sent; none leaves that as it is.
    pub sent: Option<Timestamp>,
    /// `account/name` of the queue that they are dead letters of.
    pub source: Option<String>,
}

/// A digest of what tells a message from others.
pub type SentName = [u8; 32];

/// Something that was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Under which name.
    pub name: SentName,
    /// Its public id.
    pub message: String,
    /// Its place.
    pub seq: MessageSeq,
}

/// Reading messages.
pub trait ReadMessages {
    /// How many messages a heap has. Reads entries of all of them.
    fn message_counts(&mut self, heap: Heap, now: Timestamp) -> Result<MessageCounts>;
    /// Whether receivers hold at least so many messages; where groups are in order, of so many groups.
    fn are_held(&mut self, heap: Heap, now: Timestamp, count: u64) -> Result<bool>;
    /// Up to `limit` messages that may be received now, first those that became ready first.
    fn ready_messages(&mut self, heap: Heap, now: Timestamp, limit: usize) -> Result<Vec<Message>>;
    /// When something becomes ready after this time.
    fn next_ready(&mut self, heap: HeapId, after: Timestamp) -> Result<Option<Timestamp>>;
    /// Those of these heaps that have something ready now or will have, each with the earliest time.
    fn ready_heaps(&mut self, heaps: &[HeapId]) -> Result<Vec<(HeapId, Timestamp)>>;
    /// How far these messages are; those that are gone are left out.
    fn message_states(&mut self, heap: HeapId, seqs: &[MessageSeq]) -> Result<Vec<MessageState>>;
    /// What was sent before under those of these names that are not to be sent again yet.
    fn sent_before(&mut self, queue: QueueId, names: &[SentName], now: Timestamp) -> Result<Vec<Sent>>;
}

/// Writing messages. Whoever names messages has seen them in the same transaction.
pub trait WriteMessages {
    /// Adds messages behind all others; answers their places.
    fn add_messages(&mut self, heap: Heap, messages: &[NewMessage]) -> Result<Vec<MessageSeq>>;
    /// Gives messages to a receiver, who has them until then.
    fn take_messages(
        &mut self,
        heap: Heap,
        seqs: &[MessageSeq],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<()>;
    /// Says from when messages may be received.
    fn set_visible(&mut self, heap: Heap, times: &[(MessageSeq, Timestamp)]) -> Result<()>;
    /// Deletes messages.
    fn delete_messages(&mut self, heap: Heap, seqs: &[MessageSeq]) -> Result<()>;
    /// Deletes those of the `limit` messages that became ready first (where groups are in order: of the first messages of
    /// their groups) that were sent before this time; answers how many.
    fn delete_old_messages(
        &mut self,
        heap: Heap,
        before: Timestamp,
        now: Timestamp,
        limit: u64,
    ) -> Result<u64>;
    /// Moves messages to another heap, in this order.
    fn move_messages(&mut self, from: Heap, to: Heap, seqs: &[MessageSeq], arrival: &Arrival) -> Result<()>;
    /// Notes what was sent under which names, which are not to be used again before this time.
    fn note_sent(&mut self, queue: QueueId, sent: &[Sent], until: Timestamp) -> Result<()>;
    /// Forgets up to `limit` names whose time is over; answers how many.
    fn forget_sent(&mut self, now: Timestamp, limit: u64) -> Result<u64>;
}

/// The place of the first message of a group, and when the group is ready: its first messages, in order.
pub(crate) fn head_of(first: &[MessageState]) -> Option<(MessageSeq, Timestamp)> {
    let head = first.first()?;
    let held = first[1..].iter().filter(|message| message.received > 0);
    let ready = held
        .map(|message| message.visible_at)
        .fold(head.visible_at, Timestamp::max);
    Some((head.seq, ready))
}

/// Leaves out what lies behind a message of the same group that is not visible yet.
pub(crate) fn unblocked(found: Vec<Message>, now: Timestamp, limit: usize) -> Vec<Message> {
    let (mut taken, mut blocked): (Vec<Message>, Option<String>) = (Vec::new(), None);
    for message in found {
        if message.visible_at > now {
            blocked.clone_from(&message.group);
        }
        if blocked.is_none() || blocked != message.group {
            taken.push(message);
        }
    }
    taken.truncate(limit);
    taken
}
