//! What queues need from time to time: messages that are too old go, and what purged and deleted queues left; and receivers
//! here are told of what other nodes have announced.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ::jobs::{shared_time, take_turn};
use model::{Error, Timestamp};
use storage::tables::queues::{Queue, QueueFilter};
use tokio::time::{MissedTickBehavior, interval};

use super::{Fault, Open, Queues};
use crate::Engine;

/// Between two sweeps.
const PERIOD: Duration = Duration::from_secs(60);
/// Rows that go in one transaction.
const ROWS: u64 = 1000;
/// Queues that are read at once.
const PAGE: u64 = 100;
/// At least so long between two questions for what other nodes have announced.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(5);

/// Looks after queues until `shutdown`; then nobody waits any more.
pub async fn run(engine: Engine, shutdown: impl Future<Output = ()>) {
    let mut shutdown = std::pin::pin!(shutdown);
    let waiting = Arc::clone(&engine.inner.waiting);
    let hears = Arc::clone(&waiting);
    engine.store().listen(move || hears.heard.notify_one());
    let queues = engine.queues();
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let outcome = tokio::select! {
            () = &mut shutdown => return waiting.close(),
            () = waiting.heard.notified() => queues.look_around().await,
            _ = ticks.tick() => queues.sweep_in_turn().await,
        };
        if let Err(fault) = outcome {
            tracing::warn!(
                error = fault.message(),
                cause = fault.error().and_then(Error::internal_text),
                "cannot look after queues"
            );
        }
    }
}

impl Queues {
    /// Wakes receivers of queues that have something, or will have.
    async fn look_around(&self) -> Result<(), Fault> {
        let waiting = Arc::clone(&self.engine.inner.waiting);
        let spots = waiting.heaps();
        if spots.is_empty() {
            return Ok(());
        }
        let heaps: Vec<_> = spots.iter().map(|(_, heap)| *heap).collect();
        let ready = self.read(move |tx| Ok(tx.ready_heaps(&heaps)?)).await?;
        let now = self.engine.env().now();
        for (name, heap) in &spots {
            if let Some((_, at)) = ready.iter().find(|(ready, _)| ready == heap) {
                waiting.ready(name, 1, *at, now);
            }
        }
        tokio::time::sleep(BETWEEN_QUESTIONS).await;
        Ok(())
    }

    /// Sweeps, if no other node did so lately.
    async fn sweep_in_turn(&self) -> Result<(), Fault> {
        let env = self.engine.env().clone();
        let turn = self.engine.store().write(move |tx| {
            let now = shared_time(&env, tx)?;
            Ok::<_, Fault>(take_turn(tx, "queues", PERIOD, now)?)
        });
        match turn.await? {
            true => self.sweep().await,
            false => Ok(()),
        }
    }

    /// Deletes what is too old or was forgotten.
    ///
    /// # Errors
    /// The store's; what is deleted by then stays deleted.
    pub async fn sweep(&self) -> Result<(), Fault> {
        while self.write(|tx, _| Ok(tx.sweep_heaps(ROWS)?)).await? > 0 {}
        while self
            .write(|tx, moment| Ok(tx.forget_sent(moment.now, ROWS)?))
            .await?
            == ROWS
        {}
        let (mut account, mut name) = (String::new(), String::new());
        loop {
            let after = (account.clone(), name.clone());
            let page = self
                .read(move |tx| Ok(tx.queues(QueueFilter::All, (&after.0, &after.1), PAGE)?))
                .await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            (account, name) = (last.account.clone(), last.name.clone());
            for queue in page {
                self.delete_old(queue).await?;
            }
        }
    }

    async fn delete_old(&self, queue: Queue) -> Result<(), Fault> {
        let open = Open::of(queue)?;
        loop {
            let (found, now) = (open.clone(), self.engine.env().now());
            if !self.read(move |tx| Ok(has_old(tx, &found, now)?)).await? {
                return Ok(());
            }
            let swept = open.clone();
            let gone = self.write(move |tx, moment| {
                let before = swept.oldest(moment.now);
                Ok(tx.delete_old_messages(swept.heap(), before, moment.now, ROWS)?)
            });
            if gone.await? == 0 {
                return Ok(());
            }
        }
    }
}

/// Whether the first message that is ready is too old: a look that costs next to nothing.
fn has_old(tx: &mut dyn storage::ReadTx, open: &Open, now: Timestamp) -> storage::Result<bool> {
    let first = tx.ready_messages(open.heap(), now, 1)?;
    Ok(first.first().is_some_and(|first| first.sent < open.oldest(now)))
}
