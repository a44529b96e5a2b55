//! The form of all answers of article and job routes: `{"status", "message", "data"}`, and `meta` behind paged lists.

use axum::body::Body;
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use model::{Error, Page};
use serde::Serialize;
use utoipa::ToSchema;

/// An answer of an article or job route.
#[derive(Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    /// `success` or `error`.
    #[schema(value_type = String, examples("success"))]
    status: &'static str,
    /// A sentence for a person.
    message: String,
    /// What was asked for; null when there is nothing to say.
    data: T,
    /// Where a paged list stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    meta: Option<Meta>,
}

/// Where a paged list stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct Meta {
    page: u64,
    per_page: u64,
    total: u64,
}

/// A success with `data`.
pub(crate) fn success(message: impl Into<String>, data: impl Serialize) -> Result<Response, Error> {
    answer(message.into(), data, None)
}

/// A success with one page of a list.
pub(crate) fn page(message: &str, data: impl Serialize, page: Page, total: u64) -> Result<Response, Error> {
    let meta = Meta {
        page: page.number,
        per_page: page.size,
        total,
    };
    answer(message.to_owned(), data, Some(meta))
}

fn answer(message: String, data: impl Serialize, meta: Option<Meta>) -> Result<Response, Error> {
    let envelope = Envelope {
        status: "success",
        message,
        data,
        meta,
    };
    bare(&envelope)
}

/// A 200 whose body is `value` itself.
pub(crate) fn bare(value: &impl Serialize) -> Result<Response, Error> {
    serde_json::to_vec(value).map(json).map_err(Error::internal)
}

/// A 200 with this JSON text.
pub(crate) fn json(text: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(text));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
