//! Who refers to which file content. Content itself lives in the blob store; what nobody refers to is swept.

use model::{JobSeq, Timestamp};

use crate::Result;

/// The file of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityBlob {
    /// The content, by its hex digest.
    pub blob: String,
    /// Its length in bytes.
    pub size: u64,
    /// When it was put there.
    pub created: Timestamp,
}

/// Reading references.
pub trait ReadFiles {
    /// For each blob, by its hex digest, whether anything refers to it.
    fn blobs_referenced(&mut self, blobs: &[String]) -> Result<Vec<bool>>;
    /// Every blob that anything refers to, in order, after `after`.
    fn referenced_blobs(&mut self, after: &str, limit: u64) -> Result<Vec<String>>;
    /// The file of the entity with this id.
    fn entity_blob(&mut self, entity: &str) -> Result<Option<EntityBlob>>;
}

/// Writing references.
pub trait WriteFiles {
    /// A job needs this content; the reference goes when the job is removed.
    fn add_job_blob(&mut self, job: JobSeq, blob: &str, now: Timestamp) -> Result<()>;
    /// The job no longer needs any content; returns how many references went.
    fn drop_job_blobs(&mut self, job: JobSeq) -> Result<u64>;
    /// Makes this the file of an entity, in place of another one.
    fn set_entity_blob(&mut self, entity: &str, file: &EntityBlob) -> Result<()>;
    /// Takes the file from an entity; whether it had one.
    fn drop_entity_blob(&mut self, entity: &str) -> Result<bool>;
}
