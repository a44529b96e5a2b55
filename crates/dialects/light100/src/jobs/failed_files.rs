//! `GET /api/v1/jobs/failedfiles`: the files to look at again after a flush.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, Query};
use engine::Engine;

use super::files_of;
use crate::envelope::{self, Envelope};
use crate::paging::{Asked, Paging};

/// Failed files
///
/// Lists the files with failed jobs since the last flush.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/failedfiles",
    tag = "Job",
    params(Paging),
    responses(
        (status = 200, description = "The names; the message tells how many there are.", body = Envelope<Vec<String>>,
         example = json!({
            "status": "success", "message": "Failed files found (1)", "data": ["http://localhost/data/test.TestHandleSyncRequestMix.json.gz"]
        })),
    )
)]
pub(crate) async fn failed_files(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Query(asked): Asked,
) -> Result<Response, Fault> {
    let (files, total) = files_of(engine.troubled_deltas(&actor, asked.of_names()?).await?)?;
    Ok(envelope::success(format!("Failed files found ({total})"), files)?)
}
