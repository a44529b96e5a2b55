//! `POST /api/v1/articles/export`: starts an export as a job.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, OptionalJson};
use engine::Engine;
use engine::exports::{Encoding, ExportRequest, Format};
use model::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::envelope::{self, Envelope};
use crate::unquote::unquote;

/// What to export. Everything may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExportRequest)]
pub(crate) struct Wanted {
    /// `csv` (if nothing is said), `xml` or `json`. A push is always `json`.
    #[schema(value_type = Option<String>, examples("csv"))]
    format: Option<Format>,
    /// Only what changed since this export (its id) or this time (ISO 8601), deletions marked.
    #[schema(value_type = Option<String>, examples("41"))]
    since: Option<Value>,
    /// The name of a mapping in the configuration.
    #[schema(examples("default"))]
    mapping: Option<String>,
    /// `utf-8` (if nothing is said) or `windows-1252`.
    #[schema(value_type = Option<String>, examples("utf-8"))]
    encoding: Option<Encoding>,
    /// The name of a target in the configuration, to push to it instead of making a file.
    push: Option<String>,
}

/// The job that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// Its number, which is the id of the export.
    id: i64,
}

/// Export
///
/// Exports all articles, or what changed since an earlier export or a time, as a file for Navision (CSV, the XML of an
/// XMLport, or JSON), or pushes them to a Navision that the configuration names. Runs as a job: ask for its state with
/// the id that comes back, and fetch the file when it has finished. Everyone who may read articles may export them.
#[utoipa::path(
    post,
    path = "/api/v1/articles/export",
    tag = "Article",
    request_body(content = Option<Wanted>, content_type = "application/json", example = json!({
        "format": "csv", "since": 41, "mapping": "default", "encoding": "windows-1252"
    })),
    responses(
        (status = 200, description = "The export waits for its turn.", body = Envelope<Accepted>, example = json!({
            "status": "success", "message": "Export accepted and added to the job queue", "data": { "id": 42 }
        })),
    )
)]
pub(crate) async fn start(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    OptionalJson(wanted): OptionalJson<Wanted>,
) -> Result<Response, Fault> {
    let wanted = wanted.unwrap_or_default();
    let request = ExportRequest {
        format: wanted.format,
        since: wanted.since.as_ref().map(since).transpose()?,
        mapping: wanted.mapping,
        encoding: wanted.encoding,
        push: wanted.push,
    };
    let job = engine.start_export(&actor, request).await?;
    let accepted = Accepted { id: job.seq.0 };
    Ok(envelope::success(
        "Export accepted and added to the job queue",
        accepted,
    )?)
}

/// An id may be sent as a number or as text.
fn since(value: &Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(unquote(text).to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        other => {
            let shown: String = other.to_string().chars().take(80).collect();
            let message = format!("since must be the id of an export or an ISO 8601 time, got {shown}");
            Err(Error::bad_value("since", message))
        }
    }
}
