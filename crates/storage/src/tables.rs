//! What a transaction can do, one pair of traits per table: reading and writing.

pub mod app_logs;
pub mod blocks;
pub mod collections;
pub mod files;
pub mod history;
pub mod identity;
pub mod indexes;
pub mod jobs;
pub mod marks;
pub mod messages;
pub mod projects;
pub mod queues;
pub mod records;
pub mod uploads;
pub mod walks;

pub use app_logs::{ReadAppLogs, WriteAppLogs};
pub use blocks::{ReadBlocks, WriteBlocks};
pub use collections::WriteCollections;
pub use files::{ReadFiles, WriteFiles};
pub use history::{ReadHistory, WriteHistory};
pub use identity::{ReadIdentity, WriteIdentity};
pub use indexes::{ReadIndexes, WriteIndexes};
pub use jobs::{ReadJobs, WriteJobs};
pub use marks::{ReadMarks, WriteMarks};
pub use messages::{ReadMessages, WriteMessages};
pub use projects::{ReadProjects, WriteProjects};
pub use queues::{ReadQueues, WriteQueues};
pub use records::{ReadRecords, WriteRecords};
pub use uploads::{ReadUploads, WriteUploads};
pub use walks::ReadWalks;

/// A consistent view of the whole store.
pub trait ReadTx:
    ReadAppLogs
    + ReadBlocks
    + ReadFiles
    + ReadHistory
    + ReadIdentity
    + ReadIndexes
    + ReadJobs
    + ReadMarks
    + ReadMessages
    + ReadProjects
    + ReadQueues
    + ReadRecords
    + ReadUploads
    + ReadWalks
{
}

/// A view that can also change the store; all changes are kept together or not at all. After a change that answered an
/// error the whole closure is undone, whatever it answers itself.
pub trait Tx:
    ReadTx
    + WriteAppLogs
    + WriteBlocks
    + WriteCollections
    + WriteFiles
    + WriteHistory
    + WriteIdentity
    + WriteIndexes
    + WriteJobs
    + WriteMarks
    + WriteMessages
    + WriteProjects
    + WriteQueues
    + WriteRecords
    + WriteUploads
{
    /// Runs `action` once this transaction is on disk and before its caller is answered; never if it is undone. For
    /// wake-ups and other quick effects outside: it holds up every other writer, and a write in it would wait forever.
    fn on_commit(&mut self, action: Box<dyn FnOnce() + Send>);
    /// Lets those who [`crate::Store::listen`] in other processes on this database hear, once this transaction is on disk,
    /// that there may be something to do. A hint, which may be lost.
    fn announce(&mut self);
    /// The time of the database, where it has a clock of its own that all its nodes share.
    fn server_time(&mut self) -> crate::Result<Option<model::Timestamp>>;
}
