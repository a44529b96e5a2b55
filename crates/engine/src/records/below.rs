//! What lies under a view of records: everything that is no record is told as the transaction below tells it.
//!
//! Two views are transactions to whoever reads through them: that of a unit of work ([`Overlay`]), and that of the rows of an
//! import ([`Looking`]), which remembers what it was asked. Both change nothing but records and counters.

use model::job::{Item, ItemState, LogLine, Status};
use model::{
    Change, CollectionId, HeapId, HistorySeq, Job, JobId, JobSeq, Page, PageOf, QueueId, RequestId,
    Timestamp, UserId,
};
use storage::Result;
use storage::tables::history::{HistoryFilter, JobLines};
use storage::tables::identity::{TokenOwner, User, UserUse};
use storage::tables::indexes::DeclaredIndex;
use storage::tables::jobs::{Entry, Expiry, Failure, ItemPlace, JobFilter, LeaseState, Leases, LogFilter};
use storage::tables::messages::{Heap, Message, MessageCounts, MessageState, Sent, SentName};
use storage::tables::queues::{Queue, QueueFilter};
use storage::tables::uploads::{Holder, Share, UploadedFile};
use storage::tables::{
    ReadAppLogs, ReadBlocks, ReadFiles, ReadHistory, ReadIdentity, ReadIndexes, ReadJobs, ReadMessages,
    ReadProjects, ReadQueues, ReadUploads,
};
use storage::tables::{app_logs, blocks, files, projects};

use super::import_rows::Looking;
use super::unit::Overlay;

/// Hands the calls of traits on to the transaction below, for each of the views.
macro_rules! as_below {
    ($($trait:ident { $(fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)* })*) => {
        $(
            impl $trait for Overlay<'_> {
                $(fn $name(&mut self, $($argument: $type),*) -> Result<$answer> {
                    self.tx.$name($($argument),*)
                })*
            }

            impl $trait for Looking<'_> {
                $(fn $name(&mut self, $($argument: $type),*) -> Result<$answer> {
                    self.tx.$name($($argument),*)
                })*
            }
        )*
    };
}

#[rustfmt::skip]
as_below! {
    ReadAppLogs {
        fn log_lines(filter: &app_logs::LogFilter, slice: app_logs::LogSlice, limit: u64) -> Vec<app_logs::LogLine>;
        fn count_log_lines(filter: &app_logs::LogFilter) -> u64;
    }
    ReadBlocks {
        fn any_block(scope: &str) -> bool;
        fn block(scope: &str, key: &str) -> Option<blocks::Block>;
        fn blocks(scope: &str, offset: u64, limit: u64) -> (Vec<blocks::Block>, u64);
    }
    ReadFiles {
        fn blobs_referenced(blobs: &[String]) -> Vec<bool>;
        fn referenced_blobs(after: &str, limit: u64) -> Vec<String>;
        fn entity_blob(entity: &str) -> Option<files::EntityBlob>;
    }
    ReadHistory {
        fn history_page(collection: CollectionId, filter: &HistoryFilter<'_>, before: Option<HistorySeq>, limit: u64) -> Vec<Change>;
        fn history_count(collection: CollectionId, filter: &HistoryFilter<'_>) -> u64;
        fn change_before(collection: CollectionId, id: &str, seq: HistorySeq) -> Option<Change>;
        fn job_lines(collection: CollectionId, asked: &JobLines, limit: u64) -> Vec<(HistorySeq, String)>;
    }
    ReadIdentity {
        fn user_by_email(email: &str) -> Option<User>;
        fn user_by_oid(oid: &str) -> Option<User>;
        fn users_by_label(label: &str, limit: u64) -> Vec<User>;
        fn users_by_external_id(id: &str, provider: Option<&str>) -> Vec<User>;
        fn users_after(after: UserId, limit: u64) -> Vec<User>;
        fn count_active_admins() -> u64;
        fn users(offset: u64, limit: u64) -> Vec<UserUse>;
        fn has_users() -> bool;
        fn token_owner(hash: &[u8; 32]) -> Option<TokenOwner>;
    }
    ReadIndexes {
        fn declared_indexes(collection: CollectionId) -> Vec<DeclaredIndex>;
    }
    ReadJobs {
        fn job(seq: JobSeq) -> Option<Job>;
        fn job_by_id(id: &JobId) -> Option<Job>;
        fn job_by_request(id: &RequestId) -> Option<Job>;
        fn job_entry(seq: JobSeq) -> Option<Entry>;
        fn lease(seq: JobSeq) -> Option<LeaseState>;
        fn jobs(filter: &JobFilter, page: Page) -> PageOf<Job>;
        fn unfinished_jobs(queue: &str, page: Page) -> PageOf<Job>;
        fn failed_jobs(queue: &str, after: JobSeq, page: Page) -> PageOf<Job>;
        fn clean_jobs(queue: &str, page: Page) -> PageOf<Job>;
        fn troubled_jobs(queue: &str, after: ItemPlace, page: Page) -> PageOf<Job>;
        fn held_jobs(queue: &str) -> Vec<JobSeq>;
        fn unfinished_branch(root: JobSeq) -> Vec<Entry>;
        fn items(job: JobSeq, states: &[ItemState], page: Page) -> PageOf<Item>;
        fn items_from(job: JobSeq, states: &[ItemState], from: u64, limit: u64) -> Vec<Item>;
        fn failures(queue: &str, after: ItemPlace, page: Page) -> PageOf<Failure>;
        fn logs(job: JobSeq, filter: &LogFilter, page: Page) -> PageOf<LogLine>;
        fn job_counts() -> Vec<(Status, u64)>;
        fn job_entries(after: JobSeq, limit: u64) -> Vec<Entry>;
        fn leased_jobs(leases: Leases<'_>) -> Vec<Entry>;
        fn expired_jobs(expiry: Expiry, limit: u64) -> Vec<JobSeq>;
    }
    ReadMessages {
        fn message_counts(heap: Heap, now: Timestamp) -> MessageCounts;
        fn are_held(heap: Heap, now: Timestamp, count: u64) -> bool;
        fn ready_messages(heap: Heap, now: Timestamp, limit: usize) -> Vec<Message>;
        fn next_ready(heap: HeapId, after: Timestamp) -> Option<Timestamp>;
        fn ready_heaps(heaps: &[HeapId]) -> Vec<(HeapId, Timestamp)>;
        fn message_states(heap: HeapId, seqs: &[model::MessageSeq]) -> Vec<MessageState>;
        fn sent_before(queue: QueueId, names: &[SentName], now: Timestamp) -> Vec<Sent>;
    }
    ReadProjects {
        fn project(name: &str) -> Option<projects::Project>;
        fn projects() -> Vec<projects::Project>;
    }
    ReadQueues {
        fn queue(account: &str, name: &str) -> Option<Queue>;
        fn queue_by_id(id: QueueId) -> Option<Queue>;
        fn queues(filter: QueueFilter<'_>, after: (&str, &str), limit: u64) -> Vec<Queue>;
    }
    ReadUploads {
        fn uploaded_file(id: &str) -> Option<UploadedFile>;
        fn file_holders(file: &str, limit: u64) -> Vec<Holder>;
        fn holds_file(file: &str, entity: &str, record: &str) -> bool;
        fn share(id: &str) -> Option<Share>;
    }
}
