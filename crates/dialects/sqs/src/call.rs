//! What an operation gets: who asks, what he sent, and how he reaches this server.

use std::sync::Arc;

use edge::HttpOptions;
use engine::queues::{Arn, Caller, Fault, QueueName, Queues};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Refusal;
use crate::url;

/// See the module.
pub(crate) struct Call {
    pub(crate) queues: Queues,
    pub(crate) caller: Caller,
    /// The region of the signature, which ARNs repeat.
    pub(crate) region: String,
    /// What the URLs of queues begin with.
    pub(crate) base: String,
    /// The path that was called.
    pub(crate) path: String,
    /// The request as JSON.
    pub(crate) body: Vec<u8>,
    /// Bounds of JSON.
    pub(crate) options: Arc<HttpOptions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    queue_url: Option<String>,
}

impl Call {
    /// The request; fields that nobody knows are passed over, as SQS does.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        Ok(edge::parse_json(&self.body, &self.options)?)
    }

    /// The queue that the request is about.
    pub(crate) fn queue(&self) -> Result<QueueName, Refusal> {
        let Target { queue_url } = self.read()?;
        match queue_url {
            Some(url) => url::queue(&url),
            // In the older protocol the address itself may say it.
            None if self.path.trim_matches('/').contains('/') => url::queue(&self.path),
            None => Err(Fault::missing("QueueUrl").into()),
        }
    }

    /// The URL of a queue.
    pub(crate) fn url(&self, queue: &QueueName) -> String {
        url::of(&self.base, queue)
    }

    /// The ARN of a queue.
    pub(crate) fn arn(&self, queue: QueueName) -> String {
        let region = self.region.clone();
        Arn { region, queue }.to_string()
    }
}

/// An ARN that a parameter names.
pub(crate) fn arn(parameter: &str, text: &str) -> Result<Arn, Refusal> {
    let wrong = |()| Fault::parameter(parameter, text, "It is not the ARN of a queue");
    Ok(text.parse().map_err(wrong)?)
}
