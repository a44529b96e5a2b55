//! Stored content on its way out: whole, a range of it, or not at all when the client has it already (RFC 9110, 13
//! and 14).
//!
//! The tag of content is its hash, so a range goes together with the ranges that a client got before. Several ranges
//! at once, or what is no range, are answered with the whole, as the standard allows.

mod range;

use std::ops::Range;

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, InvalidHeaderValue};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use model::Error;
use serde_json::Value;

use range::{Asked, asked};

/// What is known of content before it is read.
pub struct Download<'c> {
    /// The hash of the whole.
    pub hash: &'c str,
    /// The bytes of the whole.
    pub size: u64,
    /// Headers of the content, whole or in part: type, name.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body of the refusal of a range behind the end, from the message.
    pub refusal: fn(&str) -> Value,
}

impl Download<'_> {
    /// Answers what the headers of a request ask for. `read` gives the bytes, or those of a range.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn answer<R>(
        self,
        request: &HeaderMap,
        read: impl FnOnce(Option<Range<u64>>) -> R,
    ) -> Result<Response, Error>
    where
        R: Future<Output = Result<Body, Error>>,
    {
        let tag = format!("\"{}\"", self.hash);
        let mut response = match asked(request, &tag, self.size) {
            Asked::Nothing => StatusCode::NOT_MODIFIED.into_response(),
            Asked::Beyond => self.beyond()?,
            Asked::Whole => self.content(read(None).await?, &(0..self.size)),
            Asked::Part(part) => {
                let mut response = self.content(read(Some(part.clone())).await?, &part);
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                // A part is never empty.
                let (first, last) = (part.start, part.end.saturating_sub(1));
                let shown = value(&format!("bytes {first}-{last}/{}", self.size))?;
                response.headers_mut().insert(CONTENT_RANGE, shown);
                response
            }
        };
        let headers = response.headers_mut();
        headers.insert(ETAG, value(&tag)?);
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        Ok(response)
    }

    fn content(&self, body: Body, range: &Range<u64>) -> Response {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.extend(self.headers.iter().cloned());
        headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
        response
    }

    fn beyond(&self) -> Result<Response, Error> {
        let size = self.size;
        let message = format!("the file has {size} bytes, none of them is in the range");
        let mut response =
            (StatusCode::RANGE_NOT_SATISFIABLE, Json((self.refusal)(&message))).into_response();
        let whole = value(&format!("bytes */{size}"))?;
        response.headers_mut().insert(CONTENT_RANGE, whole);
        Ok(response)
    }
}

fn value(text: &str) -> Result<HeaderValue, Error> {
    text.parse()
        .map_err(|error: InvalidHeaderValue| Error::internal(error))
}
