//! What a transaction can do, one pair of traits per table: reading and writing.

pub mod blocks;
pub mod files;
pub mod identity;
pub mod jobs;
pub mod marks;
pub mod projects;
pub mod records;

pub use blocks::{ReadBlocks, WriteBlocks};
pub use files::{ReadFiles, WriteFiles};
pub use identity::{ReadIdentity, WriteIdentity};
pub use jobs::{ReadJobs, WriteJobs};
pub use marks::{ReadMarks, WriteMarks};
pub use projects::{ReadProjects, WriteProjects};
pub use records::{ReadRecords, WriteRecords};

/// A consistent view of the whole store.
pub trait ReadTx:
    ReadBlocks + ReadFiles + ReadIdentity + ReadJobs + ReadMarks + ReadProjects + ReadRecords
{
}

/// A view that can also change the store; all changes are kept together or not at all. After a change that answered an
/// error the whole closure is undone, whatever it answers itself.
pub trait Tx:
    ReadTx + WriteBlocks + WriteFiles + WriteIdentity + WriteJobs + WriteMarks + WriteProjects + WriteRecords
{
    /// Runs `action` once this transaction is on disk and before its caller is answered; never if it is undone. For
    /// wake-ups and other quick effects outside: it holds up every other writer, and a write in it would wait forever.
    fn on_commit(&mut self, action: Box<dyn FnOnce() + Send>);
}
