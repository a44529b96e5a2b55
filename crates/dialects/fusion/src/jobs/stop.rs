//! `POST /api/v2/jobs/{id}/stop`: an extension, for operators.

use axum::Json;
use axum::extract::State;
use edge::{Caller, Fault, Path};
use engine::jobs::Action;

use super::steer;
use super::view::Single;
use crate::Fusion;

/// Asks a job to stand still after the chunk under way; it can be resumed.
#[utoipa::path(post, path = "/api/v2/jobs/{id}/stop", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number")),
    responses((status = 200, description = "The job as it is then.", body = Single)))]
pub(super) async fn stop(
    State(fusion): State<Fusion>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Single>, Fault> {
    Ok(Json(steer(&fusion, &actor, &id, Action::Stop).await?))
}
