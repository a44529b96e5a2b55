//! The thread of one claimed job: runs the body, catches its panics, writes its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use model::job::Status;
use model::{Error, Job, Result};

use crate::chunk::{Refusal, panicked};
use crate::finish::{End, Finish};
use crate::shared::{Active, Shared, is_passing};
use crate::{Interrupt, Kind, Outcome, Point, Run};

/// Attempts to write an end that fails for no passing reason, before it is left to the lease's expiry; and to run a body
/// again that gets no further for a reason that may pass, before the job fails.
const ATTEMPTS: u32 = 5;

/// Works on a job from its claim to its end, then frees its place.
pub(crate) fn work(shared: &Arc<Shared>, active: &Arc<Active>, kind: &dyn Kind, job: Job) {
    let seq = job.seq;
    let span = tracing::info_span!("job", job.seq = seq.0, job.kind = kind.name());
    let _entered = span.enter();
    let mut run = Run::new(Arc::clone(shared), Arc::clone(active), job);
    let verdict = run_through(shared, kind, &mut run);
    let ended = end_of(verdict, &mut run).and_then(|end| write_end(shared, active, &mut run, end));
    match ended {
        Some(status) => note(status),
        None => tracing::info!("left the job as it is in the store"),
    }
    // The run holds the runner; it goes before anybody is told that the place is free.
    drop(run);
    shared.remove(seq);
}

/// Runs the body, and again from its last checkpoint when the store went away under it or was too busy to answer.
fn run_through(shared: &Arc<Shared>, kind: &dyn Kind, run: &mut Run) -> Result<Outcome, Interrupt> {
    run.at(Point::Claimed)??;
    let (mut attempts, mut reached) = (0, run.job().checkpoint.clone());
    loop {
        let verdict = run_body(kind, run);
        let error = match &verdict {
            Err(Interrupt::Failed(error)) if asks_to_come_again(error) && attempts < ATTEMPTS => error,
            _ => return verdict,
        };
        attempts += 1;
        let (error, cause) = (error.message(), error.internal_text());
        tracing::warn!(
            attempts,
            error,
            cause,
            "the body of a job is run again from its checkpoint"
        );
        refresh(shared, run, attempts)?;
        if run.job().checkpoint != reached {
            (attempts, reached) = (0, run.job().checkpoint.clone());
        }
    }
}

/// Waits, then looks at what the job has come to; that takes as long as the store is away.
fn refresh(shared: &Arc<Shared>, run: &mut Run, mut attempts: u32) -> Result<(), Interrupt> {
    loop {
        if !shared.pause(shared.options.backoff.after(attempts)) {
            return Err(Interrupt::Stopped);
        }
        match run.refresh() {
            Err(Interrupt::Failed(error)) if asks_to_come_again(&error) => attempts += 1,
            refreshed => return refreshed,
        }
    }
}

/// Whether an error says itself that the same may go well later, as those of the store do.
fn asks_to_come_again(error: &Error) -> bool {
    is_passing(error) && error.retry_after().is_some()
}

fn run_body(kind: &dyn Kind, run: &mut Run) -> Result<Outcome, Interrupt> {
    let outcome = catch_unwind(AssertUnwindSafe(|| kind.run(run)))
        .unwrap_or_else(|panic| Err(Interrupt::Failed(panicked(panic.as_ref()))));
    // A chunk still in flight belongs to what the body did; its failure is the job's.
    match (outcome, run.land()) {
        (Err(interrupt), _) | (Ok(_), Err(interrupt)) => Err(interrupt),
        (Ok(outcome), Ok(())) => Ok(outcome),
    }
}

/// What is to be written; none if nothing may be.
fn end_of(verdict: Result<Outcome, Interrupt>, run: &mut Run) -> Option<End> {
    let end = match verdict {
        Ok(Outcome::Finished(results)) => End::Finished(results),
        Ok(Outcome::Hold(reason)) => End::Hold(reason),
        Ok(Outcome::AwaitChildren) => End::AwaitChildren,
        Ok(Outcome::Failed(error)) | Err(Interrupt::Failed(error)) => End::Failed(error),
        Err(Interrupt::Stopped) => End::Leave,
        Err(Interrupt::LostLease | Interrupt::Abandoned) => return None,
    };
    if let End::Failed(error) = &end {
        let (message, cause) = (error.message(), error.internal_text());
        tracing::warn!(job.seq = run.job().seq.0, error = message, cause, "a job failed");
    }
    Some(end)
}

/// Writes the end, as often as it takes.
fn write_end(shared: &Arc<Shared>, active: &Arc<Active>, run: &mut Run, end: End) -> Option<Status> {
    let finish = Finish {
        lease: active.lease.clone(),
        end,
        logs: run.take_logs(),
    };
    let mut attempts = 0;
    loop {
        let planned = run.at(Point::BeforeEnd).ok()?;
        let written = planned
            .map_err(Refusal::Error)
            .and_then(|()| send(shared, &finish));
        attempts += 1;
        match written {
            Ok(status) => {
                // Nothing is left that could fail; only a test's pause matters here.
                let _ = run.at(Point::AfterEnd);
                return status;
            }
            Err(Refusal::LostLease) => return None,
            // Once it is stored, the lease is gone, so it is not stored twice.
            Err(Refusal::Error(error) | Refusal::Unknown(error))
                if is_passing(&error) || attempts < ATTEMPTS =>
            {
                tracing::warn!(
                    attempts,
                    error = error.message(),
                    "the end of a job could not be stored; trying again"
                );
            }
            Err(Refusal::Error(error) | Refusal::Unknown(error)) => {
                tracing::error!(
                    error = error.message(),
                    cause = error.internal_text(),
                    "gave up on the end of a job"
                );
                return None;
            }
        }
        if !shared.pause(shared.options.backoff.after(attempts)) {
            return None;
        }
    }
}

fn send(shared: &Arc<Shared>, finish: &Finish) -> Result<Option<Status>, Refusal> {
    let (finish, now) = (finish.clone(), shared.env.now());
    let watching = Arc::clone(shared);
    shared.store.write_blocking(move |tx| {
        let status = finish.apply(tx, now)?;
        if let (Some(watcher), true) = (watching.registry.watcher(), status.is_some_and(Status::is_final))
            && let Some(job) = tx.job(finish.lease.seq)?
        {
            watcher.ended(tx, &job)?;
        }
        Ok(status)
    })
}

fn note(status: Status) {
    tracing::info!(job.status = status.as_str(), "the run ended");
    if status.is_final() {
        metrics::counter!("jobs_ended_total", "status" => status.as_str()).increment(1);
    }
}
