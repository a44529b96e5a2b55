//! `GET /api/v2/jobs/{id}`: one job.

use axum::Json;
use axum::extract::State;
use edge::{Caller, Fault, Path};

use super::seq;
use super::view::Single;
use crate::Fusion;

/// One job.
#[utoipa::path(get, path = "/api/v2/jobs/{id}", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number")),
    responses((status = 200, description = "The job.", body = Single)))]
pub(super) async fn read(
    State(fusion): State<Fusion>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Single>, Fault> {
    let job = fusion.engine.job(&actor, seq(&id)?).await?;
    Ok(Json(Single::new(&job, &fusion.zone)?))
}
