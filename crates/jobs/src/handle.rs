//! The handle by which the rest of the process reaches a runner.

use std::sync::Arc;

use model::job::NewJob;
use model::{Job, JobSeq, Result, Timestamp};
use storage::Tx;
use storage::tables::jobs::Inserted;

use crate::shared::Shared;
use crate::{Action, steer};

/// A handle on a runner. Cheap to clone; works, without effect, also when the runner is gone.
#[derive(Clone)]
pub struct RunnerHandle {
    pub(crate) shared: Arc<Shared>,
}

impl RunnerHandle {
    /// Says that there may be something to claim.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Hands in a job; the runner learns of it when the transaction is on disk.
    ///
    /// # Errors
    /// Only the store's.
    pub fn submit(&self, tx: &mut dyn Tx, new: &NewJob) -> storage::Result<Inserted> {
        let inserted = tx.insert_job(new)?;
        self.wake_on_commit(tx);
        Ok(inserted)
    }

    /// [`steer`](crate::steer()), and tells whoever works on the job in this process, so that he need not wait for his next commit.
    ///
    /// # Errors
    /// As [`steer`](crate::steer()).
    pub fn steer(&self, tx: &mut dyn Tx, seq: JobSeq, action: Action, now: Timestamp) -> Result<Job> {
        let job = steer::steer(tx, seq, action, now)?;
        let handle = self.clone();
        tx.on_commit(Box::new(move || {
            if action != Action::Resume {
                handle.stop(seq);
            }
            handle.wake();
        }));
        tx.announce();
        Ok(job)
    }

    /// Wakes the runner once the transaction is on disk, and those of other nodes.
    pub fn wake_on_commit(&self, tx: &mut dyn Tx) {
        let handle = self.clone();
        tx.on_commit(Box::new(move || handle.wake()));
        tx.announce();
    }

    /// Asks the bodies of a job and of its branch to look up from their work. What becomes of the job is in the store: a
    /// body that leaves a job which nobody stopped is run again.
    pub fn stop(&self, seq: JobSeq) {
        for active in self.shared.actives() {
            if active.lease.seq == seq || active.root == Some(seq) {
                active.ask_to_stop();
            }
        }
    }

    /// How many jobs are worked on in this process.
    pub fn running(&self) -> usize {
        *self.shared.running.borrow()
    }

    /// Whether the runner has recovered what the last process left and takes jobs.
    pub fn ready(&self) -> bool {
        *self.shared.ready.borrow()
    }

    /// Waits until [`RunnerHandle::ready`].
    pub async fn became_ready(&self) {
        let mut ready = self.shared.ready.subscribe();
        // The sender is in `self`.
        let _ = ready.wait_for(|ready| *ready).await;
    }
}
