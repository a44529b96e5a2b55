//! One run of a job's body: what it sees and how it commits.
//!
//! One commit may be in flight while the body prepares the next chunk ([`Run::commit_async`]); results come in order,
//! and no chunk is sent before the one ahead of it is on disk. A full disk is waited out here, so that bodies never see it.

use std::sync::Arc;
use std::time::Instant;

use model::job::Level;
use model::{Env, Error, Job, Result, Timestamp};
use serde::de::DeserializeOwned;
use storage::{Store, Tx};
use tokio::sync::oneshot;

use crate::chunk::{After, Chunk, Refusal, Work};
use crate::shared::{Active, Shared, is_passing};
use crate::{Interrupt, Point, Report, RunnerHandle, Verdict};

/// One run of a job's body.
pub struct Run {
    shared: Arc<Shared>,
    active: Arc<Active>,
    job: Job,
    logs: Vec<(Level, String)>,
    in_flight: Option<InFlight>,
}

struct InFlight {
    chunk: Chunk,
    answer: oneshot::Receiver<Result<After, Refusal>>,
    begun: Instant,
}

impl Run {
    pub(crate) fn new(shared: Arc<Shared>, active: Arc<Active>, job: Job) -> Self {
        Self {
            shared,
            active,
            job,
            logs: Vec::new(),
            in_flight: None,
        }
    }

    /// The job as it was when it was claimed.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// What the job is to do.
    ///
    /// # Errors
    /// The job fails if its parameters are not a `T`.
    pub fn params<T: DeserializeOwned>(&self) -> Result<T, Interrupt> {
        self.parsed("parameters", &self.job.params)
    }

    /// Where the run before this one left off; none if nothing was committed.
    ///
    /// # Errors
    /// The job fails if its checkpoint is not a `T`.
    pub fn checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, Interrupt> {
        let text = self.job.checkpoint.as_deref();
        text.map(|text| self.parsed("checkpoint", text)).transpose()
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.shared.env.now()
    }

    /// Time and randomness.
    pub fn env(&self) -> &Env {
        &self.shared.env
    }

    /// The store, for reading. What is written past [`Run::commit`] is not protected by the lease.
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// The runner, for handing in children.
    pub fn handle(&self) -> RunnerHandle {
        RunnerHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Whether the body should come to its next commit, or call [`Run::check`], soon. Cheap.
    pub fn should_stop(&self) -> bool {
        self.active.is_asked_to_stop()
    }

    /// What tells, on any thread, whether the body should come to an end soon.
    pub fn stopper(&self) -> Arc<dyn Fn() -> bool + Send + Sync> {
        let active = Arc::clone(&self.active);
        Arc::new(move || active.is_asked_to_stop())
    }

    /// For long work outside the store: returns the interrupt if there is one.
    ///
    /// # Errors
    /// [`Interrupt::Stopped`]
    pub fn check(&self) -> Result<(), Interrupt> {
        if self.should_stop() {
            Err(Interrupt::Stopped)
        } else {
            Ok(())
        }
    }

    /// Adds a line to the job's log; it is stored with the next chunk or the end.
    pub fn log(&mut self, level: Level, message: impl Into<String>) {
        self.logs.push((level, message.into()));
    }

    /// Commits a chunk: runs `work` in a transaction and stores its report with it. Returns when it is on disk.
    ///
    /// # Errors
    /// An [`Interrupt`]; with [`Interrupt::Failed`] and [`Interrupt::LostLease`] nothing of the chunk is stored.
    pub fn commit<F>(&mut self, work: F) -> Result<(), Interrupt>
    where
        F: Fn(&mut dyn Tx) -> Result<Report> + Send + Sync + 'static,
    {
        self.commit_async(work)?;
        self.settle()
    }

    /// Sends a chunk on its way after the one before it is on disk, and returns without waiting for this one.
    ///
    /// # Errors
    /// The interrupt of the chunk before; this one is not sent then.
    pub fn commit_async<F>(&mut self, work: F) -> Result<(), Interrupt>
    where
        F: Fn(&mut dyn Tx) -> Result<Report> + Send + Sync + 'static,
    {
        self.settle()?;
        let work: Work = Arc::new(work);
        let chunk = Chunk {
            lease: self.active.lease.clone(),
            work,
            logs: std::mem::take(&mut self.logs),
        };
        self.in_flight = Some(self.send(chunk)?);
        Ok(())
    }

    /// Waits until the chunk in flight, if any, is on disk.
    ///
    /// # Errors
    /// Its interrupt, or [`Interrupt::Stopped`] if there is no reason to begin another.
    pub fn settle(&mut self) -> Result<(), Interrupt> {
        self.land()?;
        self.check()
    }

    /// As [`Run::settle`], but a chunk that is on disk is a success whatever comes next.
    pub(crate) fn land(&mut self) -> Result<(), Interrupt> {
        let Some(mut flight) = self.in_flight.take() else {
            return Ok(());
        };
        let mut attempts = 0;
        loop {
            let begun = flight.begun;
            match flight.answer.blocking_recv().unwrap_or(Err(Refusal::LostLease)) {
                Ok(After::Go) => return self.landed(begun),
                Ok(After::Parked) => return self.landed(begun).and(Err(Interrupt::Stopped)),
                Err(Refusal::LostLease) => return Err(Interrupt::LostLease),
                Err(Refusal::Error(error)) if is_passing(&error) => attempts += 1,
                // The checkpoint tells, so the body is run again from there.
                Err(Refusal::Error(error) | Refusal::Unknown(error)) => return Err(Interrupt::Failed(error)),
            }
            tracing::warn!(
                job.seq = self.job.seq.0,
                attempts,
                "a chunk could not be stored; trying again"
            );
            if !self.shared.pause(self.shared.options.backoff.after(attempts)) {
                return Err(Interrupt::Stopped);
            }
            flight = self.send(flight.chunk)?;
        }
    }

    /// Looks at the job anew, for another attempt of its body. What the last one logged behind its last chunk goes: it is
    /// done again.
    pub(crate) fn refresh(&mut self) -> Result<(), Interrupt> {
        let lease = self.active.lease.clone();
        let read = self.shared.store.read_blocking(move |tx| {
            let held = tx.lease(lease.seq)?.is_some_and(|state| state.is_held_by(&lease));
            Ok::<_, Error>(tx.job(lease.seq)?.filter(|_| held))
        });
        self.job = read?.ok_or(Interrupt::LostLease)?;
        self.logs.clear();
        Ok(())
    }

    /// The log lines that no chunk has taken.
    pub(crate) fn take_logs(&mut self) -> Vec<(Level, String)> {
        std::mem::take(&mut self.logs)
    }

    /// Asks the hooks; the error is the one to go on with.
    pub(crate) fn at(&self, point: Point) -> Result<Result<()>, Interrupt> {
        match self.shared.options.hooks.at(point, &self.job) {
            Verdict::Go => Ok(Ok(())),
            Verdict::Fail(error) => Ok(Err(error)),
            Verdict::Die => Err(Interrupt::Abandoned),
        }
    }

    fn send(&self, chunk: Chunk) -> Result<InFlight, Interrupt> {
        let begun = Instant::now();
        let answer = match self.at(Point::BeforeCommit)? {
            Ok(()) => self.submit(chunk.clone()),
            Err(planned) => refused(planned),
        };
        Ok(InFlight { chunk, answer, begun })
    }

    fn submit(&self, chunk: Chunk) -> oneshot::Receiver<Result<After, Refusal>> {
        let shared = Arc::clone(&self.shared);
        self.shared.store.send_write(move |tx| {
            let now = shared.time(tx)?;
            chunk.apply(tx, now, shared.lease_until(now))
        })
    }

    fn landed(&self, begun: Instant) -> Result<(), Interrupt> {
        metrics::counter!("job_chunks_total").increment(1);
        metrics::histogram!("job_chunk_seconds").record(begun.elapsed().as_secs_f64());
        Ok(self.at(Point::AfterCommit)??)
    }

    fn parsed<T: DeserializeOwned>(&self, what: &str, text: &str) -> Result<T, Interrupt> {
        serde_json::from_str(text).map_err(|error| {
            let cause = format!("{what} of job {}: {error}", self.job.seq);
            Interrupt::Failed(Error::internal(cause))
        })
    }
}

fn refused(error: Error) -> oneshot::Receiver<Result<After, Refusal>> {
    let (reply, answer) = oneshot::channel();
    // The receiver is right here.
    let _ = reply.send(Err(Refusal::Error(error)));
    answer
}
