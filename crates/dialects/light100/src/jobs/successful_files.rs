//! `GET /api/v1/jobs/successfulfiles`: the files that went well.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, Query};
use engine::Engine;

use super::files_of;
use crate::envelope::{self, Envelope};
use crate::paging::{Asked, Paging};

/// Successful files
///
/// Lists the files whose operations were all carried out, until they are cleared.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/successfulfiles",
    tag = "Job",
    params(Paging),
    responses(
        (status = 200, description = "The names; the message tells how many there are.", body = Envelope<Vec<String>>,
         example = json!({
            "status": "success", "message": "successful files found (1)", "data": ["http://localhost/data/test.TestHandleSyncRequestMix.json.gz"]
        })),
    )
)]
pub(crate) async fn successful_files(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Query(asked): Asked,
) -> Result<Response, Fault> {
    let (files, total) = files_of(engine.clean_deltas(&actor, asked.of_names()?).await?)?;
    Ok(envelope::success(
        format!("successful files found ({total})"),
        files,
    )?)
}
