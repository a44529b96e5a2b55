//! Every route of the dialect, by what a caller has to show.

use axum::Router;
use axum::routing::{get, post, put};

use crate::{Slingr, data, files, jobs, logs, sessions, users};

/// The routes that need a token in a header.
pub(crate) fn guarded(prefix: &str) -> Router<Slingr> {
    Router::new()
        .route(&format!("{prefix}/auth/logout"), post(sessions::log_out))
        .route(&format!("{prefix}/files"), post(files::upload::upload))
        .route(&format!("{prefix}/files/{{id}}/share"), put(files::share::share))
        .route(
            &format!("{prefix}/status/logs"),
            get(logs::list::list).post(logs::post::post),
        )
        .merge(data::routes(prefix))
        .merge(jobs::routes(prefix))
        .merge(users::routes(prefix))
}

/// The routes whose token may come in a cookie.
pub(crate) fn downloads(prefix: &str) -> Router<Slingr> {
    Router::new()
        .route(&format!("{prefix}/files/{{id}}"), get(files::download::any))
        .route(
            &format!("{prefix}/data/{{entity}}/{{id}}/files/{{file}}"),
            get(files::download::of_record),
        )
}

/// The routes that need no token.
pub(crate) fn open(prefix: &str) -> Router<Slingr> {
    Router::new()
        .route(&format!("{prefix}/auth/login"), post(sessions::log_in))
        .route(
            &format!("{prefix}/files/shared/{{id}}"),
            get(files::download::shared),
        )
}
