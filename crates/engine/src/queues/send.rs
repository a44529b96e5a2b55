//! Sending: checks, delays, and what was sent a short while ago and is not sent again.

use std::collections::HashMap;

use model::{MessageSeq, Timestamp, hex};
use sha2::{Digest, Sha256};
use storage::Tx;
use storage::tables::messages::{NewMessage, Sent, SentName};
use uuid::Builder;

use super::message::{Kept, Outgoing};
use super::settings::{DedupScope, MAX_DELAY};
use super::{Caller, Fault, FaultKind, Moment, Open, QueueName, Queues, open};

/// How long what was sent is not sent again.
const DEDUP_MILLIS: i64 = 5 * 60_000;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its public id; that of the earlier one when it was sent before.
    pub id: String,
    /// Its place, in queues whose groups are in order.
    pub sequence: Option<String>,
}

/// A place as clients see it: twenty digits, so that texts compare like numbers.
pub(super) fn sequence(open: &Open, seq: MessageSeq) -> Option<String> {
    open.settings.fifo.then(|| format!("{:020}", seq.0))
}

/// A message with the id that it gets if it is new.
#[derive(Clone, Debug)]
pub struct Numbered {
    id: String,
    outgoing: Outgoing,
}

/// A message that passed the checks.
struct Ready {
    entry: usize,
    new: NewMessage,
    name: Option<SentName>,
}

/// Sends messages in one go; each is taken or refused for itself.
///
/// # Errors
/// `NoQueue`, `Denied`: then none is sent.
pub fn send(
    tx: &mut dyn Tx,
    moment: &Moment,
    caller: &Caller,
    name: &QueueName,
    messages: &[Numbered],
) -> Result<Vec<Result<Accepted, Fault>>, Fault> {
    let open = open(tx, caller, name)?;
    let (mut ready, mut outcomes) = (Vec::new(), Vec::new());
    for (entry, message) in messages.iter().enumerate() {
        let prepared = prepare(&open, caller, message, entry, moment.now);
        outcomes.push(match prepared {
            Ok(one) => {
                let id = one.new.id.clone();
                ready.push(one);
                Ok(Accepted { id, sequence: None })
            }
            Err(fault) => Err(fault),
        });
    }
    for (entry, accepted) in add(tx, moment, &open, name, ready)? {
        outcomes[entry] = Ok(accepted);
    }
    Ok(outcomes)
}

fn prepare(
    open: &Open,
    caller: &Caller,
    message: &Numbered,
    entry: usize,
    now: Timestamp,
) -> Result<Ready, Fault> {
    let outgoing = &message.outgoing;
    outgoing.check()?;
    let size = outgoing.size();
    if size > open.settings.max_bytes {
        let most = open.settings.max_bytes;
        let message = format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes, it has {size}."
        );
        return Err(Fault::new(FaultKind::Parameter, message));
    }
    let delay = delay(open, outgoing)?;
    let dedup = dedup(open, outgoing)?;
    let kept = Kept {
        own: outgoing.attributes.clone(),
        trace: outgoing.trace(),
    };
    Ok(Ready {
        entry,
        name: dedup
            .as_deref()
            .map(|id| sent_name(open, outgoing.group.as_deref(), id)),
        new: NewMessage {
            id: message.id.clone(),
            visible_at: now.plus_millis(1000 * delay),
            sent: now,
            group: outgoing.group.clone(),
            dedup,
            sender: caller.actor.oid.clone(),
            attributes: kept.to_json()?,
            body: outgoing.body.clone(),
        },
    })
}

fn delay(open: &Open, outgoing: &Outgoing) -> Result<i64, Fault> {
    match outgoing.delay {
        None => Ok(open.settings.delay),
        Some(delay) if !(0..=MAX_DELAY).contains(&delay) => Err(Fault::parameter(
            "DelaySeconds",
            delay,
            "DelaySeconds must be >= 0 and <= 900",
        )),
        Some(delay) if open.settings.fifo && delay != 0 => Err(not_here("DelaySeconds", delay)),
        Some(_) if open.settings.fifo => Ok(open.settings.delay),
        Some(delay) => Ok(delay),
    }
}

fn not_here(parameter: &str, value: impl std::fmt::Display) -> Fault {
    let reason = "The request includes a parameter that is not valid for this queue type";
    Fault::parameter(parameter, value, reason)
}

/// The deduplication id, where there is one.
fn dedup(open: &Open, outgoing: &Outgoing) -> Result<Option<String>, Fault> {
    if !open.settings.fifo {
        return match &outgoing.dedup {
            Some(id) => Err(not_here("MessageDeduplicationId", id)),
            None => Ok(None),
        };
    }
    if outgoing.group.is_none() {
        return Err(Fault::missing("MessageGroupId"));
    }
    match &outgoing.dedup {
        Some(id) => Ok(Some(id.clone())),
        None if open.settings.content_dedup => {
            Ok(Some(hex::encode(&Sha256::digest(outgoing.body.as_bytes()))))
        }
        None => Err(Fault::new(
            FaultKind::Parameter,
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        )),
    }
}

fn sent_name(open: &Open, group: Option<&str>, id: &str) -> SentName {
    let mut digest = Sha256::new();
    if open.settings.dedup_scope == DedupScope::Group {
        digest.update(group.unwrap_or_default());
    }
    digest.update([0]);
    digest.update(id);
    digest.finalize().into()
}

/// Adds what was not sent before; says what became of each.
fn add(
    tx: &mut dyn Tx,
    moment: &Moment,
    open: &Open,
    name: &QueueName,
    ready: Vec<Ready>,
) -> Result<Vec<(usize, Accepted)>, Fault> {
    let names: Vec<SentName> = ready.iter().filter_map(|one| one.name).collect();
    let before = match names.is_empty() {
        true => Vec::new(),
        false => tx.sent_before(open.queue.id, &names, moment.now)?,
    };
    let before: HashMap<SentName, Sent> = before.into_iter().map(|sent| (sent.name, sent)).collect();
    let (mut fresh, mut place_of) = (Vec::new(), HashMap::new());
    let mut places = Vec::with_capacity(ready.len());
    for one in ready {
        let known = one.name.and_then(|name| before.get(&name));
        let place = match (known, one.name) {
            (Some(sent), _) => Err(sent),
            (None, Some(name)) => Ok(*place_of.entry(name).or_insert_with(|| {
                fresh.push((one.new, Some(name)));
                fresh.len() - 1
            })),
            (None, None) => {
                fresh.push((one.new, None));
                Ok(fresh.len() - 1)
            }
        };
        places.push((one.entry, place));
    }
    let sent = store(tx, moment, open, name, fresh)?;
    let accepted = |place: Result<usize, &Sent>| {
        let (id, seq) = match place {
            Ok(place) => sent[place].clone(),
            Err(before) => (before.message.clone(), before.seq),
        };
        let sequence = sequence(open, seq);
        Accepted { id, sequence }
    };
    Ok(places
        .into_iter()
        .map(|(entry, place)| (entry, accepted(place)))
        .collect())
}

/// Stores new messages; answers their ids and places.
fn store(
    tx: &mut dyn Tx,
    moment: &Moment,
    open: &Open,
    name: &QueueName,
    fresh: Vec<(NewMessage, Option<SentName>)>,
) -> Result<Vec<(String, MessageSeq)>, Fault> {
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    let (messages, names): (Vec<NewMessage>, Vec<Option<SentName>>) = fresh.into_iter().unzip();
    let seqs = tx.add_messages(open.heap(), &messages)?;
    let noted = |((message, name), seq): ((&NewMessage, &Option<SentName>), &MessageSeq)| {
        Some(Sent {
            name: (*name)?,
            message: message.id.clone(),
            seq: *seq,
        })
    };
    let sent: Vec<Sent> = messages.iter().zip(&names).zip(&seqs).filter_map(noted).collect();
    if !sent.is_empty() {
        let until = moment.now.plus_millis(DEDUP_MILLIS);
        tx.note_sent(open.queue.id, &sent, until)?;
    }
    let first = messages.iter().map(|message| message.visible_at).min();
    moment.wake(tx, name, messages.len(), first.unwrap_or(moment.now));
    Ok(messages.into_iter().map(|message| message.id).zip(seqs).collect())
}

impl Queues {
    /// Gives messages the ids that they get if they are new.
    pub fn number(&self, messages: Vec<Outgoing>) -> Vec<Numbered> {
        let id = || {
            Builder::from_random_bytes(self.engine.env().random_bytes())
                .into_uuid()
                .to_string()
        };
        let numbered = |outgoing| Numbered { id: id(), outgoing };
        messages.into_iter().map(numbered).collect()
    }

    /// [`send`] in a transaction of its own.
    ///
    /// # Errors
    /// As there, and the store's.
    pub async fn send(
        &self,
        caller: &Caller,
        name: &QueueName,
        messages: Vec<Outgoing>,
    ) -> Result<Vec<Result<Accepted, Fault>>, Fault> {
        let (caller, name, messages) = (caller.clone(), name.clone(), self.number(messages));
        self.write(move |tx, moment| send(tx, moment, &caller, &name, &messages))
            .await
    }
}
