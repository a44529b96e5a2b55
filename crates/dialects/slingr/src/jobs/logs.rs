//! `GET /status/jobs/{id}/logs`: what a job wrote down, oldest first.
//!
//! Lines have no ids, so an offset is a number of lines to pass over. Without one the newest lines are shown, like those
//! of the app's log.

use axum::response::Response;
use edge::{Fault, Path};
use engine::accounts::RestPart;
use engine::jobs::{LogFilter, TimeRange};
use model::job::{Level, LogLine};
use model::{Error, JobSeq, Page};
use serde::Serialize;

use super::id_of;
use crate::answer::{self, Paged};
use crate::call::{Call, One};
use crate::logs::words::span;
use crate::parameters::{Parameters, bad};

const KNOWN: [&str; 5] = ["period", "from", "to", "level", "message"];
const USUAL: u64 = 200;
const LARGEST: u64 = 1000;

#[derive(Serialize)]
struct Line {
    timestamp: i64,
    level: &'static str,
    message: String,
}

/// Lines of a job's log.
pub(super) async fn logs(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    call.require(RestPart::Jobs)?;
    let engine = &call.slingr.engine;
    let job = engine.job_by_id(&call.actor, &id_of(&id)?).await?;
    let parameters = Parameters::read(call.query(), &KNOWN)?;
    let size = parameters.size(USUAL, LARGEST)?;
    let mut filter = filter(&call, &parameters)?;
    filter.skip = match parameters.count("_offset")? {
        Some(skip) => skip,
        None => total(&call, job.seq, &filter).await?.saturating_sub(size),
    };
    let skipped = filter.skip;
    let found = engine
        .job_logs(&call.actor, job.seq, filter, Page::first(size))
        .await?;
    let next = skipped + found.entries.len() as u64;
    let page = Paged {
        total: found.total,
        offset: (!found.entries.is_empty()).then(|| next.to_string()),
        items: found.entries.into_iter().map(line).collect(),
    };
    Ok(answer::json(&page)?)
}

fn filter(call: &Call, parameters: &Parameters) -> Result<LogFilter, Error> {
    let (from, to) = span(&call.slingr.engine, parameters)?;
    let level = |word: &str| match word {
        // Jobs write nothing of that level, and a filter may name it.
        "DEBUG" => Ok(None),
        word => Level::parse(word)
            .map(Some)
            .ok_or_else(|| bad("level", "INFO, WARN or ERROR", word)),
    };
    let levels = parameters.words("level");
    let levels = levels.map(|words| words.into_iter().map(level).collect::<Result<Vec<_>, Error>>());
    Ok(LogFilter {
        levels: levels
            .transpose()?
            .map(|levels| levels.into_iter().flatten().collect()),
        text: parameters.text("message").map(str::to_owned),
        on: TimeRange { from, to },
        ..LogFilter::default()
    })
}

async fn total(call: &Call, job: JobSeq, filter: &LogFilter) -> Result<u64, Error> {
    let none = Page { number: 1, size: 0 };
    let found = call
        .slingr
        .engine
        .job_logs(&call.actor, job, filter.clone(), none)
        .await?;
    Ok(found.total)
}

fn line(line: LogLine) -> Line {
    Line {
        timestamp: line.on.0,
        level: line.level.as_str(),
        message: line.message,
    }
}
