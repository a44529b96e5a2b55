//! Calls on the queue of delta jobs: what waits, what failed, what went well; clearing and flushing. One file per call.

pub(crate) mod clear;
pub(crate) mod clear_successful;
pub(crate) mod failed_articles;
pub(crate) mod failed_files;
pub(crate) mod failed_job;
pub(crate) mod failed_jobs;
pub(crate) mod files;
pub(crate) mod flush;
pub(crate) mod job;
#[expect(clippy::module_inception, reason = "the call is named like its noun")]
pub(crate) mod jobs;
mod payload;
pub(crate) mod successful_files;

use engine::Engine;
use model::{Error, Job, PageOf};

/// The files of a page of jobs.
fn files_of(found: PageOf<Job>) -> Result<(Vec<String>, u64), Error> {
    let files = found
        .entries
        .iter()
        .map(Engine::delta_file)
        .collect::<Result<_, _>>()?;
    Ok((files, found.total))
}
