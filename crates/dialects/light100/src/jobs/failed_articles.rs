//! `GET /api/v1/jobs/failedarticles`: the articles to look at again after a flush.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, Query};
use engine::Engine;

use crate::envelope::{self, Envelope};
use crate::paging::{Asked, Paging};

/// Failed articles
///
/// Lists the numbers of articles with failed jobs since the last flush, in the order of their first failure.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/failedarticles",
    tag = "Job",
    params(Paging),
    responses(
        (status = 200, description = "The names; the message tells how many there are.", body = Envelope<Vec<String>>,
         example = json!({
            "status": "success", "message": "Failed articles found (1)", "data": ["12411112"]
        })),
    )
)]
pub(crate) async fn failed_articles(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Query(asked): Asked,
) -> Result<Response, Fault> {
    let found = engine.failed_articles(&actor, asked.of_names()?).await?;
    let message = format!("Failed articles found ({})", found.total);
    Ok(envelope::success(message, found.entries)?)
}
