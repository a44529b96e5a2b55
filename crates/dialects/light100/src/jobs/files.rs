//! `GET /api/v1/jobs/files`: the files that still need processing.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, Query};
use engine::Engine;

use super::files_of;
use crate::envelope::{self, Envelope};
use crate::paging::{Asked, Paging};

/// Files
///
/// Lists the files in the queue: those that still need processing, in their order.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/files",
    tag = "Job",
    params(Paging),
    responses(
        (status = 200, description = "The names; the message tells how many there are.", body = Envelope<Vec<String>>,
         example = json!({
            "status": "success", "message": "files found (1)", "data": ["http://localhost/data/test.TestHandleSyncRequestMix.json.gz"]
        })),
    )
)]
pub(crate) async fn files(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Query(asked): Asked,
) -> Result<Response, Fault> {
    let (files, total) = files_of(engine.waiting_deltas(&actor, asked.of_names()?).await?)?;
    Ok(envelope::success(format!("files found ({total})"), files)?)
}
