//! `POST /api/v1/articles`: a new article by copying another one.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, RawJson};
use engine::Engine;
use engine::articles::NewCopy;
use model::Error;
use serde::Serialize;
use utoipa::ToSchema;

use super::form::Form;
use super::{ArticleData, found};
use crate::envelope::Envelope;

/// What to copy, and fields of the copy.
#[derive(Serialize, ToSchema)]
pub(crate) struct ToCopy {
    /// The number of the copy.
    #[serde(rename = "customNumber")]
    custom_number: String,
    /// The number of the article to copy.
    #[serde(rename = "F_1")]
    number: String,
    /// Further `F_<n>` and `C_<n>`.
    #[serde(flatten)]
    fields: HashMap<String, serde_json::Value>,
}

/// Copy
///
/// Creates a new article by copying another one. `F_1` names the article to copy and `customNumber` the new one; further
/// `F_<n>` and `C_<n>` replace fields of the copy.
#[utoipa::path(
    post,
    path = "/api/v1/articles",
    tag = "Article",
    request_body(content = ToCopy, content_type = "application/json", example = json!({
        "customNumber": "\"12411116-copy\"", "F_1": "\"12411116\"", "F_*": "\"F_5\"", "C_*": "\"C_75015\""
    })),
    responses(
        (status = 200, description = "The copy.", body = Envelope<ArticleData>, example = json!({
            "status": "success",
            "message": "Copy successfully created",
            "data": { "id": "12411116-copy", "F_1": "12411116-copy", "F_5": "", "C_75000": "INDOOR" }
        })),
        (status = 404, description = "There is no such article.", example = json!({
            "status": "error", "message": "Article not found: 12411116", "data": null
        })),
    )
)]
pub(crate) async fn copy(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    RawJson(text): RawJson,
) -> Result<Response, Fault> {
    let copy = read(&text)?;
    let article = engine.copy_article(&actor, copy).await?;
    Ok(found("Copy successfully created", &article)?)
}

fn read(text: &[u8]) -> Result<NewCopy, Error> {
    let Form { number, id, fields } = Form::read(text)?;
    match (number, id) {
        (Some(number), Some(source)) => Ok(NewCopy {
            source,
            number,
            fields,
        }),
        (None, Some(_)) => Err(Error::missing("customNumber")),
        (Some(_), None) => Err(Error::missing("F_1")),
        (None, None) => Err(Error::missing("customNumber").with_detail("F_1", "the F_1 field is required")),
    }
}
