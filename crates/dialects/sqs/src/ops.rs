//! The operations, by their names.

mod attributes;
mod batch;
mod moves;
mod queues;
mod receive;
mod send;
mod settle;
mod tags;

use serde_json::{Value as Json, json};

use crate::call::Call;
use crate::error::Refusal;

/// What operations answer that have nothing to say.
fn done() -> Json {
    json!({})
}

/// Runs an operation.
///
/// # Errors
/// Its refusal; one of its own for an operation that nobody knows.
pub(crate) async fn run(call: &Call, operation: &str) -> Result<Json, Refusal> {
    match operation {
        "CreateQueue" => queues::create(call).await,
        "GetQueueUrl" => queues::get_url(call).await,
        "ListQueues" => queues::list(call).await,
        "DeleteQueue" => queues::delete(call).await,
        "PurgeQueue" => queues::purge(call).await,
        "ListDeadLetterSourceQueues" => queues::dead_letter_sources(call).await,
        "GetQueueAttributes" => attributes::get(call).await,
        "SetQueueAttributes" => attributes::set(call).await,
        "TagQueue" => tags::add(call).await,
        "UntagQueue" => tags::remove(call).await,
        "ListQueueTags" => tags::list(call).await,
        "SendMessage" => send::one(call).await,
        "SendMessageBatch" => send::batch(call).await,
        "ReceiveMessage" => receive::receive(call).await,
        "DeleteMessage" => settle::delete(call).await,
        "DeleteMessageBatch" => settle::delete_batch(call).await,
        "ChangeMessageVisibility" => settle::change(call).await,
        "ChangeMessageVisibilityBatch" => settle::change_batch(call).await,
        "StartMessageMoveTask" => moves::start(call).await,
        "ListMessageMoveTasks" => moves::list(call).await,
        "CancelMessageMoveTask" => moves::cancel(call).await,
        "AddPermission" | "RemovePermission" => Err(engine::queues::Fault::new(
            engine::queues::FaultKind::Unsupported,
            "Permissions of queues are not supported here; issue credentials of the queue instead.",
        )
        .into()),
        other => {
            let shown: String = other.chars().take(64).collect();
            let message = format!("The action or operation requested is invalid: {shown}");
            Err(Refusal::unknown_operation(message))
        }
    }
}

/// What operations are there, for the documentation and its test.
pub(crate) const NAMES: &[&str] = &[
    "CancelMessageMoveTask",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "CreateQueue",
    "DeleteMessage",
    "DeleteMessageBatch",
    "DeleteQueue",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "ListQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
    "SendMessageBatch",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
];
