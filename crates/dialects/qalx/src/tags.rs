//! `POST /qalx/tags/validate`: whether the caller may put these tags on what he makes.

use axum::extract::Request;
use edge::Fault;
use http::StatusCode;
use model::Error;

use crate::call::Call;
use crate::dto::read::tags;

/// The answer to tags that are allowed is empty.
pub(crate) async fn validate(call: Call, request: Request) -> Result<StatusCode, Fault> {
    let body = call.object(request).await?;
    let tags = tags(body.root())?.ok_or_else(|| Error::missing("tags"))?;
    call.qalx.engine.check_tags(&call.actor, &tags).await?;
    Ok(StatusCode::OK)
}
