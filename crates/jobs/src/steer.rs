//! Acting on jobs: stop, resume, cancel, accept, release. Each is part of the caller's transaction.
//!
//! A job that made others is steered as one with them: what is asked of the root happens to its whole branch, and its
//! parts cannot be steered by themselves. Whoever works on a job learns of it when he next commits.

use model::job::{Level, Status};
use model::{Code, Error, Job, JobSeq, Page, Result, Timestamp};
use storage::Tx;
use storage::tables::jobs::{Ending, Entry, LeaseChange, Placement};

use crate::transition::{Action, Event, Footing, next};

/// Does what a person asks of a job and its branch. Answers the job as it is then.
///
/// # Errors
/// Not found; or a conflict that names the job and its status, when it is a part of another or the table of
/// [`crate::transition`] does not have it.
pub fn steer(tx: &mut dyn Tx, seq: JobSeq, action: Action, now: Timestamp) -> Result<Job> {
    let root = entry(tx, seq)?;
    if let Some(whole) = root.job.root {
        let past = action.past();
        return Err(conflict(format!(
            "job {seq} is a part of job {whole}; it cannot be {past} by itself"
        )));
    }
    let branch = tx.unfinished_branch(seq)?;
    // A root that waited for its children stands still at once, but they may still be on their way to their boundary.
    let parts_only = action == Action::ForceStop
        && root.job.status == Status::Stopped
        && branch.iter().any(|part| part.job.status == Status::Stopping);
    if !parts_only && !apply(tx, &root, Event::Ask(action), now)? {
        let (status, past) = (root.job.status.as_str(), action.past());
        return Err(conflict(format!("job {seq} is {status}; it cannot be {past}")));
    }
    for part in &branch {
        apply(tx, part, action.for_branch(), now)?;
    }
    Ok(entry(tx, seq)?.job)
}

/// Lets a received job run, with what it is to do if that was not known before.
///
/// # Errors
/// Not found, or a conflict when it is not received.
pub fn accept(tx: &mut dyn Tx, seq: JobSeq, params: Option<&str>, now: Timestamp) -> Result<Job> {
    let received = entry(tx, seq)?;
    if !apply(tx, &received, Event::Accept, now)? {
        return Err(not_received(&received.job));
    }
    if let Some(params) = params {
        tx.set_job_params(seq, params)?;
    }
    Ok(entry(tx, seq)?.job)
}

/// Ends a received job whose content is not acceptable, for the reason `error`.
///
/// # Errors
/// Not found, or a conflict when it is not received.
pub fn reject(tx: &mut dyn Tx, seq: JobSeq, error: &str, now: Timestamp) -> Result<Job> {
    let received = entry(tx, seq)?;
    let Some(status) = next(received.job.status, Footing::Idle, Event::Reject) else {
        return Err(not_received(&received.job));
    };
    let ending = Ending {
        status,
        results: None,
        error: Some(error.to_owned()),
        now,
    };
    tx.append_logs(seq, now, &[(Level::Error, error.to_owned())])?;
    tx.end_job(seq, &ending)?;
    Ok(entry(tx, seq)?.job)
}

/// Resumes every job of a queue that is on hold; says how many. Parts of a stopped job stay stopped with it.
///
/// # Errors
/// Only the store's.
pub fn release_holds(tx: &mut dyn Tx, queue: &str, now: Timestamp) -> Result<u64> {
    let held = tx.held_jobs(queue)?;
    for seq in &held {
        let part = entry(tx, *seq)?;
        let root = part.job.root.map(|root| tx.job(root)).transpose()?.flatten();
        let stands = root.is_some_and(|root| matches!(root.status, Status::Stopped | Status::Stopping));
        if stands {
            place(tx, &part, Status::Stopped, now)?;
        } else {
            apply(tx, &part, Event::ResumeBranch, now)?;
        }
    }
    Ok(held.len() as u64)
}

/// Cancels up to `limit` unfinished jobs of a queue, those that run included, with their branches; says how many of the
/// queue were unfinished before. To cancel all, call until it says less than `limit`.
///
/// # Errors
/// Only the store's.
pub fn cancel_queue(tx: &mut dyn Tx, queue: &str, limit: u64, now: Timestamp) -> Result<u64> {
    let unfinished = tx.unfinished_jobs(queue, Page::first(limit))?.entries;
    for job in &unfinished {
        let branch = tx.unfinished_branch(job.seq)?;
        // One cancelled before it in this loop may have taken it along.
        let found = entry(tx, job.seq)?;
        apply(tx, &found, Event::Ask(Action::CancelRunning), now)?;
        for part in &branch {
            apply(tx, part, Event::Ask(Action::CancelRunning), now)?;
        }
    }
    Ok(unfinished.len() as u64)
}

/// Stops what a stopping job made after its branch was told to stop.
pub(crate) fn stop_branch(tx: &mut dyn Tx, job: &Job, now: Timestamp) -> Result<()> {
    for part in tx.unfinished_branch(job.root.unwrap_or(job.seq))? {
        if part.job.status == Status::Pending {
            apply(tx, &part, Event::Ask(Action::Stop), now)?;
        }
    }
    Ok(())
}

/// Who the job depends on.
pub(crate) fn footing(entry: &Entry) -> Footing {
    match entry {
        Entry { lease: Some(_), .. } => Footing::Leased,
        Entry {
            awaiting_children: true,
            ..
        } => Footing::Awaiting,
        _ => Footing::Idle,
    }
}

/// Moves a job if the event is legal for it; says whether it was.
fn apply(tx: &mut dyn Tx, entry: &Entry, event: Event, now: Timestamp) -> Result<bool> {
    let Some(status) = next(entry.job.status, footing(entry), event) else {
        return Ok(false);
    };
    if status.is_final() {
        let ending = Ending {
            status,
            results: None,
            error: None,
            now,
        };
        tx.end_job(entry.job.seq, &ending)?;
    } else {
        place(tx, entry, status, now)?;
    }
    Ok(true)
}

fn place(tx: &mut dyn Tx, entry: &Entry, status: Status, now: Timestamp) -> Result<()> {
    let works_on = matches!(status, Status::Running | Status::Stopping);
    let placement = Placement {
        status,
        lease: match &entry.lease {
            Some(_) if !works_on => LeaseChange::Revoke,
            _ => LeaseChange::Keep,
        },
        awaiting_children: entry.awaiting_children,
        hold: None,
        now,
    };
    Ok(tx.place_job(entry.job.seq, &placement)?)
}

fn entry(tx: &mut dyn Tx, seq: JobSeq) -> Result<Entry> {
    tx.job_entry(seq)?.ok_or_else(|| Error::not_found("job", seq))
}

fn not_received(job: &Job) -> Error {
    let (seq, status) = (job.seq, job.status.as_str());
    conflict(format!(
        "job {seq} is {status}; it no longer waits for its content"
    ))
}

fn conflict(message: String) -> Error {
    Error::new(Code::Conflict, message)
}
