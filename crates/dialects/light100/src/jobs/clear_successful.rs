//! `GET` and `POST /api/v1/jobs/clearsuccessful`: forgets the jobs that went well.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault};
use engine::Engine;
use model::Actor;

use crate::envelope::{self, Envelope};
use crate::safe::NotHead;

/// Clear successful jobs
///
/// Clears all successful jobs from the list of successful files. A GET that changes something: prefer the POST call.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/clearsuccessful",
    tag = "Job",
    responses(
        (status = 200, description = "Done.", body = Envelope<Option<String>>, example = json!({
            "status": "success", "message": "Clear of finished jobs successful", "data": null
        })),
    )
)]
pub(crate) async fn clear_successful_by_get(
    _: NotHead,
    State(engine): State<Engine>,
    Caller(actor): Caller,
) -> Result<Response, Fault> {
    carry_out(&engine, &actor).await
}

/// Clear successful jobs (without side effects on GET)
///
/// The same as the documented call, with the method that says what it does.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/clearsuccessful",
    tag = "Job",
    responses(
        (status = 200, description = "Done.", body = Envelope<Option<String>>, example = json!({
            "status": "success", "message": "Clear of finished jobs successful", "data": null
        })),
    )
)]
pub(crate) async fn clear_successful(
    State(engine): State<Engine>,
    Caller(actor): Caller,
) -> Result<Response, Fault> {
    carry_out(&engine, &actor).await
}

async fn carry_out(engine: &Engine, actor: &Actor) -> Result<Response, Fault> {
    engine.clear_clean_deltas(actor).await?;
    Ok(envelope::success("Clear of finished jobs successful", ())?)
}
