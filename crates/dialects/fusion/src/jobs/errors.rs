//! `GET /api/v2/jobs/{id}/errors`: what went wrong, page by page.

use axum::Json;
use axum::extract::State;
use edge::{Caller, Fault, Path, Query};
use engine::jobs::JobError;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::seq;
use crate::Fusion;
use crate::paging::{Paged, page};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// Page number. Default is 1.
    pub(super) page: Option<u64>,
    /// Number of objects in one response. Default is 50, at most 1000.
    pub(super) per_page: Option<u64>,
}

/// One thing that went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RowError {
    /// Which record, from 1; null when it is the job as a whole.
    row: Option<u64>,
    /// The client's own id of the record.
    #[schema(value_type = Option<String>)]
    _request_data_id: Option<Box<RawValue>>,
    /// The name of the error.
    #[schema(example = "already-exists")]
    code: String,
    /// The field at fault.
    field: Option<String>,
    /// What is wrong, in sentences.
    messages: Vec<String>,
}

/// What went wrong in a job of any kind, in the order of its work.
#[utoipa::path(get, path = "/api/v2/jobs/{id}/errors", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number"), Paging),
    responses((status = 200, description = "A page of errors.", body = Paged<RowError>)))]
pub(super) async fn errors(
    State(fusion): State<Fusion>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<Paged<RowError>>, Fault> {
    let page = page(paging.page, paging.per_page)?;
    let found = fusion.engine.job_errors(&actor, seq(&id)?, page).await?;
    Ok(Json(Paged::new(page, found.map(RowError::from))))
}

impl From<JobError> for RowError {
    fn from(error: JobError) -> Self {
        Self {
            row: error.row,
            _request_data_id: error.request_data_id,
            code: error.code,
            field: error.field,
            messages: error.messages,
        }
    }
}
