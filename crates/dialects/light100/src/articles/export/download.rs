//! `GET /api/v1/articles/export/{id}/download`: the file of an export, whole or in part.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Download, Fault, Path};
use engine::Engine;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use model::Error;
use serde_json::json;

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
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let disposition: HeaderValue = disposition.parse().map_err(Error::internal)?;
    let hash = file.blob.to_string();
    let download = Download {
        hash: &hash,
        size: file.size,
        headers: vec![
            (CONTENT_TYPE, HeaderValue::from_static(file.content_type)),
            (CONTENT_DISPOSITION, disposition),
        ],
        refusal: |message| json!({ "status": "error", "message": message, "data": null }),
    };
    let read = async |range| {
        let reading = engine.blobs().read(&file.blob, range).await;
        Ok(Body::from_stream(
            reading.map_err(engine::contents::refused)?.stream,
        ))
    };
    Ok(download.answer(&headers, read).await?)
}
