//! The `fusion` dialect: import jobs and their status, as the Comestri (Fusion Factory) PIM API v2 documents them.
//!
//! [`mount`] puts `/api/v2/jobs…` on the edge: the documented listing, the creation of import jobs, and what clients
//! need around them (errors, results, cancelling). Every job of the server is listed, whatever dialect it came in by.
//! Facts and decisions: `docs/decisions/fusion.md`.

mod auth;
mod error;
mod jobs;
mod openapi;
mod options;
mod paging;
mod time;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use edge::openapi::{USUAL, add_refusals};
use edge::{Edge, Guard};
use engine::Engine;
use utoipa::openapi::OpenApi;

pub use options::Options;

/// What every handler works with.
#[derive(Clone)]
struct Fusion {
    engine: Engine,
    zone: jiff::tz::TimeZone,
}

/// Mounts the dialect with its usual settings.
#[must_use]
pub fn mount(edge: Edge, engine: &Engine) -> Edge {
    mount_with(edge, engine, Options::default())
}

/// Mounts the dialect.
#[must_use]
pub fn mount_with(edge: Edge, engine: &Engine, options: Options) -> Edge {
    let fusion = Fusion {
        engine: engine.clone(),
        zone: options.timezone,
    };
    let (routes, _) = jobs::routes().split_for_parts();
    let guard = Guard::new(Arc::new(engine.clone()), auth::secret).with_limiter(edge.limiter());
    let router: Router = routes
        .layer(from_fn(auth::check_email))
        .layer(guard)
        .with_state(fusion);
    edge.dialect("fusion", &["/api/v2"], router, document, error::render)
}

/// The same routes as a document.
fn document() -> OpenApi {
    let (_, mut document) = openapi::document().merge(jobs::routes()).split_for_parts();
    add_refusals(&mut document, error::render, USUAL);
    document
}
