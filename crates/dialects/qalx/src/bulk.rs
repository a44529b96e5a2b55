//! The header that makes the creation of an item the creation of many, and its refusal everywhere else.

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;

/// As the client sends it, and as the documentation, which has it from the inside of a server, spells it.
const HEADERS: [&str; 2] = ["qalx-bulk", "http_qalx_bulk"];
/// The only path that takes it, with `POST`.
const PATH: &str = "/qalx/item";
/// What is told of it elsewhere.
pub(crate) const MISPLACED: &str = "the qalx-bulk header is taken with POST /item only";

/// Whether the header is there and does not say no.
pub(crate) fn is_bulk(headers: &HeaderMap) -> bool {
    let says_no = |value: &[u8]| value.is_empty() || value.eq_ignore_ascii_case(b"false") || value == b"0";
    let mut values = HEADERS.iter().filter_map(|name| headers.get(*name));
    values.any(|value| !says_no(value.as_bytes()))
}

/// Refuses the header where it has no meaning.
pub(crate) async fn refuse_misplaced(request: Request, next: Next) -> Response {
    let fits = request.method() == Method::POST && request.uri().path() == PATH;
    if !fits && is_bulk(request.headers()) {
        let body = Json(json!({ "detail": MISPLACED }));
        return (StatusCode::NOT_ACCEPTABLE, body).into_response();
    }
    next.run(request).await
}
