//! Files that were sent or made by a job: what they are called, what holds them, under which addresses they are shared.
//!
//! Content is in the blob store; a file here is a reference to it. A file that nothing holds is an orphan and goes after
//! a while.

use model::{JobSeq, Timestamp, UserId};

use crate::Result;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its public id: 24 hex digits.
    pub id: String,
    /// Name.
    pub name: String,
    /// Content type, as it was sent.
    pub content_type: String,
    /// Length in bytes.
    pub size: u64,
    /// The content, by its hex digest.
    pub blob: String,
    /// Who sent it; 0 for a job's.
    pub uploaded_by: UserId,
    /// When.
    pub at: Timestamp,
    /// The job that made it and holds it.
    pub job: Option<JobSeq>,
    /// Since when nothing holds it; none while something does.
    pub orphaned: Option<Timestamp>,
}

/// A record that holds a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Full name of its entity.
    pub entity: String,
    /// Its id.
    pub record: String,
}

/// An address under which a file is read without any right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Its public id.
    pub id: String,
    /// The file.
    pub file: String,
    /// When it ends; none for never.
    pub expires: Option<Timestamp>,
}

/// Reading files and shares.
pub trait ReadUploads {
    /// The file with this id.
    fn uploaded_file(&mut self, id: &str) -> Result<Option<UploadedFile>>;
    /// The records that hold a file, at most `limit`.
    fn file_holders(&mut self, file: &str, limit: u64) -> Result<Vec<Holder>>;
    /// Whether this record holds the file.
    fn holds_file(&mut self, file: &str, entity: &str, record: &str) -> Result<bool>;
    /// The share with this id.
    fn share(&mut self, id: &str) -> Result<Option<Share>>;
}

/// Writing files and shares.
pub trait WriteUploads {
    /// Adds a file; one that no job holds is an orphan from the start.
    fn insert_uploaded_file(&mut self, file: &UploadedFile) -> Result<()>;
    /// A record holds the file from now on; whether there is such a file.
    fn hold_file(&mut self, file: &str, entity: &str, record: &str) -> Result<bool>;
    /// The record holds the file no longer; whether it did.
    fn release_file(&mut self, file: &str, entity: &str, record: &str, now: Timestamp) -> Result<bool>;
    /// The record is gone: it holds no file any longer. How many it held.
    fn release_files_of(&mut self, entity: &str, record: &str, now: Timestamp) -> Result<u64>;
    /// The entity is gone: up to `limit` files are released from its records. How many.
    fn release_files_of_all(&mut self, entity: &str, now: Timestamp, limit: u64) -> Result<u64>;
    /// Deletes files that are orphans since `before` or longer, with their shares, at most `limit`; how many.
    fn delete_orphaned_files(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
    /// Adds a share.
    fn insert_share(&mut self, share: &Share) -> Result<()>;
    /// Ends a share; whether there was one.
    fn delete_share(&mut self, id: &str) -> Result<bool>;
    /// Forgets shares that ended by `now`, at most `limit`; how many.
    fn delete_expired_shares(&mut self, now: Timestamp, limit: u64) -> Result<u64>;
}
