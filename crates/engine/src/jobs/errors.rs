//! What went wrong in a job, in one form for jobs of every kind.

use model::job::{Item, ItemState};
use model::{Actor, Error, Job, JobSeq, Page, PageOf};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{is_failure, seen};
use crate::Engine;
use crate::imports::{ImportInfo, ItemDetail};

/// The states of items that are errors.
const ERRORS: [ItemState; 2] = [ItemState::Failed, ItemState::Blocked];

/// One thing that went wrong.
#[derive(Clone, Debug)]
pub struct JobError {
    /// Which unit of work, from 1; none when it is the job as a whole.
    pub row: Option<u64>,
    /// The sender's own id of the unit, as JSON.
    pub request_data_id: Option<Box<RawValue>>,
    /// The name of the error.
    pub code: String,
    /// The field at fault.
    pub field: Option<String>,
    /// What is wrong, in sentences.
    pub messages: Vec<String>,
}

/// How many errors [`Engine::job_errors`] lists in all.
pub fn error_count(job: &Job) -> u64 {
    job.counts.failed.max(u64::from(is_failure(job)))
}

impl Engine {
    /// What went wrong in a job, in the order of its work. A job that failed or was rejected without any failed item
    /// has one error, that of the job. Skips over the pages before this one, so whoever wants all errors takes
    /// [`Engine::job_errors_after`].
    ///
    /// # Errors
    /// `not-found`, also when `actor` may not see it.
    pub async fn job_errors(
        &self,
        actor: &Actor,
        seq: JobSeq,
        page: Page,
    ) -> Result<PageOf<JobError>, Error> {
        let actor = actor.clone();
        self.store()
            .read(move |tx| {
                let job = seen(tx, &actor, seq)?;
                let items = tx.items(seq, &ERRORS, page)?;
                if items.total == 0 && is_failure(&job) {
                    let whole = whole_job(&job)?;
                    let entries = if page.number == 1 { vec![whole] } else { Vec::new() };
                    return Ok(PageOf { entries, total: 1 });
                }
                Ok(items.map(of_item))
            })
            .await
    }

    /// The errors behind a row, at most `limit`; from the first one on behind row 0. Takes the same time wherever it
    /// begins.
    ///
    /// # Errors
    /// As [`Engine::job_errors`].
    pub async fn job_errors_after(
        &self,
        actor: &Actor,
        seq: JobSeq,
        row: u64,
        limit: u64,
    ) -> Result<Vec<JobError>, Error> {
        let actor = actor.clone();
        self.store()
            .read(move |tx| {
                let job = seen(tx, &actor, seq)?;
                // Rows count from 1, items from 0.
                let items = tx.items_from(seq, &ERRORS, row, limit)?;
                if items.is_empty() && row == 0 && is_failure(&job) {
                    return Ok(vec![whole_job(&job)?]);
                }
                Ok(items.into_iter().map(of_item).collect())
            })
            .await
    }
}

/// The error of a job as a whole.
fn whole_job(job: &Job) -> Result<JobError, Error> {
    let problems = ImportInfo::of(job)?.map(|import| import.problems);
    let problems = problems.unwrap_or_default();
    let field = match problems.as_slice() {
        [only] => Some(only.field.clone()),
        _ => None,
    };
    let messages = if problems.is_empty() {
        job.error.iter().cloned().collect()
    } else {
        problems.into_iter().map(|problem| problem.message).collect()
    };
    Ok(JobError {
        row: None,
        request_data_id: None,
        code: format!("job-{}", job.status.as_str()),
        field,
        messages,
    })
}

/// What the other kinds of jobs keep about a failed item.
#[derive(Deserialize)]
struct Sentence {
    error: String,
}

fn of_item(item: Item) -> JobError {
    let text = item.detail.unwrap_or_default();
    // Members that a kind does not know are none of its own.
    let mut detail: ItemDetail = serde_json::from_str(&text).unwrap_or_default();
    if let Ok(sentence) = serde_json::from_str::<Sentence>(&text) {
        detail.messages.push(sentence.error);
    }
    let code = match item.state {
        ItemState::Blocked => "operation-blocked",
        _ => "operation-failed",
    };
    JobError {
        row: Some(item.number + 1),
        request_data_id: detail.request_data_id,
        code: detail.code.unwrap_or_else(|| code.to_owned()),
        field: detail.field,
        messages: detail.messages,
    }
}
