//! Jobs: long work over records, kept in the same database as the records it changes.
//!
//! A job is accepted, claimed by a runner under a lease, worked in chunks that commit data and progress together, and
//! ends. Its **items** account for each unit of work; its **logs** are for people.

use serde::{Deserialize, Serialize};

use crate::{JobId, JobSeq, RequestId, Timestamp};

/// Where a job is in its life. The arrows: received → pending → running → finished | failed; running → stopping →
/// stopped → pending (resume) | cancelled; received → rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Taken in; its content is not there yet.
    Received,
    /// Its content was not acceptable. Final.
    Rejected,
    /// Waits for its turn.
    Pending,
    /// A runner works on it, or it waits for its children.
    Running,
    /// Asked to stop; ends its chunk first.
    Stopping,
    /// Stands still at its checkpoint; can be resumed or cancelled.
    Stopped,
    /// Given up by a person. Final.
    Cancelled,
    /// Ran to its end; single items may have failed. Final.
    Finished,
    /// Broke off with an error. Final.
    Failed,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 9] = [
        Self::Received,
        Self::Rejected,
        Self::Pending,
        Self::Running,
        Self::Stopping,
        Self::Stopped,
        Self::Cancelled,
        Self::Finished,
        Self::Failed,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Rejected => "rejected",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Cancelled => "cancelled",
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }

    /// The status of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing can happen to the job any more.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Rejected | Self::Cancelled | Self::Finished | Self::Failed
        )
    }
}

/// How many units of work there are and how they went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All units, once that is known.
    pub total: Option<u64>,
    /// Units worked on, failed ones included.
    pub processed: u64,
    /// Units that failed.
    pub failed: u64,
}

/// How many children a job made and how many have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Children {
    /// Children made.
    pub total: u64,
    /// Children ended.
    pub done: u64,
    /// Children ended with errors.
    pub failed: u64,
}

/// One job, as stored. JSON columns are text that the job's own kind understands.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its place in the order of acceptance.
    pub seq: JobSeq,
    /// Its public id.
    pub id: JobId,
    /// The client's id for the request that made it; the same one again finds this job.
    pub request_id: RequestId,
    /// The kind of work: the name of its code in the registry.
    pub kind: String,
    /// What a person calls it.
    pub label: String,
    /// The queue by which dialects group jobs.
    pub queue: String,
    /// Jobs with the same key run one after another, in order of acceptance.
    pub serial_key: Option<String>,
    /// Higher goes first.
    pub priority: i64,
    /// Runs only when the ordinary lane leaves room.
    pub low_priority: bool,
    /// Who asked for it (a mail address).
    pub run_by: String,
    /// The job that made it.
    pub parent: Option<JobSeq>,
    /// The first ancestor.
    pub root: Option<JobSeq>,
    /// Where it is in its life.
    pub status: Status,
    /// Share done, 0 to 1.
    pub progress: f64,
    /// Units of work.
    pub counts: Counts,
    /// Its children.
    pub children: Children,
    /// What it was asked to do (JSON).
    pub params: String,
    /// Where it would go on (JSON); none before the first chunk.
    pub checkpoint: Option<String>,
    /// What came out (JSON).
    pub results: Option<String>,
    /// Why it failed, was rejected or stands still, in a sentence.
    pub error: Option<String>,
    /// When it was accepted.
    pub created: Timestamp,
    /// When it was first claimed.
    pub started: Option<Timestamp>,
    /// When it reached a final status.
    pub ended: Option<Timestamp>,
    /// When anything about it changed last.
    pub updated: Timestamp,
    /// Whether a listing of finished work was told to forget it; it stays on record until retention takes it.
    pub cleared: bool,
}

impl Job {
    /// Whether it, one of its items or one of its children failed.
    pub fn has_errors(&self) -> bool {
        matches!(self.status, Status::Failed | Status::Rejected)
            || self.counts.failed > 0
            || self.children.failed > 0
    }
}

/// What to accept as a new job.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Public id, from [`crate::Env::new_job_id`].
    pub id: JobId,
    /// The client's request id, or a new one.
    pub request_id: RequestId,
    /// Kind of work.
    pub kind: &'static str,
    /// For people.
    pub label: String,
    /// Queue.
    pub queue: &'static str,
    /// Key of jobs that exclude each other.
    pub serial_key: Option<String>,
    /// Higher goes first.
    pub priority: i64,
    /// Low lane.
    pub low_priority: bool,
    /// Mail address of who asked.
    pub run_by: String,
    /// Parent, for children.
    pub parent: Option<JobSeq>,
    /// [`Status::Pending`], [`Status::Received`] or [`Status::Rejected`].
    pub status: Status,
    /// JSON for the kind.
    pub params: String,
    /// For rejected jobs: why.
    pub error: Option<String>,
    /// When it is accepted.
    pub now: Timestamp,
}

/// How one unit of work went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// Done.
    Done,
    /// Failed on its own account.
    Failed,
    /// Not tried, because an earlier unit on the same thing failed.
    Blocked,
}

impl ItemState {
    /// The stored number.
    pub fn as_i64(self) -> i64 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Blocked => 2,
        }
    }

    /// The state of a stored number.
    pub fn from_i64(number: i64) -> Option<Self> {
        [Self::Done, Self::Failed, Self::Blocked]
            .into_iter()
            .find(|state| state.as_i64() == number)
    }
}

/// One unit of a job's work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number in the job, from 0, in the order of the input.
    pub number: u64,
    /// What it was about: an article number, a client's correlation id.
    pub key: String,
    /// How it went.
    pub state: ItemState,
    /// The failure and what is needed to show or repeat it (JSON of the kind); none for plain successes.
    pub detail: Option<String>,
}

/// How grave a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For information.
    Info,
    /// Worth a look.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    /// The level of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Info, Self::Warn, Self::Error]
            .into_iter()
            .find(|level| level.as_str() == word)
    }
}

/// One line of a job's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub on: Timestamp,
    /// How grave.
    pub level: Level,
    /// The text.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::{ItemState, Status};

    #[test]
    fn stored_words_round_trip() {
        assert!(
            Status::ALL
                .iter()
                .all(|status| Status::parse(status.as_str()) == Some(*status))
        );
        assert!((0..3).all(|n| ItemState::from_i64(n).map(ItemState::as_i64) == Some(n)));
        assert_eq!((Status::parse("done"), ItemState::from_i64(3)), (None, None));
    }
}
