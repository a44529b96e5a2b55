//! The paths for those who run the server: is the process alive, can it work, what does it count.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Serialize;
use serde_json::json;

use crate::metrics;

/// Longest wait for a readiness check.
const PATIENCE: Duration = Duration::from_secs(5);

/// A part of the server that cannot work now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotReady {
    /// The part, like `store`.
    pub part: String,
    /// Why, in words for an operator who has no token.
    pub reason: String,
}

/// Asks all parts; what it returns is what is not ready.
pub(crate) type ReadyCheck = Arc<dyn Fn() -> BoxFuture<'static, Vec<NotReady>> + Send + Sync>;

pub(crate) fn routes(check: ReadyCheck) -> Router {
    Router::new()
        .route(
            "/healthz",
            get(|| async { ([(CACHE_CONTROL, "no-store")], "ok") }),
        )
        .route("/readyz", get(move || readiness(Arc::clone(&check))))
        .route("/metrics", get(counts))
}

async fn readiness(check: ReadyCheck) -> Response {
    let not_ready = tokio::time::timeout(PATIENCE, check()).await.unwrap_or_else(|_| {
        vec![NotReady {
            part: "readiness check".to_owned(),
            reason: format!("no answer within {} s", PATIENCE.as_secs()),
        }]
    });
    let status = match not_ready.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = json!({ "ready": not_ready.is_empty(), "not_ready": not_ready });
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

async fn counts() -> Response {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        metrics::render(),
    )
        .into_response()
}
