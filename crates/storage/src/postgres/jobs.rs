//! Jobs on PostgreSQL: one file per concern, each with its statements beside the mapping of their rows.
//!
//! Nothing here locks a job for itself: the lock of all writers ([`super::session`]) makes a claim exact, and the lease
//! with its fence, checked in the transaction that commits a chunk, refuses a runner that has lost its job.

mod chunk;
mod claim;
mod clean;
mod filter;
mod insert;
mod listing;
mod moves;
mod read;
mod row;

use model::job::{Item, ItemState, Level, LogLine, NewJob, Status};
use model::{Job, JobId, JobSeq, Page, PageOf, RequestId, Timestamp};

use super::Session;
use crate::Result;
use crate::tables::jobs::{
    ChunkRow, Claim, Claimed, Ending, Entry, Expiry, Failure, Inserted, ItemPlace, JobFilter, Lease,
    LeaseState, Leases, LogFilter, Placement, ReadJobs, WriteJobs,
};

impl ReadJobs for Session<'_> {
    fn job(&mut self, seq: JobSeq) -> Result<Option<Job>> {
        read::job(self, seq)
    }

    fn job_by_id(&mut self, id: &JobId) -> Result<Option<Job>> {
        read::by_id(self, id)
    }

    fn job_by_request(&mut self, id: &RequestId) -> Result<Option<Job>> {
        read::by_request(self, id)
    }

    fn job_entry(&mut self, seq: JobSeq) -> Result<Option<Entry>> {
        read::entry(self, seq)
    }

    fn lease(&mut self, seq: JobSeq) -> Result<Option<LeaseState>> {
        read::lease(self, seq)
    }

    fn jobs(&mut self, filter: &JobFilter, page: Page) -> Result<PageOf<Job>> {
        filter::jobs(self, filter, page)
    }

    fn unfinished_jobs(&mut self, queue: &str, page: Page) -> Result<PageOf<Job>> {
        listing::unfinished(self, queue, page)
    }

    fn failed_jobs(&mut self, queue: &str, after: JobSeq, page: Page) -> Result<PageOf<Job>> {
        listing::failed(self, queue, after, page)
    }

    fn clean_jobs(&mut self, queue: &str, page: Page) -> Result<PageOf<Job>> {
        listing::clean(self, queue, page)
    }

    fn troubled_jobs(&mut self, queue: &str, after: ItemPlace, page: Page) -> Result<PageOf<Job>> {
        listing::troubled(self, queue, after, page)
    }

    fn held_jobs(&mut self, queue: &str) -> Result<Vec<JobSeq>> {
        read::held(self, queue)
    }

    fn unfinished_branch(&mut self, root: JobSeq) -> Result<Vec<Entry>> {
        read::branch(self, root)
    }

    fn items(&mut self, job: JobSeq, states: &[ItemState], page: Page) -> Result<PageOf<Item>> {
        listing::items(self, job, states, page)
    }

    fn items_from(&mut self, job: JobSeq, states: &[ItemState], from: u64, limit: u64) -> Result<Vec<Item>> {
        listing::items_from(self, job, states, (from, limit))
    }

    fn failures(&mut self, queue: &str, after: ItemPlace, page: Page) -> Result<PageOf<Failure>> {
        listing::failures(self, queue, after, page)
    }

    fn logs(&mut self, job: JobSeq, filter: &LogFilter, page: Page) -> Result<PageOf<LogLine>> {
        listing::logs(self, job, filter, page)
    }

    fn job_counts(&mut self) -> Result<Vec<(Status, u64)>> {
        read::counts(self)
    }

    fn job_entries(&mut self, after: JobSeq, limit: u64) -> Result<Vec<Entry>> {
        read::entries(self, after, limit)
    }

    fn leased_jobs(&mut self, leases: Leases<'_>) -> Result<Vec<Entry>> {
        read::leased(self, leases)
    }

    fn expired_jobs(&mut self, expiry: Expiry, limit: u64) -> Result<Vec<JobSeq>> {
        clean::expired(self, expiry, limit)
    }
}

impl WriteJobs for Session<'_> {
    fn insert_job(&mut self, new: &NewJob) -> Result<Inserted> {
        self.whole(|session| insert::insert(session, new))
    }

    fn claim_jobs(&mut self, claim: &Claim<'_>) -> Result<Vec<Claimed>> {
        self.whole(|session| claim::claim(session, claim))
    }

    fn extend_lease(&mut self, lease: &Lease, until: Timestamp) -> Result<Option<Status>> {
        claim::extend(self, lease, until)
    }

    fn record_chunk(&mut self, job: JobSeq, chunk: &ChunkRow<'_>) -> Result<()> {
        self.whole(|session| chunk::record(session, job, chunk))
    }

    fn append_logs(&mut self, job: JobSeq, now: Timestamp, lines: &[(Level, String)]) -> Result<()> {
        self.whole(|session| chunk::append_logs(session, job, now, lines))
    }

    fn place_job(&mut self, job: JobSeq, placement: &Placement) -> Result<()> {
        moves::place(self, job, placement)
    }

    fn set_job_params(&mut self, job: JobSeq, params: &str) -> Result<()> {
        moves::set_params(self, job, params)
    }

    fn end_job(&mut self, job: JobSeq, ending: &Ending) -> Result<()> {
        self.whole(|session| moves::end(session, job, ending))
    }

    fn clear_finished(&mut self, queue: &str, limit: u64) -> Result<u64> {
        clean::clear(self, queue, limit)
    }

    fn delete_job(&mut self, job: JobSeq, limit: u64) -> Result<bool> {
        self.whole(|session| clean::delete(session, job, limit))
    }
}
