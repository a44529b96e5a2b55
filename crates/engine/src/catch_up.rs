//! What a node keeps in memory, held against what other nodes have changed.
//!
//! Tokens, users and the app are kept in memory, since every request needs them. Whoever changes one of them moves the
//! revision of the store in the same transaction ([`storage::tables::ReadMarks::revision`]), and every request asks for it
//! before it relies on what is kept. So what one node has answered as done counts at once on all of them. Requests that
//! come while one question is on its way share the next: it begins after they came, and that is all that matters.
//!
//! A store that one process has for itself needs none of this.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::Error;
use tokio::sync::oneshot;

use crate::Engine;

type Answer = Result<(), Error>;

/// How far this process is behind, and who waits to know.
#[derive(Default)]
pub(crate) struct Behind {
    /// The revision that everything kept here is at least of.
    reached: AtomicU64,
    queue: Mutex<Queue>,
    /// Held while the app is read anew, so that an older one never takes the place of a newer one.
    pub(crate) reloading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Queue {
    /// Whether a question is on its way.
    asking: bool,
    waiting: Vec<oneshot::Sender<Answer>>,
}

impl Behind {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one who waits; whether somebody has to begin to ask.
    fn wait(&self, waiting: oneshot::Sender<Answer>) -> bool {
        let mut queue = self.queue();
        queue.waiting.push(waiting);
        !std::mem::replace(&mut queue.asking, true)
    }

    /// Those who wait by now; when nobody does, the asking ends.
    fn take(&self) -> Vec<oneshot::Sender<Answer>> {
        let mut queue = self.queue();
        queue.asking = !queue.waiting.is_empty();
        std::mem::take(&mut queue.waiting)
    }
}

/// Whoever asks. Should that panic, nobody waits for it in vain, and the next one begins anew.
struct Asking<'a>(&'a Behind);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.queue() = Queue::default();
        }
    }
}

impl Engine {
    /// Drops what is kept in memory and was changed by another node before this was called.
    ///
    /// # Errors
    /// The store's: nothing can be said then.
    pub async fn catch_up(&self) -> Result<(), Error> {
        if self.store().is_exclusive() {
            return Ok(());
        }
        let (sender, answer) = oneshot::channel();
        if self.inner.behind.wait(sender) {
            let engine = self.clone();
            tokio::spawn(async move { engine.ask_while_wanted().await });
        }
        let gone = |_| Err(Error::internal("nobody asked for the revision"));
        answer.await.unwrap_or_else(gone)
    }

    async fn ask_while_wanted(&self) {
        let _asking = Asking(&self.inner.behind);
        loop {
            let waiting = self.inner.behind.take();
            if waiting.is_empty() {
                return;
            }
            let answer = self.compare_revisions().await;
            for one in waiting {
                // Whoever has given up does not want to know.
                let _ = one.send(answer.clone());
            }
        }
    }

    async fn compare_revisions(&self) -> Answer {
        let revision = self.store().revision().await?;
        let reached = &self.inner.behind.reached;
        if reached.load(Ordering::Acquire) != revision {
            self.inner.tokens.clear();
            self.reload_app().await?;
            reached.store(revision, Ordering::Release);
        }
        Ok(())
    }
}
