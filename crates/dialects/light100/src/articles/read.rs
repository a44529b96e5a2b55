//! `GET /api/v1/articles/{id}`: one article by its number.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, Path};
use engine::Engine;

use super::{ArticleData, found};
use crate::envelope::Envelope;
use crate::unquote::unquote;

/// Search
///
/// Finds an article by its number `F_1`, which is its id.
#[utoipa::path(
    get,
    path = "/api/v1/articles/{id}",
    tag = "Article",
    params(("id" = String, Path, description = "The article number, with or without surrounding quotes.",
            example = "12411116")),
    responses(
        (status = 200, description = "The article.", body = Envelope<ArticleData>, example = json!({
            "status": "success",
            "message": "Articles found",
            "data": { "id": "12411116", "F_1": "12411116", "F_5": "", "C_75000": "INDOOR" }
        })),
        (status = 404, description = "There is no such article.", example = json!({
            "status": "error", "message": "Article not found: 12411116", "data": null
        })),
    )
)]
pub(crate) async fn read(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let article = engine.article(&actor, unquote(&id)).await?;
    Ok(found("Articles found", &article)?)
}
