//! The API documents, as JSON and as one readable page.

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use utoipa::openapi::OpenApi;

/// Headers of every HTML page.
pub fn html_headers() -> [(HeaderName, &'static str); 1] {
    [(CONTENT_TYPE, "text/html; charset=utf-8")]
}

pub(crate) fn routes(documents: &[(String, OpenApi)]) -> Router {
    let mut router = Router::new();
    for (name, document) in documents {
        let text = document
            .to_json()
            .map(Bytes::from)
            .expect("a document is plain data");
        let answer = ([(CONTENT_TYPE, "application/json")], text);
        router = router.route(
            &format!("/openapi/{name}.json"),
            get(move || async move { answer.clone() }),
        );
    }
    router
}
