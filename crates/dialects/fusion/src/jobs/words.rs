//! The document's words for the state of a job.

use model::Job;
use model::job::Status;

/// The documented status.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Received => "request_received",
        Status::Rejected => "fail_to_receive",
        Status::Pending | Status::Stopped => "ready_to_process",
        Status::Running | Status::Stopping => "processing",
        Status::Cancelled => "canceled",
        Status::Finished => "complete",
        Status::Failed => "fail_to_process",
    }
}

/// The documented result.
pub(super) fn result(job: &Job) -> &'static str {
    match job.status {
        Status::Finished if job.has_errors() => "Failure",
        Status::Finished => "Success",
        Status::Rejected | Status::Failed | Status::Cancelled => "Failure",
        Status::Received | Status::Pending | Status::Running | Status::Stopping | Status::Stopped => {
            "Pending"
        }
    }
}
