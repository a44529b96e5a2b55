//! `POST /qalx/factory/validate`: whether a factory can be built from a plan.

pub(crate) mod plan;

use axum::extract::Request;
use edge::Fault;
use http::StatusCode;
use model::Error;

use crate::call::Call;
use crate::dto::text;

/// The answer to a good plan is empty.
pub(crate) async fn validate(call: Call, request: Request) -> Result<StatusCode, Fault> {
    let body = call.object(request).await?;
    let plan = text(body.root(), "plan")?.ok_or_else(|| Error::missing("plan"))?;
    // A long plan is work that must not hold up other requests.
    let checked = tokio::task::spawn_blocking(move || plan::check(&plan));
    checked.await.map_err(Error::internal)??;
    Ok(StatusCode::OK)
}
