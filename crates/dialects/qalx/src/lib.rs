//! The qalx dialect: items, sets, groups, blueprints, bots, queues, factories, tags and files, as pyqalx speaks it.
//!
//! [`mount`] puts `/qalx/…` on the edge. Every kind of entity has the same routes (`noun.rs` is the table of kinds);
//! bodies are stored JSON that is spliced into answers, never parsed again. Facts and decisions:
//! `docs/decisions/qalx.md`.

mod auth;
mod bots;
mod bulk;
mod call;
mod dto;
mod entities;
mod error;
mod factory;
mod files;
mod notification;
mod noun;
mod openapi;
mod options;
mod projects;
mod queues;
mod routes;
mod tags;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use edge::{Edge, Guard};
use engine::Engine;

pub use options::Options;

/// What every handler works with.
#[derive(Clone)]
struct Qalx {
    engine: Engine,
    options: Arc<Options>,
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
    let qalx = Qalx {
        engine: engine.clone(),
        options: Arc::new(options),
        tls: edge.options().tls.is_some(),
    };
    let guard = Guard::new(Arc::new(engine.clone()), auth::secret).with_limiter(edge.limiter());
    let router: Router = routes::guarded()
        .layer(from_fn(bulk::refuse_misplaced))
        .layer(guard)
        .merge(routes::open())
        .with_state(qalx);
    edge.dialect("qalx", &["/qalx"], router, openapi::document, error::render)
}
