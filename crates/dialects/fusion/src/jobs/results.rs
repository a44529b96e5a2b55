//! `GET /api/v2/jobs/{id}/results`: how each record went, page by page.

use axum::Json;
use axum::extract::State;
use edge::{Caller, Fault, Path, Query};
use engine::jobs::{JobResult, Object};
use model::job::ItemState;
use model::{Error, PageOf};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::errors::Paging;
use super::seq;
use crate::Fusion;
use crate::paging::{Paged, page};

/// How one record went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RowResult {
    /// The client's own id of the record.
    #[schema(value_type = Option<String>)]
    _request_data_id: Option<Box<RawValue>>,
    /// `Success`, `Failure` or `Blocked`.
    #[schema(example = "Success")]
    status: &'static str,
    /// The record's id; null if it had none that could be read.
    id: Option<String>,
    /// The record as it is now, null if it is not there; only with `object_in_response`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    object: Option<Box<RawValue>>,
}

/// How each record of a job went, in the order in which they were sent.
#[utoipa::path(get, path = "/api/v2/jobs/{id}/results", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number"), Paging),
    responses((status = 200, description = "A page of results.", body = Paged<RowResult>)))]
pub(super) async fn results(
    State(fusion): State<Fusion>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<Paged<RowResult>>, Fault> {
    let page = page(paging.page, paging.per_page)?;
    let found = fusion.engine.job_results(&actor, seq(&id)?, page).await?;
    let entries = found.entries.into_iter().map(RowResult::new);
    let entries = entries.collect::<Result<_, Error>>()?;
    let total = found.total;
    Ok(Json(Paged::new(page, PageOf { entries, total })))
}

impl RowResult {
    fn new(result: JobResult) -> Result<Self, Error> {
        Ok(Self {
            _request_data_id: result.request_data_id,
            status: match result.state {
                ItemState::Done => "Success",
                ItemState::Failed => "Failure",
                ItemState::Blocked => "Blocked",
            },
            id: result.key,
            object: result.object.map(|object| raw(&object)).transpose()?,
        })
    }
}

fn raw(object: &Object) -> Result<Box<RawValue>, Error> {
    let text = match object {
        Object::Present(body) => body.to_text().map_err(Error::internal)?,
        Object::Gone => "null".to_owned(),
    };
    RawValue::from_string(text).map_err(Error::internal)
}
