//! The three forms in which a job is shown: in listings, alone, and as the answer to its creation.

use engine::jobs::{error_count, subject};
use jiff::tz::TimeZone;
use model::{Detail, Error, Job};
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::words;
use crate::error::FieldError;
use crate::time::show;

const FORMAT: &str = "json";
const METHOD: &str = "api";

/// A job in a listing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Entry {
    /// The job's number.
    #[schema(example = 429)]
    id: i64,
    /// The id of the request that made it.
    #[schema(example = "2e2b36a6-e6f7-42ae-a388-e53bfa2626be")]
    request_id: String,
    /// What its records are called; null if it is about no one kind of record.
    #[schema(example = "Category")]
    entity: Option<String>,
    /// `request_received`, `fail_to_receive`, `ready_to_process`, `processing`, `fail_to_process`, `canceled` or
    /// `complete`.
    #[schema(example = "complete")]
    status: &'static str,
    /// Share done, 0 to 1; an integer when whole.
    #[schema(value_type = f64, example = 1)]
    percent_completed: Number,
    /// What it does with the records: `insert`, `update`, `upsert`, `delete`, `reset`, `import`, `export`, `action` or
    /// `delta`; null if a rejected body named none.
    #[schema(example = "insert")]
    operation: Option<String>,
    /// When it was accepted.
    #[schema(example = "2016-05-30T14:55:57.316+10:00")]
    created_at: String,
    /// When anything about it changed last.
    #[schema(example = "2016-05-30T14:55:58.671+10:00")]
    updated_at: String,
    /// Who asked for it.
    #[schema(example = "test@fusionfactory.com")]
    created_by: String,
    /// How many errors it had.
    error_count: u64,
    /// `Success`, `Failure` or `Pending`.
    #[schema(example = "Success")]
    result: &'static str,
}

/// A job alone.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Single {
    #[serde(flatten)]
    entry: Entry,
    /// The format of what it reads.
    format: &'static str,
    /// The name or address of the file that it reads.
    file_name: Option<String>,
    /// How it came in.
    import_method: &'static str,
    /// The upload that it was made from; there are none here.
    file_upload_id: Option<u64>,
}

/// The answer to the creation of a job.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Created {
    /// The job's number.
    id: i64,
    /// The id of the request that made it.
    request_id: String,
    /// The entity as it was named.
    entity: Option<String>,
    /// The format of what it reads.
    format: &'static str,
    /// As in the listing.
    status: &'static str,
    /// As in the listing.
    #[schema(value_type = f64)]
    percent_completed: Number,
    /// The name of the file that it reads.
    file_name: Option<String>,
    /// The operation as it was named.
    operation: Option<String>,
    /// When it was accepted.
    created_at: String,
    /// When anything about it changed last.
    updated_at: String,
    /// The job's id in other dialects: 24 hex digits.
    #[schema(example = "574bc6dd0c4b8f1a2d3e4f50")]
    sidekiq_job_id: String,
    /// Who asked for it.
    created_by: String,
    /// How many errors it had.
    error_count: u64,
    /// How it came in.
    import_method: &'static str,
    /// The upload that it was made from; there are none here.
    file_upload_id: Option<u64>,
}

/// The answer to a body that cannot be taken: the rejected job and what is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Refused {
    #[serde(flatten)]
    job: Created,
    /// What is wrong, in a sentence.
    error: String,
    /// The complaints by field.
    details: Vec<FieldError>,
}

impl Entry {
    pub(super) fn new(job: &Job, zone: &TimeZone) -> Result<Self, Error> {
        let subject = subject(job)?;
        Ok(Self {
            id: job.seq.0,
            request_id: job.request_id.as_str().to_owned(),
            entity: subject.entity,
            status: words::status(job.status),
            percent_completed: share(job.progress),
            operation: subject.operation,
            created_at: show(job.created, zone),
            updated_at: show(job.updated, zone),
            created_by: job.run_by.clone(),
            error_count: error_count(job),
            result: words::result(job),
        })
    }
}

impl Single {
    pub(super) fn new(job: &Job, zone: &TimeZone) -> Result<Self, Error> {
        Ok(Self {
            entry: Entry::new(job, zone)?,
            format: FORMAT,
            file_name: subject(job)?.file,
            import_method: METHOD,
            file_upload_id: None,
        })
    }
}

impl Created {
    pub(super) fn new(job: &Job, zone: &TimeZone) -> Result<Self, Error> {
        let Single { entry, file_name, .. } = Single::new(job, zone)?;
        Ok(Self {
            id: entry.id,
            request_id: entry.request_id,
            entity: entry.entity,
            format: FORMAT,
            status: entry.status,
            percent_completed: entry.percent_completed,
            file_name,
            operation: entry.operation,
            created_at: entry.created_at,
            updated_at: entry.updated_at,
            sidekiq_job_id: job.id.as_str().to_owned(),
            created_by: entry.created_by,
            error_count: entry.error_count,
            import_method: METHOD,
            file_upload_id: None,
        })
    }
}

impl Refused {
    pub(super) fn new(job: &Job, problems: &[Detail], zone: &TimeZone) -> Result<Self, Error> {
        Ok(Self {
            job: Created::new(job, zone)?,
            error: job.error.clone().unwrap_or_default(),
            details: problems.iter().map(Into::into).collect(),
        })
    }
}

/// A share with at most four decimals, never rounded up to more than is done; an integer when whole.
fn share(progress: f64) -> Number {
    let cut = (progress * 10_000.0).floor() / 10_000.0;
    if cut >= 1.0 {
        return Number::from(1);
    }
    Number::from_f64(cut)
        .filter(|_| cut > 0.0)
        .unwrap_or_else(|| Number::from(0))
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn whole_shares_are_integers_and_others_are_cut() {
        let shown =
            [0.0, 0.5, 1.0 / 3.0, 0.999_99, 1.0, 0.000_01].map(|progress| share(progress).to_string());
        assert_eq!(shown, ["0", "0.5", "0.3333", "0.9999", "1", "0"]);
    }
}
