//! Undoing what a job did to records: what can be undone and by whom, and the job that does it.
//!
//! Each line of a history names the job that wrote it, also where it only followed from what the job did (`cascade`). A
//! record whose newest line is the job's gets back what it was before; every other one that the job changed is a
//! conflict. Nothing is guessed: where no history is kept, or a part of it is gone, undoing is refused.

mod case;
mod restore;

use app::permissions::Right;
use jobs::RunnerHandle;
use model::job::{NewJob, Status};
use model::{Code, Error, HistorySeq, Job, JobId, JobSeq, Timestamp};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;
use storage::ReadTx;

use super::actions::job::KIND as ACTION;
use super::bulk_job::{KIND as DELETE, caller};
use super::catalogue::Catalogue;
use super::rights::Rights;
use super::totals::Ledger;
use super::unit::LISTENER_KIND as LISTENER;
use super::{Call, Category, EntityRef};
use crate::Engine;
use crate::sheets::IMPORT;

pub(crate) use restore::{Conflict, Outcome, Patience, Undoing};

/// The kind of the job.
pub(crate) const KIND: &str = "undo-job";
/// Its queue.
const QUEUE: &str = "records";
/// How far the clocks of servers may be apart, and the lines of a history out of order: a day.
const DISORDER: i64 = 24 * 60 * 60 * 1000;

/// What the job is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    /// The job that is undone.
    pub(crate) undone: JobSeq,
    /// Its public id.
    pub(crate) undoes: JobId,
    /// The entity that it was about, if it was about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) entity: Option<String>,
    /// It wrote nothing before this.
    pub(crate) since: Timestamp,
    /// Mail address of who undoes it.
    pub(crate) by: String,
    /// The address it came from.
    pub(crate) ip: Option<String>,
}

impl Params {
    /// The call of who undoes it, as he is now.
    pub(crate) fn call(&self, tx: &mut (impl ReadTx + ?Sized)) -> Result<Call, Error> {
        caller(tx, &self.by, self.ip.as_deref(), Category::User)
    }

    /// What undoes it, for records of one entity in one transaction.
    pub(crate) fn undoing<'a>(
        &'a self,
        (catalogue, runner): (&'a Catalogue, &'a RunnerHandle),
        entity: &'a EntityRef,
        call: &'a Call,
        (job, patience, alive_since): (JobSeq, Patience, Timestamp),
    ) -> Result<Undoing<'a>, Error> {
        let context = context(&self.undoes);
        Ok(Undoing {
            catalogue,
            runner,
            entity,
            rights: Rights::of(catalogue, entity, call)?,
            stamp: call.stamp(catalogue.env().now(), &context),
            context,
            of: self.undone,
            since: self.since,
            job,
            patience,
            alive_since,
            ledger: Rc::new(RefCell::new(Ledger::of(catalogue))),
            trail: Vec::new(),
        })
    }

    fn new_job(&self, engine: &Engine, label: &str) -> Result<NewJob, Error> {
        let env = engine.env();
        Ok(NewJob {
            id: env.new_job_id(),
            request_id: env.new_request_id(),
            kind: KIND,
            label: format!("Undoing: {label}"),
            queue: QUEUE,
            serial_key: Some(format!("{KIND}:{}", self.undone)),
            priority: 0,
            low_priority: false,
            run_by: self.by.clone(),
            parent: None,
            status: Status::Pending,
            params: crate::kinds::to_json(self)?,
            error: None,
            now: env.now(),
        })
    }
}

/// What histories say that a change came from which undid something of a job.
fn context(undone: &JobId) -> String {
    format!("jobs.{undone}.undo")
}

/// The entities whose records a job may have changed, by name: those behind `after`, the next one first.
pub(crate) fn next_entity(catalogue: &Catalogue, after: Option<&str>) -> Option<EntityRef> {
    let behind = |entity: &&EntityRef| after.is_none_or(|after| entity.name.as_str() > after);
    let keeps = |entity: &&EntityRef| entity.audit.is_on();
    catalogue.entities().filter(behind).find(keeps).cloned()
}

/// What somebody must be allowed on records of the entity who undoes a job of this kind; none: it cannot be undone.
fn needed(kind: &str) -> Option<&'static [Right<'static>]> {
    match kind {
        DELETE => Some(&[Right::Create]),
        IMPORT => Some(&[Right::Update, Right::Delete]),
        ACTION | LISTENER => Some(&[Right::Update]),
        _ => None,
    }
}

/// The entity that a job is about.
fn entity_of(job: &Job) -> Option<String> {
    let params: serde_json::Value = serde_json::from_str(&job.params).ok()?;
    let key = if job.kind == LISTENER { "of" } else { "entity" };
    params.get(key)?.as_str().map(str::to_owned)
}

impl Engine {
    /// Hands in the job that undoes what another one did to records.
    ///
    /// # Errors
    /// `not-found`; `forbidden` for a job of somebody else's, and where the caller may not write what would be restored;
    /// `conflict` while the job has not ended; `bad-request` for a kind that cannot be undone, and where the history that
    /// is needed is not kept or not there any more.
    pub async fn undo_job(&self, call: &Call, id: &JobId) -> Result<Job, Error> {
        let job = self.job_to_steer(&call.actor, id).await?;
        let Some(needed) = needed(&job.kind) else {
            let message = format!("job {id} is of a kind that cannot be undone: {}", job.kind);
            return Err(Error::new(Code::BadRequest, message));
        };
        if !job.status.is_final() {
            let status = job.status.as_str();
            let message = format!("job {id} is {status}; only one that has ended can be undone");
            return Err(Error::new(Code::Conflict, message));
        }
        let entity = entity_of(&job);
        if let Some(name) = &entity {
            self.check_undo(call, &job, (name, needed)).await?;
        }
        let params = Params {
            undone: job.seq,
            undoes: job.id.clone(),
            entity,
            since: job.created.plus_millis(-DISORDER),
            by: call.actor.email.clone(),
            ip: call.ip.clone(),
        };
        let (new, runner) = (params.new_job(self, &job.label)?, self.runner().clone());
        let inserted = self
            .store()
            .write(move |tx| Ok::<_, Error>(runner.submit(tx, &new)?));
        Ok(inserted.await?.into_job())
    }

    async fn check_undo(
        &self,
        call: &Call,
        job: &Job,
        (name, needed): (&str, &[Right<'static>]),
    ) -> Result<(), Error> {
        let refused = |why: &str| {
            let message = format!("job {} cannot be undone: {why}", job.id);
            Error::new(Code::BadRequest, message)
        };
        let catalogue = self.catalogue()?;
        let Ok(entity) = catalogue.entity(name) else {
            return Err(refused(&format!("there is no entity {name} any more")));
        };
        let rights = Rights::of(&catalogue, entity, call)?;
        for right in needed {
            rights.check(*right)?;
        }
        if !entity.audit.is_on() {
            return Err(refused(&format!("{name} keeps no history")));
        }
        let collection = entity.collection();
        let first = self.store().read(move |tx| {
            let oldest = tx.history_after(collection, HistorySeq(0), 1)?.pop();
            Ok::<_, Error>(oldest)
        });
        // Places begin with 1, and pruning begins there.
        let first = first.await?;
        if first.is_some_and(|first| first.seq.0 > 1 && first.stamp.on >= job.created) {
            let why = format!("the history of {name} does not go back as far any more");
            return Err(refused(&why));
        }
        Ok(())
    }
}
