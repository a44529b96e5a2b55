//! Queues by Amazon's JSON protocol.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::{Amazon, Fault};

/// Attributes that are set when a queue is made and never again.
const FIXED: &str = "FifoQueue";

/// Where a queue is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What clients call it by.
    pub url: String,
    /// What policies call it by.
    pub arn: String,
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "QueueUrl")]
    url: String,
}

impl Amazon {
    /// Makes a queue with these attributes, or sets the one of this name; says where it is.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn keep(&self, name: &str, attributes: &BTreeMap<String, String>) -> Result<Place, Fault> {
        if let Some(url) = self.find(name).await? {
            let mut changed = attributes.clone();
            changed.remove(FIXED);
            let body = json!({ "QueueUrl": url, "Attributes": changed });
            self.ask::<Json>("SetQueueAttributes", &body).await?;
            return self.place(url);
        }
        let body = json!({ "QueueName": name, "Attributes": attributes });
        let made: Named = self.ask("CreateQueue", &body).await?;
        self.place(made.url)
    }

    /// Removes a queue with its messages, if it is there.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn remove(&self, name: &str) -> Result<(), Fault> {
        let Some(url) = self.find(name).await? else {
            return Ok(());
        };
        match self.ask::<Json>("DeleteQueue", &json!({ "QueueUrl": url })).await {
            Err(fault) if !is_missing(&fault) => Err(fault),
            _ => Ok(()),
        }
    }

    async fn find(&self, name: &str) -> Result<Option<String>, Fault> {
        match self
            .ask::<Named>("GetQueueUrl", &json!({ "QueueName": name }))
            .await
        {
            Ok(found) => Ok(Some(found.url)),
            Err(fault) if is_missing(&fault) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The last two parts of a queue's URL are its account and its name.
    fn place(&self, url: String) -> Result<Place, Fault> {
        let mut parts = url.rsplit('/');
        let (Some(name), Some(account)) = (parts.next(), parts.next()) else {
            let why = format!("{url:?} is not the URL of a queue");
            return Err(Fault::Unreachable {
                call: "GetQueueUrl",
                why,
            });
        };
        let arn = format!("arn:aws:sqs:{}:{account}:{name}", self.region);
        Ok(Place { url, arn })
    }

    async fn ask<T: DeserializeOwned>(&self, call: &'static str, body: &Json) -> Result<T, Fault> {
        let headers = [
            ("content-type", "application/x-amz-json-1.0".to_owned()),
            ("x-amz-target", format!("AmazonSQS.{call}")),
        ];
        let answer = self.send(&self.sqs, call, &headers, body.to_string()).await?;
        let unreadable = |error: serde_json::Error| Fault::Unreachable {
            call,
            why: format!("status {}: {error}", answer.status),
        };
        if answer.status.is_success() {
            let body = match answer.body.trim_ascii() {
                // What has nothing to say may say nothing.
                b"" => b"{}",
                body => body,
            };
            return serde_json::from_slice(body).map_err(unreadable);
        }
        Err(refusal(
            call,
            &serde_json::from_slice(&answer.body).map_err(unreadable)?,
        ))
    }
}

/// Some spell the message in capitals, some twice.
fn refusal(call: &'static str, body: &Json) -> Fault {
    let text = |key: &str| body[key].as_str().map(str::to_owned);
    let message = text("message").or_else(|| text("Message"));
    Fault::Refused {
        call,
        code: text("__type").unwrap_or_default(),
        message: message.unwrap_or_default(),
    }
}

fn is_missing(fault: &Fault) -> bool {
    fault.is("NonExistentQueue") || fault.is("QueueDoesNotExist")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_missing, refusal};

    #[test]
    fn refusals_are_told_apart() {
        for (code, missing) in [
            ("com.amazonaws.sqs#QueueDoesNotExist", true),
            ("AWS.SimpleQueueService.NonExistentQueue", true),
            ("com.amazonaws.sqs#QueueNameExists", false),
            ("AccessDenied", false),
            ("", false),
        ] {
            let body = json!({ "__type": code, "message": "m", "Message": "m" });
            assert_eq!(is_missing(&refusal("GetQueueUrl", &body)), missing, "{code}");
        }
        let told = refusal(
            "CreateQueue",
            &json!({ "__type": "AccessDenied", "Message": "no" }),
        );
        assert_eq!(told.to_string(), "Amazon refuses CreateQueue (AccessDenied): no");
    }
}
