//! DeleteMessage, ChangeMessageVisibility, and their batches.

use engine::queues::Fault;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{batch, done};
use crate::call::Call;
use crate::error::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

impl Entry {
    fn handle(&self) -> Result<String, Fault> {
        let handle = self.receipt_handle.clone();
        handle.ok_or_else(|| Fault::missing("ReceiptHandle"))
    }

    fn change(&self) -> Result<(String, i64), Fault> {
        let time = self.visibility_timeout;
        let time = time.ok_or_else(|| Fault::missing("VisibilityTimeout"))?;
        Ok((self.handle()?, time))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    #[serde(default)]
    entries: Vec<Entry>,
}

impl Batch {
    fn read(call: &Call) -> Result<(Vec<String>, Vec<Entry>), Refusal> {
        let Self { entries } = call.read()?;
        let id = |entry: &Entry| entry.id.clone().unwrap_or_default();
        let ids: Vec<String> = entries.iter().map(id).collect();
        batch::check(ids.iter().map(String::as_str))?;
        Ok((ids, entries))
    }
}

fn first(mut outcomes: Vec<Result<(), Fault>>) -> Result<Json, Refusal> {
    let outcome = outcomes.pop();
    outcome.ok_or_else(|| Refusal::internal("no outcome of a message"))??;
    Ok(done())
}

fn answer(ids: Vec<String>, outcomes: Vec<Result<(), Fault>>) -> Result<Json, Refusal> {
    let outcomes = outcomes.into_iter().map(|outcome| outcome.map(|()| json!({})));
    batch::answer(ids.into_iter().zip(outcomes))
}

pub(super) async fn delete(call: &Call) -> Result<Json, Refusal> {
    let entry: Entry = call.read()?;
    let (queue, handle) = (call.queue()?, entry.handle()?);
    first(
        call.queues
            .delete_messages(&call.caller, &queue, vec![handle])
            .await?,
    )
}

pub(super) async fn delete_batch(call: &Call) -> Result<Json, Refusal> {
    let (ids, entries) = Batch::read(call)?;
    let queue = call.queue()?;
    let handles: Vec<String> = entries.iter().map(Entry::handle).collect::<Result<_, _>>()?;
    let outcomes = call.queues.delete_messages(&call.caller, &queue, handles).await?;
    answer(ids, outcomes)
}

pub(super) async fn change(call: &Call) -> Result<Json, Refusal> {
    let entry: Entry = call.read()?;
    let (queue, change) = (call.queue()?, entry.change()?);
    first(
        call.queues
            .change_visibility(&call.caller, &queue, vec![change])
            .await?,
    )
}

pub(super) async fn change_batch(call: &Call) -> Result<Json, Refusal> {
    let (ids, entries) = Batch::read(call)?;
    let queue = call.queue()?;
    let changes: Vec<(String, i64)> = entries.iter().map(Entry::change).collect::<Result<_, _>>()?;
    let outcomes = call
        .queues
        .change_visibility(&call.caller, &queue, changes)
        .await?;
    answer(ids, outcomes)
}
