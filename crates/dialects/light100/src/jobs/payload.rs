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

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum FailedPayload {
    Operation(OperationPayload),
    File(FilePayload),
}

#[derive(Serialize, ToSchema)]
struct OperationPayload {
    /// The article's fields as they were sent.
    #[serde(rename = "articleData")]
    #[schema(value_type = Object)]
    article_data: Option<Box<RawValue>>,
    file: String,
    operation: Option<String>,
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

fn of_file(file: String) -> FilePayload {
    FilePayload {
        file,
        queued: queued(FILES),
    }
}

impl FileJob {
    /// A job that waits or runs.
    pub(super) fn new(job: &Job) -> Result<Self, Error> {
        let payload = of_file(Engine::delta_file(job)?);
        Ok(Self { payload })
    }
}

impl From<DeltaFailure> for FailedJob {
    fn from(failure: DeltaFailure) -> Self {
        let DeltaFailure { file, failed } = failure;
        let payload = if failed.whole_file {
            FailedPayload::File(of_file(file))
        } else {
            FailedPayload::Operation(OperationPayload {
                article_data: failed.article_data,
                file,
                operation: failed.operation,
                queued: queued(OPERATIONS),
            })
        };
        Self {
            errors: vec![failed.error],
            payload,
        }
    }
}
