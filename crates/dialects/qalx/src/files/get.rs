//! `GET /qalx/file/{guid}`: the content of a file, or a range of it.

use std::ops::Range;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use edge::{Fault, Path, Query};
use engine::entities::{EntityFile, FileMethod};
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, StatusCode};
use model::Error;
use serde_json::json;

use super::{Signature, grant};
use crate::Qalx;

pub(crate) async fn get(
    State(qalx): State<Qalx>,
    Path(guid): Path<String>,
    Query(signature): Query<Signature>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let grant = grant(&qalx, FileMethod::Get, &guid, &signature)?;
    // The whole first: length and hash decide whether and how a range is answered. Nothing is read before it is sent.
    let whole = qalx.engine.entity_file(grant, None).await?;
    let tag = format!("\"{}\"", whole.hash);
    if header(&headers, IF_NONE_MATCH).is_some_and(|known| known == "*" || known.contains(&tag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    let is_same = header(&headers, IF_RANGE).is_none_or(|known| known == tag);
    let asked = header(&headers, RANGE)
        .filter(|_| is_same)
        .map(|text| range(text, whole.reading.size));
    match asked {
        None | Some(Asked::Whole) => answer(StatusCode::OK, whole),
        Some(Asked::Beyond) => Ok(unsatisfiable(whole.reading.size)),
        Some(Asked::Part(part)) => {
            let part = qalx.engine.entity_file(grant, Some(part)).await?;
            answer(StatusCode::PARTIAL_CONTENT, part)
        }
    }
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The bytes, never to be shown by a browser as a page of this server.
fn answer(status: StatusCode, file: EntityFile) -> Result<Response, Fault> {
    let tag = format!("\"{}\"", file.hash);
    let (range, size) = (file.reading.range.clone(), file.reading.size);
    let builder = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/octet-stream")
        .header(CONTENT_DISPOSITION, "attachment")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(ACCEPT_RANGES, "bytes")
        .header(ETAG, tag)
        .header(CONTENT_LENGTH, range.end - range.start);
    let builder = match status {
        StatusCode::PARTIAL_CONTENT => {
            let (first, last) = (range.start, range.end.saturating_sub(1));
            builder.header(CONTENT_RANGE, format!("bytes {first}-{last}/{size}"))
        }
        _ => builder,
    };
    let answer = builder.body(Body::from_stream(file.reading.stream));
    Ok(answer.map_err(Error::internal)?)
}

fn unsatisfiable(size: u64) -> Response {
    let message = format!("the range begins behind the end of the file, which has {size} bytes");
    let range = [(CONTENT_RANGE, format!("bytes */{size}"))];
    let body = Json(json!({ "detail": message }));
    (StatusCode::RANGE_NOT_SATISFIABLE, range, body).into_response()
}

#[derive(Debug, PartialEq)]
enum Asked {
    /// Several ranges, or what is none, are answered with the whole, as the standard allows (RFC 9110, 14.2).
    Whole,
    Part(Range<u64>),
    Beyond,
}

fn range(text: &str, size: u64) -> Asked {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Asked::Whole;
    };
    let part = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if last < first => return Asked::Whole,
        (Ok(first), Ok(last)) => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(length)) if first.is_empty() => size.saturating_sub(length)..size,
        _ => return Asked::Whole,
    };
    if part.start >= size {
        return Asked::Beyond;
    }
    Asked::Part(part)
}

#[cfg(test)]
mod tests {
    use super::{Asked, range};

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        for (text, expected) in [
            ("bytes=0-4", Asked::Part(0..5)),
            ("bytes=5-", Asked::Part(5..10)),
            ("bytes=5-99", Asked::Part(5..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-99", Asked::Part(0..10)),
            ("bytes=10-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=4-3", Asked::Whole),
            ("bytes=0-1,3-4", Asked::Whole),
            ("bytes=", Asked::Whole),
            ("items=0-1", Asked::Whole),
        ] {
            assert_eq!(range(text, 10), expected, "{text}");
        }
        assert_eq!(range("bytes=0-", 0), Asked::Beyond);
    }
}
