//! What receivers do with the messages they hold: finish them, or hold them for longer or shorter.

use std::collections::HashMap;

use model::{MessageSeq, Timestamp};
use storage::Tx;
use storage::tables::messages::MessageState;

use super::settings::MAX_VISIBILITY;
use super::{Caller, Fault, FaultKind, Moment, Open, QueueName, Queues, Receipt, open};

/// What becomes of each of several messages.
pub type Outcomes = Vec<Result<(), Fault>>;

/// The receipts that are of this queue, and how far their messages are.
struct Seen {
    receipts: Vec<Result<Receipt, Fault>>,
    states: HashMap<MessageSeq, MessageState>,
}

impl Seen {
    fn of(tx: &mut dyn Tx, open: &Open, handles: &[&str]) -> Result<Self, Fault> {
        let receipts: Vec<_> = handles.iter().map(|handle| receipt(open, handle)).collect();
        let seqs: Vec<MessageSeq> = receipts.iter().flatten().map(|receipt| receipt.seq).collect();
        let states = tx.message_states(open.queue.heap, &seqs)?;
        let states = states.into_iter().map(|state| (state.seq, state)).collect();
        Ok(Self { receipts, states })
    }

    /// The message of a receipt, unless it is gone or was received again since.
    fn current(&self, open: &Open, receipt: &Receipt) -> Option<&MessageState> {
        let state = self.states.get(&receipt.seq)?;
        (receipt.heap == open.queue.heap && receipt.received == state.received).then_some(state)
    }
}

fn receipt(open: &Open, handle: &str) -> Result<Receipt, Fault> {
    let receipt: Receipt = handle.parse()?;
    if receipt.queue == open.queue.id {
        return Ok(receipt);
    }
    let message = "The input receipt handle is not one of this queue.";
    Err(Fault::new(FaultKind::Handle, message))
}

/// Finishes messages. One that is gone already counts as finished; one that somebody else received since stays, and where
/// groups are in order that is told.
///
/// # Errors
/// `NoQueue`, `Denied`.
pub fn delete(
    tx: &mut dyn Tx,
    moment: &Moment,
    caller: &Caller,
    name: &QueueName,
    handles: &[&str],
) -> Result<Outcomes, Fault> {
    let open = open(tx, caller, name)?;
    let seen = Seen::of(tx, &open, handles)?;
    let (mut gone, mut outcomes) = (Vec::new(), Vec::new());
    for (receipt, handle) in seen.receipts.iter().zip(handles) {
        outcomes.push(match receipt {
            Err(fault) => Err(fault.clone()),
            Ok(receipt) => finished(&seen, &open, receipt, handle, moment.now).map(|seq| gone.extend(seq)),
        });
    }
    remove(tx, moment, &open, name, &gone)?;
    Ok(outcomes)
}

/// The message to be deleted, if there is one.
fn finished(
    seen: &Seen,
    open: &Open,
    receipt: &Receipt,
    handle: &str,
    now: Timestamp,
) -> Result<Option<MessageSeq>, Fault> {
    let expired = || Fault::parameter("ReceiptHandle", handle, "The receipt handle has expired");
    match (seen.current(open, receipt), open.settings.fifo) {
        (Some(state), true) if state.visible_at <= now => Err(expired()),
        (Some(state), _) => Ok(Some(state.seq)),
        (None, true) if seen.states.contains_key(&receipt.seq) => Err(expired()),
        (None, _) => Ok(None),
    }
}

fn remove(
    tx: &mut dyn Tx,
    moment: &Moment,
    open: &Open,
    name: &QueueName,
    gone: &[MessageSeq],
) -> Result<(), Fault> {
    if gone.is_empty() {
        return Ok(());
    }
    tx.delete_messages(open.heap(), gone)?;
    if open.settings.fifo {
        // The rest of their groups may go on.
        moment.wake(tx, name, gone.len(), moment.now);
    }
    Ok(())
}

/// Finishes one message for one who must still hold it: for work whose result is stored in the same transaction.
///
/// # Errors
/// `NotHeld` when it is gone, was received again or may be; `NoQueue`, `Denied`, `Handle`.
pub fn finish(
    tx: &mut dyn Tx,
    moment: &Moment,
    caller: &Caller,
    name: &QueueName,
    handle: &str,
) -> Result<(), Fault> {
    let open = open(tx, caller, name)?;
    let seen = Seen::of(tx, &open, &[handle])?;
    let receipt = receipt(&open, handle)?;
    match seen.current(&open, &receipt) {
        Some(state) if state.visible_at > moment.now => remove(tx, moment, &open, name, &[state.seq]),
        _ => Err(Fault::new(
            FaultKind::NotHeld,
            "the message is not held by this receipt handle any more",
        )),
    }
}

/// Says for how many seconds from now messages are held.
///
/// # Errors
/// `NoQueue`, `Denied`.
pub fn change_visibility(
    tx: &mut dyn Tx,
    moment: &Moment,
    caller: &Caller,
    name: &QueueName,
    changes: &[(&str, i64)],
) -> Result<Outcomes, Fault> {
    let open = open(tx, caller, name)?;
    let handles: Vec<&str> = changes.iter().map(|(handle, _)| *handle).collect();
    let seen = Seen::of(tx, &open, &handles)?;
    let (mut times, mut outcomes) = (Vec::new(), Vec::new());
    for (receipt, (handle, seconds)) in seen.receipts.iter().zip(changes) {
        let change = match receipt {
            Err(fault) => Err(fault.clone()),
            Ok(receipt) => held(&seen, &open, receipt, (handle, *seconds), moment.now),
        };
        outcomes.push(change.map(|seq| times.push((seq, moment.now.plus_millis(1000 * seconds)))));
    }
    if let Some(first) = times.iter().map(|(_, time)| *time).min() {
        tx.set_visible(open.heap(), &times)?;
        moment.wake(tx, name, times.len(), first);
    }
    Ok(outcomes)
}

fn held(
    seen: &Seen,
    open: &Open,
    receipt: &Receipt,
    (handle, seconds): (&str, i64),
    now: Timestamp,
) -> Result<MessageSeq, Fault> {
    if !(0..=MAX_VISIBILITY).contains(&seconds) {
        let reason = "VisibilityTimeout must be an integer between 0 and 43200";
        return Err(Fault::parameter("VisibilityTimeout", seconds, reason));
    }
    match seen.current(open, receipt) {
        None => Err(Fault::parameter(
            "ReceiptHandle",
            handle,
            "Message does not exist or is not available for visibility timeout change",
        )),
        Some(state) if state.visible_at <= now => Err(Fault::new(
            FaultKind::NotHeld,
            "The message referred to isn't in flight.",
        )),
        Some(state) => Ok(state.seq),
    }
}

impl Queues {
    /// [`delete`] in a transaction of its own.
    ///
    /// # Errors
    /// As there, and the store's.
    pub async fn delete_messages(
        &self,
        caller: &Caller,
        name: &QueueName,
        handles: Vec<String>,
    ) -> Result<Outcomes, Fault> {
        let (caller, name) = (caller.clone(), name.clone());
        self.write(move |tx, moment| {
            let handles: Vec<&str> = handles.iter().map(String::as_str).collect();
            delete(tx, moment, &caller, &name, &handles)
        })
        .await
    }

    /// [`change_visibility`] in a transaction of its own.
    ///
    /// # Errors
    /// As there, and the store's.
    pub async fn change_visibility(
        &self,
        caller: &Caller,
        name: &QueueName,
        changes: Vec<(String, i64)>,
    ) -> Result<Outcomes, Fault> {
        let (caller, name) = (caller.clone(), name.clone());
        self.write(move |tx, moment| {
            let changes: Vec<(&str, i64)> = changes.iter().map(|(handle, time)| (&**handle, *time)).collect();
            change_visibility(tx, moment, &caller, &name, &changes)
        })
        .await
    }
}
