//! `GET` and `POST /api/v1/jobs/clearsuccessful`: forgets the jobs that went well.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault};
use engine::Engine;

use crate::envelope::{self, Envelope};
use crate::safe::NotHead;

/// Clear successful jobs
///
/// Clears all successful jobs from the list of successful files. A GET that changes something: prefer the POST call.
#[utoipa::path(
    method(get, post),
    path = "/api/v1/jobs/clearsuccessful",
    tag = "Job",
    responses(
        (status = 200, description = "Done.", body = Envelope<Option<String>>, example = json!({
            "status": "success", "message": "Clear of finished jobs successful", "data": null
        })),
    )
)]
pub(crate) async fn clear_successful(
    _: NotHead,
    State(engine): State<Engine>,
    Caller(actor): Caller,
) -> Result<Response, Fault> {
    engine.clear_clean_deltas(&actor).await?;
    Ok(envelope::success("Clear of finished jobs successful", ())?)
}
