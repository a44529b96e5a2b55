//! Queues that are kept by something else of the product: made, set and removed with it, never by a client of queues.
//!
//! They have an account of their own, which no user has. Whoever sees the thing gets credentials for its queue; these are
//! good for the queue of its dead letters too, which elsewhere they could not be: there a client says himself where dead
//! letters go.

use model::{QueueId, Timestamp};
use storage::tables::queues::{NewQueue, Queue};
use storage::{ReadTx, Tx};

use super::manage::dead_letters;
use super::{Arn, Fault, QueueName, Settings};

/// The account: numbers of users begin with 1.
pub(crate) const ACCOUNT: &str = "000000000000";
/// The region in the ARNs of policies, where some word must stand.
const REGION: &str = "local";

/// The name of a kept queue.
pub(crate) fn named(name: String) -> QueueName {
    let account = ACCOUNT.to_owned();
    QueueName { account, name }
}

/// The ARN of a queue, for a policy.
pub(crate) fn arn(queue: &QueueName) -> String {
    let (region, queue) = (REGION.to_owned(), queue.clone());
    Arn { region, queue }.to_string()
}

/// Refuses to change a kept queue for one who may use it.
pub(super) fn refuse(name: &QueueName) -> Result<(), Fault> {
    if name.account != ACCOUNT {
        return Ok(());
    }
    let message = format!("the queue {name} is changed and deleted by the API that made it only");
    Err(Fault::denied(message))
}

/// Whether this queue gets the dead letters of the kept one with that number.
pub(super) fn has_dead_letters_of(
    tx: &mut (impl ReadTx + ?Sized),
    name: &QueueName,
    source: QueueId,
) -> Result<bool, Fault> {
    if name.account != ACCOUNT {
        return Ok(false);
    }
    let source = tx.queue_by_id(source)?;
    Ok(source.is_some_and(|source| source.dead_letters == Some(name.to_string())))
}

/// Makes a kept queue, or sets the one that is there.
///
/// # Errors
/// The store's.
pub(crate) fn ensure(
    tx: &mut dyn Tx,
    name: &QueueName,
    settings: &Settings,
    now: Timestamp,
) -> Result<Queue, Fault> {
    let (attributes, dead_letters) = (settings.to_json()?, dead_letters::target(settings));
    let Some(there) = tx.queue(&name.account, &name.name)? else {
        let made = tx.insert_queue(&NewQueue {
            account: name.account.clone(),
            name: name.name.clone(),
            attributes,
            tags: "{}".to_owned(),
            dead_letters,
            now,
        })?;
        return Ok(made);
    };
    if Settings::stored(&there.attributes)? == *settings && there.dead_letters == dead_letters {
        return Ok(there);
    }
    let changed = Queue {
        attributes,
        dead_letters,
        modified: now,
        ..there
    };
    tx.update_queue(&changed)?;
    Ok(changed)
}

/// Removes a kept queue with its messages, if it is there.
///
/// # Errors
/// The store's.
pub(crate) fn remove(tx: &mut dyn Tx, name: &QueueName) -> Result<(), Fault> {
    if let Some(queue) = tx.queue(&name.account, &name.name)? {
        tx.delete_queue(queue.id)?;
    }
    Ok(())
}
