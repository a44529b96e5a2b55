//! Jobs as the queue of the documented system shows them.
//!
//! A file is one job of the queue `delta-file`, an operation one of `delta-article`. Numbers of tries and the like are
//! the documented ones; clients compare whole objects.

use engine::Engine;
use engine::deltas::DeltaFailure;
use model::{Error, Job};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A file in the queue.
#[derive(Serialize, ToSchema)]
pub(super) struct FileJob {
    payload: FilePayload,
}

#[derive(Serialize, ToSchema)]
struct FilePayload {
    file: String,
    #[serde(flatten)]
    queued: Queued,
}

/// What is the same for all jobs of a queue.
#[derive(Serialize, ToSchema)]
struct Queued {
    tries: u8,
    /// In seconds.
    timeout: u16,
    #[serde(rename = "failOnTimeout")]
    fail_on_timeout: bool,
    /// `delta-file` or `delta-article`.
    #[schema(value_type = String)]
    queue: &'static str,
    middleware: Vec<String>,
    chained: Vec<String>,
}

/// What failed, and why.
#[derive(Serialize, ToSchema)]
pub(super) struct FailedJob {
    errors: Vec<String>,
    payload: FailedPayload,
}

/// An operation, or a file as a whole, which has neither `articleData` nor `operation`.
#[derive(Serialize, ToSchema)]
struct FailedPayload {
    /// The article's fields as they were sent; null when none were.
    #[serde(rename = "articleData", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    article_data: Option<Option<Box<RawValue>>>,
    file: String,
    /// The operation's name as it was sent; null when none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    operation: Option<Option<String>>,
    #[serde(flatten)]
    queued: Queued,
}

const FILES: (&str, u16) = ("delta-file", 300);
const OPERATIONS: (&str, u16) = ("delta-article", 60);

fn queued((queue, timeout): (&'static str, u16)) -> Queued {
    Queued {
        tries: 1,
        timeout,
        fail_on_timeout: true,
        queue,
        middleware: Vec::new(),
        chained: Vec::new(),
    }
}

impl FileJob {
    /// A job that waits or runs.
    pub(super) fn new(job: &Job) -> Result<Self, Error> {
        let payload = FilePayload {
            file: Engine::delta_file(job)?,
            queued: queued(FILES),
        };
        Ok(Self { payload })
    }
}

impl From<DeltaFailure> for FailedJob {
    fn from(failure: DeltaFailure) -> Self {
        let DeltaFailure { file, failed } = failure;
        let is_operation = !failed.whole_file;
        let payload = FailedPayload {
            article_data: is_operation.then_some(failed.article_data),
            file,
            operation: is_operation.then_some(failed.operation),
            queued: queued(if is_operation { OPERATIONS } else { FILES }),
        };
        Self {
            errors: vec![failed.error],
            payload,
        }
    }
}
