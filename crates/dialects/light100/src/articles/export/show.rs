//! `GET /api/v1/articles/export/{id}`: how an export stands.

use axum::extract::State;
use axum::response::Response;
use edge::{Caller, Fault, Path};
use engine::Engine;
use engine::exports::Export;
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::{self, Envelope};
use crate::unquote::unquote;

/// An export as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Export)]
pub(crate) struct ExportData {
    /// Its id: the number of its job.
    id: i64,
    /// `pending`, `running`, `stopping`, `stopped`, `cancelled`, `finished` or `failed`.
    status: String,
    /// The share that is done, 0 to 1.
    progress: f64,
    /// `csv`, `xml` or `json`.
    format: String,
    /// Articles written or sent so far.
    records: u64,
    /// Deletions written or sent so far.
    deleted: u64,
    /// Articles and deletions among them that a push could not bring over.
    failed: u64,
    /// Since what it takes changes, as it was asked for.
    since: Option<String>,
    /// The place in the history of articles at which it began; an export since this one begins there.
    watermark: Option<i64>,
    /// The target it pushes to.
    push: Option<String>,
    /// Where its file is, once it has one.
    download: Option<String>,
    /// Why it failed.
    error: Option<String>,
}

impl From<Export> for ExportData {
    fn from(export: Export) -> Self {
        let id = export.job.seq.0;
        let download = export
            .has_file
            .then(|| format!("/api/v1/articles/export/{id}/download"));
        Self {
            id,
            status: export.job.status.as_str().to_owned(),
            progress: export.job.progress,
            format: export.format.as_str().to_owned(),
            records: export.records,
            deleted: export.deleted,
            failed: export.job.counts.failed,
            since: export.since,
            watermark: export.watermark.map(|seq| seq.0),
            push: export.push,
            download,
            error: export.job.error,
        }
    }
}

/// Export status
///
/// How an export stands, and where its file is.
#[utoipa::path(
    get,
    path = "/api/v1/articles/export/{id}",
    tag = "Article",
    params(("id" = String, Path, description = "The id of the export.", example = "42")),
    responses(
        (status = 200, description = "The export.", body = Envelope<ExportData>, example = json!({
            "status": "success",
            "message": "Export found",
            "data": {
                "id": 42, "status": "finished", "progress": 1.0, "format": "csv", "records": 117, "deleted": 3,
                "failed": 0, "since": "41", "watermark": 90210, "push": null,
                "download": "/api/v1/articles/export/42/download", "error": null
            }
        })),
        (status = 404, description = "There is no such export.", example = json!({
            "status": "error", "message": "Export not found: 42", "data": null
        })),
    )
)]
pub(crate) async fn show(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let export = engine.export(&actor, unquote(&id)).await?;
    Ok(envelope::success("Export found", ExportData::from(export))?)
}
