//! `GET /api/v2/jobs`: the documented listing.

use axum::Json;
use axum::extract::State;
use edge::{Caller, Fault, Query};
use engine::jobs::{JobFilter, TimeRange};
use model::{Error, JobSeq, PageOf, RequestId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::Entry;
use crate::Fusion;
use crate::paging::{Paged, page};
use crate::time::{Bound, read};

/// The documented filters; others are passed over.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filters {
    /// Page number. Default is 1.
    page: Option<u64>,
    /// Number of objects in one response. Default is 50, at most 1000.
    per_page: Option<u64>,
    /// ID of the job.
    id: Option<i64>,
    /// Request ID of the job.
    request_id: Option<String>,
    /// The submitter of the job.
    created_by: Option<String>,
    /// ISO 8601, inclusive; without an offset it is UTC.
    created_time_from: Option<String>,
    /// ISO 8601, inclusive.
    created_time_to: Option<String>,
    /// ISO 8601, inclusive.
    updated_time_from: Option<String>,
    /// ISO 8601, inclusive.
    updated_time_to: Option<String>,
}

/// Jobs that the caller may see, newest first.
#[utoipa::path(get, path = "/api/v2/jobs", tag = "jobs", params(Filters),
    responses((status = 200, description = "A page of jobs.", body = Paged<Entry>)))]
pub(super) async fn list(
    State(fusion): State<Fusion>,
    Caller(actor): Caller,
    Query(filters): Query<Filters>,
) -> Result<Json<Paged<Entry>>, Fault> {
    let page = page(filters.page, filters.per_page)?;
    let Some(filter) = filters.into_filter()? else {
        let none = PageOf {
            entries: Vec::new(),
            total: 0,
        };
        return Ok(Json(Paged::new(page, none)));
    };
    let found = fusion.engine.jobs(&actor, filter, page).await?;
    let entries = found.entries.iter().map(|job| Entry::new(job, &fusion.zone));
    let entries = entries.collect::<Result<_, Error>>()?;
    let total = found.total;
    Ok(Json(Paged::new(page, PageOf { entries, total })))
}

impl Filters {
    /// The filter; none if no job can match it, because no request id is spelled so.
    fn into_filter(self) -> Result<Option<JobFilter>, Error> {
        let range = |what: &str, from: Option<&str>, to: Option<&str>| {
            Ok::<_, Error>(TimeRange {
                from: read(&format!("{what}_time_from"), from, Bound::From)?,
                to: read(&format!("{what}_time_to"), to, Bound::To)?,
            })
        };
        let created = range(
            "created",
            self.created_time_from.as_deref(),
            self.created_time_to.as_deref(),
        )?;
        let updated = range(
            "updated",
            self.updated_time_from.as_deref(),
            self.updated_time_to.as_deref(),
        )?;
        let request_id = match self.request_id.as_deref().map(str::parse::<RequestId>) {
            Some(Err(_)) => return Ok(None),
            Some(Ok(id)) => Some(id),
            None => None,
        };
        Ok(Some(JobFilter {
            seq: self.id.map(JobSeq),
            request_id,
            run_by: self.created_by,
            created,
            updated,
            ..JobFilter::default()
        }))
    }
}
