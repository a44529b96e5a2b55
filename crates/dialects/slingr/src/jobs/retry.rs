//! `PUT /status/jobs/{id}/retry`, which the original does not have: the rows of an import that failed, once more.

use axum::response::Response;
use edge::{Fault, Path};
use engine::accounts::RestPart;

use super::id_of;
use crate::answer;
use crate::call::{Call, One};

/// Hands in another import, of the failed rows only.
pub(super) async fn retry(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    call.require(RestPart::Jobs)?;
    let engine = &call.slingr.engine;
    let job = engine.retry_sheet(&call.records(), &id_of(&id)?).await?;
    Ok(answer::job(&job)?)
}
