//! `GET` and `POST /api/v1/jobs/flush`: forgives all failures.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault};
use engine::Engine;

use crate::envelope::{self, Envelope};
use crate::safe::NotHead;

/// Flush failed jobs
///
/// Forgives all failed jobs: lifts the blocks on articles and lets a queue that stands still go on. A GET that changes something: prefer the POST call.
#[utoipa::path(
    method(get, post),
    path = "/api/v1/jobs/flush",
    tag = "Job",
    responses(
        (status = 200, description = "Done.", body = Envelope<Option<String>>, example = json!({
            "status": "success", "message": "Flush of failed jobs queue successful", "data": null
        })),
    )
)]
pub(crate) async fn flush(
    _: NotHead,
    State(engine): State<Engine>,
    Caller(actor): Caller,
) -> Result<Response, Fault> {
    engine.flush_deltas(&actor).await?;
    Ok(envelope::success("Flush of failed jobs queue successful", ())?)
}
