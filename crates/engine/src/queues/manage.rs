//! Queues themselves: making, listing, setting, purging, deleting them, and their tags.

pub(super) mod dead_letters;
mod tags;

use std::collections::BTreeMap;

use model::Timestamp;
use storage::tables::messages::MessageCounts;
use storage::tables::queues::{NewQueue as Stored, Queue, QueueFilter};
use storage::{ReadTx, Tx};

use super::name::{FIFO, check};
use super::{Caller, Fault, FaultKind, Moment, Open, QueueName, Queues, Settings, kept, open};

/// How long after a purge there is no other, in milliseconds.
const BETWEEN_PURGES: i64 = 60_000;

/// A queue to be made.
#[derive(Clone, Debug, Default)]
pub struct NewQueue {
    /// Its name.
    pub name: String,
    /// How it is set, by the names of SQS.
    pub attributes: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A queue as it is.
#[derive(Clone, Debug)]
pub struct Described {
    /// The queue.
    pub open: Open,
    /// How many messages it has, if that was asked.
    pub counts: Option<MessageCounts>,
}

/// Makes a queue in an account. One that is there already and is set as asked is answered as it is.
///
/// # Errors
/// `QueueExists`, and complaints about name, attributes and tags.
pub fn create(tx: &mut dyn Tx, moment: &Moment, account: &str, new: &NewQueue) -> Result<QueueName, Fault> {
    let name = QueueName {
        account: account.to_owned(),
        name: new.name.clone(),
    };
    let settings = first_settings(new)?;
    tags::check(&new.tags)?;
    if let Some(there) = tx.queue(account, &new.name)? {
        return same(&Open::of(there)?, new).map(|()| name);
    }
    dead_letters::check(tx, &name, &settings)?;
    tx.insert_queue(&Stored {
        account: account.to_owned(),
        name: new.name.clone(),
        attributes: settings.to_json()?,
        tags: tags::to_json(&new.tags)?,
        dead_letters: dead_letters::target(&settings),
        now: moment.now,
    })?;
    Ok(name)
}

fn first_settings(new: &NewQueue) -> Result<Settings, Fault> {
    check(&new.name)?;
    let mut settings = Settings::default();
    settings.set_all(&new.attributes)?;
    let is_named_fifo = new.name.ends_with(FIFO);
    if new.attributes.contains_key("FifoQueue") && !settings.fifo {
        return Err(Fault::new(
            FaultKind::AttributeName,
            "Unknown Attribute FifoQueue.",
        ));
    }
    match (settings.fifo, is_named_fifo) {
        (true, false) => Err(Fault::new(
            FaultKind::Parameter,
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
        )),
        (false, true) => Err(Fault::parameter(
            "QueueName",
            &new.name,
            "The suffix .fifo is for queues with the attribute FifoQueue only",
        )),
        _ => Ok(settings),
    }
}

/// Refuses what is asked of a queue that is there and set otherwise.
fn same(there: &Open, new: &NewQueue) -> Result<(), Fault> {
    let mut asked = there.settings.clone();
    asked.set_all(&new.attributes)?;
    if asked == there.settings {
        return Ok(());
    }
    let before: BTreeMap<_, _> = there.settings.shown().into_iter().collect();
    let other = asked
        .shown()
        .into_iter()
        .find(|(name, value)| before.get(name) != Some(value));
    let attribute = other.map_or("RedrivePolicy", |(name, _)| name);
    let message =
        format!("A queue already exists with the same name and a different value for attribute {attribute}");
    Err(Fault::new(FaultKind::QueueExists, message))
}

/// Sets attributes of a queue; those that are not named stay.
///
/// # Errors
/// `NoQueue`, `Denied`, and complaints about the attributes.
pub fn set_attributes(
    tx: &mut dyn Tx,
    moment: &Moment,
    caller: &Caller,
    name: &QueueName,
    given: &BTreeMap<String, String>,
) -> Result<(), Fault> {
    let mut open = open(tx, caller, name)?;
    kept::refuse(name)?;
    let fifo = open.settings.fifo;
    open.settings.set_all(given)?;
    if open.settings.fifo != fifo {
        let reason = "You specified an invalid value for this queue type: it cannot be changed";
        return Err(Fault::attribute("FifoQueue", &(!fifo).to_string(), reason));
    }
    if given.contains_key("RedrivePolicy") {
        dead_letters::check(tx, name, &open.settings)?;
    }
    tx.update_queue(&Queue {
        attributes: open.settings.to_json()?,
        dead_letters: dead_letters::target(&open.settings),
        modified: moment.now,
        ..open.queue
    })?;
    Ok(())
}

/// Forgets all messages of a queue, at once.
///
/// # Errors
/// `PurgedLately`, `NoQueue`, `Denied`.
pub fn purge(tx: &mut dyn Tx, moment: &Moment, caller: &Caller, name: &QueueName) -> Result<(), Fault> {
    let open = open(tx, caller, name)?;
    let is_soon = |purged: Timestamp| (0..BETWEEN_PURGES).contains(&moment.now.millis_since(purged));
    if open.queue.purged.is_some_and(is_soon) {
        let message = format!(
            "Only one PurgeQueue operation on {} is allowed every 60 seconds.",
            name.name
        );
        return Err(Fault::new(FaultKind::PurgedLately, message));
    }
    tx.purge_queue(open.queue.id, moment.now)?;
    Ok(())
}

fn describe(
    tx: &mut dyn ReadTx,
    caller: &Caller,
    name: &QueueName,
    now: Counting,
) -> Result<Described, Fault> {
    let open = open(tx, caller, name)?;
    let counts = match now {
        Counting::No => None,
        Counting::At(now) => Some(tx.message_counts(open.heap(), now)?),
    };
    Ok(Described { open, counts })
}

#[derive(Clone, Copy)]
enum Counting {
    No,
    At(Timestamp),
}

impl Queues {
    /// [`create`] in the caller's account.
    ///
    /// # Errors
    /// As there; `Denied` for credentials of one queue.
    pub async fn create(&self, caller: &Caller, new: NewQueue) -> Result<QueueName, Fault> {
        caller.require_account()?;
        let account = caller.account();
        self.write(move |tx, moment| create(tx, moment, &account, &new))
            .await
    }

    /// A queue, if it is there and the caller may use it.
    ///
    /// # Errors
    /// `NoQueue`, `Denied`.
    pub async fn get(&self, caller: &Caller, name: &QueueName) -> Result<Described, Fault> {
        let (caller, name) = (caller.clone(), name.clone());
        self.read(move |tx| describe(tx, &caller, &name, Counting::No))
            .await
    }

    /// [`Queues::get`] with the number of its messages.
    ///
    /// # Errors
    /// As there.
    pub async fn get_counted(&self, caller: &Caller, name: &QueueName) -> Result<Described, Fault> {
        let (caller, name, now) = (caller.clone(), name.clone(), self.engine.env().now());
        let scan = self
            .engine
            .store()
            .scan(move |tx| describe(tx, &caller, &name, Counting::At(now)));
        scan.await
    }

    /// Up to `limit` queues of the caller's account whose names begin with `prefix`, behind the one named `after`.
    ///
    /// # Errors
    /// `Denied` for credentials of one queue.
    pub async fn list(
        &self,
        caller: &Caller,
        prefix: String,
        after: String,
        limit: u64,
    ) -> Result<Vec<QueueName>, Fault> {
        caller.require_account()?;
        let account = caller.account();
        self.read(move |tx| {
            let filter = QueueFilter::Named {
                account: &account,
                prefix: &prefix,
            };
            named(tx.queues(filter, (&account, &after), limit)?)
        })
        .await
    }

    /// Up to `limit` queues whose dead letters go to this one, behind the one named `after`.
    ///
    /// # Errors
    /// `NoQueue`, `Denied`.
    pub async fn dead_letter_sources(
        &self,
        caller: &Caller,
        name: &QueueName,
        after: (String, String),
        limit: u64,
    ) -> Result<Vec<QueueName>, Fault> {
        let (caller, name) = (caller.clone(), name.clone());
        self.read(move |tx| {
            open(tx, &caller, &name)?;
            let filter = name.to_string();
            named(tx.queues(QueueFilter::DeadLettersTo(&filter), (&after.0, &after.1), limit)?)
        })
        .await
    }

    /// [`set_attributes`] in a transaction of its own.
    ///
    /// # Errors
    /// As there.
    pub async fn set_attributes(
        &self,
        caller: &Caller,
        name: &QueueName,
        given: BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        let (caller, name) = (caller.clone(), name.clone());
        self.write(move |tx, moment| set_attributes(tx, moment, &caller, &name, &given))
            .await
    }

    /// [`purge`] in a transaction of its own.
    ///
    /// # Errors
    /// As there.
    pub async fn purge(&self, caller: &Caller, name: &QueueName) -> Result<(), Fault> {
        let (caller, name) = (caller.clone(), name.clone());
        self.write(move |tx, moment| purge(tx, moment, &caller, &name))
            .await
    }

    /// Deletes a queue with its messages.
    ///
    /// # Errors
    /// `NoQueue`, `Denied`.
    pub async fn delete(&self, caller: &Caller, name: &QueueName) -> Result<(), Fault> {
        let (caller, name) = (caller.clone(), name.clone());
        self.write(move |tx, _| {
            let open = open(tx, &caller, &name)?;
            kept::refuse(&name)?;
            tx.delete_queue(open.queue.id)?;
            Ok(())
        })
        .await
    }
}

fn named(queues: Vec<Queue>) -> Result<Vec<QueueName>, Fault> {
    let name = |Queue { account, name, .. }| QueueName { account, name };
    Ok(queues.into_iter().map(name).collect())
}
