//! `GET /api/v1/jobs/failedjob`: the first failure, which keeps others from running.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault};
use engine::Engine;
use model::Page;

use super::payload::FailedJob;
use crate::envelope::{self, Envelope};

/// Failed job
///
/// Gets the first failed job since the last flush: the one that keeps others from running. With no failure the message
/// says so and `data` is null.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/failedjob",
    tag = "Job",
    responses(
        (status = 200, description = "The first failure, or null.", body = Envelope<Option<FailedJob>>, example = json!({
            "status": "success",
            "message": "Failed job found",
            "data": {
                "errors": [
                    "Trying to add feature to an existing article, but the article does not exist: 12411112"
                ],
                "payload": {
                    "articleData": { "F_1": "12411112", "F_80004": "248,28" },
                    "file": "http://localhost/data/test.TestHandleSyncRequestMix.json",
                    "operation": "replace-article-feature", "tries": 1, "timeout": 60, "failOnTimeout": true,
                    "queue": "delta-article", "middleware": [], "chained": []
                }
            }
        })),
    )
)]
pub(crate) async fn failed_job(
    State(engine): State<Engine>,
    Caller(actor): Caller,
) -> Result<Response, Fault> {
    let mut found = engine.delta_failures(&actor, Page::first(1)).await?;
    let first = found.entries.pop().map(FailedJob::from);
    let message = if first.is_some() {
        "Failed job found"
    } else {
        "No failed job found"
    };
    Ok(envelope::success(message, first)?)
}
