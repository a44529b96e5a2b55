//! `POST /api/v1/articles/update`: sets fields of an article.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, RawJson};
use engine::Engine;
use model::Error;
use serde::Serialize;
use utoipa::ToSchema;

use super::form::Form;
use super::{ArticleData, found};
use crate::envelope::Envelope;

/// Which article to update, and the fields to set.
#[derive(Serialize, ToSchema)]
pub(crate) struct ToUpdate {
    /// Taken and not used.
    #[serde(rename = "customNumber")]
    custom_number: Option<String>,
    /// The number of the article.
    #[serde(rename = "F_1")]
    number: String,
    /// Further `F_<n>` and `C_<n>`.
    #[serde(flatten)]
    fields: HashMap<String, serde_json::Value>,
}

/// Update
///
/// Updates the article that `F_1` names: further `F_<n>` and `C_<n>` are set. `customNumber` is taken and not used.
#[utoipa::path(
    post,
    path = "/api/v1/articles/update",
    tag = "Article",
    request_body(content = ToUpdate, content_type = "application/json", example = json!({
        "customNumber": "commodi", "F_1": "\"12411116\"", "F_*": "\"F_5\"", "C_*": "\"C_75015\""
    })),
    responses(
        (status = 200, description = "The article as it is now.", body = Envelope<ArticleData>, example = json!({
            "status": "success",
            "message": "Update successful",
            "data": { "id": "12411116", "F_1": "12411116", "F_5": "", "C_75000": "INDOOR" }
        })),
        (status = 404, description = "There is no such article.", example = json!({
            "status": "error", "message": "Article not found: 12411116", "data": null
        })),
    )
)]
pub(crate) async fn update(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    RawJson(text): RawJson,
) -> Result<Response, Fault> {
    let Form { id, fields, .. } = Form::read(&text)?;
    let id = id.ok_or_else(|| Error::missing("F_1"))?;
    let article = engine.update_article(&actor, &id, fields).await?;
    Ok(found("Update successful", &article)?)
}
