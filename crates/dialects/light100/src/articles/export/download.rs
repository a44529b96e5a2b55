//! `GET /api/v1/articles/export/{id}/download`: the file of an export, whole or in part.

use std::ops::Range;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use edge::{Caller, Fault, Path};
use engine::Engine;
use engine::exports::ExportFile;
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, InvalidHeaderValue,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use model::Error;
use serde_json::json;

use super::range::{Asked, asked};
use crate::unquote::unquote;

/// Export download
///
/// The file of a finished export. `Range` fetches a part of it; `ETag` is the hash of its content.
#[utoipa::path(
    get,
    path = "/api/v1/articles/export/{id}/download",
    tag = "Article",
    params(("id" = String, Path, description = "The id of the export.", example = "42")),
    responses(
        (status = 200, description = "The file.", content(
            (String = "text/csv", example = "No.;No. 2;Description\r\n12411116;BH30;BULLET HOLE 30\r\n"),
            (String = "application/xml", example = "<Items><Item><No>12411116</No></Item></Items>"),
            (String = "application/json", example = json!([{ "No.": "12411116" }])),
        )),
        (status = 206, description = "The part that was asked for."),
        (status = 304, description = "The client has it already."),
        (status = 404, description = "There is no such export, or it was a push.", example = json!({
            "status": "error", "message": "Export not found: 42", "data": null
        })),
        (status = 409, description = "It has not finished.", example = json!({
            "status": "error", "message": "export 42 has no file: its status is running", "data": null
        })),
        (status = 416, description = "There is no such part.", example = json!({
            "status": "error", "message": "the file has 117 bytes, none of them is in the range", "data": null
        })),
    )
)]
pub(crate) async fn download(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let file = engine.export_file(&actor, unquote(&id)).await?;
    let etag = format!("\"{}\"", file.blob);
    let mut response = match asked(&headers, &etag, file.size) {
        Asked::Nothing => StatusCode::NOT_MODIFIED.into_response(),
        Asked::Beyond => return Ok(beyond(file.size)?),
        Asked::Whole => content(&engine, &file, None).await?,
        Asked::Part(range) => content(&engine, &file, Some(range)).await?,
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, value(&etag)?);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    Ok(response)
}

async fn content(engine: &Engine, file: &ExportFile, range: Option<Range<u64>>) -> Result<Response, Error> {
    let is_part = range.is_some();
    let reading = engine
        .blobs()
        .read(&file.blob, range)
        .await
        .map_err(Error::internal)?;
    let (size, range) = (reading.size, reading.range);
    let mut response = Response::new(Body::from_stream(reading.stream));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    headers.insert(CONTENT_DISPOSITION, value(&disposition)?);
    if is_part {
        // A part is never empty.
        let range = format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1));
        headers.insert(CONTENT_RANGE, value(&range)?);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

fn beyond(size: u64) -> Result<Response, Error> {
    let message = format!("the file has {size} bytes, none of them is in the range");
    let body = json!({ "status": "error", "message": message, "data": null });
    let mut response = (StatusCode::RANGE_NOT_SATISFIABLE, axum::Json(body)).into_response();
    response
        .headers_mut()
        .insert(CONTENT_RANGE, value(&format!("bytes */{size}"))?);
    Ok(response)
}

fn value(text: &str) -> Result<HeaderValue, Error> {
    text.parse()
        .map_err(|error: InvalidHeaderValue| Error::internal(error))
}
