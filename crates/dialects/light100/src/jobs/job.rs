//! `GET /api/v1/jobs/job`: the first job of the queue, as a list of one, or of none.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault};
use engine::Engine;
use model::{Error, Page};

use super::payload::FileJob;
use crate::envelope::{self, Envelope};

/// Job
///
/// Gets the first job of the queue, as `jobs` with one entry.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/job",
    tag = "Job",
    responses(
        (status = 200, description = "The first job, or none.", body = Envelope<Vec<FileJob>>, example = json!({
            "status": "success",
            "message": "Jobs found [job]",
            "data": [{ "payload": {
                "file": "http://localhost/data/test.TestHandleSyncRequestMix.json", "tries": 1, "timeout": 300,
                "failOnTimeout": true, "queue": "delta-file", "middleware": [], "chained": []
            } }]
        })),
    )
)]
pub(crate) async fn job(State(engine): State<Engine>, Caller(actor): Caller) -> Result<Response, Fault> {
    let found = engine.waiting_deltas(&actor, Page::first(1)).await?;
    let jobs: Vec<_> = found
        .entries
        .iter()
        .map(FileJob::new)
        .collect::<Result<_, Error>>()?;
    Ok(envelope::success("Jobs found [job]", jobs)?)
}
