//! The slingr dialect: the REST API of an app's runtime, as Slingr documents it and its clients rely on it.
//!
//! [`mount`] puts every route under `/{env}/runtime/api` and, as on custom domains, under `/api`. Records are stored
//! JSON that is spliced into answers. Facts and decisions: `docs/slingr-decisions.md`.

mod access_log;
mod answer;
mod auth;
mod body;
mod call;
mod data;
mod environment;
mod error;
mod files;
mod jobs;
mod logs;
mod openapi;
mod options;
mod parameters;
mod routes;
mod sessions;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use edge::{Edge, Guard, Limiter};
use engine::Engine;

pub use options::{Environment, Options};

/// Where the routes begin; the first one has the environment in front.
const PREFIXES: [&str; 2] = ["/{env}/runtime/api", "/api"];

/// What every handler works with.
#[derive(Clone)]
struct Slingr {
    engine: Engine,
    options: Arc<Options>,
    limiter: Limiter,
}

/// Mounts the dialect with its usual settings.
#[must_use]
pub fn mount(edge: Edge, engine: &Engine) -> Edge {
    mount_with(edge, engine, Options::default())
}

/// Mounts the dialect.
#[must_use]
pub fn mount_with(edge: Edge, engine: &Engine, options: Options) -> Edge {
    let slingr = Slingr {
        engine: engine.clone(),
        options: Arc::new(options),
        limiter: edge.limiter().clone(),
    };
    let guard = |read| Guard::new(Arc::new(engine.clone()), read).with_limiter(edge.limiter());
    let all = |routes: fn(&str) -> Router<Slingr>| {
        let each = PREFIXES.iter().map(|prefix| routes(prefix));
        each.fold(Router::new(), Router::merge)
    };
    let router = all(routes::guarded)
        .layer(guard(auth::secret))
        .merge(all(routes::downloads).layer(guard(auth::download_secret)))
        .layer(from_fn_with_state(slingr.clone(), access_log::note))
        .merge(all(routes::open))
        .layer(from_fn_with_state(slingr.clone(), environment::check))
        .with_state(slingr);
    edge.dialect("slingr", &PREFIXES, router, openapi::document, error::render)
}
