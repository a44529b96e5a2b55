//! SendMessage and SendMessageBatch.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::queues::settings::MAX_MESSAGE;
use engine::queues::{Accepted, Attribute, Attributes, Fault, FaultKind, Outgoing, Value};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::batch;
use crate::call::Call;
use crate::digest;
use crate::error::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    id: Option<String>,
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Given>,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, Given>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    data_type: Option<String>,
    string_value: Option<String>,
    binary_value: Option<String>,
}

fn attributes(given: BTreeMap<String, Given>) -> Result<Attributes, Fault> {
    let attribute = |(name, given): (String, Given)| {
        let wrong = |reason: &str| Err(Fault::parameter("MessageAttributes", &name, reason));
        let value = match (given.string_value, given.binary_value) {
            (Some(text), None) => Value::Text(text),
            (None, Some(bytes)) if STANDARD.decode(&bytes).is_ok() => Value::Bytes(bytes),
            (None, Some(_)) => return wrong("Its BinaryValue is not base64"),
            _ => return wrong("It must contain one value, StringValue or BinaryValue"),
        };
        match given.data_type {
            Some(kind) => Ok((name, Attribute { kind, value })),
            None => wrong("It must contain a DataType"),
        }
    };
    given.into_iter().map(attribute).collect()
}

impl Sent {
    fn outgoing(self) -> Result<Outgoing, Fault> {
        Ok(Outgoing {
            body: self.message_body.unwrap_or_default(),
            attributes: attributes(self.message_attributes)?,
            system: attributes(self.message_system_attributes)?,
            delay: self.delay_seconds,
            group: self.message_group_id,
            dedup: self.message_deduplication_id,
        })
    }
}

/// What the answer says of a message beside its id: the digests of what was stored.
struct Digests {
    body: String,
    attributes: Option<String>,
    system: Option<String>,
}

impl Digests {
    fn of(outgoing: &Outgoing) -> Self {
        Self {
            body: digest::of_body(&outgoing.body),
            attributes: digest::of_attributes(outgoing.attributes.iter()),
            system: digest::of_attributes(outgoing.system.iter()),
        }
    }

    fn answer(&self, accepted: Accepted) -> Json {
        let mut answer = json!({ "MD5OfMessageBody": self.body, "MessageId": accepted.id });
        let more = [
            ("MD5OfMessageAttributes", self.attributes.clone()),
            ("MD5OfMessageSystemAttributes", self.system.clone()),
            ("SequenceNumber", accepted.sequence),
        ];
        for (key, value) in more {
            if let Some(value) = value {
                answer[key] = value.into();
            }
        }
        answer
    }
}

pub(super) async fn one(call: &Call) -> Result<Json, Refusal> {
    let sent: Sent = call.read()?;
    let queue = call.queue()?;
    let outgoing = sent.outgoing()?;
    let digests = Digests::of(&outgoing);
    let mut outcomes = call.queues.send(&call.caller, &queue, vec![outgoing]).await?;
    let accepted = outcomes
        .pop()
        .ok_or_else(|| Refusal::internal("no outcome of a message"))??;
    Ok(digests.answer(accepted))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    #[serde(default)]
    entries: Vec<Sent>,
}

pub(super) async fn batch(call: &Call) -> Result<Json, Refusal> {
    let Batch { entries } = call.read()?;
    let queue = call.queue()?;
    let ids: Vec<String> = entries
        .iter()
        .map(|entry| entry.id.clone().unwrap_or_default())
        .collect();
    batch::check(ids.iter().map(String::as_str))?;
    let (mut messages, mut slots) = (Vec::new(), Vec::new());
    for entry in entries {
        slots.push(entry.outgoing().map(|outgoing| {
            let digests = Digests::of(&outgoing);
            messages.push(outgoing);
            digests
        }));
    }
    let size: i64 = messages.iter().map(Outgoing::size).sum();
    if size > MAX_MESSAGE {
        let message =
            format!("Batch requests cannot be longer than {MAX_MESSAGE} bytes. You have sent {size} bytes.");
        return Err(Fault::new(FaultKind::BatchTooLong, message).into());
    }
    let mut outcomes = call
        .queues
        .send(&call.caller, &queue, messages)
        .await?
        .into_iter();
    let outcome = |slot: Result<Digests, Fault>| {
        let digests = slot?;
        let outcome = outcomes.next();
        let lost = || Fault::from(model::Error::internal("no outcome of a message"));
        Ok(digests.answer(outcome.ok_or_else(lost)??))
    };
    let outcomes: Vec<Result<Json, Fault>> = slots.into_iter().map(outcome).collect();
    batch::answer(ids.into_iter().zip(outcomes))
}
