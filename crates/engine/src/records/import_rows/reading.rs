//! A [`Looking`] as a transaction, so that everything that reads records sees what rows have made: what asks for
//! records goes through the view, all else to the snapshot.

use jsonb::Jsonb;
use model::job::{Item, ItemState, LogLine, Status};
use model::{
    Change, CollectionId, HeapId, HistorySeq, Job, JobId, JobSeq, MessageSeq, Page, PageOf, QueueId, Record,
    RequestId, Timestamp, UserId,
};
use query::KeyRange;
use storage::tables::app_logs::{self, LogSlice};
use storage::tables::blocks::Block;
use storage::tables::files::EntityBlob;
use storage::tables::history::HistoryFilter;
use storage::tables::identity::{TokenOwner, User, UserUse};
use storage::tables::indexes::DeclaredIndex;
use storage::tables::jobs::{self, Entry, Expiry, Failure, ItemPlace, JobFilter, LeaseState, Leases};
use storage::tables::messages::{Heap, Message, MessageCounts, MessageState, Sent, SentName};
use storage::tables::projects::Project;
use storage::tables::queues::{Queue, QueueFilter};
use storage::tables::records::{Collection, IndexDef, Place, Visit};
use storage::tables::uploads::{Holder, Share, UploadedFile};
use storage::tables::walks::{IndexWalk, Walk};
use storage::tables::{
    ReadAppLogs, ReadBlocks, ReadFiles, ReadHistory, ReadIdentity, ReadIndexes, ReadJobs, ReadMarks,
    ReadMessages, ReadProjects, ReadQueues, ReadRecords, ReadUploads, ReadWalks,
};
use storage::{Direction, ReadTx, Result};

use super::lookup::Looking;

impl ReadAppLogs for Looking<'_> {
    fn log_lines(
        &mut self,
        filter: &app_logs::LogFilter,
        slice: LogSlice,
        limit: u64,
    ) -> Result<Vec<app_logs::LogLine>> {
        self.tx.log_lines(filter, slice, limit)
    }
    fn count_log_lines(&mut self, filter: &app_logs::LogFilter) -> Result<u64> {
        self.tx.count_log_lines(filter)
    }
}

impl ReadBlocks for Looking<'_> {
    fn any_block(&mut self, scope: &str) -> Result<bool> {
        self.tx.any_block(scope)
    }
    fn block(&mut self, scope: &str, key: &str) -> Result<Option<Block>> {
        self.tx.block(scope, key)
    }
    fn blocks(&mut self, scope: &str, offset: u64, limit: u64) -> Result<(Vec<Block>, u64)> {
        self.tx.blocks(scope, offset, limit)
    }
}

impl ReadFiles for Looking<'_> {
    fn blobs_referenced(&mut self, blobs: &[String]) -> Result<Vec<bool>> {
        self.tx.blobs_referenced(blobs)
    }
    fn referenced_blobs(&mut self, after: &str, limit: u64) -> Result<Vec<String>> {
        self.tx.referenced_blobs(after, limit)
    }
    fn entity_blob(&mut self, entity: &str) -> Result<Option<EntityBlob>> {
        self.tx.entity_blob(entity)
    }
}

impl ReadHistory for Looking<'_> {
    fn history_page(
        &mut self,
        collection: CollectionId,
        filter: &HistoryFilter<'_>,
        before: Option<HistorySeq>,
        limit: u64,
    ) -> Result<Vec<Change>> {
        self.tx.history_page(collection, filter, before, limit)
    }
    fn history_count(&mut self, collection: CollectionId, filter: &HistoryFilter<'_>) -> Result<u64> {
        self.tx.history_count(collection, filter)
    }
    fn change_before(
        &mut self,
        collection: CollectionId,
        id: &str,
        seq: HistorySeq,
    ) -> Result<Option<Change>> {
        self.tx.change_before(collection, id, seq)
    }
}

impl ReadIdentity for Looking<'_> {
    fn user_by_email(&mut self, email: &str) -> Result<Option<User>> {
        self.tx.user_by_email(email)
    }
    fn user_by_oid(&mut self, oid: &str) -> Result<Option<User>> {
        self.tx.user_by_oid(oid)
    }
    fn users_by_label(&mut self, label: &str, limit: u64) -> Result<Vec<User>> {
        self.tx.users_by_label(label, limit)
    }
    fn users_by_external_id(&mut self, id: &str, provider: Option<&str>) -> Result<Vec<User>> {
        self.tx.users_by_external_id(id, provider)
    }
    fn users_after(&mut self, after: UserId, limit: u64) -> Result<Vec<User>> {
        self.tx.users_after(after, limit)
    }
    fn count_active_admins(&mut self) -> Result<u64> {
        self.tx.count_active_admins()
    }
    fn users(&mut self, offset: u64, limit: u64) -> Result<Vec<UserUse>> {
        self.tx.users(offset, limit)
    }
    fn has_users(&mut self) -> Result<bool> {
        self.tx.has_users()
    }
    fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>> {
        self.tx.token_owner(hash)
    }
}

impl ReadIndexes for Looking<'_> {
    fn declared_indexes(&mut self, collection: CollectionId) -> Result<Vec<DeclaredIndex>> {
        self.tx.declared_indexes(collection)
    }
}

impl ReadJobs for Looking<'_> {
    fn job(&mut self, seq: JobSeq) -> Result<Option<Job>> {
        self.tx.job(seq)
    }
    fn job_by_id(&mut self, id: &JobId) -> Result<Option<Job>> {
        self.tx.job_by_id(id)
    }
    fn job_by_request(&mut self, id: &RequestId) -> Result<Option<Job>> {
        self.tx.job_by_request(id)
    }
    fn job_entry(&mut self, seq: JobSeq) -> Result<Option<Entry>> {
        self.tx.job_entry(seq)
    }
    fn lease(&mut self, seq: JobSeq) -> Result<Option<LeaseState>> {
        self.tx.lease(seq)
    }
    fn jobs(&mut self, filter: &JobFilter, page: Page) -> Result<PageOf<Job>> {
        self.tx.jobs(filter, page)
    }
    fn unfinished_jobs(&mut self, queue: &str, page: Page) -> Result<PageOf<Job>> {
        self.tx.unfinished_jobs(queue, page)
    }
    fn failed_jobs(&mut self, queue: &str, after: JobSeq, page: Page) -> Result<PageOf<Job>> {
        self.tx.failed_jobs(queue, after, page)
    }
    fn clean_jobs(&mut self, queue: &str, page: Page) -> Result<PageOf<Job>> {
        self.tx.clean_jobs(queue, page)
    }
    fn troubled_jobs(&mut self, queue: &str, after: ItemPlace, page: Page) -> Result<PageOf<Job>> {
        self.tx.troubled_jobs(queue, after, page)
    }
    fn held_jobs(&mut self, queue: &str) -> Result<Vec<JobSeq>> {
        self.tx.held_jobs(queue)
    }
    fn unfinished_branch(&mut self, root: JobSeq) -> Result<Vec<Entry>> {
        self.tx.unfinished_branch(root)
    }
    fn items(&mut self, job: JobSeq, states: &[ItemState], page: Page) -> Result<PageOf<Item>> {
        self.tx.items(job, states, page)
    }
    fn items_from(&mut self, job: JobSeq, states: &[ItemState], from: u64, limit: u64) -> Result<Vec<Item>> {
        self.tx.items_from(job, states, from, limit)
    }
    fn failures(&mut self, queue: &str, after: ItemPlace, page: Page) -> Result<PageOf<Failure>> {
        self.tx.failures(queue, after, page)
    }
    fn logs(&mut self, job: JobSeq, filter: &jobs::LogFilter, page: Page) -> Result<PageOf<LogLine>> {
        self.tx.logs(job, filter, page)
    }
    fn job_counts(&mut self) -> Result<Vec<(Status, u64)>> {
        self.tx.job_counts()
    }
    fn job_entries(&mut self, after: JobSeq, limit: u64) -> Result<Vec<Entry>> {
        self.tx.job_entries(after, limit)
    }
    fn leased_jobs(&mut self, leases: Leases<'_>) -> Result<Vec<Entry>> {
        self.tx.leased_jobs(leases)
    }
    fn expired_jobs(&mut self, expiry: Expiry, limit: u64) -> Result<Vec<JobSeq>> {
        self.tx.expired_jobs(expiry, limit)
    }
}

impl ReadMarks for Looking<'_> {
    fn mark(&mut self, name: &str) -> Result<Option<String>> {
        self.tx.mark(name)
    }
}

impl ReadMessages for Looking<'_> {
    fn message_counts(&mut self, heap: Heap, now: Timestamp) -> Result<MessageCounts> {
        self.tx.message_counts(heap, now)
    }
    fn are_held(&mut self, heap: Heap, now: Timestamp, count: u64) -> Result<bool> {
        self.tx.are_held(heap, now, count)
    }
    fn ready_messages(&mut self, heap: Heap, now: Timestamp, limit: usize) -> Result<Vec<Message>> {
        self.tx.ready_messages(heap, now, limit)
    }
    fn next_ready(&mut self, heap: HeapId, after: Timestamp) -> Result<Option<Timestamp>> {
        self.tx.next_ready(heap, after)
    }
    fn ready_heaps(&mut self, heaps: &[HeapId]) -> Result<Vec<(HeapId, Timestamp)>> {
        self.tx.ready_heaps(heaps)
    }
    fn message_states(&mut self, heap: HeapId, seqs: &[MessageSeq]) -> Result<Vec<MessageState>> {
        self.tx.message_states(heap, seqs)
    }
    fn sent_before(&mut self, queue: QueueId, names: &[SentName], now: Timestamp) -> Result<Vec<Sent>> {
        self.tx.sent_before(queue, names, now)
    }
}

impl ReadProjects for Looking<'_> {
    fn project(&mut self, name: &str) -> Result<Option<Project>> {
        self.tx.project(name)
    }
    fn projects(&mut self) -> Result<Vec<Project>> {
        self.tx.projects()
    }
}

impl ReadQueues for Looking<'_> {
    fn queue(&mut self, account: &str, name: &str) -> Result<Option<Queue>> {
        self.tx.queue(account, name)
    }
    fn queue_by_id(&mut self, id: QueueId) -> Result<Option<Queue>> {
        self.tx.queue_by_id(id)
    }
    fn queues(&mut self, filter: QueueFilter<'_>, after: (&str, &str), limit: u64) -> Result<Vec<Queue>> {
        self.tx.queues(filter, after, limit)
    }
}

impl ReadRecords for Looking<'_> {
    fn collection(&mut self, name: &str) -> Result<Option<Collection>> {
        self.tx.collection(name)
    }
    fn collections(&mut self) -> Result<Vec<Collection>> {
        self.tx.collections()
    }
    fn record(&mut self, collection: CollectionId, id: &str) -> Result<Option<Record>> {
        self.record_of(collection, id)
    }
    fn record_body(&mut self, collection: CollectionId, id: &str) -> Result<Option<(u64, Jsonb)>> {
        self.body_of(collection, id)
    }
    fn records_after(&mut self, collection: CollectionId, after: &str, limit: u64) -> Result<Vec<Record>> {
        self.tx.records_after(collection, after, limit)
    }
    fn count_records(&mut self, collection: CollectionId) -> Result<u64> {
        self.tx.count_records(collection)
    }
    fn history(&mut self, collection: CollectionId, id: &str, page: Page) -> Result<PageOf<Change>> {
        self.tx.history(collection, id, page)
    }
    fn history_after(
        &mut self,
        collection: CollectionId,
        seq: HistorySeq,
        limit: u64,
    ) -> Result<Vec<Change>> {
        self.tx.history_after(collection, seq, limit)
    }
    fn last_change(
        &mut self,
        collection: CollectionId,
        id: &str,
        until: HistorySeq,
    ) -> Result<Option<HistorySeq>> {
        self.tx.last_change(collection, id, until)
    }
    fn history_head(&mut self, collection: CollectionId) -> Result<HistorySeq> {
        self.tx.history_head(collection)
    }
    fn indexes(&mut self, collection: CollectionId) -> Result<Vec<IndexDef>> {
        self.ready_indexes(collection)
    }
    fn records_by_index(
        &mut self,
        collection: CollectionId,
        index: &str,
        range: &KeyRange,
        limit: u64,
    ) -> Result<Vec<Record>> {
        self.by_index(collection, index, range, limit)
    }
    fn scan_bodies(&self, collection: CollectionId, visit: &mut Visit<'_>) -> Result<()> {
        self.scan(collection, visit)
    }
    fn scan_bodies_at(
        &self,
        collection: CollectionId,
        places: &[Place],
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        self.tx.scan_bodies_at(collection, places, visit)
    }
    fn index_places(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        limit: u64,
    ) -> Result<Option<Vec<Place>>> {
        self.tx.index_places(collection, index, ranges, limit)
    }
    fn places_of(&self, collection: CollectionId, ids: &[String]) -> Result<Vec<Place>> {
        self.tx.places_of(collection, ids)
    }
    fn records_at(&self, collection: CollectionId, places: &[Place]) -> Result<Vec<Record>> {
        self.tx.records_at(collection, places)
    }
}

impl ReadUploads for Looking<'_> {
    fn uploaded_file(&mut self, id: &str) -> Result<Option<UploadedFile>> {
        self.tx.uploaded_file(id)
    }
    fn file_holders(&mut self, file: &str, limit: u64) -> Result<Vec<Holder>> {
        self.tx.file_holders(file, limit)
    }
    fn holds_file(&mut self, file: &str, entity: &str, record: &str) -> Result<bool> {
        self.tx.holds_file(file, entity, record)
    }
    fn share(&mut self, id: &str) -> Result<Option<Share>> {
        self.tx.share(id)
    }
}

impl ReadWalks for Looking<'_> {
    fn walk_by_id(
        &self,
        collection: CollectionId,
        after: Option<&str>,
        direction: Direction,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        self.tx.walk_by_id(collection, after, direction, visit)
    }
    fn walk_by_index(
        &self,
        collection: CollectionId,
        walk: &IndexWalk<'_>,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        self.tx.walk_by_index(collection, walk, visit)
    }
    fn count_index(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        most: u64,
    ) -> Result<Option<u64>> {
        self.tx.count_index(collection, index, ranges, most)
    }
}

impl ReadTx for Looking<'_> {}
