//! The API documents, as JSON and as one readable page.
//!
//! The page is made once at start, is complete in itself (one style sheet inside, no script, nothing fetched) and
//! says so in its content security policy.

mod curl;
mod example;
mod operation;
mod page;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::openapi::OpenApi;

const STYLE: &str = include_str!("docs/style.css");

/// The headers of an HTML page: its type, and that browsers must not frame it, guess its type or tell where a reader
/// comes from. `policy` is the page's content security policy.
pub fn html_headers(policy: HeaderValue) -> [(HeaderName, HeaderValue); 6] {
    let fixed = HeaderValue::from_static;
    [
        (CONTENT_TYPE, fixed("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (X_FRAME_OPTIONS, fixed("DENY")),
        (REFERRER_POLICY, fixed("no-referrer")),
        (CACHE_CONTROL, fixed("no-cache")),
    ]
}

pub(crate) fn routes(documents: &[(String, OpenApi)]) -> Router {
    let mut router = Router::new();
    let mut values = Vec::new();
    for (name, document) in documents {
        let value = serde_json::to_value(document).expect("a document is plain data");
        let text = Bytes::from(value.to_string());
        values.push((name.clone(), value));
        router = router.route(&format!("/openapi/{name}.json"), get(move || json(text.clone())));
    }
    let page = Bytes::from(render(&values));
    router.route("/docs", get(move || html(page.clone())))
}

fn render(documents: &[(String, Value)]) -> String {
    page::page(documents, STYLE).into_string()
}

async fn json(text: Bytes) -> Response {
    (
        [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")],
        text,
    )
        .into_response()
}

async fn html(page: Bytes) -> Response {
    (html_headers(policy()), page).into_response()
}

/// Nothing but the one style sheet, which is named by its hash.
fn policy() -> HeaderValue {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("base64 is valid in a header")
}
