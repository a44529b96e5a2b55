//! `GET /qalx/file/{guid}`: the content of a file, or a range of it.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use edge::{Download, Fault, Path, Query};
use engine::entities::FileMethod;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue};
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
    let download = Download {
        hash: &whole.hash,
        size: whole.reading.size,
        // Never to be shown by a browser as a page of this server.
        headers: vec![
            (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
            (CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ],
        refusal: |message| json!({ "detail": message }),
    };
    let (engine, all) = (qalx.engine.clone(), whole.reading.stream);
    let read = async move |range: Option<_>| {
        let stream = match range {
            None => all,
            part => engine.entity_file(grant, part).await?.reading.stream,
        };
        Ok(Body::from_stream(stream))
    };
    Ok(download.answer(&headers, read).await?)
}
