//! StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask.

use engine::queues::{Fault, MoveRequest, MoveTask};
use model::job::Status;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::call::{Call, arn};
use crate::error::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Start {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

pub(super) async fn start(call: &Call) -> Result<Json, Refusal> {
    let asked: Start = call.read()?;
    let source = asked.source_arn.ok_or_else(|| Fault::missing("SourceArn"))?;
    let destination = asked.destination_arn.as_deref();
    let request = MoveRequest {
        source: arn("SourceArn", &source)?,
        destination: destination
            .map(|given| arn("DestinationArn", given))
            .transpose()?,
        rate: asked.max_number_of_messages_per_second,
    };
    let handle = call.queues.start_move(&call.caller, request).await?;
    Ok(json!({ "TaskHandle": handle }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    source_arn: Option<String>,
    max_results: Option<i64>,
}

pub(super) async fn list(call: &Call) -> Result<Json, Refusal> {
    let asked: List = call.read()?;
    let source = asked.source_arn.ok_or_else(|| Fault::missing("SourceArn"))?;
    let source = arn("SourceArn", &source)?;
    let most = asked.max_results.unwrap_or(1);
    if !(1..=10).contains(&most) {
        return Err(Fault::parameter("MaxResults", most, "It must be from 1 to 10").into());
    }
    let most = usize::try_from(most).unwrap_or(1);
    let tasks = call.queues.moves(&call.caller, &source.queue, most).await?;
    let tasks: Vec<Json> = tasks.into_iter().map(shown).collect();
    Ok(json!({ "Results": tasks }))
}

fn shown(task: MoveTask) -> Json {
    let status = match task.status {
        Status::Finished => "COMPLETED",
        Status::Cancelled => "CANCELLED",
        Status::Failed | Status::Rejected => "FAILED",
        _ => "RUNNING",
    };
    let mut shown = json!({
        "Status": status,
        "SourceArn": task.source,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.count,
        "StartedTimestamp": task.started.0,
    });
    // Only what can still be cancelled has a handle.
    let handle = (status == "RUNNING").then_some(task.handle);
    let more = [
        ("TaskHandle", handle.map(Json::from)),
        ("DestinationArn", task.destination.map(Json::from)),
        ("MaxNumberOfMessagesPerSecond", task.rate.map(Json::from)),
        ("FailureReason", task.failure.map(Json::from)),
    ];
    for (key, value) in more {
        if let Some(value) = value {
            shown[key] = value;
        }
    }
    shown
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cancel {
    task_handle: Option<String>,
}

pub(super) async fn cancel(call: &Call) -> Result<Json, Refusal> {
    let Cancel { task_handle } = call.read()?;
    let handle = task_handle.ok_or_else(|| Fault::missing("TaskHandle"))?;
    let moved = call.queues.cancel_move(&call.caller, &handle).await?;
    Ok(json!({ "ApproximateNumberOfMessagesMoved": moved }))
}
