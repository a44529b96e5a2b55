//! The API documents, as JSON and as one readable page.
//!
//! They are made when somebody first asks for one: written out they take several times the memory of an idle server.
//! The page is complete in itself (one style sheet inside, no script, nothing fetched) and says so in its content
//! security policy.

mod curl;
mod example;
mod operation;
mod page;

use std::sync::{Arc, OnceLock};

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

/// Makes the document of a dialect.
pub type DocumentFn = fn() -> OpenApi;

/// The documents of all dialects.
struct Documents {
    sources: Vec<(String, DocumentFn)>,
    written: OnceLock<Written>,
}

/// All there is to read.
struct Written {
    /// One for each source.
    texts: Vec<Bytes>,
    page: Bytes,
}

pub(crate) fn routes(sources: &[(String, DocumentFn)]) -> Router {
    let documents = Arc::new(Documents {
        sources: sources.to_vec(),
        written: OnceLock::new(),
    });
    let mut router = Router::new();
    for (place, (name, _)) in sources.iter().enumerate() {
        let documents = Arc::clone(&documents);
        let text = move || Arc::clone(&documents).read(move |written| json(written.texts[place].clone()));
        router = router.route(&format!("/openapi/{name}.json"), get(text));
    }
    let page = move || Arc::clone(&documents).read(|written| html(written.page.clone()));
    router.route("/docs", get(page))
}

impl Documents {
    /// Answers from what is written; writing it takes too long for a thread that others wait for.
    async fn read(self: Arc<Self>, answer: impl FnOnce(&Written) -> Response + Send + 'static) -> Response {
        if let Some(written) = self.written.get() {
            return answer(written);
        }
        let write = move || answer(self.written.get_or_init(|| write(&self.sources)));
        tokio::task::spawn_blocking(write)
            .await
            .expect("the documents can be written")
    }
}

fn write(sources: &[(String, DocumentFn)]) -> Written {
    let value = |document: OpenApi| serde_json::to_value(document).expect("a document is plain data");
    let values: Vec<(String, Value)> = sources
        .iter()
        .map(|(name, document)| (name.clone(), value(document())))
        .collect();
    let texts = values.iter().map(|(_, value)| Bytes::from(value.to_string()));
    Written {
        texts: texts.collect(),
        page: Bytes::from(page::page(&values, STYLE).into_string()),
    }
}

fn json(text: Bytes) -> Response {
    (
        [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")],
        text,
    )
        .into_response()
}

fn html(page: Bytes) -> Response {
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
