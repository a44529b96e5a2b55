//! Gzip for answers, only where it pays: the client asks for it, the body is text of at least a kilobyte, and nobody
//! has encoded it already.
//!
//! The layer of `tower-http` is put around the finished answer instead of around the routes, so that requests that
//! need no compression pay one header look-up.

use std::convert::Infallible;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue};
use tower::{Service, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use tower_http::compression::predicate::SizeAbove;

/// Smallest body that is worth it.
const MIN_BYTES: u64 = 1024;

/// What the client accepts, when gzip is named among it.
pub(crate) fn wanted(request: &HeaderMap) -> Option<HeaderValue> {
    let accepted = request.get(ACCEPT_ENCODING)?;
    memmem(accepted.as_bytes(), b"gzip").then(|| accepted.clone())
}

fn memmem(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len())
        .any(|window| window.eq_ignore_ascii_case(needle))
}

/// Compresses `response` if it pays and `accepted` does allow it.
pub(crate) fn compress(accepted: HeaderValue, response: Response) -> Response {
    if !pays(&response) {
        return response;
    }
    let mut request = Request::new(Body::empty());
    request.headers_mut().insert(ACCEPT_ENCODING, accepted);
    let mut response = Some(response);
    let finished = service_fn(move |_: Request| {
        let response = response.take().expect("the service is called once");
        async move { Ok::<_, Infallible>(response) }
    });
    let mut compression = Compression::new(finished)
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(0));
    match compression.call(request).now_or_never() {
        Some(Ok(response)) => response.map(Body::new),
        Some(Err(never)) => match never {},
        None => unreachable!("the answer is there already"),
    }
}

fn pays(response: &Response) -> bool {
    let headers = response.headers();
    let long = response
        .body()
        .size_hint()
        .upper()
        .is_none_or(|upper| upper >= MIN_BYTES);
    long && !headers.contains_key(CONTENT_ENCODING)
        && !headers.contains_key(CONTENT_RANGE)
        && headers.get(CONTENT_TYPE).is_some_and(is_text)
}

/// Whether the type is one that gzip makes smaller. Event streams are left alone: they must not wait in a buffer.
fn is_text(content_type: &HeaderValue) -> bool {
    let Ok(full) = content_type.to_str() else {
        return false;
    };
    let essence = full.split(';').next().unwrap_or_default().trim();
    match essence.split_once('/') {
        Some(("text", "event-stream")) => false,
        Some(("text", _)) => true,
        Some(("application", kind)) => {
            matches!(
                kind,
                "json" | "xml" | "javascript" | "x-ndjson" | "x-amz-json-1.0"
            ) || kind.ends_with("+json")
                || kind.ends_with("+xml")
        }
        Some(("image", "svg+xml")) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::is_text;

    #[test]
    fn text_is_told_from_what_is_packed_already() {
        for (content_type, expected) in [
            ("application/json", true),
            ("application/problem+json; charset=utf-8", true),
            ("text/csv", true),
            ("image/svg+xml", true),
            ("text/event-stream", false),
            ("application/zip", false),
            ("image/png", false),
            ("json", false),
        ] {
            assert_eq!(
                is_text(&HeaderValue::from_static(content_type)),
                expected,
                "{content_type}"
            );
        }
    }
}
