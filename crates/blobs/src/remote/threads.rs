//! The threads that speak with the store, for callers that wait.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

/// Threads of their own, so that a caller may wait on any thread, and whatever becomes of the runtime he is on.
#[derive(Debug)]
pub(super) struct Threads(Option<Runtime>);

impl Threads {
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("contents")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    pub(super) fn handle(&self) -> Handle {
        self.0.as_ref().expect("there until dropped").handle().clone()
    }

    /// Waits for `work` at most that long; `None` when it has not ended by then, and will not.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        time: Duration,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, done) = mpsc::sync_channel(1);
        self.handle().spawn(async move {
            if let Ok(result) = tokio::time::timeout(time, work).await {
                // The caller waits.
                let _ = sender.send(result);
            }
        });
        // Ends without a result when the task was dropped, or panicked.
        done.recv().ok()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting for its threads is refused on a thread of another runtime.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
