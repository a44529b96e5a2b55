//! Stopping, resuming and cancelling jobs on behalf of a caller.

use ::jobs::Action;
use model::job::Status;
use model::{Actor, Code, Error, Job, JobId, JobSeq};

use super::{may_see, seen};
use crate::Engine;

impl Engine {
    /// The job with this public id, for one who wants to steer it.
    ///
    /// # Errors
    /// `not-found`; `forbidden` for a job of somebody else's.
    pub async fn job_to_steer(&self, actor: &Actor, id: &JobId) -> Result<Job, Error> {
        let (actor, id) = (actor.clone(), id.clone());
        let found = self.store().read(move |tx| {
            let job = tx.job_by_id(&id)?.ok_or_else(|| Error::not_found("job", &id))?;
            if may_see(&actor, &job) {
                return Ok(job);
            }
            let message = format!("you may steer your own jobs only, {id} is not yours");
            Err(Error::new(Code::Forbidden, message))
        });
        found.await
    }

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

    /// [`Engine::steer_job`] for a job that is in the status `from` and in no other.
    ///
    /// # Errors
    /// As there.
    pub async fn steer_job_from(
        &self,
        actor: &Actor,
        seq: JobSeq,
        action: Action,
        from: Status,
    ) -> Result<Job, Error> {
        let (engine, actor) = (self.clone(), actor.clone());
        self.store()
            .write(move |tx| {
                let job = seen(tx, &actor, seq)?;
                if job.status != from {
                    let (id, status) = (&job.id, job.status.as_str());
                    let message = format!("job {id} is {status}, not {}", from.as_str());
                    return Err(Error::new(Code::Conflict, message));
                }
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
