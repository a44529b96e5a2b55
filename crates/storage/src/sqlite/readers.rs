//! The reader threads: each takes what waits, opens one snapshot and answers all of it from there.
//!
//! Taking turns on one shared queue keeps both threads busy under load and lets one sleep when there is little to do;
//! a snapshot is never held while the queue is empty, because it would keep the log from being folded back.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::Session;
use super::session::Known;
use crate::{Error, ReadTask};

/// Tasks one thread takes at once; the rest is left to the others.
const MAX_BATCH: usize = 64;

/// The queue that all readers share.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    tasks: VecDeque<Box<dyn ReadTask>>,
    sleeping: usize,
    closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held, and the state is whole at every instant.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a task and wakes a sleeping reader, if there is one.
    pub(super) fn push(&self, task: Box<dyn ReadTask>) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return task.fail(Error::Closed);
        }
        state.tasks.push_back(task);
        let wake = state.sleeping > 0;
        drop(state);
        if wake {
            self.wake.notify_one();
        }
    }

    /// Refuses further tasks; the readers end when the queue is empty.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_all();
    }

    fn take(&self, into: &mut Vec<Box<dyn ReadTask>>) -> bool {
        let mut state = self.lock();
        while state.tasks.is_empty() {
            if state.closed {
                return false;
            }
            state.sleeping += 1;
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.sleeping -= 1;
        }
        let count = state.tasks.len().min(MAX_BATCH);
        into.extend(state.tasks.drain(..count));
        true
    }
}

/// Runs until the queue is closed and empty.
pub(super) fn run(connection: &Connection, queue: &Queue) {
    let known = Known::default();
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while queue.take(&mut batch) {
        answer(connection, &known, &mut batch);
    }
}

fn answer(connection: &Connection, known: &Known, batch: &mut Vec<Box<dyn ReadTask>>) {
    known.forget_indexes();
    let mut session = Session::new(connection, known);
    if let Err(error) = session
        .prepared("BEGIN")
        .and_then(|mut begin| Ok(begin.execute([])?))
    {
        tracing::error!(%error, "cannot open a snapshot");
        return batch
            .drain(..)
            .for_each(|task| task.fail(Error::Backend(error.to_string())));
    }
    for task in batch.drain(..) {
        if catch_unwind(AssertUnwindSafe(|| task.run(&mut session))).is_err() {
            tracing::error!("a read panicked");
        }
    }
    if let Err(error) = session
        .prepared("COMMIT")
        .and_then(|mut end| Ok(end.execute([])?))
    {
        tracing::error!(%error, "cannot close a snapshot");
    }
}
