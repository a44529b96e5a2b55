//! The `sqs` dialect: queues as clients of Amazon SQS speak with them.
//!
//! [`mount`] puts `POST /sqs/` and `POST /sqs/{account}/{queue}` on the edge, and `POST /` for clients that have no path in
//! their endpoint. Both protocols are spoken: JSON, which names the operation in a header (`x-amz-target`), and the older
//! one with forms and XML. A form is turned into the JSON of the same request and an answer's JSON into XML, so each
//! operation (`ops`) is written once. Requests are signed (`auth`). Facts and decisions: `docs/decisions/sqs.md`.

mod auth;
mod call;
mod digest;
mod error;
mod form;
mod openapi;
mod ops;
mod options;
mod reply;
mod service;
mod url;
mod xml;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use edge::{Edge, HttpOptions, Limiter};
use engine::Engine;
use engine::queues::Queues;

pub use options::Options;

/// What every request works with.
#[derive(Clone)]
struct Sqs {
    engine: Engine,
    queues: Queues,
    options: Arc<Options>,
    /// The edge's, with the longest body that is taken here.
    http: Arc<HttpOptions>,
    limiter: Limiter,
    keys: Arc<auth::Keys>,
    /// Whether clients speak TLS with this server.
    tls: bool,
}

/// Mounts the dialect with its usual settings.
#[must_use]
pub fn mount(edge: Edge, engine: &Engine) -> Edge {
    mount_with(edge, engine, Options::default())
}

/// Mounts the dialect.
#[must_use]
pub fn mount_with(edge: Edge, engine: &Engine, options: Options) -> Edge {
    let sqs = Sqs {
        engine: engine.clone(),
        queues: engine.queues(),
        options: Arc::new(options),
        http: Arc::new(HttpOptions {
            max_body_bytes: service::MOST_BYTES,
            ..edge.options().clone()
        }),
        limiter: edge.limiter().clone(),
        keys: Arc::default(),
        tls: edge.options().tls.is_some(),
    };
    let router: Router = Router::new()
        .route("/sqs", post(service::answer))
        .route("/sqs/", post(service::answer))
        .route("/sqs/{account}/{queue}", post(service::answer))
        .route("/", post(service::answer_root).fallback(service::nothing_here))
        .with_state(sqs);
    edge.dialect("sqs", &["/sqs"], router, openapi::document, error::render)
}
