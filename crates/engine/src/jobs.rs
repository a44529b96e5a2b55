//! Jobs as callers see and steer them, whatever dialect they came in by.
//!
//! Admins and developers see all jobs, others only their own; a job that a caller may not see is not there for him.
//! Parameters and details of items are JSON that only the kind of job understands; what all dialects show of them is
//! worked out here.

mod errors;
mod results;
mod steer;
mod view;

use model::job::Status;
use model::{Actor, Error, Job, JobSeq};
use storage::ReadTx;

pub use ::jobs::Action;
pub use errors::{JobError, error_count};
pub use results::{JobResult, Object};
pub use storage::tables::jobs::{JobFilter, LogFilter, TimeRange};
pub use view::{Subject, subject};

/// Whether `actor` may see this job.
pub(crate) fn may_see(actor: &Actor, job: &Job) -> bool {
    actor.sees_all_jobs() || job.run_by == actor.email
}

/// The job in this place, if `actor` may see it.
fn seen<T: ReadTx + ?Sized>(tx: &mut T, actor: &Actor, seq: JobSeq) -> Result<Job, Error> {
    tx.job(seq)?
        .filter(|job| may_see(actor, job))
        .ok_or_else(|| Error::not_found("job", seq))
}

/// Whether the job as a whole could not be done.
fn is_failure(job: &Job) -> bool {
    matches!(job.status, Status::Rejected | Status::Failed)
}
