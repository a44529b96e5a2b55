//! `GET /api/v1/jobs/failedjobs`: everything that failed since the last flush, first to last.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, Query};
use engine::Engine;
use serde::Serialize;
use utoipa::ToSchema;

use super::payload::FailedJob;
use crate::envelope::{self, Envelope};
use crate::paging::{Asked, Paging};

/// A single failure, or a page of them.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Failures {
    /// The only one.
    One(FailedJob),
    /// A page.
    Page(Vec<FailedJob>),
}

/// Failed jobs
///
/// Gets all failed jobs since the last flush, first to last, paged. A single one comes as an object, as documented,
/// unless `page` or `per_page` is asked; otherwise they come as a list.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/failedjobs",
    tag = "Job",
    params(Paging),
    responses(
        (status = 200, description = "The failures.", body = Envelope<Failures>, example = json!({
            "status": "success",
            "message": "Failed jobs found",
            "data": {
                "errors": [
                    "Trying to add feature to an existing article, but the article does not exist: 12411112"
                ],
                "payload": {
                    "articleData": { "F_1": "12411112", "F_80004": "248,28" },
                    "file": "http://localhost/data/test.TestHandleSyncRequestMix.json",
                    "operation": "replace-article-feature", "tries": 1, "timeout": 60, "failOnTimeout": true,
                    "queue": "delta-article", "middleware": [], "chained": []
                }
            }
        })),
    )
)]
pub(crate) async fn failed_jobs(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Query(asked): Asked,
) -> Result<Response, Fault> {
    const MESSAGE: &str = "Failed jobs found";
    let page = asked.of_jobs()?;
    let found = engine.delta_failures(&actor, page).await?;
    let mut failures: Vec<_> = found.entries.into_iter().map(FailedJob::from).collect();
    if found.total == 1
        && !asked.is_asked()
        && let Some(only) = failures.pop()
    {
        return Ok(envelope::success(MESSAGE, Failures::One(only))?);
    }
    Ok(envelope::page(
        MESSAGE,
        Failures::Page(failures),
        page,
        found.total,
    )?)
}
