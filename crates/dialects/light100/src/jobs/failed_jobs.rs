//! `GET /api/v1/jobs/failedjobs`: everything that failed since the last flush, first to last.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, Query};
use engine::Engine;

use super::payload::FailedJob;
use crate::envelope::{self, Envelope};
use crate::paging::{Asked, Paging};

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
        (status = 200, description = "The failures.", body = Envelope<Vec<FailedJob>>, example = json!({
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
    let (total, mut failures) = (found.total, found.entries.into_iter().map(FailedJob::from));
    if total == 1 && !asked.is_asked() {
        return Ok(envelope::success(MESSAGE, failures.next())?);
    }
    Ok(envelope::page(
        MESSAGE,
        failures.collect::<Vec<_>>(),
        page,
        total,
    )?)
}
