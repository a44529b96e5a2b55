//! The commit of a chunk: one transaction of the caller's data and the job's account of it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use model::job::{Item, Level, Status};
use model::{Code, Error, Result, Timestamp};
use storage::Tx;
use storage::tables::jobs::{ChunkRow, Lease, LeaseChange, LeaseState, Placement};

use crate::steer;
use crate::transition::{Event, Footing, next};

/// The longest log line; the rest of a longer one is cut.
const LONGEST_LINE: usize = 4096;

/// What a chunk adds to its job.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Units of work, each with a number that the job has not used.
    pub items: Vec<Item>,
    /// How many units were worked on.
    pub processed: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Lines for the log.
    pub logs: Vec<(Level, String)>,
    /// How many units there are in all, if that is known now.
    pub total: Option<u64>,
    /// Share done, 0 to 1; without it, it follows from the counts.
    pub progress: Option<f64>,
    /// Where to go on from here (JSON); none leaves the last one.
    pub checkpoint: Option<String>,
}

/// The caller's part of a chunk; may be run more than once, each time on a clean slate.
pub(crate) type Work = Arc<dyn Fn(&mut dyn Tx) -> Result<Report> + Send + Sync>;

/// What the job is to do after a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Go on.
    Go,
    /// It was stopped with this chunk.
    Parked,
}

/// Why a chunk was refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Somebody else has the job, or nobody; or there is no store left to write to.
    LostLease,
    /// The work or the store failed; nothing of the chunk is stored.
    Error(Error),
    /// The store failed, and it is not known whether the chunk is stored.
    Unknown(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<storage::Error> for Refusal {
    fn from(error: storage::Error) -> Self {
        match error {
            // A closed store does not open again; the next start takes the job up.
            storage::Error::Closed => Self::LostLease,
            error @ storage::Error::Unknown(_) => Self::Unknown(error.into()),
            error => Self::Error(error.into()),
        }
    }
}

/// A chunk ready to be sent to the store.
#[derive(Clone)]
pub(crate) struct Chunk {
    pub(crate) lease: Lease,
    pub(crate) work: Work,
    /// Lines that the body wrote beside its chunks.
    pub(crate) logs: Vec<(Level, String)>,
}

impl Chunk {
    /// Does everything that the commit of this chunk means.
    pub(crate) fn apply(
        &self,
        tx: &mut dyn Tx,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<After, Refusal> {
        let state = held(tx, &self.lease)?.ok_or(Refusal::LostLease)?;
        let mut report = self.report(tx)?;
        let mut logs = self.logs.clone();
        logs.append(&mut report.logs);
        let row = ChunkRow {
            items: &report.items,
            processed: report.processed,
            failed: report.failed,
            total: report.total,
            progress: report.progress.filter(|share| share.is_finite()),
            checkpoint: report.checkpoint.as_deref(),
            logs: &bounded(logs),
            now,
            lease_until,
        };
        tx.record_chunk(self.lease.seq, &row)?;
        match next(state.status, Footing::Leased, Event::Boundary) {
            Some(status) => park(tx, &self.lease, status, now),
            None => Ok(After::Go),
        }
    }

    /// Runs the caller's part. A panic there is the job's fault and must not look like a store that is busy.
    fn report(&self, tx: &mut dyn Tx) -> Result<Report> {
        catch_unwind(AssertUnwindSafe(|| (self.work)(tx)))
            .unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
    }
}

/// The lease's state if it still gives the right to write.
pub(crate) fn held(tx: &mut dyn Tx, lease: &Lease) -> storage::Result<Option<LeaseState>> {
    Ok(tx.lease(lease.seq)?.filter(|state| state.is_held_by(lease)))
}

/// The error of a job whose code panicked.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let cause = format!("the body panicked: {}", text.unwrap_or("no message"));
    Error::new(Code::Internal, "the job broke off by a fault of the server").with_internal(cause)
}

/// Log lines of bearable length.
pub(crate) fn bounded(mut lines: Vec<(Level, String)>) -> Vec<(Level, String)> {
    for (_, line) in &mut lines {
        if line.len() > LONGEST_LINE {
            line.truncate(line.floor_char_boundary(LONGEST_LINE));
            line.push('…');
        }
    }
    lines
}

fn park(tx: &mut dyn Tx, lease: &Lease, status: Status, now: Timestamp) -> Result<After, Refusal> {
    let placement = Placement {
        status,
        lease: LeaseChange::Release,
        awaiting_children: false,
        hold: None,
        now,
    };
    tx.place_job(lease.seq, &placement)?;
    if let Some(job) = tx.job(lease.seq)?.filter(|job| job.children.total > 0) {
        steer::stop_branch(tx, &job, now)?;
    }
    Ok(After::Parked)
}
