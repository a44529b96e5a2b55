//! The service: claims jobs, keeps their leases, recovers what others left, deletes what is old.
//!
//! Each of these is one method that does its work once, which is how tests use them; [`Runner::run`] calls them when it
//! is time. Interest in a wake-up is registered before looking for work, so none is missed; the poll interval is what
//! other processes' jobs rest on.

mod claim;
mod recover;
mod retention;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use model::{Env, Result};
use storage::Store;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::shared::Shared;
use crate::{Registry, RunnerHandle, RunnerOptions};

/// A runner of jobs. Clones are the same runner.
#[derive(Clone)]
pub struct Runner {
    shared: Arc<Shared>,
}

impl Runner {
    /// A runner of these kinds on this store.
    pub fn new(store: Store, env: Env, registry: Registry, options: RunnerOptions) -> Self {
        Self {
            shared: Arc::new(Shared::new(store, env, registry, options)),
        }
    }

    /// The handle by which others reach it.
    pub fn handle(&self) -> RunnerHandle {
        RunnerHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Works until `shutdown`, then asks running bodies to stop at their next chunk, sets their jobs back to wait for
    /// the next start, and returns when they have, or after the grace time.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut upkeep = JoinSet::new();
        self.recover_at_start().await;
        let handle = self.handle();
        self.shared.store.listen(move || handle.wake());
        self.spawn_upkeep(&mut upkeep);
        self.shared.ready.send_replace(true);
        self.claim_until(shutdown).await;
        self.shared.ready.send_replace(false);
        self.stop().await;
    }

    /// Claims and works on jobs until there is nothing more to claim; says how many runs that took.
    ///
    /// # Errors
    /// The store's.
    pub async fn drain(&self) -> Result<u64> {
        let mut runs = 0;
        loop {
            let claimed = self.claim().await?;
            if claimed == 0 {
                return Ok(runs);
            }
            runs += claimed;
            self.idle().await;
        }
    }

    /// Waits until no job is worked on in this process.
    pub async fn idle(&self) {
        let mut running = self.shared.running.subscribe();
        // The sender is in `self`.
        let _ = running.wait_for(|running| *running == 0).await;
    }

    /// Asks running bodies to stop at their next chunk, sets their jobs back, and waits for them up to the grace time.
    pub async fn stop(&self) {
        self.shared.shut_down();
        if timeout(self.shared.options.grace, self.idle()).await.is_err() {
            let running = self.handle().running();
            tracing::warn!(
                jobs.running = running,
                "jobs did not reach a chunk in time; the next start takes them up"
            );
        }
    }

    async fn claim_until(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut poll = ticks(self.shared.options.poll);
        loop {
            let mut woken = std::pin::pin!(self.shared.wake.notified());
            woken.as_mut().enable();
            if let Err(error) = self.claim().await {
                tracing::warn!(
                    error = error.message(),
                    cause = error.internal_text(),
                    "cannot claim jobs"
                );
            }
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                () = woken => {}
                _ = poll.tick() => {}
            }
        }
    }

    fn spawn_upkeep(&self, tasks: &mut JoinSet<()>) {
        let options = &self.shared.options;
        let (lease, retention) = (options.lease, options.retention_interval);
        let runner = self.clone();
        tasks.spawn(every(lease / 3, "renew leases", move || {
            let runner = runner.clone();
            async move { runner.heartbeat().await.map(drop) }
        }));
        let runner = self.clone();
        // A job must not lie about for much longer than its lease.
        tasks.spawn(every(lease / 6, "recover jobs", move || {
            let runner = runner.clone();
            async move { runner.recover_expired().await.map(drop) }
        }));
        let runner = self.clone();
        tasks.spawn(every(retention, "delete old jobs", move || {
            let runner = runner.clone();
            async move { runner.delete_old_in_turn().await }
        }));
    }

    async fn recover_at_start(&self) {
        if let Err(error) = self.recover().await {
            // Expiry will do the same later.
            tracing::warn!(
                error = error.message(),
                cause = error.internal_text(),
                "cannot recover jobs at start"
            );
        }
    }
}

async fn every<F, R>(period: Duration, what: &'static str, work: F)
where
    F: Fn() -> R,
    R: Future<Output = Result<()>>,
{
    let mut ticks = ticks(period);
    loop {
        ticks.tick().await;
        if let Err(error) = work().await {
            tracing::warn!(
                error = error.message(),
                cause = error.internal_text(),
                "cannot {what}"
            );
        }
    }
}

fn ticks(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
