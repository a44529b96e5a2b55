//! GetQueueAttributes and SetQueueAttributes.

use std::collections::BTreeMap;

use engine::queues::{Described, Fault, FaultKind};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::done;
use crate::call::Call;
use crate::error::Refusal;

/// Attributes that say how many messages there are.
const COUNTS: [&str; 3] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
];
/// What may be asked for, whether the queue has it or not.
const KNOWN: &[&str] = &[
    "All",
    "Policy",
    "VisibilityTimeout",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
    "DelaySeconds",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "FifoQueue",
    "ContentBasedDeduplication",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    #[serde(default)]
    attribute_names: Vec<String>,
}

pub(super) async fn get(call: &Call) -> Result<Json, Refusal> {
    let Get { attribute_names } = call.read()?;
    for name in &attribute_names {
        if !KNOWN.contains(&name.as_str()) && !COUNTS.contains(&name.as_str()) {
            let shown: String = name.chars().take(64).collect();
            let message = format!("Unknown Attribute {shown}.");
            return Err(Fault::new(FaultKind::AttributeName, message).into());
        }
    }
    let wanted = |name: &str| {
        attribute_names
            .iter()
            .any(|asked| asked == name || asked == "All")
    };
    let queue = call.queue()?;
    let described = match COUNTS.iter().any(|name| wanted(name)) {
        true => call.queues.get_counted(&call.caller, &queue).await?,
        false => call.queues.get(&call.caller, &queue).await?,
    };
    let shown: Map<String, Json> = all(call, described)
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    match shown.is_empty() {
        true => Ok(done()),
        false => Ok(json!({ "Attributes": shown })),
    }
}

fn all(call: &Call, described: Described) -> Vec<(&'static str, String)> {
    let Described { open, counts } = described;
    let mut all = vec![
        ("QueueArn", call.arn(open.name())),
        ("CreatedTimestamp", (open.queue.created.0 / 1000).to_string()),
        (
            "LastModifiedTimestamp",
            (open.queue.modified.0 / 1000).to_string(),
        ),
    ];
    if let Some(counts) = counts {
        let numbers = [counts.visible, counts.held, counts.delayed];
        all.extend(COUNTS.into_iter().zip(numbers.map(|number| number.to_string())));
    }
    all.extend(open.settings.shown());
    all
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Set {
    attributes: Option<BTreeMap<String, String>>,
}

pub(super) async fn set(call: &Call) -> Result<Json, Refusal> {
    let Set { attributes } = call.read()?;
    let attributes = attributes.ok_or_else(|| Fault::missing("Attributes"))?;
    let queue = call.queue()?;
    call.queues
        .set_attributes(&call.caller, &queue, attributes)
        .await?;
    Ok(done())
}
