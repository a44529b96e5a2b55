//! From the shared error to an answer, in two steps.
//!
//! A handler returns [`Fault`]; its answer has the right status and headers but an empty body, and carries the
//! [`Error`] in its extensions. A layer further out (the edge's own, or [`render_errors`]) finds it there and gives it
//! the dialect's body. So extractors, guards and fallbacks need not know in which dialect they are used.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::{FutureExt, Map};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use model::{Class, Error};
use serde_json::json;
use tower::{Layer, Service};

use crate::RequestInfo;

/// Gives an error the body of one dialect. Status, `Retry-After` and the like are taken from the answer it returns
/// first and from the error second.
pub type RenderFn = fn(&Error, &RequestInfo) -> Response;

/// An [`Error`] on its way out; `?` makes one of any [`Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub Error);

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// The error that an answer carries until it is rendered.
#[derive(Clone, Debug)]
pub(crate) struct Carried(pub(crate) Arc<Error>);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = status_of(self.0.class()).into_response();
        if let Some(seconds) = self.0.retry_after() {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Carried(Arc::new(self.0)));
        response
    }
}

/// The usual status of each class; a dialect may differ.
pub fn status_of(class: Class) -> StatusCode {
    match class {
        Class::BadRequest => StatusCode::BAD_REQUEST,
        Class::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Class::Timeout => StatusCode::REQUEST_TIMEOUT,
        Class::Conflict => StatusCode::CONFLICT,
        Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Class::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Class::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The form outside any dialect: `{"error": message, "code": code}`.
pub fn plain(error: &Error, _: &RequestInfo) -> Response {
    let body = Json(json!({ "error": error.message(), "code": error.code().as_str() }));
    (status_of(error.class()), body).into_response()
}

/// Renders the error that `response` carries, if any. Headers set further in (`Allow`, `Retry-After`) are kept.
pub(crate) fn render(response: Response, form: impl FnOnce() -> RenderFn, info: &RequestInfo) -> Response {
    let Some(Carried(error)) = response.extensions().get::<Carried>().cloned() else {
        return response;
    };
    log(&error, info);
    let mut rendered = form()(&error, info);
    keep_headers(rendered.headers_mut(), response.headers());
    rendered
}

fn keep_headers(into: &mut HeaderMap, from: &HeaderMap) {
    for (name, value) in from {
        if name != CONTENT_LENGTH && name != CONTENT_TYPE && !into.contains_key(name) {
            into.append(name.clone(), value.clone());
        }
    }
}

/// Logs faults of the server, once, here where they are turned into an answer.
fn log(error: &Error, info: &RequestInfo) {
    if !status_of(error.class()).is_server_error() {
        return;
    }
    tracing::error!(
        request.id = %info.id(),
        http.method = %info.method(),
        http.route = info.route().unwrap_or_default(),
        error.code = error.code().as_str(),
        error.cause = error.internal_text().unwrap_or_else(|| error.message()),
        "request failed",
    );
}

/// A layer that gives errors the body of one dialect, for a part of a router that speaks another one than its
/// surroundings.
pub fn render_errors(render: RenderFn) -> RenderErrors {
    RenderErrors(render)
}

/// See [`render_errors`].
#[derive(Clone, Copy, Debug)]
pub struct RenderErrors(RenderFn);

impl<S> Layer<S> for RenderErrors {
    type Service = RenderErrorsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RenderErrorsService {
            inner,
            render: self.0,
        }
    }
}

/// The service that [`RenderErrors`] makes.
#[derive(Clone, Debug)]
pub struct RenderErrorsService<S> {
    inner: S,
    render: RenderFn,
}

type Rendering<E> = Box<dyn FnOnce(Result<Response, E>) -> Result<Response, E> + Send>;

impl<S: Service<Request, Response = Response>> Service<Request> for RenderErrorsService<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Map<S::Future, Rendering<S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (info, form) = (RequestInfo::of(&request), self.render);
        let rendering: Rendering<S::Error> =
            Box::new(move |outcome| outcome.map(|response| render(response, || form, &info)));
        self.inner.call(request).map(rendering)
    }
}
