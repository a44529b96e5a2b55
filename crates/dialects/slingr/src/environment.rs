//! The environment in a path: one server is one environment, and the others are not here.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use edge::Fault;
use model::{Code, Error};

use crate::Slingr;

/// Lets a request pass that names this environment, or none.
pub(crate) async fn check(State(slingr): State<Slingr>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let named = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let own = slingr.options.environment.as_str();
    if named == "api" || named == own {
        return next.run(request).await;
    }
    let named: String = named.chars().take(64).collect();
    let message = format!("there is no environment {named:?} here, this server is {own:?}");
    Fault(Error::new(Code::NoRoute, message)).into_response()
}
