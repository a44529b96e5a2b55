//! What a runner's loop, its worker threads and its handles share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{Class, Env, Error, JobSeq, Timestamp};
use storage::tables::jobs::{Claimed, Lease};
use storage::{Store, Tx};
use tokio::sync::{Notify, watch};

use crate::{Registry, RunnerOptions, shared_time};

/// One runner of one process.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) env: Env,
    pub(crate) registry: Registry,
    pub(crate) options: RunnerOptions,
    /// A random name, new with every start, so that no lease outlives its process unnoticed.
    pub(crate) owner: String,
    /// Told when there may be something to claim.
    pub(crate) wake: Notify,
    /// How many jobs are worked on here.
    pub(crate) running: watch::Sender<usize>,
    pub(crate) ready: watch::Sender<bool>,
    active: Mutex<HashMap<JobSeq, Arc<Active>>>,
    stopping: Mutex<bool>,
    stop: Condvar,
}

/// A job that is worked on in this process.
pub(crate) struct Active {
    pub(crate) lease: Lease,
    pub(crate) root: Option<JobSeq>,
    pub(crate) low_priority: bool,
    asked_to_stop: AtomicBool,
}

impl Active {
    pub(crate) fn of(claimed: &Claimed, owner: &str) -> Self {
        Self {
            lease: Lease {
                seq: claimed.job.seq,
                owner: owner.to_owned(),
                fence: claimed.fence,
            },
            root: claimed.job.root,
            low_priority: claimed.job.low_priority,
            asked_to_stop: AtomicBool::new(false),
        }
    }

    pub(crate) fn ask_to_stop(&self) {
        self.asked_to_stop.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_asked_to_stop(&self) -> bool {
        self.asked_to_stop.load(Ordering::Relaxed)
    }
}

impl Shared {
    pub(crate) fn new(store: Store, env: Env, registry: Registry, options: RunnerOptions) -> Self {
        let owner = env.random_bytes::<8>().map(|byte| format!("{byte:02x}")).concat();
        Self {
            store,
            env,
            registry,
            options,
            owner,
            wake: Notify::new(),
            running: watch::Sender::new(0),
            ready: watch::Sender::new(false),
            active: Mutex::default(),
            stopping: Mutex::new(false),
            stop: Condvar::new(),
        }
    }

    /// The time by which leases are given and expire, so that nodes whose clocks differ agree.
    pub(crate) fn time(&self, tx: &mut dyn Tx) -> storage::Result<Timestamp> {
        shared_time(&self.env, tx)
    }

    /// Until when a lease counts that is given or renewed now.
    pub(crate) fn lease_until(&self, now: Timestamp) -> Timestamp {
        now.plus_millis(i64::try_from(self.options.lease.as_millis()).unwrap_or(i64::MAX))
    }

    pub(crate) fn add(&self, active: Arc<Active>) {
        if self.is_shutting_down() {
            active.ask_to_stop();
        }
        let mut all = lock(&self.active);
        all.insert(active.lease.seq, active);
        self.note(all.len());
    }

    /// Forgets a job. Its place is free then, and its end may have let others run.
    pub(crate) fn remove(&self, seq: JobSeq) {
        let mut all = lock(&self.active);
        all.remove(&seq);
        self.note(all.len());
        drop(all);
        self.wake.notify_one();
    }

    fn note(&self, running: usize) {
        self.running.send_replace(running);
        metrics::gauge!("jobs_running").set(u32::try_from(running).unwrap_or(u32::MAX));
    }

    pub(crate) fn actives(&self) -> Vec<Arc<Active>> {
        lock(&self.active).values().cloned().collect()
    }

    pub(crate) fn is_active(&self, seq: JobSeq) -> bool {
        lock(&self.active).contains_key(&seq)
    }

    /// Asks every body to stop at its next chunk and ends every wait.
    pub(crate) fn shut_down(&self) {
        *lock(&self.stopping) = true;
        self.actives().iter().for_each(|active| active.ask_to_stop());
        self.stop.notify_all();
    }

    pub(crate) fn is_shutting_down(&self) -> bool {
        *lock(&self.stopping)
    }

    /// Waits before a further attempt; `false` if there is none because the process ends.
    pub(crate) fn pause(&self, wait: Duration) -> bool {
        let stopping = lock(&self.stopping);
        let ended = self
            .stop
            .wait_timeout_while(stopping, wait, |stopping| !*stopping);
        !*ended.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Whether the same write may succeed later.
pub(crate) fn is_passing(error: &Error) -> bool {
    matches!(error.class(), Class::StorageFull | Class::Unavailable)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these locks guard is whole at every instant, so a poisoned one is as good as new.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
