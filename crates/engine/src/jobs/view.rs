//! Looking at jobs: listings, single jobs, their items and logs, and what a job is about.

use model::job::{Item, ItemState, LogLine};
use model::{Actor, Error, Job, JobId, JobSeq, Page, PageOf, RequestId};

use super::{JobFilter, LogFilter, may_see, seen};
use crate::Engine;
use crate::imports::ImportInfo;
use crate::kinds::delta;

/// What a job is about, for listings of jobs of all kinds.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// What its records are called; none if it is about no one kind of record.
    pub entity: Option<String>,
    /// What it does with them.
    pub operation: Option<String>,
    /// The name or address of the file that it reads.
    pub file: Option<String>,
}

/// What `job` is about.
///
/// # Errors
/// Internal, when the job's parameters cannot be read.
pub fn subject(job: &Job) -> Result<Subject, Error> {
    if let Some(import) = ImportInfo::of(job)? {
        return Ok(Subject {
            entity: import.entity,
            operation: import.operation,
            file: None,
        });
    }
    if job.kind == delta::KIND {
        return Ok(Subject {
            entity: Some("Article".to_owned()),
            operation: Some("delta".to_owned()),
            file: Some(Engine::delta_file(job)?),
        });
    }
    Ok(other_subject(job))
}

/// Kinds of other dialects say it in their name, and in a parameter `entity` if they have one.
fn other_subject(job: &Job) -> Subject {
    #[derive(serde::Deserialize)]
    struct Named {
        entity: Option<String>,
    }
    let named = serde_json::from_str::<Named>(&job.params)
        .ok()
        .and_then(|params| params.entity);
    let operation = ["export", "import"]
        .into_iter()
        .find(|word| job.kind.contains(word))
        .unwrap_or("action");
    Subject {
        entity: named,
        operation: Some(operation.to_owned()),
        file: None,
    }
}

impl Engine {
    /// Jobs that match and that `actor` may see, newest first.
    ///
    /// # Errors
    /// When the store cannot be read; so for all listings here.
    pub async fn jobs(&self, actor: &Actor, mut filter: JobFilter, page: Page) -> Result<PageOf<Job>, Error> {
        filter.visible_to = (!actor.sees_all_jobs()).then(|| actor.email.clone());
        self.store().read(move |tx| Ok(tx.jobs(&filter, page)?)).await
    }

    /// The job in this place.
    ///
    /// # Errors
    /// `not-found` that names it, also when `actor` may not see it.
    pub async fn job(&self, actor: &Actor, seq: JobSeq) -> Result<Job, Error> {
        let actor = actor.clone();
        self.store().read(move |tx| seen(tx, &actor, seq)).await
    }

    /// The job with this public id.
    ///
    /// # Errors
    /// As [`Engine::job`].
    pub async fn job_by_id(&self, actor: &Actor, id: &JobId) -> Result<Job, Error> {
        let (actor, id) = (actor.clone(), id.clone());
        self.store()
            .read(move |tx| {
                let found = tx.job_by_id(&id)?.filter(|job| may_see(&actor, job));
                found.ok_or_else(|| Error::not_found("job", &id))
            })
            .await
    }

    /// The job that this request made.
    ///
    /// # Errors
    /// As [`Engine::job`].
    pub async fn job_by_request(&self, actor: &Actor, id: &RequestId) -> Result<Job, Error> {
        let (actor, id) = (actor.clone(), id.clone());
        self.store()
            .read(move |tx| {
                let found = tx.job_by_request(&id)?.filter(|job| may_see(&actor, job));
                found.ok_or_else(|| Error::not_found("job of request", id.as_str()))
            })
            .await
    }

    /// Items of a job in order; of all states if none is named.
    ///
    /// # Errors
    /// As [`Engine::job`].
    pub async fn job_items(
        &self,
        actor: &Actor,
        seq: JobSeq,
        states: &[ItemState],
        page: Page,
    ) -> Result<PageOf<Item>, Error> {
        let (actor, states) = (actor.clone(), states.to_vec());
        self.store()
            .read(move |tx| {
                seen(tx, &actor, seq)?;
                Ok(tx.items(seq, &states, page)?)
            })
            .await
    }

    /// Lines of a job's log, oldest first.
    ///
    /// # Errors
    /// As [`Engine::job`].
    pub async fn job_logs(
        &self,
        actor: &Actor,
        seq: JobSeq,
        filter: LogFilter,
        page: Page,
    ) -> Result<PageOf<LogLine>, Error> {
        let actor = actor.clone();
        self.store()
            .read(move |tx| {
                seen(tx, &actor, seq)?;
                Ok(tx.logs(seq, &filter, page)?)
            })
            .await
    }
}
