//! `GET /status/jobs/{id}`.

use axum::response::Response;
use edge::{Fault, Path};
use engine::accounts::RestPart;

use super::{id_of, view};
use crate::answer;
use crate::call::{Call, One};

/// One job.
pub(super) async fn read(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    call.require(RestPart::Jobs)?;
    let job = call.slingr.engine.job_by_id(&call.actor, &id_of(&id)?).await?;
    Ok(answer::json(&view::one(&call, job).await?)?)
}
