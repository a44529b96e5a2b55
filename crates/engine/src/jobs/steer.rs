//! Stopping, resuming and cancelling jobs on behalf of a caller.

use ::jobs::Action;
use model::job::Status;
use model::{Actor, Error, Job, JobSeq};

use super::seen;
use crate::Engine;

impl Engine {
    /// Does what `actor` asks of a job and its branch; answers the job as it is then.
    ///
    /// # Errors
    /// `not-found`, also when he may not see it; `conflict` that names its status when that does not allow it.
    pub async fn steer_job(&self, actor: &Actor, seq: JobSeq, action: Action) -> Result<Job, Error> {
        let (engine, actor) = (self.clone(), actor.clone());
        self.store()
            .write(move |tx| {
                seen(tx, &actor, seq)?;
                engine.runner().steer(tx, seq, action, engine.env().now())
            })
            .await
    }

    /// Cancels a job, whether somebody works on it or not. What is written already stays; a job that is cancelled
    /// already is answered as it is.
    ///
    /// # Errors
    /// As [`Engine::steer_job`].
    pub async fn cancel_job(&self, actor: &Actor, seq: JobSeq) -> Result<Job, Error> {
        let (engine, actor) = (self.clone(), actor.clone());
        self.store()
            .write(move |tx| {
                let job = seen(tx, &actor, seq)?;
                if job.status == Status::Cancelled {
                    return Ok(job);
                }
                let now = engine.env().now();
                engine.runner().steer(tx, seq, Action::CancelRunning, now)
            })
            .await
    }
}
