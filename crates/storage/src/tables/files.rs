//! Who refers to which file content. Content itself lives in the blob store; what nobody refers to is swept.

use model::{JobSeq, Timestamp};

use crate::Result;

/// Reading references.
pub trait ReadFiles {
    /// For each blob, by its hex digest, whether anything refers to it.
    fn blobs_referenced(&mut self, blobs: &[String]) -> Result<Vec<bool>>;
    /// Every blob that anything refers to, in order, after `after`.
    fn referenced_blobs(&mut self, after: &str, limit: u64) -> Result<Vec<String>>;
}

/// Writing references.
pub trait WriteFiles {
    /// A job needs this content; the reference goes when the job is removed.
    fn add_job_blob(&mut self, job: JobSeq, blob: &str, now: Timestamp) -> Result<()>;
    /// The job no longer needs any content; returns how many references went.
    fn drop_job_blobs(&mut self, job: JobSeq) -> Result<u64>;
}
