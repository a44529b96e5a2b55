//! Saving a record within a unit of work: the steps of a request, on what the unit sees, up to the writing.

use std::sync::Arc;

use jsonb::Jsonb;
use model::{Code, Error};
use storage::tables::records::Place;
use storage::tables::{ReadMarks, WriteMarks};

use super::super::draft::counters;
use super::super::prepare::{Prepared, Task};
use super::super::totals::born;
use super::super::{Call, Category, EntityRef};
use super::commit::Op;
use super::hear::Event;
use super::overlay::Overlay;
use super::{Around, Unit};
use app::DataEventKind;

/// A record to be made or changed.
pub(crate) struct Saving {
    pub(crate) entity: EntityRef,
    /// The record; none when it is to be made.
    pub(crate) id: Option<String>,
    /// What it is to be given.
    pub(crate) body: Jsonb,
    /// Who does it.
    pub(crate) call: Call,
    /// Whether listeners hear of it.
    pub(crate) fires: bool,
}

/// A change that was completed.
struct Staged {
    prepared: Prepared,
    /// As the store counts.
    version: u64,
    body: Jsonb,
    /// Where the record is in the store, and what, if it is there.
    stored: Option<(Place, Jsonb)>,
    /// Counters that moved: name, what the store has, what they are now.
    marks: Vec<(String, Option<String>, String)>,
}

impl Around {
    /// The task of a request, or of a function.
    fn task(&self, saving: Saving) -> Task {
        let (ids, env) = (Arc::clone(&self.ids), self.env.clone());
        let creates = saving.id.is_none();
        Task {
            catalogue: Arc::clone(&self.catalogue),
            entity: saving.entity,
            call: saving.call,
            now: self.now,
            id: saving
                .id
                .map_or_else(|| ids.make(&env), |id| id.to_ascii_lowercase()),
            creates,
            body: saving.body,
            alive_since: self.alive_since,
            runner: self.runner.clone(),
            job: self.job.as_ref().map(|job| job.seq),
            tells: false,
            new_id: Box::new(move || ids.make(&env)),
        }
    }
}

impl Unit {
    /// Saves a record and answers it as it is stored, with everything that listeners do about it.
    ///
    /// # Errors
    /// As those of a request; what a listener failed with. Nothing of it stays then.
    pub(crate) fn save(&self, saving: Saving) -> Result<Jsonb, Error> {
        self.whole(|| self.save_in_part(saving))
    }

    fn save_in_part(&self, saving: Saving) -> Result<Jsonb, Error> {
        self.check_bounds()?;
        let fires = saving.fires;
        let task = Arc::new(self.around().task(saving));
        let prepared = self
            .prepared(&task)
            .map_err(|error| self.overtaken(&task, error))?;
        if let (true, Some(old)) = (prepared.unchanged, &prepared.old) {
            return Ok(old.body.clone());
        }
        let staging = Arc::clone(&task);
        let staged = self.read(move |seen| staging.staged(seen, prepared))?;
        let (before, after) = self.note(&task, staged);
        self.follow(&task.entity, before.as_ref(), Some(&after))?;
        if fires {
            let kind = match before {
                None => DataEventKind::Created,
                Some(_) => DataEventKind::Changed,
            };
            self.fire(&Event {
                entity: &task.entity,
                kind,
                before: before.as_ref(),
                after: Some(&after),
                source: task.call.category,
            })?;
        }
        Ok(after)
    }

    /// A version that a function read and that another request has overtaken: the function is run again. One that its own
    /// unit has overtaken is its mistake.
    fn overtaken(&self, task: &Task, error: Error) -> Error {
        let own = self.pending();
        let is_own = own
            .of(task.entity.collection())
            .and_then(|touched| touched.by_id.get(&task.id))
            .is_some_and(|change| change.own);
        match error.code() == Code::VersionConflict && task.call.category == Category::Script && !is_own {
            true => self.is_stale(),
            false => error,
        }
    }

    fn prepared(&self, task: &Arc<Task>) -> Result<Prepared, Error> {
        let beginning = Arc::clone(task);
        let mut begun = self.read(move |seen| beginning.begin(seen))?;
        if task.entity.calls_functions() {
            task.compute(&mut begun)?;
        }
        let finishing = Arc::clone(task);
        let mut prepared = self.read(move |seen| finishing.finish(seen, begun))?;
        if prepared.brings_content() {
            let Some((engine, runtime)) = &self.around().engine else {
                let message = "a script in a job cannot store the content of files";
                return Err(Error::new(Code::BadRequest, message));
            };
            runtime.block_on(engine.store_inline(task, &mut prepared))?;
        }
        Ok(prepared)
    }

    /// Notes a completed change; what the record was and what it is.
    fn note(&self, task: &Arc<Task>, staged: Staged) -> (Option<Jsonb>, Jsonb) {
        let before = staged.prepared.old.as_ref().map(|old| old.body.clone());
        let mut state = self.0.state.borrow_mut();
        let pending = Arc::make_mut(&mut state.pending);
        for (name, stored, now) in staged.marks {
            pending.set_mark(&name, stored, now);
        }
        pending.put(
            task.entity.collection(),
            &task.id,
            staged.stored,
            Some((staged.version, staged.body.clone())),
        );
        state.ops.push(Op::Save {
            task: Arc::clone(task),
            prepared: Box::new(staged.prepared),
        });
        (before, staged.body)
    }
}

impl Task {
    /// Completes a change by what only the writing gives otherwise: counted numbers, the next version.
    fn staged(&self, seen: &mut Overlay<'_>, mut prepared: Prepared) -> Result<Staged, Error> {
        let mut marks = Marks {
            seen,
            moved: Vec::new(),
        };
        for counter in counters(&self.entity.fields) {
            let mark = self.counter_mark(&counter);
            counter.count(&mut marks, &mark, &mut prepared.draft, &self.entity.fields)?;
        }
        let moved = marks.moved;
        let (mut body, _) = self.written(&prepared.draft, prepared.old.as_ref())?;
        if self.creates {
            body = born(&self.entity, body)?;
        }
        let collection = self.entity.collection();
        let stored = seen.stored(collection, &self.id)?;
        Ok(Staged {
            version: prepared.old.as_ref().map_or(1, |old| old.version + 1),
            prepared,
            body,
            stored,
            marks: moved,
        })
    }
}

/// Counters as a unit of work sees them, and how they move.
struct Marks<'o, 'a> {
    seen: &'o mut Overlay<'a>,
    moved: Vec<(String, Option<String>, String)>,
}

impl ReadMarks for Marks<'_, '_> {
    fn mark(&mut self, name: &str) -> storage::Result<Option<String>> {
        match self.moved.iter().rev().find(|(known, ..)| known == name) {
            Some((_, _, now)) => Ok(Some(now.clone())),
            None => self.seen.mark(name),
        }
    }
}

impl WriteMarks for Marks<'_, '_> {
    fn set_mark(&mut self, name: &str, value: &str) -> storage::Result<()> {
        let stored = self.seen.mark(name)?;
        self.moved.push((name.to_owned(), stored, value.to_owned()));
        Ok(())
    }
}
