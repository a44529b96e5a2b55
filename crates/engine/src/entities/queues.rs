//! The queue of messages behind a queue entity, and the one of its dead letters.
//!
//! Both are FIFO queues of a kept account ([`kept`]), named by the guid, because the entity's own name may be any text. They
//! come and go with the entity in its transaction, and are set by its `parameters`; one that is not there – the entity is
//! older than queues of messages – is made when it is first asked for. Whoever sees the entity gets credentials.

use std::collections::BTreeMap;
use std::time::Duration;

use jsonb::{Jsonb, Kind, Value};
use model::{Actor, Error, QueueId, Timestamp, Uuid};
use storage::{ReadTx, Tx};

use super::EntityKind;
use super::read::seen;
use super::shape::short;
use super::sight::Sight;
use crate::Engine;
use crate::queues::settings::Redrive;
use crate::queues::{Credentials, QueueName, Settings, kept};

/// Parameters that set the queue; others are kept and mean nothing.
const ATTRIBUTES: [&str; 8] = [
    "VisibilityTimeout",
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
];
/// The parameter that says how often a message may be received before it is a dead letter.
const RECEIVES: &str = "maxReceiveCount";
/// How often that is when nobody says.
const MAX_RECEIVES: i64 = 10;
const MOST_RECEIVES: i64 = 1000;
/// How long messages are kept when nobody says, in seconds: as long as can be.
const RETENTION: i64 = 14 * 86_400;
/// How long credentials live. The client asks for new ones in their last hour, and can count up to a day only.
pub(super) const LIFE: Duration = Duration::from_secs(12 * 3600);

/// What one who sees a queue entity needs to use its messages.
#[derive(Clone, Debug)]
pub struct QueueAccess {
    /// The queue.
    pub queue: QueuePlace,
    /// The queue of its dead letters.
    pub dead_letters: QueuePlace,
    /// Good for both; renewed each time.
    pub credentials: Credentials,
}

/// Where a queue is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueuePlace {
    /// On this server.
    Here(QueueName),
    /// At this address of another service.
    At(String),
}

/// The queue of messages of an entity.
pub(super) fn name(guid: Uuid) -> QueueName {
    kept::named(format!("{}.fifo", guid.simple()))
}

/// The queue of its dead letters.
pub(super) fn dead_letters(guid: Uuid) -> QueueName {
    kept::named(format!("{}-dead.fifo", guid.simple()))
}

/// Refuses parameters that a queue cannot be set by.
pub(super) fn check(fields: Value<'_>) -> Result<(), Error> {
    let Some(parameters) = fields.get("parameters").map_err(Error::internal)? else {
        return Ok(());
    };
    let mut settings = initial();
    for name in ATTRIBUTES {
        if let Some(value) = parameters.get(name).map_err(Error::internal)? {
            set(&mut settings, name, value)?;
        }
    }
    max_receives(parameters).map(|_| ())
}

/// How a queue is set when nobody says.
pub(super) fn initial() -> Settings {
    Settings {
        fifo: true,
        retention: RETENTION,
        ..Settings::default()
    }
}

/// How the queue of an entity is set. What it cannot be set by was stored before there was a check, and means nothing.
pub(super) fn settings(guid: Uuid, body: Value<'_>) -> Result<Settings, Error> {
    let (mut settings, empty) = (initial(), jsonb::object().finish());
    let parameters = body.get("parameters").map_err(Error::internal)?;
    let parameters = parameters.unwrap_or_else(|| empty.root());
    for name in ATTRIBUTES {
        if let Some(value) = parameters.get(name).map_err(Error::internal)? {
            let before = settings.clone();
            if set(&mut settings, name, value).is_err() {
                settings = before;
            }
        }
    }
    settings.redrive = Some(Redrive {
        target: kept::arn(&dead_letters(guid)),
        max_receives: max_receives(parameters).unwrap_or(MAX_RECEIVES),
    });
    Ok(settings)
}

/// Sets one attribute, given as a number, a truth or a text.
fn set(settings: &mut Settings, name: &str, value: Value<'_>) -> Result<(), Error> {
    let text = match value.kind() {
        Kind::Null => return Ok(()),
        Kind::Text => value
            .as_str()
            .map_err(Error::internal)?
            .unwrap_or_default()
            .into_owned(),
        _ => value.to_text().map_err(Error::internal)?,
    };
    let one = BTreeMap::from([(name.to_owned(), text)]);
    settings.set_all(&one).map_err(|fault| {
        let path = format!("parameters.{name}");
        Error::bad_value(path, fault.message().to_owned())
    })
}

fn max_receives(parameters: Value<'_>) -> Result<i64, Error> {
    let given = parameters.get(RECEIVES).map_err(Error::internal)?;
    let Some(given) = given.filter(|given| given.kind() != Kind::Null) else {
        return Ok(MAX_RECEIVES);
    };
    let text = given.as_str().map_err(Error::internal)?;
    let number = match &text {
        Some(text) => text.parse().ok(),
        None => given.as_i64().map_err(Error::internal)?,
    };
    let fits = number.filter(|number| (1..=MOST_RECEIVES).contains(number));
    fits.ok_or_else(|| {
        let shown = given.to_text().unwrap_or_default();
        let (path, shown) = (format!("parameters.{RECEIVES}"), short(&shown));
        let message = format!("{path}: expected a whole number from 1 to {MOST_RECEIVES}, got {shown}");
        Error::bad_value(path, message)
    })
}

/// Makes the queues of an entity, or sets them as it says; the number of the first.
pub(super) fn keep(tx: &mut dyn Tx, guid: Uuid, body: &Jsonb, now: Timestamp) -> Result<QueueId, Error> {
    kept::ensure(tx, &dead_letters(guid), &initial(), now)?;
    let settings = settings(guid, body.root())?;
    Ok(kept::ensure(tx, &name(guid), &settings, now)?.id)
}

/// Removes the queues of an entity with all messages.
pub(super) fn remove(tx: &mut dyn Tx, guid: Uuid) -> Result<(), Error> {
    for name in [name(guid), dead_letters(guid)] {
        kept::remove(tx, &name)?;
    }
    Ok(())
}

impl Engine {
    /// What the caller needs to use the messages of queues that he was just shown, in their order; none for one that is gone
    /// since.
    ///
    /// # Errors
    /// The store's; `unavailable` when another service keeps the queues and does not do so.
    pub async fn queue_access(
        &self,
        actor: &Actor,
        guids: Vec<Uuid>,
    ) -> Result<Vec<Option<QueueAccess>>, Error> {
        if let Some(outside) = self.outside() {
            return self.access_outside(outside, actor, guids).await;
        }
        let asked = guids.clone();
        let look = move |tx: &mut dyn ReadTx| numbers(tx, &asked);
        let mut numbers = match guids.len() {
            1 => self.store().look_up(look).await?,
            _ => self.store().read(look).await?,
        };
        if numbers.contains(&None) {
            numbers = self.keep_queues(actor, guids.clone()).await?;
        }
        let access = |(guid, number): (&Uuid, Option<QueueId>)| {
            let issue = |number| self.queues().credentials(actor.user, number, LIFE);
            let credentials = number.map(issue).transpose()?;
            Ok(credentials.map(|credentials| QueueAccess {
                queue: QueuePlace::Here(name(*guid)),
                dead_letters: QueuePlace::Here(dead_letters(*guid)),
                credentials,
            }))
        };
        guids.iter().zip(numbers).map(access).collect()
    }

    /// Makes the queues that are not there.
    async fn keep_queues(&self, actor: &Actor, guids: Vec<Uuid>) -> Result<Vec<Option<QueueId>>, Error> {
        let (collection, actor) = (self.entity_collection(EntityKind::Queue), actor.clone());
        let now = self.env().now();
        let kept = self.store().write(move |tx| {
            let sight = Sight::of(tx, &actor)?;
            let mut numbers = Vec::with_capacity(guids.len());
            for guid in &guids {
                numbers.push(match seen(tx, collection, *guid, &sight)? {
                    Some(entity) => Some(keep(tx, *guid, &entity.body, now)?),
                    None => None,
                });
            }
            Ok(numbers)
        });
        kept.await
    }
}

fn numbers(tx: &mut dyn ReadTx, guids: &[Uuid]) -> Result<Vec<Option<QueueId>>, Error> {
    let number = |guid: &Uuid| {
        let QueueName { account, name } = name(*guid);
        Ok(tx.queue(&account, &name)?.map(|queue| queue.id))
    };
    guids.iter().map(number).collect()
}
