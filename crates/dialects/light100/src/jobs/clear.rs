//! `GET` and `POST /api/v1/jobs/clear`: gives up all jobs that have not ended.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault};
use engine::Engine;

use crate::envelope::{self, Envelope};
use crate::safe::NotHead;

/// Clear jobs
///
/// Clears all active jobs from the queue before they are finished; what they did stays. A GET that changes something: prefer the POST call.
#[utoipa::path(
    method(get, post),
    path = "/api/v1/jobs/clear",
    tag = "Job",
    responses(
        (status = 200, description = "Done.", body = Envelope<Option<String>>, example = json!({
            "status": "success", "message": "Clear of jobs queue successful", "data": null
        })),
    )
)]
pub(crate) async fn clear(
    _: NotHead,
    State(engine): State<Engine>,
    Caller(actor): Caller,
) -> Result<Response, Fault> {
    engine.clear_deltas(&actor).await?;
    Ok(envelope::success("Clear of jobs queue successful", ())?)
}
