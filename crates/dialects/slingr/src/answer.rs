//! Answers: JSON with status 200, whatever was done. Stored JSON is spliced into them.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use jsonb::Jsonb;
use model::Error;
use model::Job;
use serde::Serialize;

/// JSON that is written already.
pub(crate) fn written(body: Vec<u8>) -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A value as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<Response, Error> {
    Ok(written(serde_json::to_vec(value).map_err(Error::internal)?))
}

/// A stored value as it is.
pub(crate) fn stored(value: &Jsonb) -> Result<Response, Error> {
    let mut out = Vec::new();
    value.render(&mut out).map_err(Error::internal)?;
    Ok(written(out))
}

/// A page of stored values.
pub(crate) fn listing(total: u64, offset: Option<&str>, items: &[Jsonb]) -> Result<Response, Error> {
    let mut out = format!("{{\"total\":{total}").into_bytes();
    if let Some(offset) = offset {
        out.extend_from_slice(b",\"offset\":");
        serde_json::to_writer(&mut out, offset).map_err(Error::internal)?;
    }
    out.extend_from_slice(b",\"items\":[");
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        item.render(&mut out).map_err(Error::internal)?;
    }
    out.extend_from_slice(b"]}");
    Ok(written(out))
}

/// A page of anything else.
#[derive(Serialize)]
pub(crate) struct Paged<T> {
    pub(crate) total: u64,
    /// What to send as offset for the next page; none behind an empty one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<String>,
    pub(crate) items: Vec<T>,
}

/// Where the job is that does what was asked.
pub(crate) fn job(job: &Job) -> Result<Response, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Reference<'a> {
        job_link: String,
        job_id: &'a str,
    }
    json(&Reference {
        job_link: format!("/api/status/jobs/{}", job.id),
        job_id: job.id.as_str(),
    })
}
