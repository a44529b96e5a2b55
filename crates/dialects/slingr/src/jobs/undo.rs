//! `PUT /status/jobs/{id}/undo`, which the original does not have: what a job did to records, taken back.

use axum::response::Response;
use edge::{Fault, Path};
use engine::accounts::RestPart;

use super::id_of;
use crate::answer;
use crate::call::{Call, One};

/// Hands in the job that restores the records that nobody has changed since.
pub(super) async fn undo(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    call.require(RestPart::Jobs)?;
    let engine = &call.slingr.engine;
    let job = engine.undo_job(&call.records(), &id_of(&id)?).await?;
    Ok(answer::job(&job)?)
}
