//! TagQueue, UntagQueue, ListQueueTags.

use std::collections::BTreeMap;

use engine::queues::Fault;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::done;
use crate::call::Call;
use crate::error::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    tags: Option<BTreeMap<String, String>>,
    tag_keys: Option<Vec<String>>,
}

pub(super) async fn add(call: &Call) -> Result<Json, Refusal> {
    let Change { tags, .. } = call.read()?;
    let tags = tags.ok_or_else(|| Fault::missing("Tags"))?;
    call.queues.tag(&call.caller, &call.queue()?, tags).await?;
    Ok(done())
}

pub(super) async fn remove(call: &Call) -> Result<Json, Refusal> {
    let Change { tag_keys, .. } = call.read()?;
    let keys = tag_keys.ok_or_else(|| Fault::missing("TagKeys"))?;
    call.queues.untag(&call.caller, &call.queue()?, keys).await?;
    Ok(done())
}

pub(super) async fn list(call: &Call) -> Result<Json, Refusal> {
    let tags = call.queues.tags(&call.caller, &call.queue()?).await?;
    match tags.is_empty() {
        true => Ok(done()),
        false => Ok(json!({ "Tags": tags })),
    }
}
