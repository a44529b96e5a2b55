//! The reader threads: each opens one snapshot and answers from it whatever was waiting by then.
//!
//! Opening a snapshot costs as much as a look-up, so tasks share one; but each thread takes one task at a time from the
//! common queue, so that a long scan delays nobody else while another thread is free. A task that came after a snapshot
//! was opened waits for the next one: its caller may have written something that the old snapshot does not show.
//!
//! Reads that walk over whole collections have a queue and threads of their own, so that they never stand before a
//! point read ([`Lane`]).

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::Session;
use super::session::Known;
use crate::{Error, ReadTask, Result, WhenFull};

/// Tasks on one snapshot get no older than this: an old one keeps the log from being folded back.
const MAX_BATCH_TIME: Duration = Duration::from_millis(20);

/// A kind of reading with its own queue and threads.
#[derive(Clone, Copy)]
pub(super) struct Lane {
    /// Tasks that may wait before a further one is refused as busy.
    waiting: usize,
    /// Tasks on one snapshot.
    batch: u64,
}

/// Short reads: many share one snapshot.
pub(super) const READS: Lane = Lane {
    waiting: 8192,
    batch: 64,
};
/// Walks over whole collections: each may take seconds, so few may wait, and none for another's end.
pub(super) const SCANS: Lane = Lane {
    waiting: 256,
    batch: 1,
};

/// The queue that the readers of one lane share.
pub(super) struct Queue {
    lane: Lane,
    state: Mutex<State>,
    /// Told when there is a task.
    filled: Condvar,
    /// Told when there is room for a task.
    drained: Condvar,
}

#[derive(Default)]
struct State {
    tasks: VecDeque<Box<dyn ReadTask>>,
    /// How many tasks were ever taken: the number of the first one waiting.
    taken: u64,
    idle: usize,
    crowd: usize,
    closed: bool,
}

impl State {
    fn pop(&mut self) -> Option<Box<dyn ReadTask>> {
        let task = self.tasks.pop_front()?;
        self.taken += 1;
        Some(task)
    }

    fn is_full(&self, lane: Lane) -> bool {
        self.tasks.len() >= lane.waiting && !self.closed
    }
}

/// A task to open a snapshot for.
struct First {
    task: Box<dyn ReadTask>,
    /// Tasks up to this number may use the same snapshot.
    until: u64,
}

impl Queue {
    pub(super) fn new(lane: Lane) -> Self {
        Self {
            lane,
            state: Mutex::default(),
            filled: Condvar::new(),
            drained: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held, and the state is whole at every instant.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a task and wakes an idle reader, if there is one.
    pub(super) fn push(&self, task: Box<dyn ReadTask>, when_full: WhenFull) {
        let mut state = self.lock();
        while state.is_full(self.lane) && when_full == WhenFull::Wait {
            state.crowd += 1;
            state = self.drained.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.crowd -= 1;
        }
        let refusal = if state.closed {
            Error::Closed
        } else if state.is_full(self.lane) {
            Error::Busy
        } else {
            state.tasks.push_back(task);
            let wake = state.idle > 0;
            drop(state);
            if wake {
                self.filled.notify_one();
            }
            return;
        };
        drop(state);
        task.fail(refusal);
    }

    /// Refuses further tasks; the readers end when the queue is empty.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
        self.drained.notify_all();
    }

    /// Waits for a task; `None` when there will be no more.
    fn first(&self) -> Option<First> {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.pop() {
                let until = state.taken + state.tasks.len() as u64;
                self.tell_crowd(&state);
                return Some(First { task, until });
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// A further task for a snapshot, without waiting.
    fn next(&self, until: u64) -> Option<Box<dyn ReadTask>> {
        let mut state = self.lock();
        if state.taken >= until {
            return None;
        }
        let task = state.pop();
        self.tell_crowd(&state);
        task
    }

    fn tell_crowd(&self, state: &State) {
        if state.crowd > 0 {
            self.drained.notify_one();
        }
    }
}

/// Runs until the queue is closed and empty.
pub(super) fn run(connection: &Connection, queue: &Queue) {
    let known = Known::default();
    while let Some(first) = queue.first() {
        answer(connection, &known, queue, first);
    }
}

fn answer(connection: &Connection, known: &Known, queue: &Queue, first: First) {
    known.forget_schema();
    let mut session = Session::new(connection, known);
    if let Err(error) = execute(&session, "BEGIN") {
        tracing::error!(%error, "cannot open a snapshot");
        return first.task.fail(error);
    }
    let (begun, mut count) = (Instant::now(), 1);
    first.task.run(&mut session);
    while count < queue.lane.batch
        && begun.elapsed() < MAX_BATCH_TIME
        && let Some(task) = queue.next(first.until)
    {
        task.run(&mut session);
        count += 1;
    }
    if let Err(error) = execute(&session, "COMMIT") {
        tracing::error!(%error, "cannot close a snapshot");
    }
}

fn execute(session: &Session<'_>, sql: &str) -> Result<()> {
    session.prepared(sql)?.execute([])?;
    Ok(())
}
