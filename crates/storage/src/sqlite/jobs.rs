//! Jobs on SQLite: one file per concern, each with its statements beside the mapping of their rows.
//!
//! The hot path is a chunk's commit ([`chunk`]): a lease check, one prepared insert used for every item, one update of a
//! short row. Statements are prepared once per connection.

mod chunk;
mod claim;
mod clean;
mod filter;
mod insert;
mod listing;
mod moves;
#[cfg(test)]
mod plans;
mod read;
mod row;

use model::job::{Item, ItemState, Level, LogLine, NewJob, Status};
use model::{Job, JobId, JobSeq, Page, PageOf, RequestId, Timestamp};

use crate::Result;
use crate::sqlite::Session;
use crate::tables::jobs::{
    ChunkRow, Claim, Claimed, Ending, Entry, Expiry, Failure, Inserted, ItemPlace, JobFilter, Lease,
    LeaseState, Leases, LogFilter, Placement, ReadJobs, WriteJobs,
};

impl ReadJobs for Session<'_> {
    fn job(&mut self, seq: JobSeq) -> Result<Option<Job>> {
        Ok(read::job(self.conn(), seq)?)
    }

    fn job_by_id(&mut self, id: &JobId) -> Result<Option<Job>> {
        Ok(read::by_id(self.conn(), id)?)
    }

    fn job_by_request(&mut self, id: &RequestId) -> Result<Option<Job>> {
        Ok(read::by_request(self.conn(), id)?)
    }

    fn job_entry(&mut self, seq: JobSeq) -> Result<Option<Entry>> {
        Ok(read::entry(self.conn(), seq)?)
    }

    fn lease(&mut self, seq: JobSeq) -> Result<Option<LeaseState>> {
        Ok(read::lease(self.conn(), seq)?)
    }

    fn jobs(&mut self, filter: &JobFilter, page: Page) -> Result<PageOf<Job>> {
        Ok(filter::jobs(self.conn(), filter, page)?)
    }

    fn unfinished_jobs(&mut self, queue: &str, page: Page) -> Result<PageOf<Job>> {
        Ok(listing::unfinished(self.conn(), queue, page)?)
    }

    fn failed_jobs(&mut self, queue: &str, after: JobSeq, page: Page) -> Result<PageOf<Job>> {
        Ok(listing::failed(self.conn(), queue, after, page)?)
    }

    fn clean_jobs(&mut self, queue: &str, page: Page) -> Result<PageOf<Job>> {
        Ok(listing::clean(self.conn(), queue, page)?)
    }

    fn troubled_jobs(&mut self, queue: &str, after: ItemPlace, page: Page) -> Result<PageOf<Job>> {
        Ok(listing::troubled(self.conn(), queue, after, page)?)
    }

    fn held_jobs(&mut self, queue: &str) -> Result<Vec<JobSeq>> {
        Ok(read::held(self.conn(), queue)?)
    }

    fn unfinished_branch(&mut self, root: JobSeq) -> Result<Vec<Entry>> {
        Ok(read::branch(self.conn(), root)?)
    }

    fn items(&mut self, job: JobSeq, states: &[ItemState], page: Page) -> Result<PageOf<Item>> {
        Ok(listing::items(self.conn(), job, states, page)?)
    }

    fn items_from(&mut self, job: JobSeq, states: &[ItemState], from: u64, limit: u64) -> Result<Vec<Item>> {
        Ok(listing::items_from(self.conn(), job, states, (from, limit))?)
    }

    fn failures(&mut self, queue: &str, after: ItemPlace, page: Page) -> Result<PageOf<Failure>> {
        Ok(listing::failures(self.conn(), queue, after, page)?)
    }

    fn logs(&mut self, job: JobSeq, filter: &LogFilter, page: Page) -> Result<PageOf<LogLine>> {
        Ok(listing::logs(self.conn(), job, filter, page)?)
    }

    fn job_counts(&mut self) -> Result<Vec<(Status, u64)>> {
        Ok(read::counts(self.conn())?)
    }

    fn job_entries(&mut self, after: JobSeq, limit: u64) -> Result<Vec<Entry>> {
        Ok(read::entries(self.conn(), after, limit)?)
    }

    fn leased_jobs(&mut self, leases: Leases<'_>) -> Result<Vec<Entry>> {
        Ok(read::leased(self.conn(), leases)?)
    }

    fn expired_jobs(&mut self, expiry: Expiry, limit: u64) -> Result<Vec<JobSeq>> {
        Ok(clean::expired(self.conn(), expiry, limit)?)
    }
}

impl WriteJobs for Session<'_> {
    fn insert_job(&mut self, new: &NewJob) -> Result<Inserted> {
        insert::insert(self.conn(), new)
    }

    fn claim_jobs(&mut self, claim: &Claim<'_>) -> Result<Vec<Claimed>> {
        Ok(claim::claim(self.conn(), claim)?)
    }

    fn extend_lease(&mut self, lease: &Lease, until: Timestamp) -> Result<Option<Status>> {
        Ok(claim::extend(self.conn(), lease, until)?)
    }

    fn record_chunk(&mut self, job: JobSeq, chunk: &ChunkRow<'_>) -> Result<()> {
        Ok(chunk::record(self.conn(), job, chunk)?)
    }

    fn append_logs(&mut self, job: JobSeq, now: Timestamp, lines: &[(Level, String)]) -> Result<()> {
        Ok(chunk::append_logs(self.conn(), job, now, lines)?)
    }

    fn place_job(&mut self, job: JobSeq, placement: &Placement) -> Result<()> {
        Ok(moves::place(self.conn(), job, placement)?)
    }

    fn set_job_params(&mut self, job: JobSeq, params: &str) -> Result<()> {
        Ok(moves::set_params(self.conn(), job, params)?)
    }

    fn end_job(&mut self, job: JobSeq, ending: &Ending) -> Result<()> {
        Ok(moves::end(self.conn(), job, ending)?)
    }

    fn clear_finished(&mut self, queue: &str, limit: u64) -> Result<u64> {
        Ok(clean::clear(self.conn(), queue, limit)?)
    }

    fn delete_job(&mut self, job: JobSeq, limit: u64) -> Result<bool> {
        Ok(clean::delete(self.conn(), job, limit)?)
    }
}
