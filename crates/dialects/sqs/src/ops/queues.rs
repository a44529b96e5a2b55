//! CreateQueue, GetQueueUrl, ListQueues, DeleteQueue, PurgeQueue, ListDeadLetterSourceQueues.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::queues::{Fault, NewQueue, QueueName};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::done;
use crate::call::Call;
use crate::error::Refusal;

/// The most queues of one answer.
const MOST: u64 = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Create {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default, alias = "tags")]
    tags: BTreeMap<String, String>,
}

pub(super) async fn create(call: &Call) -> Result<Json, Refusal> {
    let Create {
        queue_name,
        attributes,
        tags,
    } = call.read()?;
    let name = queue_name.ok_or_else(|| Fault::missing("QueueName"))?;
    let new = NewQueue {
        name,
        attributes,
        tags,
    };
    let queue = call.queues.create(&call.caller, new).await?;
    Ok(json!({ "QueueUrl": call.url(&queue) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUrl {
    queue_name: Option<String>,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

pub(super) async fn get_url(call: &Call) -> Result<Json, Refusal> {
    let GetUrl { queue_name, owner } = call.read()?;
    let name = queue_name.ok_or_else(|| Fault::missing("QueueName"))?;
    engine::queues::name::check(&name)?;
    let account = owner.unwrap_or_else(|| call.caller.account());
    let queue = QueueName { account, name };
    call.queues.get(&call.caller, &queue).await?;
    Ok(json!({ "QueueUrl": call.url(&queue) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    queue_name_prefix: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl Page {
    fn limit(&self) -> Result<u64, Fault> {
        let wrong = |given| Fault::parameter("MaxResults", given, "It must be from 1 to 1000");
        match self.max_results {
            None => Ok(MOST),
            Some(given) => u64::try_from(given)
                .ok()
                .filter(|given| (1..=MOST).contains(given))
                .ok_or_else(|| wrong(given)),
        }
    }

    /// Account and name of the queue behind which to go on.
    fn after(&self) -> Result<(String, String), Fault> {
        let Some(token) = &self.next_token else {
            return Ok((String::new(), String::new()));
        };
        let wrong = || Fault::parameter("NextToken", token, "It is none that was given");
        let text = URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?;
        let text = String::from_utf8(text).map_err(|_| wrong())?;
        let name: QueueName = text.parse().map_err(|_| wrong())?;
        Ok((name.account, name.name))
    }

    /// The queues of this page, and the token of the next: told only to who asked for pages.
    fn shown(&self, call: &Call, key: &str, mut queues: Vec<QueueName>, limit: u64) -> Json {
        let more = queues.len() as u64 > limit;
        queues.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let urls: Vec<String> = queues.iter().map(|queue| call.url(queue)).collect();
        let mut answer = json!({ key: urls });
        if let Some(last) = queues.last().filter(|_| more && self.max_results.is_some()) {
            answer["NextToken"] = URL_SAFE_NO_PAD.encode(last.to_string()).into();
        }
        answer
    }
}

pub(super) async fn list(call: &Call) -> Result<Json, Refusal> {
    let page: Page = call.read()?;
    let (limit, (_, after)) = (page.limit()?, page.after()?);
    let prefix = page.queue_name_prefix.clone().unwrap_or_default();
    let queues = call.queues.list(&call.caller, prefix, after, limit + 1).await?;
    Ok(page.shown(call, "QueueUrls", queues, limit))
}

pub(super) async fn dead_letter_sources(call: &Call) -> Result<Json, Refusal> {
    let page: Page = call.read()?;
    let (limit, after) = (page.limit()?, page.after()?);
    let queue = call.queue()?;
    let sources = call
        .queues
        .dead_letter_sources(&call.caller, &queue, after, limit + 1)
        .await?;
    Ok(page.shown(call, "queueUrls", sources, limit))
}

pub(super) async fn delete(call: &Call) -> Result<Json, Refusal> {
    call.queues.delete(&call.caller, &call.queue()?).await?;
    Ok(done())
}

pub(super) async fn purge(call: &Call) -> Result<Json, Refusal> {
    call.queues.purge(&call.caller, &call.queue()?).await?;
    Ok(done())
}
