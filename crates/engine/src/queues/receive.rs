//! Receiving: who gets which messages, for how long, and how he waits for them.

use std::time::Duration;

use model::{MessageSeq, Timestamp};
use storage::Tx;
use storage::tables::messages::{Arrival, Message};
use tokio::time::Instant;

use super::message::{Kept, Received};
use super::send::sequence;
use super::settings::{MAX_VISIBILITY, MAX_WAIT};
use super::{Caller, Fault, FaultKind, Moment, Open, QueueName, Queues, Receipt, open};

/// The most messages of one answer.
pub const MOST: usize = 10;
/// The most messages of a queue that receivers hold.
const MOST_HELD: u64 = 120_000;
/// Of these, how many are not counted one by one.
const ROOM: u64 = 20_000;
/// How often it is looked again for messages in place of those that are too old or dead.
const ROUNDS: usize = 50;

/// How to receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reception {
    /// At most so many.
    pub most: usize,
    /// For so many seconds; the queue's word if it has none.
    pub visibility: Option<i64>,
    /// Waiting so many seconds for the first; the queue's word if it has none.
    pub wait: Option<i64>,
}

impl Default for Reception {
    fn default() -> Self {
        Self {
            most: 1,
            visibility: None,
            wait: None,
        }
    }
}

impl Reception {
    fn check(&self) -> Result<(), Fault> {
        let Self {
            most,
            visibility,
            wait,
        } = *self;
        if !(1..=MOST).contains(&most) {
            return Err(Fault::parameter(
                "MaxNumberOfMessages",
                most,
                "Must be between 1 and 10, if provided",
            ));
        }
        if let Some(given) = visibility.filter(|given| !(0..=MAX_VISIBILITY).contains(given)) {
            return Err(Fault::parameter(
                "VisibilityTimeout",
                given,
                "Must be between 0 and 43200",
            ));
        }
        if let Some(given) = wait.filter(|given| !(0..=MAX_WAIT).contains(given)) {
            return Err(Fault::parameter(
                "WaitTimeSeconds",
                given,
                "Must be >= 0 and <= 20, if provided",
            ));
        }
        Ok(())
    }
}

/// What a look into a queue gave.
#[derive(Debug)]
pub struct Look {
    /// What the caller holds now.
    pub messages: Vec<Received>,
    /// How long he wants to wait for more.
    wait: i64,
    /// Where messages of the queue lie.
    heap: model::HeapId,
    /// When something becomes ready, if nothing is.
    next: Option<Timestamp>,
    now: Timestamp,
}

/// Receives what there is.
///
/// # Errors
/// `NoQueue`, `Denied`, `Parameter`, `OverLimit`.
pub fn receive(
    tx: &mut dyn Tx,
    moment: &Moment,
    caller: &Caller,
    name: &QueueName,
    reception: &Reception,
) -> Result<Look, Fault> {
    reception.check()?;
    let (open, now) = (open(tx, caller, name)?, moment.now);
    let visibility = reception.visibility.unwrap_or(open.settings.visibility);
    let until = now.plus_millis(1000 * visibility);
    let mut messages = Vec::new();
    for _ in 0..ROUNDS {
        let wanted = reception.most - messages.len();
        let found = tx.ready_messages(open.heap(), now, wanted)?;
        if found.is_empty() {
            break;
        }
        if messages.is_empty() {
            refuse_more(tx, moment, &open)?;
        }
        let count = found.len();
        let live = sort_out(tx, moment, &open, name, found)?;
        let removed = count - live.len();
        let seqs: Vec<MessageSeq> = live.iter().map(|message| message.seq).collect();
        if !seqs.is_empty() {
            tx.take_messages(open.heap(), &seqs, until, now)?;
        }
        for message in live {
            messages.push(received(&open, message, now)?);
        }
        if removed == 0 || messages.len() == reception.most {
            break;
        }
    }
    let next = match messages.is_empty() {
        true => tx.next_ready(open.queue.heap, now)?,
        false => {
            moment.wake(tx, name, 0, until);
            None
        }
    };
    Ok(Look {
        messages,
        wait: reception.wait.unwrap_or(open.settings.wait),
        heap: open.queue.heap,
        next,
        now,
    })
}

/// Counting costs, so it is done when this node has given out as many as there was room for; with several nodes a little
/// more than the bound may be held for a moment.
fn refuse_more(tx: &mut dyn Tx, moment: &Moment, open: &Open) -> Result<(), Fault> {
    let (heap, now) = (open.heap(), moment.now);
    if moment.waiting.take_room(heap.id, MOST as u64, now) {
        return Ok(());
    }
    if !tx.are_held(heap, now, MOST_HELD - ROOM)? {
        moment.waiting.note_room(heap.id, ROOM, now);
        return Ok(());
    }
    match tx.are_held(heap, now, MOST_HELD)? {
        false => Ok(()),
        true => {
            let message = format!("Too many messages in flight: {MOST_HELD} at most.");
            Err(Fault::new(FaultKind::OverLimit, message))
        }
    }
}

/// Deletes what is too old, moves what was received too often, and gives the rest.
fn sort_out(
    tx: &mut dyn Tx,
    moment: &Moment,
    open: &Open,
    name: &QueueName,
    found: Vec<Message>,
) -> Result<Vec<Message>, Fault> {
    let oldest = open.oldest(moment.now);
    let (old, young): (Vec<Message>, Vec<Message>) =
        found.into_iter().partition(|message| message.sent <= oldest);
    if !old.is_empty() {
        let seqs: Vec<MessageSeq> = old.iter().map(|message| message.seq).collect();
        tx.delete_messages(open.heap(), &seqs)?;
    }
    let Some(redrive) = &open.settings.redrive else {
        return Ok(young);
    };
    let (dead, live): (Vec<Message>, Vec<Message>) = young
        .into_iter()
        .partition(|message| message.received >= redrive.max_receives);
    if dead.is_empty() {
        return Ok(live);
    }
    let target = redrive
        .target()
        .map(|target| tx.queue(&target.account, &target.name));
    let Some(target) = target.transpose()?.flatten() else {
        // Without a queue for dead letters they stay alive.
        return Ok([dead, live].concat());
    };
    let target = Open::of(target)?;
    let arrival = Arrival {
        visible_at: moment.now,
        sent: target.settings.fifo.then_some(moment.now),
        source: Some(name.to_string()),
    };
    let seqs: Vec<MessageSeq> = dead.iter().map(|message| message.seq).collect();
    tx.move_messages(open.heap(), target.heap(), &seqs, &arrival)?;
    moment.wake(tx, &target.name(), seqs.len(), moment.now);
    Ok(live)
}

fn received(open: &Open, message: Message, now: Timestamp) -> Result<Received, Fault> {
    let Kept { own, trace } = Kept::read(&message.attributes)?;
    let received = message.received + 1;
    Ok(Received {
        receipt: Receipt {
            queue: open.queue.id,
            heap: open.queue.heap,
            seq: message.seq,
            received,
        },
        id: message.id,
        body: message.body,
        attributes: own,
        trace,
        sent: message.sent,
        first_received: message.first_received.unwrap_or(now),
        received,
        sender: message.sender,
        group: message.group,
        dedup: message.dedup,
        sequence: sequence(open, message.seq),
        source: message.source.map(|source| source.parse()).transpose()?,
    })
}

impl Queues {
    /// Receives what there is; when there is nothing, waits for it as long as the caller or the queue says.
    ///
    /// # Errors
    /// As [`receive`], and the store's.
    pub async fn receive(
        &self,
        caller: &Caller,
        name: &QueueName,
        reception: Reception,
    ) -> Result<Vec<Received>, Fault> {
        let begun = Instant::now();
        // Whoever waits is known before he looks, so that nothing is sent in between unseen.
        let place = self.engine.inner.waiting.enter(name);
        loop {
            let mut woken = std::pin::pin!(place.woken());
            woken.as_mut().enable();
            let look = self.look(caller, name, reception).await?;
            if !look.messages.is_empty() {
                if look.messages.len() == reception.most {
                    place.pass_on();
                }
                return Ok(look.messages);
            }
            let wait = u64::try_from(look.wait).unwrap_or(0);
            let deadline = begun + Duration::from_secs(wait);
            place.note(look.heap, look.next, look.now);
            if place.is_closed() || Instant::now() >= deadline {
                return Ok(Vec::new());
            }
            if tokio::time::timeout_at(deadline, woken).await.is_err() {
                return Ok(Vec::new());
            }
        }
    }

    async fn look(&self, caller: &Caller, name: &QueueName, reception: Reception) -> Result<Look, Fault> {
        let (caller, name) = (caller.clone(), name.clone());
        self.write(move |tx, moment| receive(tx, moment, &caller, &name, &reception))
            .await
    }
}
