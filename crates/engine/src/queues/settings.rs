//! How a queue is set: its attributes, their bounds and what they are when nobody says.

mod policy;

use std::collections::BTreeMap;

use model::Error;
use serde::{Deserialize, Serialize};

use super::{Fault, FaultKind};

pub use policy::{Allow, Redrive};

/// The longest message, in bytes.
pub const MAX_MESSAGE: i64 = 1 << 20;
/// The longest time for which a message is held, in seconds.
pub const MAX_VISIBILITY: i64 = 12 * 3600;
/// The longest delay, in seconds.
pub const MAX_DELAY: i64 = 900;
/// The longest time that a receiver waits, in seconds.
pub const MAX_WAIT: i64 = 20;

/// Among which messages a deduplication id is unique.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DedupScope {
    /// Those of the queue.
    #[default]
    Queue,
    /// Those of the group.
    Group,
}

/// What the throughput is counted for. It is not limited here; the word is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Throughput {
    /// The queue.
    #[default]
    PerQueue,
    /// Each group.
    PerGroup,
}

/// See the module. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How long after it was sent a message may be received.
    pub delay: i64,
    /// The longest message, in bytes.
    pub max_bytes: i64,
    /// How long messages are kept.
    pub retention: i64,
    /// How long receivers wait that do not say.
    pub wait: i64,
    /// How long receivers hold messages that do not say.
    pub visibility: i64,
    /// Whether groups are in order.
    pub fifo: bool,
    /// Whether equal bodies are equal messages.
    pub content_dedup: bool,
    /// Where deduplication ids are unique.
    pub dedup_scope: DedupScope,
    /// See there.
    pub throughput: Throughput,
    /// What becomes of messages that are received too often.
    pub redrive: Option<Redrive>,
    /// Whose dead letters it takes.
    pub allow: Option<Allow>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delay: 0,
            max_bytes: MAX_MESSAGE,
            retention: 4 * 86_400,
            wait: 0,
            visibility: 30,
            fifo: false,
            content_dedup: false,
            dedup_scope: DedupScope::Queue,
            throughput: Throughput::PerQueue,
            redrive: None,
            allow: None,
        }
    }
}

impl Settings {
    pub(crate) fn stored(text: &str) -> Result<Self, Fault> {
        let read = serde_json::from_str(text);
        read.map_err(|error| Error::internal(format!("attributes of a queue: {error}")).into())
    }

    pub(crate) fn to_json(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(|error| Error::internal(error).into())
    }

    /// Sets what is given by the names of SQS.
    ///
    /// # Errors
    /// `AttributeName`, `AttributeValue`, `Unsupported`.
    pub fn set_all(&mut self, given: &BTreeMap<String, String>) -> Result<(), Fault> {
        for (name, value) in given {
            self.set(name, value)?;
        }
        if !self.fifo && given.keys().any(|name| is_of_fifo(name)) {
            let message = "Unknown Attribute: the queue is not a FIFO queue.";
            return Err(Fault::new(FaultKind::AttributeName, message));
        }
        if self.throughput == Throughput::PerGroup && self.dedup_scope == DedupScope::Queue {
            return Err(Fault::attribute(
                "FifoThroughputLimit",
                "perMessageGroupId",
                "It needs DeduplicationScope messageGroup",
            ));
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        match name {
            "DelaySeconds" => self.delay = number(name, value, 0, MAX_DELAY)?,
            "MaximumMessageSize" => self.max_bytes = number(name, value, 1024, MAX_MESSAGE)?,
            "MessageRetentionPeriod" => self.retention = number(name, value, 60, 14 * 86_400)?,
            "ReceiveMessageWaitTimeSeconds" => self.wait = number(name, value, 0, MAX_WAIT)?,
            "VisibilityTimeout" => self.visibility = number(name, value, 0, MAX_VISIBILITY)?,
            "FifoQueue" => self.fifo = truth(name, value)?,
            "ContentBasedDeduplication" => self.content_dedup = truth(name, value)?,
            "DeduplicationScope" => {
                let words = [("queue", DedupScope::Queue), ("messageGroup", DedupScope::Group)];
                self.dedup_scope = word(name, value, words)?;
            }
            "FifoThroughputLimit" => {
                let words = [
                    ("perQueue", Throughput::PerQueue),
                    ("perMessageGroupId", Throughput::PerGroup),
                ];
                self.throughput = word(name, value, words)?;
            }
            "RedrivePolicy" => self.redrive = Redrive::parse(value)?,
            "RedriveAllowPolicy" => self.allow = Allow::parse(value)?,
            // What needs Amazon's own services is taken only where it asks for nothing.
            "SqsManagedSseEnabled" if value == "false" => {}
            "Policy" | "KmsMasterKeyId" | "KmsDataKeyReusePeriodSeconds" if value.is_empty() => {}
            "Policy" | "KmsMasterKeyId" | "KmsDataKeyReusePeriodSeconds" | "SqsManagedSseEnabled" => {
                let message = format!("the attribute {name} is not supported here");
                return Err(Fault::new(FaultKind::Unsupported, message));
            }
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    /// All that is set, by the names of SQS.
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        let mut shown = vec![
            ("DelaySeconds", self.delay.to_string()),
            ("MaximumMessageSize", self.max_bytes.to_string()),
            ("MessageRetentionPeriod", self.retention.to_string()),
            ("ReceiveMessageWaitTimeSeconds", self.wait.to_string()),
            ("VisibilityTimeout", self.visibility.to_string()),
            ("SqsManagedSseEnabled", "false".to_owned()),
        ];
        if self.fifo {
            let scope = match self.dedup_scope {
                DedupScope::Queue => "queue",
                DedupScope::Group => "messageGroup",
            };
            let throughput = match self.throughput {
                Throughput::PerQueue => "perQueue",
                Throughput::PerGroup => "perMessageGroupId",
            };
            shown.extend([
                ("FifoQueue", "true".to_owned()),
                ("ContentBasedDeduplication", self.content_dedup.to_string()),
                ("DeduplicationScope", scope.to_owned()),
                ("FifoThroughputLimit", throughput.to_owned()),
            ]);
        }
        shown.extend(
            self.redrive
                .as_ref()
                .map(|redrive| ("RedrivePolicy", redrive.shown())),
        );
        shown.extend(
            self.allow
                .as_ref()
                .map(|allow| ("RedriveAllowPolicy", allow.shown())),
        );
        shown
    }
}

fn is_of_fifo(name: &str) -> bool {
    matches!(
        name,
        "ContentBasedDeduplication" | "DeduplicationScope" | "FifoThroughputLimit"
    )
}

/// An attribute that no queue has.
pub(crate) fn unknown(name: &str) -> Fault {
    let message = format!("Unknown Attribute {}.", super::fault::shown(name));
    Fault::new(FaultKind::AttributeName, message)
}

fn number(name: &str, value: &str, least: i64, most: i64) -> Result<i64, Fault> {
    let number = value
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number));
    let reason = || format!("Must be an integer from {least} to {most}");
    number.ok_or_else(|| Fault::attribute(name, value, &reason()))
}

fn truth(name: &str, value: &str) -> Result<bool, Fault> {
    word(
        name,
        &value.to_ascii_lowercase(),
        [("true", true), ("false", false)],
    )
}

fn word<T: Copy>(name: &str, value: &str, words: [(&str, T); 2]) -> Result<T, Fault> {
    let known = words.iter().find(|(word, _)| *word == value);
    let reason = || format!("Must be {} or {}", words[0].0, words[1].0);
    known
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| Fault::attribute(name, value, &reason()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Settings;
    use crate::queues::FaultKind;

    fn set(pairs: &[(&str, &str)]) -> Result<Settings, FaultKind> {
        let given: BTreeMap<String, String> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut settings = Settings::default();
        settings
            .set_all(&given)
            .map(|()| settings)
            .map_err(|fault| fault.kind())
    }

    #[test]
    fn bounds_are_those_of_sqs() {
        for (name, least, most) in [
            ("DelaySeconds", 0, 900),
            ("MaximumMessageSize", 1024, 1_048_576),
            ("MessageRetentionPeriod", 60, 1_209_600),
            ("ReceiveMessageWaitTimeSeconds", 0, 20),
            ("VisibilityTimeout", 0, 43_200),
        ] {
            for good in [least, most] {
                assert!(set(&[(name, &good.to_string())]).is_ok(), "{name} {good}");
            }
            for bad in [(least - 1).to_string(), (most + 1).to_string(), "1.5".to_owned()] {
                assert_eq!(
                    set(&[(name, &bad)]),
                    Err(FaultKind::AttributeValue),
                    "{name} {bad}"
                );
            }
        }
    }

    #[test]
    fn what_is_set_is_stored_and_shown() {
        let policy =
            r#"{"deadLetterTargetArn":"arn:aws:sqs:r:000000000001:dead.fifo","maxReceiveCount":"3"}"#;
        let settings = set(&[
            ("FifoQueue", "true"),
            ("DeduplicationScope", "messageGroup"),
            ("FifoThroughputLimit", "perMessageGroupId"),
            ("RedrivePolicy", policy),
        ])
        .unwrap();
        let stored = Settings::stored(&settings.to_json().unwrap()).unwrap();
        assert_eq!(stored, settings);
        let shown: BTreeMap<_, _> = stored.shown().into_iter().collect();
        assert_eq!(shown["DeduplicationScope"], "messageGroup");
        assert_eq!(shown["FifoThroughputLimit"], "perMessageGroupId");
        assert!(shown["RedrivePolicy"].contains(r#""maxReceiveCount":3"#));
        assert_eq!(shown["VisibilityTimeout"], "30");
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let name = Err(FaultKind::AttributeName);
        let value = Err(FaultKind::AttributeValue);
        assert_eq!(set(&[("Colour", "red")]), name);
        assert_eq!(set(&[("ContentBasedDeduplication", "true")]), name);
        let fifo = ("FifoQueue", "true");
        assert_eq!(set(&[fifo, ("FifoThroughputLimit", "perMessageGroupId")]), value);
        assert_eq!(set(&[fifo, ("DeduplicationScope", "all")]), value);
        assert_eq!(set(&[("Policy", "{}")]), Err(FaultKind::Unsupported));
        assert!(set(&[("Policy", "")]).is_ok());
    }
}
