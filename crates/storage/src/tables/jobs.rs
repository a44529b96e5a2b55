//! Jobs on disk: the two traits that every backend gives, and the plain arguments they take.
//!
//! Storage keeps rows and the bookkeeping between rows (turns of a serial key, counts at parents, leases); which move of
//! a job is legal is decided above, in the job engine. Everything that looks for work is a range scan of an index, never
//! a scan of waiting jobs.
//!
//! Two rules hold in every row: a job has a lease exactly while a runner works on it, and a job of a serial key has its
//! turn from the moment that no earlier unfinished job has the key until it ends.

use model::job::{Counts, Item, ItemState, Level, LogLine, NewJob, Status};
use model::{Job, JobId, JobSeq, Page, PageOf, RequestId, Timestamp};

use crate::Result;

/// What became of a job that was handed in.
#[derive(Clone, Debug, PartialEq)]
pub enum Inserted {
    /// It was not there and is now.
    New(Job),
    /// A job with this request id was there already; nothing changed.
    Existing(Job),
}

impl Inserted {
    /// The job, new or not.
    pub fn into_job(self) -> Job {
        match self {
            Self::New(job) | Self::Existing(job) => job,
        }
    }
}

/// A job with what the runner keeps about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The job.
    pub job: Job,
    /// Who works on it and until when that counts.
    pub lease: Option<LeaseHolder>,
    /// Raised with every claim, when a lease is taken away and at the end; a worker with an older number may not commit.
    pub fence: i64,
    /// Whether it may run as far as its serial key is concerned.
    pub turn: bool,
    /// Whether its body waits for its children.
    pub awaiting_children: bool,
    /// Why it was put on hold.
    pub hold: Option<String>,
}

/// The holder of a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseHolder {
    /// The runner.
    pub owner: String,
    /// Until when, unless renewed.
    pub until: Timestamp,
}

/// The right to work on a job, as a worker shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub seq: JobSeq,
    /// The runner.
    pub owner: String,
    /// The fence at the claim.
    pub fence: i64,
}

/// A job just claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The job, already running.
    pub job: Job,
    /// The fence of this claim.
    pub fence: i64,
}

/// Which jobs to claim, and for whom.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// The runner.
    pub owner: &'a str,
    /// The time of the claim.
    pub now: Timestamp,
    /// Until when the leases count.
    pub until: Timestamp,
    /// Kinds that the runner knows; jobs of others are left alone.
    pub kinds: &'a [&'a str],
    /// At most so many jobs.
    pub limit: u64,
    /// At most so many of them from the low lane.
    pub low_limit: u64,
    /// The low lane is closed while more ordinary jobs than this run, in all processes together.
    pub low_threshold: u64,
}

/// Whose leases to list.
#[derive(Clone, Copy, Debug)]
pub enum Leases<'a> {
    /// Those of all owners but this one.
    OfOthers(&'a str),
    /// Those that ended before this time, whoever has them.
    Expired(Timestamp),
}

/// What happens to the lease when a job moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseChange {
    /// It stays as it is.
    Keep,
    /// Its holder gives it back.
    Release,
    /// It is taken from whoever holds it: the fence is raised.
    Revoke,
}

/// A move of a job that does not end it. Also clears its error.
#[derive(Clone, Debug)]
pub struct Placement {
    /// The new status; not a final one.
    pub status: Status,
    /// What happens to the lease.
    pub lease: LeaseChange,
    /// Whether the body waits for children.
    pub awaiting_children: bool,
    /// Why it stands still until holds are released.
    pub hold: Option<String>,
    /// When.
    pub now: Timestamp,
}

/// The end of a job.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The final status.
    pub status: Status,
    /// What came out (JSON).
    pub results: Option<String>,
    /// Why it failed or was rejected.
    pub error: Option<String>,
    /// When.
    pub now: Timestamp,
}

/// What one chunk of work adds to its job.
#[derive(Clone, Debug)]
pub struct ChunkRow<'a> {
    /// New items; a number that is there already is refused.
    pub items: &'a [Item],
    /// More units worked on.
    pub processed: u64,
    /// How many of them failed.
    pub failed: u64,
    /// All units, if that is known now.
    pub total: Option<u64>,
    /// Share done; without it, it follows from the counts.
    pub progress: Option<f64>,
    /// Where to go on from here; none keeps the one before.
    pub checkpoint: Option<&'a str>,
    /// Lines for the log.
    pub logs: &'a [(Level, String)],
    /// When.
    pub now: Timestamp,
    /// Until when the lease counts now.
    pub lease_until: Timestamp,
}

/// The lease of a job as it stands, for the check before each commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseState {
    /// Status of the job.
    pub status: Status,
    /// Who holds the lease.
    pub owner: Option<String>,
    /// The present fence.
    pub fence: i64,
}

impl LeaseState {
    /// Whether `lease` still gives the right to work on the job.
    pub fn is_held_by(&self, lease: &Lease) -> bool {
        self.owner.as_deref() == Some(lease.owner.as_str()) && self.fence == lease.fence
    }
}

/// A range of time, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after.
    pub to: Option<Timestamp>,
}

/// Which jobs to list; what is not given does not restrict.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// This one.
    pub seq: Option<JobSeq>,
    /// The one of this request.
    pub request_id: Option<RequestId>,
    /// Asked for by this mail address.
    pub run_by: Option<String>,
    /// Of one of these kinds.
    pub kinds: Option<Vec<String>>,
    /// Of one of these queues.
    pub queues: Option<Vec<String>>,
    /// In one of these statuses.
    pub statuses: Option<Vec<Status>>,
    /// Accepted then.
    pub created: TimeRange,
    /// Changed last then.
    pub updated: TimeRange,
    /// Begun then; a job that never began is in no range that has an end.
    pub started: TimeRange,
    /// Ended then; a job that has not ended is in no range that has an end.
    pub ended: TimeRange,
    /// With errors, or without: one that failed, was rejected or has a failed unit has errors, even while it runs.
    pub has_errors: Option<bool>,
    /// Only what the owner of this mail address may see: his own.
    pub visible_to: Option<String>,
    /// Only what comes behind this one in the listing; all pages together count as without it.
    pub behind: Option<JobSeq>,
}

/// Which log lines to list; what is not given does not restrict.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// This grave or graver.
    pub min_level: Option<Level>,
    /// Exactly one of these; none given: any.
    pub levels: Option<Vec<Level>>,
    /// So many lines are passed over before the page begins.
    pub skip: u64,
    /// With this text in it, in any ASCII case.
    pub text: Option<String>,
    /// Written then.
    pub on: TimeRange,
}

/// A failed or blocked item and the job it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The job.
    pub job: JobSeq,
    /// The item.
    pub item: Item,
}

/// A place in the order of all items: a job and an item's number in it.
pub type ItemPlace = (JobSeq, u64);

/// What makes a final job old enough to be deleted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expiry {
    /// Ended before this time.
    pub ended_before: Option<Timestamp>,
    /// Not among the so many that ended last.
    pub keep: Option<u64>,
}

/// Reading jobs.
pub trait ReadJobs {
    /// The job in this place.
    fn job(&mut self, seq: JobSeq) -> Result<Option<Job>>;
    /// The job with this public id.
    fn job_by_id(&mut self, id: &JobId) -> Result<Option<Job>>;
    /// The job made by this request.
    fn job_by_request(&mut self, id: &RequestId) -> Result<Option<Job>>;
    /// The job in this place with what the runner keeps about it.
    fn job_entry(&mut self, seq: JobSeq) -> Result<Option<Entry>>;
    /// The lease of a job, cheaply.
    fn lease(&mut self, seq: JobSeq) -> Result<Option<LeaseState>>;
    /// Jobs that match, newest first.
    fn jobs(&mut self, filter: &JobFilter, page: Page) -> Result<PageOf<Job>>;
    /// Jobs of a queue that have not ended, oldest first.
    fn unfinished_jobs(&mut self, queue: &str, page: Page) -> Result<PageOf<Job>>;
    /// Jobs of a queue that failed or were rejected, after `after`, oldest first.
    fn failed_jobs(&mut self, queue: &str, after: JobSeq, page: Page) -> Result<PageOf<Job>>;
    /// Jobs of a queue that finished without a failed item and are not cleared, oldest first.
    fn clean_jobs(&mut self, queue: &str, page: Page) -> Result<PageOf<Job>>;
    /// Jobs of a queue that failed, were rejected or have a failed or blocked item after `after`, oldest first.
    fn troubled_jobs(&mut self, queue: &str, after: ItemPlace, page: Page) -> Result<PageOf<Job>>;
    /// Jobs of a queue that are on hold, oldest first.
    fn held_jobs(&mut self, queue: &str) -> Result<Vec<JobSeq>>;
    /// The unfinished descendants of a root job, youngest first.
    fn unfinished_branch(&mut self, root: JobSeq) -> Result<Vec<Entry>>;
    /// Items of a job in order; of all states if none is named. Skips over the pages before this one, so whoever wants all
    /// items takes [`ReadJobs::items_from`].
    fn items(&mut self, job: JobSeq, states: &[ItemState], page: Page) -> Result<PageOf<Item>>;
    /// Items of a job in order, from the number `from` on, at most `limit`; of all states if none is named. Takes the same
    /// time wherever it begins.
    fn items_from(&mut self, job: JobSeq, states: &[ItemState], from: u64, limit: u64) -> Result<Vec<Item>>;
    /// Failed and blocked items of all jobs of a queue after `after`, in order.
    fn failures(&mut self, queue: &str, after: ItemPlace, page: Page) -> Result<PageOf<Failure>>;
    /// Log lines of a job, oldest first.
    fn logs(&mut self, job: JobSeq, filter: &LogFilter, page: Page) -> Result<PageOf<LogLine>>;
    /// How many jobs are in each status that has any.
    fn job_counts(&mut self) -> Result<Vec<(Status, u64)>>;
    /// All jobs after `after`, oldest first, at most `limit`.
    fn job_entries(&mut self, after: JobSeq, limit: u64) -> Result<Vec<Entry>>;
    /// Jobs under the given leases, oldest first.
    fn leased_jobs(&mut self, leases: Leases<'_>) -> Result<Vec<Entry>>;
    /// Final jobs that are old enough and have no unfinished relative, those that ended first first, at most `limit`.
    fn expired_jobs(&mut self, expiry: Expiry, limit: u64) -> Result<Vec<JobSeq>>;
}

/// Changing jobs.
pub trait WriteJobs {
    /// Accepts a job, or finds the one that its request made before. Counts it at its parent, which must be there and
    /// must not have ended; gives it its turn if no earlier job has its serial key. A job of its parent's serial key
    /// would wait for its parent and is refused.
    fn insert_job(&mut self, new: &NewJob) -> Result<Inserted>;
    /// Claims ready jobs: ordinary lane before low lane, then higher priority, then the order of acceptance.
    fn claim_jobs(&mut self, claim: &Claim<'_>) -> Result<Vec<Claimed>>;
    /// Renews a lease and says how the job stands; none if the lease is lost.
    fn extend_lease(&mut self, lease: &Lease, until: Timestamp) -> Result<Option<Status>>;
    /// Adds what a chunk did.
    fn record_chunk(&mut self, job: JobSeq, chunk: &ChunkRow<'_>) -> Result<()>;
    /// Adds lines to the log of a job.
    fn append_logs(&mut self, job: JobSeq, now: Timestamp, lines: &[(Level, String)]) -> Result<()>;
    /// Moves a job that does not end.
    fn place_job(&mut self, job: JobSeq, placement: &Placement) -> Result<()>;
    /// Replaces what a job was asked to do; for jobs whose content arrives after them.
    fn set_job_params(&mut self, job: JobSeq, params: &str) -> Result<()>;
    /// Ends a job: takes its lease, gives the turn of its serial key to the next one, counts it at its parent, and lets
    /// a parent that waited for this last child run again.
    fn end_job(&mut self, job: JobSeq, ending: &Ending) -> Result<()>;
    /// Clears up to `limit` of the [`ReadJobs::clean_jobs`] of a queue; says how many.
    fn clear_finished(&mut self, queue: &str, limit: u64) -> Result<u64>;
    /// Deletes up to `limit` rows of a job, itself last; says whether it is gone.
    fn delete_job(&mut self, job: JobSeq, limit: u64) -> Result<bool>;
}

impl ChunkRow<'_> {
    /// The counts of a job after this chunk.
    pub fn counts_after(&self, before: Counts) -> Counts {
        Counts {
            total: self.total.or(before.total),
            processed: before.processed + self.processed,
            failed: before.failed + self.failed,
        }
    }
}
