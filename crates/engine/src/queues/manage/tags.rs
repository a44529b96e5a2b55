//! Tags of queues.

use std::collections::BTreeMap;

use model::Error;
use storage::tables::queues::Queue;

use crate::queues::{Caller, Fault, FaultKind, QueueName, Queues, open};

/// Tags by key.
type Tags = BTreeMap<String, String>;

const MOST: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

pub(super) fn check(tags: &Tags) -> Result<(), Fault> {
    if tags.len() > MOST {
        let message = format!("Too many tags: {} are more than {MOST}.", tags.len());
        return Err(Fault::new(FaultKind::Parameter, message));
    }
    for (key, value) in tags {
        if !(1..=LONGEST_KEY).contains(&key.chars().count()) || key.starts_with("aws:") {
            let reason = "Tag keys must have 1 to 128 characters and not begin with aws:";
            return Err(Fault::parameter("TagKey", key, reason));
        }
        if value.chars().count() > LONGEST_VALUE {
            let reason = "Tag values must have at most 256 characters";
            return Err(Fault::parameter("TagValue", value, reason));
        }
    }
    Ok(())
}

pub(super) fn to_json(tags: &Tags) -> Result<String, Fault> {
    serde_json::to_string(tags).map_err(|error| Error::internal(error).into())
}

fn stored(text: &str) -> Result<Tags, Fault> {
    let read = serde_json::from_str(text);
    read.map_err(|error| Error::internal(format!("tags of a queue: {error}")).into())
}

impl Queues {
    /// The tags of a queue.
    ///
    /// # Errors
    /// `NoQueue`, `Denied`.
    pub async fn tags(&self, caller: &Caller, name: &QueueName) -> Result<Tags, Fault> {
        stored(&self.get(caller, name).await?.open.queue.tags)
    }

    /// Sets tags; those that are not named stay.
    ///
    /// # Errors
    /// `NoQueue`, `Denied`, `Parameter`.
    pub async fn tag(&self, caller: &Caller, name: &QueueName, given: Tags) -> Result<(), Fault> {
        self.change_tags(caller, name, move |tags| tags.extend(given.clone()))
            .await
    }

    /// Takes tags away.
    ///
    /// # Errors
    /// `NoQueue`, `Denied`.
    pub async fn untag(&self, caller: &Caller, name: &QueueName, keys: Vec<String>) -> Result<(), Fault> {
        self.change_tags(caller, name, move |tags| {
            tags.retain(|key, _| !keys.contains(key))
        })
        .await
    }

    async fn change_tags(
        &self,
        caller: &Caller,
        name: &QueueName,
        change: impl Fn(&mut Tags) + Send + 'static,
    ) -> Result<(), Fault> {
        let (caller, name) = (caller.clone(), name.clone());
        self.write(move |tx, _| {
            let open = open(tx, &caller, &name)?;
            let mut tags = stored(&open.queue.tags)?;
            change(&mut tags);
            check(&tags)?;
            tx.update_queue(&Queue {
                tags: to_json(&tags)?,
                ..open.queue
            })?;
            Ok(())
        })
        .await
    }
}
