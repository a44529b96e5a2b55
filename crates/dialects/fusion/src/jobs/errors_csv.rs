//! `GET /api/v2/jobs/{id}/errors.csv`: everything that went wrong, as one table.
//!
//! The answer is written page by page while it is sent, so its length costs no memory.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use edge::{Caller, Fault, Path};
use engine::jobs::JobError;
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use model::{Actor, Error, JobSeq, Page, PageOf};

use super::seq;
use crate::Fusion;
use crate::paging::MAX_SIZE;

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
    // The first page goes ahead, so that a job that is not there has its proper answer.
    let first = table.page(1).await?;
    let name = format!("attachment; filename=\"job-{}-errors.csv\"", table.seq);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    let pages = stream::try_unfold((table, 1, Some(first)), |(table, number, ahead)| async move {
        let page = match ahead {
            Some(page) => page,
            None => table.page(number).await.map_err(broken_off)?,
        };
        if page.entries.is_empty() && number > 1 {
            return Ok(None);
        }
        let text = rows(&page.entries, number == 1).map_err(std::io::Error::other)?;
        Ok::<_, std::io::Error>(Some((Bytes::from(text), (table, number + 1, None))))
    });
    Ok((headers, Body::from_stream(pages)).into_response())
}

struct Table {
    fusion: Fusion,
    actor: Arc<Actor>,
    seq: JobSeq,
}

impl Table {
    async fn page(&self, number: u64) -> Result<PageOf<JobError>, Error> {
        let page = Page {
            number,
            size: MAX_SIZE,
        };
        self.fusion.engine.job_errors(&self.actor, self.seq, page).await
    }
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
