//! The two policies of dead letters: where they go, and whose are taken.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::queues::{Arn, Fault, QueueName};

const MOST_RECEIVES: i64 = 1000;
const MOST_SOURCES: usize = 10;

/// What becomes of messages that are received too often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    /// The ARN of the queue that gets them, as it was given.
    pub target: String,
    /// How often they may be received.
    pub max_receives: i64,
}

impl Redrive {
    /// Nothing takes the policy away.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, Fault> {
        const NAME: &str = "RedrivePolicy";
        let wrong = |reason: &str| Fault::attribute(NAME, text, reason);
        let Some(policy) = object(NAME, text)? else {
            return Ok(None);
        };
        let target = policy.get("deadLetterTargetArn").and_then(Json::as_str);
        let target = target.ok_or_else(|| wrong("It does not contain the field deadLetterTargetArn"))?;
        if target.parse::<Arn>().is_err() {
            return Err(wrong("deadLetterTargetArn is not the ARN of a queue"));
        }
        let count = policy.get("maxReceiveCount");
        let count = count.ok_or_else(|| wrong("It does not contain the field maxReceiveCount"))?;
        let count = count
            .as_i64()
            .or_else(|| count.as_str().and_then(|text| text.parse().ok()));
        let max_receives = count.filter(|count| (1..=MOST_RECEIVES).contains(count));
        Ok(Some(Self {
            target: target.to_owned(),
            max_receives: max_receives
                .ok_or_else(|| wrong("maxReceiveCount must be an integer from 1 to 1000"))?,
        }))
    }

    pub(super) fn shown(&self) -> String {
        json!({ "deadLetterTargetArn": self.target, "maxReceiveCount": self.max_receives }).to_string()
    }

    /// The queue that gets them.
    pub fn target(&self) -> Option<QueueName> {
        self.target.parse::<Arn>().ok().map(|arn| arn.queue)
    }
}

/// Whose dead letters a queue takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Allow {
    /// Those of all queues of the account.
    All,
    /// None.
    Nobody,
    /// Those of the queues with these ARNs.
    Queues(Vec<String>),
}

impl Allow {
    pub(super) fn parse(text: &str) -> Result<Option<Self>, Fault> {
        const NAME: &str = "RedriveAllowPolicy";
        let wrong = |reason: &str| Fault::attribute(NAME, text, reason);
        let Some(policy) = object(NAME, text)? else {
            return Ok(None);
        };
        let sources = policy.get("sourceQueueArns");
        let permission = policy.get("redrivePermission").and_then(Json::as_str);
        match (permission, sources) {
            (Some("allowAll"), None) => Ok(Some(Self::All)),
            (Some("denyAll"), None) => Ok(Some(Self::Nobody)),
            (Some("byQueue"), Some(Json::Array(sources))) => {
                let arns: Vec<String> = sources
                    .iter()
                    .filter_map(Json::as_str)
                    .filter(|arn| arn.parse::<Arn>().is_ok())
                    .map(str::to_owned)
                    .collect();
                let fits = arns.len() == sources.len() && (1..=MOST_SOURCES).contains(&arns.len());
                match fits {
                    true => Ok(Some(Self::Queues(arns))),
                    false => Err(wrong("sourceQueueArns must be 1 to 10 ARNs of queues")),
                }
            }
            (Some("allowAll" | "denyAll"), Some(_)) => {
                Err(wrong("sourceQueueArns goes with redrivePermission byQueue only"))
            }
            (Some("byQueue"), _) => Err(wrong("byQueue needs sourceQueueArns")),
            _ => Err(wrong("redrivePermission must be allowAll, denyAll or byQueue")),
        }
    }

    pub(super) fn shown(&self) -> String {
        match self {
            Self::All => json!({ "redrivePermission": "allowAll" }),
            Self::Nobody => json!({ "redrivePermission": "denyAll" }),
            Self::Queues(arns) => json!({ "redrivePermission": "byQueue", "sourceQueueArns": arns }),
        }
        .to_string()
    }

    /// Whether dead letters of this queue are taken.
    pub fn takes(&self, source: &QueueName) -> bool {
        match self {
            Self::All => true,
            Self::Nobody => false,
            Self::Queues(arns) => arns
                .iter()
                .any(|arn| arn.parse::<Arn>().is_ok_and(|arn| arn.queue == *source)),
        }
    }
}

/// The object of a policy; none for an empty text.
fn object(name: &str, text: &str) -> Result<Option<serde_json::Map<String, Json>>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    match serde_json::from_str(text) {
        Ok(Json::Object(policy)) => Ok(Some(policy)),
        _ => Err(Fault::attribute(name, text, "It is not a JSON object")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Allow, Redrive};
    use crate::queues::QueueName;

    const ARN: &str = "arn:aws:sqs:r:000000000001:a";

    #[test]
    fn wrong_policies_are_refused() {
        for bad in [
            "[]".to_owned(),
            "{}".to_owned(),
            format!(r#"{{"deadLetterTargetArn": "{ARN}"}}"#),
            format!(r#"{{"deadLetterTargetArn": "{ARN}", "maxReceiveCount": 0}}"#),
            format!(r#"{{"deadLetterTargetArn": "{ARN}", "maxReceiveCount": "1001"}}"#),
            r#"{"deadLetterTargetArn": "a", "maxReceiveCount": 1}"#.to_owned(),
        ] {
            assert!(Redrive::parse(&bad).is_err(), "{bad}");
        }
        for bad in [
            r#"{"redrivePermission": "some"}"#.to_owned(),
            r#"{"redrivePermission": "byQueue"}"#.to_owned(),
            r#"{"redrivePermission": "byQueue", "sourceQueueArns": []}"#.to_owned(),
            format!(r#"{{"redrivePermission": "denyAll", "sourceQueueArns": ["{ARN}"]}}"#),
        ] {
            assert!(Allow::parse(&bad).is_err(), "{bad}");
        }
        assert_eq!(Redrive::parse(""), Ok(None));
    }

    #[test]
    fn sources_are_told_apart() {
        let named = |name: &str| QueueName {
            account: "000000000001".to_owned(),
            name: name.to_owned(),
        };
        let text = format!(r#"{{"redrivePermission": "byQueue", "sourceQueueArns": ["{ARN}"]}}"#);
        let allow = Allow::parse(&text).unwrap().unwrap();
        assert!(allow.takes(&named("a")) && !allow.takes(&named("b")));
        assert_eq!(Allow::parse(&allow.shown()), Ok(Some(allow)));
    }
}
