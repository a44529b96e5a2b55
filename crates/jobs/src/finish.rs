//! The end of a run: what the body came back with becomes the job's status, in one transaction under its lease.

use model::job::{Level, Status};
use model::{Error, Result, Timestamp};
use storage::Tx;
use storage::tables::jobs::{Ending, Entry, Lease, LeaseChange, Placement};

use crate::chunk::{bounded, held};
use crate::steer;
use crate::transition::{Event, Footing, next};

/// How a run ended, for the store.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Finished(Option<String>),
    Failed(Error),
    Hold(String),
    AwaitChildren,
    /// The body left the job before its end.
    Leave,
}

/// An end with what is to be stored beside it.
#[derive(Clone, Debug)]
pub(crate) struct Finish {
    pub(crate) lease: Lease,
    pub(crate) end: End,
    pub(crate) logs: Vec<(Level, String)>,
}

impl Finish {
    /// Writes the end; answers the new status, or none if the lease is lost and there is nothing to write.
    pub(crate) fn apply(&self, tx: &mut dyn Tx, now: Timestamp) -> Result<Option<Status>> {
        if held(tx, &self.lease)?.is_none() {
            return Ok(None);
        }
        let Some(entry) = tx.job_entry(self.lease.seq)? else {
            return Ok(None);
        };
        let end = self.end.clone().checked(&entry);
        let mut logs = self.logs.clone();
        logs.extend(end.line());
        tx.append_logs(self.lease.seq, now, &bounded(logs))?;
        let Some(status) = next(entry.job.status, Footing::Leased, end.event(&entry)) else {
            return Err(Error::internal(format!(
                "{end:?} for a job that is {:?}",
                entry.job.status
            )));
        };
        end.write(tx, &entry, status, now)?;
        Ok(Some(status))
    }
}

impl End {
    /// A body that waits for children it does not have would wait for ever.
    fn checked(self, entry: &Entry) -> Self {
        match self {
            Self::AwaitChildren if entry.job.children.total == 0 => {
                Self::Failed(Error::internal("the body waits for children but made none"))
            }
            end => end,
        }
    }

    fn event(&self, entry: &Entry) -> Event {
        let children = entry.job.children;
        match self {
            Self::Finished(_) => Event::Finish,
            Self::Failed(_) => Event::Fail,
            Self::Hold(_) => Event::Hold,
            Self::AwaitChildren if children.done < children.total => Event::Await,
            Self::AwaitChildren | Self::Leave => Event::Leave,
        }
    }

    fn line(&self) -> Option<(Level, String)> {
        match self {
            Self::Failed(error) => Some((Level::Error, error.message().to_owned())),
            Self::Hold(reason) => Some((Level::Warn, reason.clone())),
            _ => None,
        }
    }

    fn write(self, tx: &mut dyn Tx, entry: &Entry, status: Status, now: Timestamp) -> Result<()> {
        let waits = self.event(entry) == Event::Await;
        let (results, error, hold) = match self {
            Self::Finished(results) => (results, None, None),
            Self::Failed(error) => (None, Some(error.message().to_owned()), None),
            Self::Hold(reason) => (None, None, Some(reason)),
            Self::AwaitChildren | Self::Leave => (None, None, None),
        };
        let seq = entry.job.seq;
        if status.is_final() {
            let ending = Ending {
                status,
                results,
                error,
                now,
            };
            return Ok(tx.end_job(seq, &ending)?);
        }
        let placement = Placement {
            status,
            lease: LeaseChange::Release,
            awaiting_children: waits,
            hold,
            now,
        };
        tx.place_job(seq, &placement)?;
        if entry.job.status == Status::Stopping && entry.job.children.total > 0 {
            steer::stop_branch(tx, &entry.job, now)?;
        }
        Ok(())
    }
}
