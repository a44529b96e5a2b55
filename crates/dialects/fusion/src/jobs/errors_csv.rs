//! `GET /api/v2/jobs/{id}/errors.csv`: everything that went wrong, as one table.
//!
//! The answer is written part by part while it is sent, so its length costs no memory; each part begins behind the last
//! row of the one before, so it costs no time either.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use edge::{Caller, Fault, Path};
use engine::jobs::JobError;
use futures_util::{StreamExt, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use model::{Actor, Error, JobSeq};

use super::seq;
use crate::Fusion;

/// Errors that are read and sent together.
const PART: u64 = 1000;

const COLUMNS: [&str; 5] = ["row", "_request_data_id", "code", "field", "messages"];

/// Everything that went wrong in a job, as CSV: row, _request_data_id, code, field, messages (joined by "; ").
#[utoipa::path(get, path = "/api/v2/jobs/{id}/errors.csv", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number")),
    responses((status = 200, description = "The table.", content_type = "text/csv", body = String)))]
pub(super) async fn errors_csv(
    State(fusion): State<Fusion>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let table = Table {
        fusion,
        actor,
        seq: seq(&id)?,
    };
    // The first part goes ahead, so that a job that is not there has its proper answer.
    let first = table.after(0).await?;
    let name = format!("attachment; filename=\"job-{}-errors.csv\"", table.seq);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    let head = rows(&first, true).map_err(|error| Fault(Error::internal(error)))?;
    let head = stream::iter([Ok(Bytes::from(head))]);
    let rest = stream::try_unfold((table, last_row(&first)), |(table, last)| async move {
        let Some(last) = last else {
            return Ok(None);
        };
        let part = table.after(last).await.map_err(broken_off)?;
        let text = rows(&part, false).map_err(std::io::Error::other)?;
        Ok::<_, std::io::Error>(Some((Bytes::from(text), (table, last_row(&part)))))
    });
    Ok((headers, Body::from_stream(head.chain(rest))).into_response())
}

struct Table {
    fusion: Fusion,
    actor: Arc<Actor>,
    seq: JobSeq,
}

impl Table {
    /// The errors behind a row.
    async fn after(&self, row: u64) -> Result<Vec<JobError>, Error> {
        let engine = &self.fusion.engine;
        engine.job_errors_after(&self.actor, self.seq, row, PART).await
    }
}

/// The row behind which the next part begins; none if nothing can follow.
fn last_row(part: &[JobError]) -> Option<u64> {
    part.last().and_then(|error| error.row)
}

/// The answer is under way: all that can be done is to break it off.
fn broken_off(error: Error) -> std::io::Error {
    std::io::Error::other(error.message().to_owned())
}

fn rows(errors: &[JobError], with_head: bool) -> csv::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_head {
        writer.write_record(COLUMNS)?;
    }
    for error in errors {
        let row = error.row.map(|row| row.to_string()).unwrap_or_default();
        let given = error.request_data_id.as_ref().map_or("", |id| id.get());
        // A string without its quotes: the column is read by people and spreadsheets.
        let given = serde_json::from_str::<String>(given).unwrap_or_else(|_| given.to_owned());
        let field = error.field.as_deref().unwrap_or_default();
        let messages = error.messages.join("; ");
        writer.write_record([&row, &given, &error.code, field, &messages])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}
