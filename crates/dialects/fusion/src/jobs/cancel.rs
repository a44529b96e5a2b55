//! `POST /api/v2/jobs/{id}/cancel`: give a job up.

use axum::Json;
use axum::extract::State;
use edge::{Caller, Fault, Path};

use super::seq;
use super::view::Single;
use crate::Fusion;

/// Cancels a job, also one that is being worked on. What is written already stays and is counted. A job that is
/// cancelled already is answered as it is; one that has ended otherwise cannot be cancelled.
#[utoipa::path(post, path = "/api/v2/jobs/{id}/cancel", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number")),
    responses((status = 200, description = "The cancelled job.", body = Single)))]
pub(super) async fn cancel(
    State(fusion): State<Fusion>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Single>, Fault> {
    let job = fusion.engine.cancel_job(&actor, seq(&id)?).await?;
    Ok(Json(Single::new(&job, &fusion.zone)?))
}
