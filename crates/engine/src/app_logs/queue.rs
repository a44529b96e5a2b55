//! Lines that wait to be stored.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{Actor, Error};
use storage::Tx;
use storage::tables::app_logs::{LogBounds, NewLogLine};
use tokio::sync::Notify;

use super::line::{Entry, new_line};
use crate::Engine;

/// Lines that may wait.
const ROOM: usize = 10_000;
/// Lines that are stored together at most.
const BATCH: usize = 2_000;
/// How long a line waits at most.
const PAUSE: Duration = Duration::from_millis(500);

/// See the module.
#[derive(Default)]
pub(crate) struct Queue {
    lines: Mutex<VecDeque<NewLogLine>>,
    arrived: Notify,
    crowded: Notify,
    /// Held while lines are stored, so that they are stored in order.
    storing: tokio::sync::Mutex<()>,
}

impl Queue {
    fn lines(&self) -> MutexGuard<'_, VecDeque<NewLogLine>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: NewLogLine) {
        let mut lines = self.lines();
        if lines.len() >= ROOM {
            metrics::counter!("app_log_lines_dropped_total").increment(1);
            return;
        }
        lines.push_back(line);
        let waiting = lines.len();
        drop(lines);
        if waiting == 1 {
            self.arrived.notify_one();
        }
        if waiting == BATCH {
            self.crowded.notify_one();
        }
    }

    fn take(&self) -> Vec<NewLogLine> {
        let mut lines = self.lines();
        let count = lines.len().min(BATCH);
        lines.drain(..count).collect()
    }

    /// Puts lines back that could not be stored, in front of those that came since, as far as there is room.
    fn give_back(&self, taken: &[NewLogLine]) {
        let mut lines = self.lines();
        let room = ROOM.saturating_sub(lines.len()).min(taken.len());
        let (lost, kept) = taken.split_at(taken.len() - room);
        for line in kept.iter().rev() {
            lines.push_front(line.clone());
        }
        metrics::counter!("app_log_lines_dropped_total").increment(lost.len() as u64);
    }
}

impl Engine {
    /// Logs what `actor` did, soon; returns at once.
    pub fn log(&self, actor: &Actor, entry: Entry) {
        let line = new_line(actor, entry, self.env().now());
        self.inner.logs.push(line);
    }

    /// Stores the lines that wait.
    ///
    /// # Errors
    /// The store's; the lines wait on.
    pub async fn flush_logs(&self) -> Result<(), Error> {
        let _storing = self.inner.logs.storing.lock().await;
        while self.store_waiting(None).await?.is_some() {}
        Ok(())
    }

    /// Stores a line after all that wait, and says its place.
    pub(super) async fn store_line(&self, line: NewLogLine) -> Result<i64, Error> {
        let _storing = self.inner.logs.storing.lock().await;
        let place = self.store_waiting(Some(line)).await?;
        place.ok_or_else(|| Error::internal("a log line got no place"))
    }

    /// Stores a batch of those that wait, and `last` behind them. The place of the last one; none if there was nothing.
    async fn store_waiting(&self, last: Option<NewLogLine>) -> Result<Option<i64>, Error> {
        let mut lines = self.inner.logs.take();
        let waited = lines.len();
        lines.extend(last);
        if lines.is_empty() {
            return Ok(None);
        }
        let lines = Arc::new(lines);
        let (stored, bounds) = (Arc::clone(&lines), self.log_bounds());
        let outcome = self
            .store()
            .write(move |tx: &mut dyn Tx| {
                let places = tx.add_log_lines(&stored)?;
                tx.rotate_logs(bounds)?;
                Ok::<_, Error>(places.last().copied())
            })
            .await;
        if outcome.is_err() {
            self.inner.logs.give_back(&lines[..waited]);
        }
        outcome
    }

    fn log_bounds(&self) -> LogBounds {
        let options = &self.options().slingr;
        LogBounds {
            lines: options.max_logs,
            bytes: options.max_log_bytes,
        }
    }
}

/// Stores lines soon after they came, until `shutdown`, and then the last ones.
pub async fn run(engine: Engine, shutdown: impl Future<Output = ()>) {
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let queue = &engine.inner.logs;
        tokio::select! {
            () = &mut shutdown => break,
            () = queue.arrived.notified() => {}
        }
        tokio::select! {
            () = &mut shutdown => break,
            () = queue.crowded.notified() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
        if let Err(error) = engine.flush_logs().await {
            warn(&error);
            // Another line would not tell of those that were given back.
            engine.inner.logs.arrived.notify_one();
        }
    }
    if let Err(error) = engine.flush_logs().await {
        warn(&error);
    }
}

fn warn(error: &Error) {
    tracing::warn!(
        error = error.message(),
        cause = error.internal_text(),
        "cannot store lines of the app's log"
    );
}

#[cfg(test)]
mod tests {
    use model::{Actor, Timestamp};

    use super::super::{Entry, Kind, Level};
    use super::{BATCH, Queue, ROOM, new_line};

    fn line(message: usize) -> storage::tables::app_logs::NewLogLine {
        let entry = Entry {
            kind: Kind::App,
            happening: None,
            level: Level::Info,
            message: message.to_string(),
            ip: None,
            info: None,
        };
        new_line(&Actor::default(), entry, Timestamp(0))
    }

    #[test]
    fn a_full_queue_drops_the_newest() {
        let queue = Queue::default();
        (0..ROOM + 5).for_each(|n| queue.push(line(n)));
        assert_eq!(queue.lines().len(), ROOM);
        let taken = queue.take();
        assert_eq!((taken.len(), &*taken[0].message), (BATCH, "0"));
    }

    #[test]
    fn lines_given_back_come_first_and_the_oldest_are_lost() {
        let queue = Queue::default();
        (0..3).for_each(|n| queue.push(line(n)));
        let taken = queue.take();
        (3..ROOM + 1).for_each(|n| queue.push(line(n)));
        queue.give_back(&taken);
        let lines = queue.lines();
        assert_eq!(lines.len(), ROOM);
        assert_eq!((&*lines[0].message, &*lines[2].message), ("1", "3"));
    }
}
