//! Actions of entities: on one record, on many, on none; while a client waits or as a job (`contracts/slingr.md` §1.6, §6).
//!
//! What an action does while a client waits is one unit of work, written in one transaction before the client is
//! answered. Of several records, each is a unit of its own: one that fails leaves nothing, the others stand.

mod ask;
pub(crate) mod job;
mod parameters;
mod perform;
mod precondition;

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::permissions::Right;
use app::{Action, ActionKind};
use jsonb::Jsonb;
use model::{Code, Error, Job, Thrown};

pub(crate) use job::kind_of;

use super::render::Renderer;
use super::rights::Rights;
use super::unit::Unit;
use super::{Call, EntityRef, Outcome, Selection, Shape};
use crate::Engine;

/// An action to be run.
#[derive(Clone, Debug)]
pub struct Acting {
    /// Its name.
    pub action: String,
    /// On which records; none for one that is on none.
    pub which: Option<Selection>,
    /// Its parameters, an object.
    pub parameters: Jsonb,
    /// Whether it becomes a job; none leaves it to the definition.
    pub in_background: Option<bool>,
    /// Whether the job, if it becomes one, runs only when there is room.
    pub low_priority: bool,
}

/// What an action is answered with.
#[derive(Debug)]
pub enum Acted {
    /// The record as it is after it.
    Record(Jsonb),
    /// What its function returned; none for nothing.
    Value(Option<Jsonb>),
    /// For each record how it went.
    Each(Vec<(String, Outcome)>),
    /// The job that runs it.
    Job(Box<Job>),
}

/// The action of this name.
pub(super) fn action_of<'e>(entity: &'e EntityRef, name: &str) -> Result<&'e Action, Error> {
    let found = entity.actions.iter().find(|action| action.name == name);
    found.ok_or_else(|| Error::not_found("action", format_args!("{name} of {}", entity.name)))
}

impl Engine {
    /// Runs an action.
    ///
    /// # Errors
    /// `not-found`, `forbidden`; `bad-value` with all that is wrong with parameters; `bad-request` for a precondition that
    /// is not met, and with the code of the script's error.
    pub async fn act(&self, call: &Call, entity: &EntityRef, acting: Acting) -> Result<Acted, Error> {
        let action = action_of(entity, &acting.action)?;
        Rights::of(&*self.catalogue()?, entity, call)?.check(Right::Action(&action.name))?;
        fits(action, acting.which.as_ref())?;
        if acting.in_background.unwrap_or(action.in_background) {
            let job = self.submit_action(call, entity, acting).await?;
            return Ok(Acted::Job(Box::new(job)));
        }
        match (action.kind, &acting.which) {
            (ActionKind::OneRecord, Some(Selection::Ids(ids))) if ids.len() == 1 => {
                let id = ids.first().cloned().unwrap_or_default();
                let done = self.act_on_one(call, entity, (&acting, &id)).await?;
                Ok(match action.result_as_response {
                    true => Acted::Value(done),
                    false => Acted::Record(done.unwrap_or_else(|| jsonb::object().finish())),
                })
            }
            (ActionKind::OneRecord, Some(which)) => {
                self.check_parameters(call, entity, &acting).await?;
                let ids = self.selected(call, entity, which).await?;
                self.act_on_each(call, entity, (&acting, ids)).await
            }
            _ => {
                let value = self.act_on_all(call, entity, acting).await?;
                Ok(Acted::Value(value))
            }
        }
    }

    async fn act_on_each(
        &self,
        call: &Call,
        entity: &EntityRef,
        (acting, ids): (&Acting, Vec<String>),
    ) -> Result<Acted, Error> {
        let (begun, mut all) = (Instant::now(), Vec::with_capacity(ids.len()));
        let time = self.options().slingr.script_time();
        for id in ids {
            let outcome = match begun.elapsed() < time {
                true => self.act_on_one(call, entity, (acting, &id)).await,
                false => Err(too_long(time)),
            };
            let answered = outcome.map(|done| done.unwrap_or_else(|| jsonb::object().finish()));
            all.push((id, answered));
        }
        Ok(Acted::Each(all))
    }

    /// The record, or what the function returned.
    async fn act_on_one(
        &self,
        call: &Call,
        entity: &EntityRef,
        (acting, id): (&Acting, &str),
    ) -> Result<Option<Jsonb>, Error> {
        let id = id.to_ascii_lowercase();
        let _turn = self.inner.records.locks.take(entity.collection(), &id).await;
        let (entity, name, sent) = (
            entity.name.clone(),
            acting.action.clone(),
            acting.parameters.clone(),
        );
        let caller = call.clone();
        let work = move |unit: &Unit| {
            let entity = unit.entity(&entity)?;
            let action = action_of(&entity, &name)?;
            let value = unit.perform_on(&entity, action, (&id, &sent, &caller))?;
            match action.result_as_response {
                true => Ok(value),
                false => unit.rendered(&entity, &id, &caller),
            }
        };
        self.in_unit(call, Arc::new(work)).await
    }

    /// What the function of an action on many records, or on none, returned.
    async fn act_on_all(
        &self,
        call: &Call,
        entity: &EntityRef,
        acting: Acting,
    ) -> Result<Option<Jsonb>, Error> {
        let (entity, caller) = (entity.name.clone(), call.clone());
        let work = move |unit: &Unit| {
            let entity = unit.entity(&entity)?;
            let action = action_of(&entity, &acting.action)?;
            let value = unit.perform_all(
                &entity,
                action,
                (acting.which.as_ref(), &acting.parameters, &caller),
            )?;
            let answers = action.kind == ActionKind::ManyRecords || action.result_as_response;
            Ok(value.filter(|_| answers))
        };
        self.in_unit(call, Arc::new(work)).await
    }

    /// Refuses parameters that no record could make right.
    pub(super) async fn check_parameters(
        &self,
        call: &Call,
        entity: &EntityRef,
        acting: &Acting,
    ) -> Result<(), Error> {
        let (entity, name, sent) = (
            entity.name.clone(),
            acting.action.clone(),
            acting.parameters.clone(),
        );
        let caller = call.clone();
        let work = move |unit: &Unit| {
            let entity = unit.entity(&entity)?;
            unit.plain_parameters(&entity, action_of(&entity, &name)?, (&sent, &caller))
        };
        self.in_unit(call, Arc::new(work)).await
    }
}

impl Unit {
    /// A record as a client sees it; none when it is not there, or not his to see.
    pub(super) fn rendered(&self, entity: &EntityRef, id: &str, call: &Call) -> Result<Option<Jsonb>, Error> {
        let Some(body) = self.stored(entity, id)? else {
            return Ok(None);
        };
        let rights = Rights::of(self.catalogue(), entity, call)?;
        if !rights.sees(body.root())? {
            return Ok(None);
        }
        let shape = Shape::default();
        Renderer::new(entity, &rights, &shape)?
            .record(body.root())
            .map(Some)
    }
}

/// Refuses a choice of records that an action cannot have.
fn fits(action: &Action, which: Option<&Selection>) -> Result<(), Error> {
    let refused = |message: String| Err(Error::new(Code::BadRequest, message));
    match (action.kind, which) {
        (ActionKind::Global, Some(_)) => refused(format!("the action {} is on no records", action.name)),
        (ActionKind::OneRecord | ActionKind::ManyRecords, None) => {
            refused(format!("the action {} needs records", action.name))
        }
        (_, Some(Selection::Ids(ids))) if ids.is_empty() => {
            refused(format!("the action {} needs the id of a record", action.name))
        }
        _ => Ok(()),
    }
}

fn too_long(time: Duration) -> Error {
    let thrown = Thrown {
        code: "timeout".to_owned(),
        info: None,
    };
    let message = format!("the action ran longer than {time:?} on the records before, use _async=true");
    Error::thrown(thrown, message)
}
