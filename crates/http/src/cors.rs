//! Cross-origin calls from web pages of the configured origins.
//!
//! Written out rather than mounted as a layer: it runs inside the edge's own layer, so that error answers carry the
//! headers too (a page could not read them otherwise), preflights get their request id, and nothing runs at all while
//! no origin is configured.

use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use http::{Method, StatusCode};

use crate::options::CorsOptions;

/// The answer's headers that a page may read beside the simple ones.
const EXPOSED: HeaderValue = HeaderValue::from_static("etag, location, retry-after, x-request-id");
/// What the dialects use.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");

/// The configured origins; `None` when there are none.
#[derive(Clone, Debug)]
pub(crate) struct Cors {
    origins: Vec<String>,
    max_age: HeaderValue,
}

impl Cors {
    pub(crate) fn new(options: &CorsOptions) -> Option<Self> {
        (!options.allowed_origins.is_empty()).then(|| Self {
            origins: options.allowed_origins.clone(),
            max_age: HeaderValue::from(options.max_age.as_secs()),
        })
    }

    /// The request's origin, if it may call.
    pub(crate) fn allowed(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let origin = request.get(ORIGIN)?;
        let fits = |allowed: &String| allowed == "*" || allowed.as_bytes() == origin.as_bytes();
        self.origins.iter().any(fits).then(|| origin.clone())
    }

    /// The answer to a preflight; `None` when the request is not one.
    pub(crate) fn preflight(&self, method: &Method, request: &HeaderMap) -> Option<Response> {
        if method != Method::OPTIONS || !request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        let mut response = StatusCode::NO_CONTENT.into_response();
        if self.allowed(request).is_some() {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, self.max_age.clone());
            if let Some(wanted) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
            }
        }
        Some(response)
    }

    /// Marks an answer as readable by `origin`, and as depending on it in any case.
    pub(crate) fn mark(origin: Option<HeaderValue>, response: &mut HeaderMap) {
        response.append(VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = origin {
            response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}
