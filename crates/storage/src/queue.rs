//! The queue between callers that read and the threads that do it for them: first come, first served, bounded.
//!
//! Readers open one snapshot for whatever was waiting by then, and take tasks one at a time, so that a long scan delays
//! nobody else while another thread is free. A task that came after a snapshot was opened waits for the next one: its
//! caller may have written something that the old snapshot does not show. Reads that walk over whole collections have a
//! queue and threads of their own, so that they never stand before a point read ([`Lane`]).

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Error, ReadTask, WhenFull};

/// Tasks on one snapshot get no older than this: an old one keeps the store from clearing up behind it.
pub(crate) const MAX_BATCH_TIME: Duration = Duration::from_millis(20);

/// A kind of reading with its own queue and threads.
#[derive(Clone, Copy)]
pub(crate) struct Lane {
    /// Tasks that may wait before a further one is refused as busy.
    waiting: usize,
    /// Tasks on one snapshot.
    pub(crate) batch: u64,
}

/// Short reads: many share one snapshot.
pub(crate) const READS: Lane = Lane {
    waiting: 8192,
    batch: 64,
};
/// Walks over whole collections: each may take seconds, so few may wait, and none for another's end.
pub(crate) const SCANS: Lane = Lane {
    waiting: 256,
    batch: 1,
};

/// The queue that the readers of one lane share.
pub(crate) struct Queue {
    pub(crate) lane: Lane,
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
pub(crate) struct First {
    pub(crate) task: Box<dyn ReadTask>,
    /// Tasks up to this number may use the same snapshot.
    pub(crate) until: u64,
}

impl Queue {
    pub(crate) fn new(lane: Lane) -> Self {
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
    pub(crate) fn push(&self, task: Box<dyn ReadTask>, when_full: WhenFull) {
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
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
        self.drained.notify_all();
    }

    /// Waits for a task; `None` when there will be no more.
    pub(crate) fn first(&self) -> Option<First> {
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
    pub(crate) fn next(&self, until: u64) -> Option<Box<dyn ReadTask>> {
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
