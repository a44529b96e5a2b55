//! ReceiveMessage.

use engine::queues::{Fault, FaultKind, Received, Reception, Value};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::done;
use crate::call::Call;
use crate::digest;
use crate::error::Refusal;

/// Attributes of the system that may be asked for.
const KNOWN: &[&str] = &[
    "All",
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

pub(super) async fn receive(call: &Call) -> Result<Json, Refusal> {
    let asked: Receive = call.read()?;
    let queue = call.queue()?;
    let system = [
        &asked.attribute_names[..],
        &asked.message_system_attribute_names[..],
    ]
    .concat();
    for name in &system {
        if !KNOWN.contains(&name.as_str()) {
            let shown: String = name.chars().take(64).collect();
            let message = format!("Unknown Attribute {shown}.");
            return Err(Fault::new(FaultKind::AttributeName, message).into());
        }
    }
    let most = asked.max_number_of_messages.unwrap_or(1);
    let reception = Reception {
        most: usize::try_from(most).unwrap_or(0),
        visibility: asked.visibility_timeout,
        wait: asked.wait_time_seconds,
    };
    let received = call.queues.receive(&call.caller, &queue, reception).await?;
    if received.is_empty() {
        return Ok(done());
    }
    let messages: Vec<Json> = received
        .into_iter()
        .map(|message| shown(call, message, &system, &asked.message_attribute_names))
        .collect();
    Ok(json!({ "Messages": messages }))
}

fn shown(call: &Call, message: Received, system: &[String], own: &[String]) -> Json {
    let mut shown = json!({
        "MessageId": message.id,
        "ReceiptHandle": message.receipt.to_string(),
        "MD5OfBody": digest::of_body(&message.body),
    });
    let attributes: Vec<_> = message
        .attributes
        .iter()
        .filter(|(name, _)| is_asked(own, name))
        .collect();
    if let Some(digest) = digest::of_attributes(attributes.iter().copied()) {
        shown["MD5OfMessageAttributes"] = digest.into();
        let attributes: Map<String, Json> = attributes
            .into_iter()
            .map(|(name, attribute)| {
                let (key, value) = match &attribute.value {
                    Value::Text(text) => ("StringValue", text),
                    Value::Bytes(bytes) => ("BinaryValue", bytes),
                };
                (name.clone(), json!({ "DataType": attribute.kind, key: value }))
            })
            .collect();
        shown["MessageAttributes"] = attributes.into();
    }
    let wanted = |name: &str| system.iter().any(|asked| asked == name || asked == "All");
    let of_system: Map<String, Json> = of_system(call, &message)
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect();
    if !of_system.is_empty() {
        shown["Attributes"] = of_system.into();
    }
    shown["Body"] = message.body.into();
    shown
}

fn of_system(call: &Call, message: &Received) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("SenderId", Some(message.sender.clone())),
        ("SentTimestamp", Some(message.sent.0.to_string())),
        ("ApproximateReceiveCount", Some(message.received.to_string())),
        (
            "ApproximateFirstReceiveTimestamp",
            Some(message.first_received.0.to_string()),
        ),
        ("SequenceNumber", message.sequence.clone()),
        ("MessageDeduplicationId", message.dedup.clone()),
        ("MessageGroupId", message.group.clone()),
        ("AWSTraceHeader", message.trace.clone()),
        (
            "DeadLetterQueueSourceArn",
            message.source.clone().map(|queue| call.arn(queue)),
        ),
    ]
}

/// Whether an attribute is among those asked for: by its name, by how it begins (`a.*`), or all.
fn is_asked(asked: &[String], name: &str) -> bool {
    asked.iter().any(|asked| match asked.strip_suffix(".*") {
        Some(prefix) => prefix.is_empty() || name.starts_with(prefix),
        None => asked == "All" || asked == name,
    })
}
