//! Messages as senders give them and receivers get them, with their attributes and the bounds of these.

use std::collections::BTreeMap;

use model::{Error, Timestamp};
use serde::{Deserialize, Serialize};

use super::fault::shown;
use super::{Fault, FaultKind};

/// The most attributes of a message.
const MOST_ATTRIBUTES: usize = 10;
/// The longest name of an attribute, and the longest name of a type.
const LONGEST_NAME: usize = 256;
/// The longest group and deduplication id.
const LONGEST_ID: usize = 128;
/// The attribute that the system takes.
const TRACE: &str = "AWSTraceHeader";

/// What an attribute says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A text.
    #[serde(rename = "s")]
    Text(String),
    /// Bytes, in base64.
    #[serde(rename = "b")]
    Bytes(String),
}

/// An attribute of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, perhaps with a dot and a word of the client's behind it.
    #[serde(rename = "t")]
    pub kind: String,
    /// What it says.
    #[serde(flatten)]
    pub value: Value,
}

/// Attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// What the store keeps of a message's attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    #[serde(rename = "a", skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) own: Attributes,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    pub(super) trace: Option<String>,
}

impl Kept {
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let read = serde_json::from_str(text);
        read.map_err(|error| Error::internal(format!("attributes of a message: {error}")).into())
    }

    pub(super) fn to_json(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(|error| Error::internal(error).into())
    }
}

/// A message to be sent.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// Its body.
    pub body: String,
    /// Its attributes.
    pub attributes: Attributes,
    /// Attributes for the system.
    pub system: Attributes,
    /// After how many seconds it may be received; the queue's word if it has none.
    pub delay: Option<i64>,
    /// Its group.
    pub group: Option<String>,
    /// What tells it from others.
    pub dedup: Option<String>,
}

impl Outgoing {
    /// How long it is: its body, and names, types and values of its attributes.
    pub fn size(&self) -> i64 {
        let attributes = self.attributes.iter().map(|(name, attribute)| {
            let value = match &attribute.value {
                Value::Text(text) => text.len(),
                Value::Bytes(base64) => unpacked(base64),
            };
            name.len() + attribute.kind.len() + value
        });
        i64::try_from(self.body.len() + attributes.sum::<usize>()).unwrap_or(i64::MAX)
    }

    /// Refuses what no queue takes.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.body.is_empty() {
            return Err(Fault::missing("MessageBody"));
        }
        check_characters(&self.body, "MessageBody")?;
        if self.attributes.len() > MOST_ATTRIBUTES {
            let count = self.attributes.len();
            let message = format!(
                "Number of message attributes [{count}] exceeds the allowed maximum [{MOST_ATTRIBUTES}]."
            );
            return Err(Fault::new(FaultKind::Parameter, message));
        }
        for (name, attribute) in &self.attributes {
            check_name(name)?;
            check_attribute(name, attribute)?;
        }
        self.check_system()?;
        check_id("MessageGroupId", self.group.as_deref())?;
        check_id("MessageDeduplicationId", self.dedup.as_deref())
    }

    fn check_system(&self) -> Result<(), Fault> {
        for (name, attribute) in &self.system {
            if name != TRACE || attribute.kind != "String" || !matches!(attribute.value, Value::Text(_)) {
                let reason = "Only AWSTraceHeader of type String is taken";
                return Err(Fault::parameter("MessageSystemAttribute", name, reason));
            }
        }
        Ok(())
    }

    pub(super) fn trace(&self) -> Option<String> {
        match &self.system.get(TRACE)?.value {
            Value::Text(text) => Some(text.clone()),
            Value::Bytes(_) => None,
        }
    }
}

/// A message that a receiver holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Public id.
    pub id: String,
    /// By which it is finished.
    pub receipt: super::Receipt,
    /// Its body.
    pub body: String,
    /// Its attributes.
    pub attributes: Attributes,
    /// The trace header.
    pub trace: Option<String>,
    /// When it was sent.
    pub sent: Timestamp,
    /// When it was first received.
    pub first_received: Timestamp,
    /// How often, this time included.
    pub received: i64,
    /// Who sent it.
    pub sender: String,
    /// Its group.
    pub group: Option<String>,
    /// What tells it from others.
    pub dedup: Option<String>,
    /// Its place, in queues whose groups are in order.
    pub sequence: Option<String>,
    /// The queue that it was a dead letter of.
    pub source: Option<super::QueueName>,
}

/// How many bytes a base64 text stands for.
fn unpacked(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}

/// Characters that XML 1.0 has; others are refused, as a message must be one in either protocol.
fn check_characters(text: &str, what: &str) -> Result<(), Fault> {
    let fits = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    match text.chars().find(|c| !fits(*c)) {
        None => Ok(()),
        Some(c) => {
            let code = u32::from(c);
            let message = format!(
                "Invalid characters found: U+{code:04X} in {what}. Valid are #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD, #x10000 to #x10FFFF."
            );
            Err(Fault::new(FaultKind::Contents, message))
        }
    }
}

fn check_name(name: &str) -> Result<(), Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let lower = name.to_ascii_lowercase();
    let reason = if name.is_empty() || name.len() > LONGEST_NAME {
        "Its name must have 1 to 256 characters"
    } else if !name.chars().all(fits) {
        "Its name may have letters, digits, underscores, hyphens and periods only"
    } else if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        "Its name must not begin with AWS. or Amazon."
    } else if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        "Periods must stand alone and not at an end of its name"
    } else {
        return Ok(());
    };
    Err(Fault::parameter("MessageAttributes", name, reason))
}

fn check_attribute(name: &str, attribute: &Attribute) -> Result<(), Fault> {
    let wrong = |reason: &str| {
        let name = shown(name);
        let message = format!("The message attribute '{name}' is invalid. Reason: {reason}.");
        Err(Fault::new(FaultKind::Parameter, message))
    };
    let base = attribute.kind.split('.').next().unwrap_or_default();
    if attribute.kind.len() > LONGEST_NAME {
        return wrong("The type has more than 256 characters");
    }
    match (base, &attribute.value) {
        ("String", Value::Text(text)) if !text.is_empty() => check_characters(text, name),
        ("Number", Value::Text(text)) if is_number(text) => Ok(()),
        ("Number", Value::Text(_)) => wrong("The value is not a number of at most 38 digits"),
        ("Binary", Value::Bytes(bytes)) if !bytes.is_empty() => Ok(()),
        ("String" | "Binary" | "Number", _) => wrong("The value must be of its type and not empty"),
        _ => wrong("The type must begin with String, Binary or Number"),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (1..=38).contains(&digits) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn check_id(parameter: &str, id: Option<&str>) -> Result<(), Fault> {
    let Some(id) = id else {
        return Ok(());
    };
    if (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let reason =
        format!("{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length");
    Err(Fault::parameter(parameter, id, &reason))
}

#[cfg(test)]
mod tests {
    use super::{Attribute, Outgoing, Value};
    use crate::queues::FaultKind;

    fn with(name: &str, kind: &str, value: Value) -> Outgoing {
        let kind = kind.to_owned();
        Outgoing {
            body: "b".to_owned(),
            attributes: [(name.to_owned(), Attribute { kind, value })].into(),
            ..Outgoing::default()
        }
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn attributes_are_held_to_the_rules() {
        for (name, kind, value) in [
            ("a.b-c_1", "String.x", text("v")),
            ("n", "Number", text("-1.5e3")),
            ("b", "Binary.gif", Value::Bytes("AAE=".to_owned())),
        ] {
            assert_eq!(with(name, kind, value).check(), Ok(()), "{name}");
        }
        for (name, kind, value) in [
            ("aws.x", "String", text("v")),
            ("a..b", "String", text("v")),
            ("é", "String", text("v")),
            ("a", "Text", text("v")),
            ("a", "String", text("")),
            ("a", "Number", text("one")),
            ("a", "Number", text("NaN")),
            ("a", "Binary", text("v")),
        ] {
            let refused = with(name, kind, value).check().unwrap_err();
            assert_eq!(refused.kind(), FaultKind::Parameter, "{name}");
        }
    }

    #[test]
    fn bodies_are_texts_that_xml_can_have() {
        let of = |body: &str| Outgoing {
            body: body.to_owned(),
            ..Outgoing::default()
        };
        assert_eq!(of("\t\n\r é\u{10ffff}").check(), Ok(()));
        for bad in ["\u{0}", "a\u{b}", "\u{fffe}", "\u{ffff}"] {
            assert_eq!(
                of(bad).check().unwrap_err().kind(),
                FaultKind::Contents,
                "{bad:?}"
            );
        }
        assert_eq!(of("").check().unwrap_err().kind(), FaultKind::Missing);
    }

    #[test]
    fn everything_counts_for_the_size() {
        assert_eq!(with("ab", "String", text("xyz")).size(), 1 + 2 + 6 + 3);
        assert_eq!(
            with("a", "Binary", Value::Bytes("AAE=".to_owned())).size(),
            1 + 1 + 6 + 2
        );
    }
}
