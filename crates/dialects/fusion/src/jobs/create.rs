//! `POST /api/v2/jobs`: the documented creation of an import job.
//!
//! The body is a stream of any length; its content type is not looked at, and gzip is recognised by content, so that a
//! `Content-Encoding: gzip` is merely taken off.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use edge::{Caller, Fault, upload};
use engine::imports::Import;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, LOCATION};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{Created, Refused};
use crate::Fusion;

/// The body of an import; the members of `job` may also stand at the top.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "only for the document: the body is read as a stream")]
struct NewImport {
    /// What to import.
    job: NewJob,
    /// A UUID of the client's own; the same one again finds the same job.
    request_id: Option<String>,
}

/// What to import.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "only for the document: the body is read as a stream")]
struct NewJob {
    /// A collection by its name, or a model's name: `Category` goes to `categories`.
    #[schema(example = "Category")]
    entity: String,
    /// `insert`, `update`, `upsert`, `delete` or `reset`.
    #[schema(example = "upsert")]
    operation: String,
    /// Settings.
    options: Option<NewOptions>,
    /// A UUID of the client's own, if it does not stand at the top.
    request_id: Option<String>,
    /// The records. The key of a record is its `id`, else its `code`; `_request_data_id` comes back in errors and
    /// results and is not stored.
    #[schema(value_type = Vec<Object>)]
    data: Vec<serde_json::Value>,
}

/// Settings of an import.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "only for the document: the body is read as a stream")]
struct NewOptions {
    /// Whether results carry the records.
    object_in_response: Option<bool>,
}

/// Makes an import job.
#[utoipa::path(post, path = "/api/v2/jobs", tag = "jobs",
    request_body(content = NewImport, description = "JSON, packed with gzip or not"),
    responses(
        (status = 201, description = "The job is accepted.", body = Created),
        (status = 200, description = "This request_id made this job before.", body = Created),
        (status = 422, description = "The body cannot be taken; the job that says so is recorded.", body = Refused)))]
pub(super) async fn create(
    State(fusion): State<Fusion>,
    Caller(actor): Caller,
    mut request: Request,
) -> Result<Response, Fault> {
    let mut encodings = request.headers().get_all(CONTENT_ENCODING).iter();
    if let (Some(only), None) = (encodings.next(), encodings.next())
        && only.as_bytes().eq_ignore_ascii_case(b"gzip")
    {
        request.headers_mut().remove(CONTENT_ENCODING);
    }
    let outcome = fusion.engine.submit_import(&actor, upload(request)).await?;
    Ok(match outcome {
        Import::Accepted(job) => {
            let location = [(LOCATION, format!("/api/v2/jobs/{}", job.seq))];
            let body = Json(Created::new(&job, &fusion.zone)?);
            (StatusCode::CREATED, location, body).into_response()
        }
        Import::Known(job) => Json(Created::new(&job, &fusion.zone)?).into_response(),
        Import::Rejected(job, problems) => {
            let body = Json(Refused::new(&job, &problems, &fusion.zone)?);
            (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
        }
    })
}
