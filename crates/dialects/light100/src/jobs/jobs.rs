//! `GET /api/v1/jobs/jobs`: the jobs that still need to be handled, in their order.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, Query};
use engine::Engine;
use model::Error;

use super::payload::FileJob;
use crate::envelope::{self, Envelope};
use crate::paging::{Asked, Paging};

/// Jobs
///
/// Gets all jobs that still need to be handled, paged, in the order in which they run.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/jobs",
    tag = "Job",
    params(Paging),
    responses(
        (status = 200, description = "One page of the queue.", body = Envelope<Vec<FileJob>>, example = json!({
            "status": "success",
            "message": "Jobs found [jobs]",
            "data": [{ "payload": {
                "file": "http://localhost/data/test.TestHandleSyncRequestMix.json", "tries": 1, "timeout": 300,
                "failOnTimeout": true, "queue": "delta-file", "middleware": [], "chained": []
            } }],
            "meta": { "page": 1, "per_page": 50, "total": 1 }
        })),
    )
)]
pub(crate) async fn jobs(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Query(asked): Asked,
) -> Result<Response, Fault> {
    let page = asked.of_jobs()?;
    let found = engine.waiting_deltas(&actor, page).await?;
    let jobs: Vec<_> = found
        .entries
        .iter()
        .map(FileJob::new)
        .collect::<Result<_, Error>>()?;
    Ok(envelope::page("Jobs found [jobs]", jobs, page, found.total)?)
}
