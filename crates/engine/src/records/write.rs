//! Making, changing and deleting one record.

use std::sync::Arc;

use app::DataEventKind::{self, Changed, ConditionMet, Created, Deleted};
use app::Trigger;
use app::permissions::Right;
use jsonb::Jsonb;
use model::{Code, Error};
use storage::tables::records::{Expect, Removal, Written};

use super::cascade::after_deletion;
use super::commit::Failed;
use super::files::let_all_go;
use super::prepare::{Prepared, Task, missing_record};
use super::render::Renderer;
use super::rights::Rights;
use super::totals::Ledger;
use super::unit::{Event, Removing, Saving, Unit, tell_later};
use super::{Call, DeleteOptions, EntityRef, Shape};
use crate::Engine;

/// How often a change is computed anew because something that it relies on was changed meanwhile.
const ATTEMPTS: usize = 8;

impl Engine {
    /// Makes a record of `body` and answers it.
    ///
    /// # Errors
    /// `bad-value` with all validation items; `forbidden`.
    pub async fn create_record(&self, call: &Call, entity: &EntityRef, body: Jsonb) -> Result<Jsonb, Error> {
        let task = self.task(call, entity, self.new_record_id(), true, body)?;
        self.write_record(task).await
    }

    /// Changes a record by what `body` says, and answers it. A `version` in the body must be that of the record.
    ///
    /// # Errors
    /// As [`Engine::create_record`]; `not-found`, `version-conflict`.
    pub async fn update_record(
        &self,
        call: &Call,
        entity: &EntityRef,
        id: &str,
        body: Jsonb,
    ) -> Result<Jsonb, Error> {
        let task = self.task(call, entity, id.to_ascii_lowercase(), false, body)?;
        let _turn = self.inner.records.locks.take(entity.collection(), &task.id).await;
        self.write_record(task).await
    }

    /// Deletes a record and answers what it was.
    ///
    /// # Errors
    /// `not-found`, `forbidden`.
    pub async fn delete_record(&self, call: &Call, entity: &EntityRef, id: &str) -> Result<Jsonb, Error> {
        self.delete_one(call, entity, id, DeleteOptions::default()).await
    }

    /// Deletes a record; those that refer to it are dealt with, and listeners hear of it, unless the options say otherwise.
    pub(super) async fn delete_one(
        &self,
        call: &Call,
        entity: &EntityRef,
        id: &str,
        options: DeleteOptions,
    ) -> Result<Jsonb, Error> {
        let (catalogue, id) = (self.catalogue()?, id.to_ascii_lowercase());
        let _turn = self.inner.records.locks.take(entity.collection(), &id).await;
        if options.trigger_events && is_heard(entity, |kind| *kind == Deleted) {
            return self.delete_heard(call, entity, &id, options.cascade).await;
        }
        let rights = Rights::of(&catalogue, entity, call)?;
        rights.check(Right::Delete)?;
        for _ in 0..ATTEMPTS {
            let found = self.store().record_body(entity.collection(), &id).await?;
            let (version, body) = found.ok_or_else(|| missing_record(entity, &id))?;
            rights.check_record(Right::Read, body.root())?;
            rights.check_record(Right::Delete, body.root())?;
            if self
                .delete_version(call, entity, (&id, version, &body), options)
                .await?
            {
                return Renderer::new(entity, &rights, &Shape::default())?.record(body.root());
            }
        }
        let message = "the record is changed all the time, try again";
        Err(Error::new(Code::VersionConflict, message))
    }

    /// Deletes a record of this version; whether it still had it.
    async fn delete_version(
        &self,
        call: &Call,
        entity: &EntityRef,
        (id, version, body): (&str, u64, &Jsonb),
        options: DeleteOptions,
    ) -> Result<bool, Error> {
        let (catalogue, runner) = (self.catalogue()?, self.runner().clone());
        let entity = entity.clone();
        let context = format!("entities.{}.delete", entity.name);
        let stamp = call.stamp(self.env().now(), &context);
        let id = id.to_owned();
        let (body, call) = (body.clone(), call.clone());
        self.store()
            .write(move |tx| {
                let removal = Removal {
                    id: &id,
                    expect: Expect::Version(version),
                    stamp: &stamp,
                    job: None,
                };
                let mut ledger = Ledger::of(&catalogue);
                let done = matches!(ledger.remove(tx, &entity, &removal)?, Written::Done { .. });
                if done {
                    let_all_go(tx, &entity, (&id, &body), stamp.on)?;
                    if options.cascade {
                        after_deletion(tx, (&catalogue, &runner), &entity, &id, (&stamp, None))?;
                    }
                    if options.trigger_events {
                        let event = Event {
                            entity: &entity,
                            kind: Deleted,
                            before: Some(&body),
                            after: None,
                            source: call.category,
                        };
                        tell_later(tx, (&catalogue, &runner), &event, &call)?;
                    }
                }
                ledger.settle(tx)?;
                Ok::<_, Error>(done)
            })
            .await
    }

    /// A new id of a record.
    pub fn new_record_id(&self) -> String {
        self.inner.records.ids.make(self.env())
    }

    fn task(
        &self,
        call: &Call,
        entity: &EntityRef,
        id: String,
        creates: bool,
        body: Jsonb,
    ) -> Result<Task, Error> {
        let engine = self.clone();
        Ok(Task {
            catalogue: self.catalogue()?,
            entity: entity.clone(),
            call: call.clone(),
            now: self.env().now(),
            id,
            creates,
            body,
            alive_since: self.orphans_alive_since(),
            runner: self.runner().clone(),
            job: None,
            tells: true,
            new_id: Box::new(move || engine.new_record_id()),
        })
    }

    /// The same task by the definition that is in force now.
    fn task_anew(&self, task: &Task) -> Result<Task, Error> {
        let entity = self.record_entity(&task.entity.name)?;
        self.task(
            &task.call,
            &entity,
            task.id.clone(),
            task.creates,
            task.body.clone(),
        )
    }

    async fn write_record(&self, task: Task) -> Result<Jsonb, Error> {
        if is_heard(&task.entity, |kind| {
            matches!(kind, Created | Changed | ConditionMet)
        }) {
            return self.write_heard(task).await;
        }
        let mut task = Arc::new(task);
        for _ in 0..ATTEMPTS {
            let mut prepared = self.prepared(&task).await?;
            self.store_inline(&task, &mut prepared).await?;
            if let (true, Some(old)) = (prepared.unchanged, &prepared.old) {
                return self.shown(&task, &old.body);
            }
            let committing = Arc::clone(&task);
            let written = self
                .store()
                .write(move |tx| committing.commit_alone(tx, &prepared))
                .await;
            match written {
                Ok(body) => return self.shown(&task, &body),
                Err(Failed::Stale) => {
                    self.reload_app().await?;
                    if !Arc::ptr_eq(&self.catalogue()?, &task.catalogue) {
                        task = Arc::new(self.task_anew(&task)?);
                    }
                }
                Err(Failed::Error(error)) => return Err(error),
            }
        }
        let message = "what the record refers to is changed all the time, try again";
        Err(Error::new(Code::VersionConflict, message))
    }

    /// The same where listeners hear of it: what they do is written with it.
    async fn write_heard(&self, task: Task) -> Result<Jsonb, Error> {
        let call = task.call.clone();
        let work = move |unit: &Unit| {
            let entity = unit.entity(&task.entity.name)?;
            let saved = unit.save(Saving {
                entity: entity.clone(),
                id: (!task.creates).then(|| task.id.clone()),
                body: task.body.clone(),
                call: task.call.clone(),
                fires: true,
            })?;
            let id = super::references::id_of(saved.root())?;
            // Listeners may have changed it further, or removed it.
            Ok(unit.rendered(&entity, &id, &task.call)?.unwrap_or(saved))
        };
        self.in_unit(&call, Arc::new(work)).await
    }

    /// Deletes a record where listeners hear of it.
    async fn delete_heard(
        &self,
        call: &Call,
        entity: &EntityRef,
        id: &str,
        cascade: bool,
    ) -> Result<Jsonb, Error> {
        let removing = (entity.name.clone(), id.to_owned(), call.clone());
        let work = move |unit: &Unit| {
            let (entity, id, call) = &removing;
            let entity = unit.entity(entity)?;
            let gone = unit.remove(&Removing {
                entity: entity.clone(),
                id: id.clone(),
                call: call.clone(),
                fires: true,
                cascade,
            })?;
            let rights = Rights::of(unit.catalogue(), &entity, call)?;
            Renderer::new(&entity, &rights, &Shape::default())?.record(gone.root())
        };
        self.in_unit(call, Arc::new(work)).await
    }

    /// The change computed; functions are called between two looks at the store, and hold nobody up.
    async fn prepared(&self, task: &Arc<Task>) -> Result<Prepared, Error> {
        let beginning = Arc::clone(task);
        if !task.entity.calls_functions() {
            return self
                .store()
                .look_up(move |tx| {
                    let begun = beginning.begin(tx)?;
                    beginning.finish(tx, begun)
                })
                .await;
        }
        let mut begun = self.store().look_up(move |tx| beginning.begin(tx)).await?;
        let computing = Arc::clone(task);
        let computed = task.catalogue.scripts().run(move || {
            computing.compute(&mut begun)?;
            Ok::<_, Error>(begun)
        });
        let begun = computed.await??;
        let finishing = Arc::clone(task);
        self.store().look_up(move |tx| finishing.finish(tx, begun)).await
    }

    fn shown(&self, task: &Task, body: &Jsonb) -> Result<Jsonb, Error> {
        let rights = Rights::of(&task.catalogue, &task.entity, &task.call)?;
        Renderer::new(&task.entity, &rights, &Shape::default())?.record(body.root())
    }
}

/// Whether a listener may hear at once of such an event of an entity's records.
pub(super) fn is_heard(entity: &EntityRef, wanted: impl Fn(&DataEventKind) -> bool) -> bool {
    let at_once = entity.heard().iter().filter(|listener| !listener.in_background);
    at_once.into_iter().any(|listener| match &listener.trigger {
        Trigger::Data { events, .. } => events.iter().any(|event| wanted(&event.kind)),
        _ => false,
    })
}
