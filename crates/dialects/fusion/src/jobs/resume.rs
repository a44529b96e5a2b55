//! `POST /api/v2/jobs/{id}/resume`: an extension, for operators.

use axum::Json;
use axum::extract::State;
use edge::{Caller, Fault, Path};
use engine::jobs::Action;

use super::steer;
use super::view::Single;
use crate::Fusion;

/// Lets a stopped job go on from where it stands.
#[utoipa::path(post, path = "/api/v2/jobs/{id}/resume", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number")),
    responses((status = 200, description = "The job as it is then.", body = Single)))]
pub(super) async fn resume(
    State(fusion): State<Fusion>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Single>, Fault> {
    Ok(Json(steer(&fusion, &actor, &id, Action::Resume).await?))
}
