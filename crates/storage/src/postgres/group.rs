//! The closures that are written together, and how they are run.
//!
//! As long as all that they look for is known nothing need be asked. From the first one on that lacks something, what it
//! and those behind it lack is asked for at once ([`super::foresight`]).

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::Session;
use super::session::Undone;
use super::writer::Tasks;
use crate::sums::Sums;
use crate::{Error, Result, WriteTask};

/// The most closures of a group.
const MAX_BATCH: usize = 1024;
const MAX_BATCH_TIME: Duration = Duration::from_millis(20);

/// A closure of a group.
pub(super) struct Slot {
    task: Box<dyn WriteTask>,
    /// What it is told, if its own answer is not the truth: it passed over a failed change.
    failure: Option<Error>,
}

impl Slot {
    pub(super) fn new(task: Box<dyn WriteTask>) -> Self {
        Self { task, failure: None }
    }

    fn finish(self, committed: Result<()>) {
        self.task.finish(match self.failure {
            Some(failure) => Err(failure),
            None => committed,
        });
    }
}

/// Why a group was not written.
pub(super) enum Setback {
    /// It can be run again as it is.
    Again(Error),
    /// One of its closures is at fault, and it is not known which.
    OneOfThem(Error),
    /// It is not known whether it was written.
    Unknown(Error),
}

/// See the module.
pub(super) struct Group<'s> {
    slots: &'s mut Vec<Slot>,
    /// How many have been run.
    done: usize,
}

impl<'s> Group<'s> {
    /// None has been run.
    pub(super) fn of(slots: &'s mut Vec<Slot>) -> Self {
        Self { slots, done: 0 }
    }

    /// Runs the closures, and those that come meanwhile.
    pub(super) fn run(mut self, session: &mut Session<'_>, tasks: Option<&Tasks>) -> Result<(), Setback> {
        let (begun, alone) = (Instant::now(), self.slots.len() == 1 && tasks.is_none());
        loop {
            self.take_in(tasks, begun);
            let left = self.slots.len() - self.done;
            if left == 0 {
                return Ok(());
            }
            if left > 1 {
                self.run_known(session)?;
                self.scout_rest(session)?;
                session.fetch_lacking().map_err(of_error)?;
            }
            self.run_rest(session, alone)?;
        }
    }

    /// Runs closures, each of which may ask for what it lacks.
    fn run_rest(&mut self, session: &mut Session<'_>, alone: bool) -> Result<(), Setback> {
        while let Some(slot) = self.slots.get_mut(self.done) {
            run_one(session, slot, alone)?;
            self.done += 1;
        }
        Ok(())
    }

    fn take_in(&mut self, tasks: Option<&Tasks>, begun: Instant) {
        if begun.elapsed() < MAX_BATCH_TIME {
            let further = tasks.into_iter().flat_map(Receiver::try_iter);
            let room = MAX_BATCH.saturating_sub(self.slots.len());
            self.slots.extend(further.take(room).map(Slot::new));
        }
    }

    /// Runs closures until one lacks something.
    fn run_known(&mut self, session: &mut Session<'_>) -> Result<(), Setback> {
        while let Some(slot) = self.slots.get_mut(self.done) {
            let mark = Mark::of(session);
            let ran = session
                .scout(|session| slot.task.run(session))
                .map_err(of_error)?;
            let Some(asks_to_keep) = ran else {
                return Ok(());
            };
            settle(session, slot, asks_to_keep, mark)?;
            self.done += 1;
        }
        Ok(())
    }

    /// Has those behind the first one that lacks something look for what they lack.
    fn scout_rest(&mut self, session: &mut Session<'_>) -> Result<(), Setback> {
        for slot in self.slots.iter_mut().skip(self.done + 1) {
            let mark = Mark::of(session);
            let ran = session
                .scout(|session| slot.task.run(session))
                .map_err(of_error)?;
            if ran.is_some() {
                // Those before it have not run.
                session.forget_run();
                mark.restore(session);
            }
        }
        Ok(())
    }
}

/// Answers closures.
pub(super) fn finish_all(slots: Vec<Slot>, error: Option<&Error>) {
    for slot in slots {
        match error {
            None => slot.finish(Ok(())),
            Some(error) => slot.task.finish(Err(error.echo())),
        }
    }
}

/// What a closure that is undone goes back to.
pub(super) struct Mark {
    actions: usize,
    counts: Sums,
    announced: bool,
}

impl Mark {
    pub(super) fn of(session: &Session<'_>) -> Self {
        Self {
            actions: session.action_count(),
            counts: session.counts.borrow().clone(),
            announced: session.announced,
        }
    }

    pub(super) fn restore(self, session: &mut Session<'_>) {
        session.forget_actions_from(self.actions);
        session.counts.replace(self.counts);
        session.announced = self.announced;
    }
}

/// Runs a closure and keeps or undoes what it did.
fn run_one(session: &mut Session<'_>, slot: &mut Slot, alone: bool) -> Result<(), Setback> {
    let mark = Mark::of(session);
    let asks_to_keep = slot.task.run(session);
    if alone && asks_to_keep {
        // Whatever failed is noted, and then found below.
        let _ = session.settle();
    }
    settle(session, slot, asks_to_keep, mark)
}

/// Keeps or undoes what a closure did.
fn settle(session: &mut Session<'_>, slot: &mut Slot, asks_to_keep: bool, mark: Mark) -> Result<(), Setback> {
    slot.failure = None;
    let failure = session.take_failure();
    if let Some(error) = failure.as_ref().filter(|error| is_passing(error)) {
        return Err(Setback::Again(error.echo()));
    }
    if asks_to_keep && failure.is_none() {
        return session.keep().map_err(of_error);
    }
    mark.restore(session);
    let undone = session.undo().map_err(of_error)?;
    if undone == Undone::NotAlone {
        let error = failure.unwrap_or(Error::Panicked);
        return Err(Setback::OneOfThem(error));
    }
    slot.failure = failure.filter(|_| asks_to_keep);
    Ok(())
}

/// Whether the same may go well the next time.
pub(super) fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Away(_) | Error::Busy)
}

pub(super) fn of_error(error: Error) -> Setback {
    if is_passing(&error) {
        Setback::Again(error)
    } else {
        Setback::OneOfThem(error)
    }
}
