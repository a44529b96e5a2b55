//! `GET /status/jobs`: jobs that the caller may see, newest first.

use axum::response::Response;
use edge::Fault;
use engine::accounts::RestPart;
use engine::jobs::{JobFilter, TimeRange};
use model::{Class, Error, JobSeq, Page};

use super::{id_of, view, words};
use crate::answer::{self, Paged};
use crate::call::Call;
use crate::parameters::{Parameters, bad};

const KNOWN: [&str; 9] = [
    "type",
    "status",
    "hasErrors",
    "startFrom",
    "startTo",
    "endFrom",
    "endTo",
    "createFrom",
    "createTo",
];
const USUAL: u64 = 20;
const LARGEST: u64 = 1000;

/// A page of jobs.
pub(super) async fn list(call: Call) -> Result<Response, Fault> {
    call.require(RestPart::Jobs)?;
    let parameters = Parameters::read(call.query(), &KNOWN)?;
    let size = parameters.size(USUAL, LARGEST)?;
    let mut filter = filter(&parameters)?;
    if let Some(offset) = parameters.text("_offset") {
        filter.behind = Some(place(&call, offset).await?);
    }
    let found = call
        .slingr
        .engine
        .jobs(&call.actor, filter, Page::first(size))
        .await?;
    let page = Paged {
        total: found.total,
        offset: found.entries.last().map(|job| job.id.as_str().to_owned()),
        items: view::many(&call, found.entries).await?,
    };
    Ok(answer::json(&page)?)
}

fn filter(parameters: &Parameters) -> Result<JobFilter, Error> {
    let range = |what: &str| {
        Ok::<_, Error>(TimeRange {
            from: parameters.time(&format!("{what}From"))?,
            to: parameters.time(&format!("{what}To"))?,
        })
    };
    let types = parameters.words("type");
    let kinds = types.map(|words| {
        words
            .into_iter()
            .map(words::kinds_of)
            .collect::<Result<Vec<_>, _>>()
    });
    let statuses = parameters.words("status");
    let statuses = statuses.map(|words| {
        words
            .into_iter()
            .map(words::statuses)
            .collect::<Result<Vec<_>, _>>()
    });
    Ok(JobFilter {
        kinds: kinds.transpose()?.map(|named| named.concat()),
        statuses: statuses.transpose()?.map(|named| named.concat()),
        has_errors: parameters.boolean("hasErrors")?,
        started: range("start")?,
        ended: range("end")?,
        created: range("create")?,
        ..JobFilter::default()
    })
}

/// The place of the job that a page begins behind.
async fn place(call: &Call, offset: &str) -> Result<JobSeq, Error> {
    let unknown = || bad("_offset", "the id of a job", offset);
    let id = id_of(offset).map_err(|_| unknown())?;
    let found = call.slingr.engine.job_by_id(&call.actor, &id).await;
    match found {
        Ok(job) => Ok(job.seq),
        Err(error) if error.class() == Class::NotFound => Err(unknown()),
        Err(error) => Err(error),
    }
}
