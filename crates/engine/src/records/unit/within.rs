//! Small things that whoever works within a unit asks of it, and its running by the engine.

use std::sync::Arc;

use app::{Condition, FunctionName};
use jsonb::Jsonb;
use model::job::NewJob;
use model::{Code, Env, Error, Timestamp};
use script::{Argument, Shape};
use storage::tables::ReadRecords;

use super::super::commit::Failed;
use super::super::list::checked_filter;
use super::super::references::Resolved;
use super::super::rights::Rights;
use super::super::scripts::RESULT_CHARS;
use super::super::{Call, EntityRef};
use super::commit::{Op, write};
use super::find::Next;
use super::{Around, Bounds, Ended, Query, Unit};
use crate::{Engine, SlingrOptions};

/// How often a unit of work is done anew because something that it relies on was changed meanwhile.
const ATTEMPTS: usize = 8;

/// Work that is done within a unit, perhaps several times.
pub(in crate::records) type Work<T> = Arc<dyn Fn(&Unit) -> Result<T, Error> + Send + Sync>;

impl Unit {
    /// The entity of this name, by the definition that the unit goes by.
    pub(crate) fn entity(&self, name: &str) -> Result<EntityRef, Error> {
        Ok(self.catalogue().entity(name)?.clone())
    }

    /// The fields of an entity as functions know them.
    pub(in crate::records) fn shape(&self, entity: &str) -> Result<&Shape, Error> {
        let shape = self.catalogue().scripts().shape(entity);
        shape.ok_or_else(|| Error::internal(format!("no shape of {entity}")))
    }

    /// A record as it is stored, or will be.
    pub(in crate::records) fn stored(&self, entity: &EntityRef, id: &str) -> Result<Option<Jsonb>, Error> {
        let (entity, id) = (entity.clone(), id.to_ascii_lowercase());
        let catalogue = Arc::clone(self.catalogue());
        self.read(move |seen| {
            let found = seen.record_body(entity.collection(), &id)?;
            let current = |(_, body)| super::super::convert::current(seen, &catalogue, &entity, body);
            found.map(current).transpose()
        })
    }

    /// What a pure function of an entity's file says.
    pub(in crate::records) fn rule(
        &self,
        entity: &EntityRef,
        function: &FunctionName,
        arguments: &[Argument<'_>],
    ) -> Result<Option<Jsonb>, Error> {
        let around = (self.caller(), self.now(), self.catalogue().zone());
        self.catalogue()
            .scripts()
            .ask(&entity.name, function, arguments, around)
    }

    /// Shows all records of a query to `visit`, in the order of their ids.
    pub(in crate::records) fn each(
        &self,
        query: &Query,
        visit: &mut dyn FnMut(&Jsonb) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut next = Some(Next::First);
        while let Some(from) = next {
            let page = self.page(query, from, 500)?;
            for body in &page.items {
                visit(body)?;
            }
            next = page.next;
        }
        Ok(())
    }

    /// Refuses a condition that looks at what the caller may not.
    pub(in crate::records) fn check_fields(
        &self,
        entity: &EntityRef,
        condition: Option<&Condition>,
        call: &Call,
    ) -> Result<(), Error> {
        let rights = Rights::of(self.catalogue(), entity, call)?;
        condition
            .map(|condition| checked_filter(self.catalogue(), entity, call, &rights, condition))
            .transpose()?;
        Ok(())
    }

    /// Has references hold until the unit is written.
    pub(in crate::records) fn refer(&self, resolved: Vec<Resolved>) {
        if !resolved.is_empty() {
            self.0.state.borrow_mut().ops.push(Op::Refer(resolved));
        }
    }

    /// Has a record stay as it is until the unit is written: what a lock is for.
    pub(super) fn rely(&self, entity: &EntityRef, id: &str) -> Result<(), Error> {
        let (collection, id) = (entity.collection(), id.to_ascii_lowercase());
        let asked = id.clone();
        let version = self.read(move |seen| Ok(seen.tx.record_body(collection, &asked)?))?;
        let op = Op::Rely {
            collection,
            id,
            version: version.map(|(version, _)| version),
        };
        // Before everything that the unit does to it itself.
        self.0.state.borrow_mut().ops.push_first(op);
        Ok(())
    }

    /// Hands in a job with the unit.
    pub(in crate::records) fn hand_in(&self, new: NewJob) {
        self.0.state.borrow_mut().ops.push(Op::Job(Box::new(new)));
    }

    /// Ids for nested values.
    pub(in crate::records) fn new_ids(&self) -> Box<dyn Fn() -> String> {
        let around = Arc::clone(self.around());
        Box::new(move || around.ids.make(&around.env))
    }

    pub(in crate::records) fn json(&self, text: &str) -> Result<Jsonb, Error> {
        super::hear::parsed(text)
    }

    pub(in crate::records) fn now(&self) -> Timestamp {
        self.around().now
    }

    pub(in crate::records) fn env(&self) -> &Env {
        &self.around().env
    }

    pub(in crate::records) fn caller(&self) -> &Call {
        &self.around().call
    }
}

impl Engine {
    /// Does work in a unit, and writes what it comes to.
    ///
    /// # Errors
    /// Those of the work; `version-conflict` when it is overtaken again and again.
    pub(in crate::records) async fn in_unit<T: Send + 'static>(
        &self,
        call: &Call,
        work: Work<T>,
    ) -> Result<T, Error> {
        for _ in 0..ATTEMPTS {
            let around = Arc::new(self.around(call)?);
            let catalogue = Arc::clone(&around.catalogue);
            let doing = Arc::clone(&work);
            let done = catalogue
                .scripts()
                .act(move || Unit::work(around, |unit| doing(unit)))
                .await?;
            let written = match done.said {
                Err(Ended::Stale) => Err(Failed::Stale),
                Err(Ended::Failed(error)) => Err(Failed::Error(error)),
                Ok(value) if done.ops.is_empty() => Ok(value),
                Ok(value) => {
                    let (ops, runner) = (Arc::new(done.ops), self.runner().clone());
                    let written = self
                        .store()
                        .write(move |tx| write(tx, (&catalogue, &runner), &ops, None));
                    written.await.map(|()| value)
                }
            };
            match written {
                Err(Failed::Stale) => {
                    self.reload_app().await?;
                }
                ended => {
                    for line in done.lines {
                        self.log(&call.actor, line.entry(call.ip.clone()));
                    }
                    return ended.map_err(|failed| match failed {
                        Failed::Error(error) => error,
                        Failed::Stale => overtaken(),
                    });
                }
            }
        }
        Err(overtaken())
    }

    fn around(&self, call: &Call) -> Result<Around, Error> {
        Ok(Around {
            store: self.store().clone(),
            runner: self.runner().clone(),
            env: self.env().clone(),
            catalogue: self.catalogue()?,
            ids: Arc::clone(&self.inner.records.ids),
            call: call.clone(),
            now: self.env().now(),
            alive_since: self.orphans_alive_since(),
            query: self.options().query.limits(),
            group_keys: self.options().slingr.group_keys,
            bounds: Bounds::of_request(&self.options().slingr),
            stop: None,
            job: None,
            depth: 0,
            tokens: Arc::clone(&self.inner.records.tokens),
            engine: Some((self.clone(), tokio::runtime::Handle::current())),
        })
    }
}

impl Bounds {
    /// In a job.
    pub(crate) fn of_job(options: &SlingrOptions) -> Self {
        Self {
            changes: 100_000,
            bytes: 256 << 20,
            time: options.job_script_time(),
            result_chars: RESULT_CHARS,
        }
    }

    /// While a client waits.
    fn of_request(options: &SlingrOptions) -> Self {
        Self {
            changes: 10_000,
            bytes: 64 << 20,
            time: options.script_time(),
            result_chars: RESULT_CHARS,
        }
    }
}

fn overtaken() -> Error {
    let message = "what the script works on is changed all the time, try again";
    Error::new(Code::VersionConflict, message)
}
