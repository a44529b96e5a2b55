//! What the job that deletes many records does: which ones come next, and the deletion of one.

use std::ops::ControlFlow;
use std::sync::Arc;

use app::DataEventKind;
use app::permissions::Right;
use jobs::RunnerHandle;
use jsonb::{Jsonb, Value};
use model::job::{NewJob, Status};
use model::{Actor, Code, Env, Error, Stamp, Timestamp};
use query::{Direction, Filter};
use serde::{Deserialize, Serialize};
use storage::tables::records::{Expect, Removal, Written};
use storage::{ReadTx, Tx};

use super::cascade::Referrers;
use super::catalogue::Catalogue;
use super::files::let_all_go;
use super::list::checked_filter;
use super::prepare::missing_record;
use super::references::id_of;
use super::rights::Rights;
use super::stored_condition::Stored;
use super::totals::Ledger;
use super::unit::{Event, Removing, Unit, tell_later};
use super::write::is_heard;
use super::{Call, Category, EntityRef};

/// The kind of the job.
pub(crate) const KIND: &str = "records.delete";
/// Its queue.
pub(crate) const QUEUE: &str = "records";
/// Records that are looked at in one go.
const LOOKED_AT: u64 = 5_000;

/// What the job is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    /// The entity.
    pub(crate) entity: String,
    /// These records; none: those of the filter.
    pub(crate) ids: Option<Vec<String>>,
    /// Those that meet it; none: all.
    pub(crate) filter: Option<Stored>,
    /// Mail address of who deletes them.
    pub(crate) by: String,
    /// The address it came from.
    pub(crate) ip: Option<String>,
    /// Whether listeners hear of it.
    pub(crate) trigger_events: bool,
    /// Whether those that refer to the records are dealt with.
    pub(crate) cascade: bool,
    /// Whether a script deletes them, past permissions.
    #[serde(default)]
    pub(crate) by_script: bool,
}

/// The call of a user, as he is now.
pub(crate) fn caller(
    tx: &mut (impl ReadTx + ?Sized),
    email: &str,
    ip: Option<&str>,
    category: Category,
) -> Result<Call, Error> {
    let actor = match email {
        // The server itself, which only scripts act for.
        "" if category != Category::User => Actor::default(),
        email => {
            let gone = || Error::new(Code::Forbidden, format!("the user {email} is not there any more"));
            let user = tx.user_by_email(email)?.ok_or_else(gone)?;
            Actor {
                user: user.id,
                email: user.email,
                name: user.name,
                roles: user.roles,
                guid: user.guid,
                groups: user.groups,
                oid: user.oid,
                ..Actor::default()
            }
        }
    };
    Ok(Call {
        actor: Arc::new(actor),
        ip: ip.map(str::to_owned),
        category,
    })
}

/// The records that come next, and from where to look on; none at the end.
pub(crate) struct Next {
    pub(crate) ids: Vec<String>,
    pub(crate) after: Option<String>,
}

impl Params {
    /// The call of who deletes the records, as he is now.
    pub(crate) fn call(&self, tx: &mut (impl ReadTx + ?Sized)) -> Result<Call, Error> {
        let category = match self.by_script {
            true => Category::Script,
            false => Category::User,
        };
        caller(tx, &self.by, self.ip.as_deref(), category)
    }

    /// Whether listeners hear at once of deletions of these records.
    pub(crate) fn is_heard(&self, catalogue: &Catalogue) -> Result<bool, Error> {
        let entity = catalogue.entity(&self.entity)?;
        Ok(is_heard(entity, |kind| *kind == DataEventKind::Deleted))
    }

    /// Deletes one record within a unit of work.
    pub(crate) fn remove(&self, unit: &Unit, call: &Call, id: &str) -> Result<(), Error> {
        let removing = Removing {
            entity: unit.entity(&self.entity)?,
            id: id.to_owned(),
            call: call.clone(),
            fires: self.trigger_events,
            cascade: self.cascade,
        };
        unit.remove(&removing).map(|_| ())
    }

    /// The job.
    pub(super) fn new_job(
        &self,
        (env, now): (&Env, Timestamp),
        label: &str,
        low_priority: bool,
    ) -> Result<NewJob, Error> {
        Ok(NewJob {
            id: env.new_job_id(),
            request_id: env.new_request_id(),
            kind: KIND,
            label: format!("Deleting records of {label}"),
            queue: QUEUE,
            serial_key: None,
            priority: 0,
            low_priority,
            run_by: self.by.clone(),
            parent: None,
            status: Status::Pending,
            params: crate::kinds::to_json(self)?,
            error: None,
            now,
        })
    }

    /// Up to `most` records behind `after` that the filter names and the caller sees.
    pub(crate) fn next(
        &self,
        tx: &mut dyn ReadTx,
        catalogue: &Catalogue,
        after: Option<&str>,
        most: usize,
    ) -> Result<Next, Error> {
        let entity = catalogue.entity(&self.entity)?;
        let call = self.call(tx)?;
        let rights = Rights::of(catalogue, entity, &call)?;
        let filter = match &self.filter {
            Some(stored) => checked_filter(catalogue, entity, &call, &rights, &stored.condition()?)?,
            None => Filter::all(),
        };
        let (mut next, mut looked, mut failed) = (
            Next {
                ids: Vec::new(),
                after: None,
            },
            0,
            None,
        );
        let matches = |body: Value<'_>| {
            Ok::<_, Error>(filter.matches(body).map_err(Error::internal)? && rights.sees(body)?)
        };
        tx.walk_by_id(entity.collection(), after, Direction::Ascending, &mut |seen| {
            match matches(Value::of(seen.body)) {
                Ok(true) => next.ids.push(seen.id.to_owned()),
                Ok(false) => {}
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            looked += 1;
            if next.ids.len() < most && looked < LOOKED_AT {
                return ControlFlow::Continue(());
            }
            next.after = Some(seen.id.to_owned());
            ControlFlow::Break(())
        })?;
        failed.map_or(Ok(next), Err)
    }

    /// What deletes these records in this transaction, in the name of the caller.
    pub(crate) fn deleting<'a>(
        &self,
        tx: &mut dyn Tx,
        (catalogue, runner): (&'a Catalogue, &'a RunnerHandle),
        (call, ids): (&'a Call, &[String]),
        job: model::JobSeq,
    ) -> Result<Deleting<'a>, Error> {
        let entity = catalogue.entity(&self.entity)?;
        let referrers = match self.cascade {
            true => Some(Referrers::of(tx, (catalogue, runner), (entity, ids), job)?),
            false => None,
        };
        let context = format!("entities.{}.delete", entity.name);
        Ok(Deleting {
            entity,
            rights: Rights::of(catalogue, entity, call)?,
            stamp: call.stamp(catalogue.env().now(), &context),
            referrers,
            heard: self.trigger_events.then_some(runner),
            job,
        })
    }
}

/// Deletes records, within one transaction.
pub(crate) struct Deleting<'a> {
    entity: &'a EntityRef,
    rights: Rights<'a>,
    stamp: Stamp,
    /// None where nothing is done about those that refer to the records.
    referrers: Option<Referrers<'a>>,
    /// Where listeners that run in the background hear of it.
    heard: Option<&'a RunnerHandle>,
    job: model::JobSeq,
}

impl Deleting<'_> {
    /// Deletes one, if the caller may; a refusal has written nothing.
    pub(crate) fn one(
        &self,
        tx: &mut dyn Tx,
        ledger: &mut Ledger<'_>,
        id: &str,
    ) -> Result<Result<(), Error>, Error> {
        let body = match self.permitted(tx, id) {
            Ok(body) => body,
            Err(refused) if refused.code() == Code::Internal => return Err(refused),
            Err(refused) => return Ok(Err(refused)),
        };
        let id = id_of(body.root())?;
        let removal = Removal {
            id: &id,
            expect: Expect::Any,
            stamp: &self.stamp,
            job: Some(self.job),
        };
        match ledger.remove(tx, self.entity, &removal)? {
            Written::Done { .. } => {}
            other => return Err(Error::internal(format!("{other:?} inside its own transaction"))),
        }
        let_all_go(tx, self.entity, (&id, &body), self.stamp.on)?;
        if let Some(referrers) = &self.referrers {
            referrers.after_deletion(tx, &id, &self.stamp)?;
        }
        if let Some(runner) = self.heard {
            let event = Event {
                entity: self.entity,
                kind: DataEventKind::Deleted,
                before: Some(&body),
                after: None,
                source: self.rights.call().category,
            };
            let around = (self.rights.catalogue(), runner);
            tell_later(tx, around, &event, self.rights.call())?;
        }
        Ok(Ok(()))
    }

    /// The record, which the caller may delete.
    fn permitted(&self, tx: &mut dyn Tx, id: &str) -> Result<Jsonb, Error> {
        let found = tx.record_body(self.entity.collection(), id)?;
        let (_, body) = found.ok_or_else(|| missing_record(self.entity, id))?;
        self.rights.check_record(Right::Read, body.root())?;
        self.rights.check_record(Right::Delete, body.root())?;
        Ok(body)
    }
}
