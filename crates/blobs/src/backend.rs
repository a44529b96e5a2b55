//! What a place that keeps finished content must be able to do.
//!
//! The trait is synchronous and small: hashing, limits, resuming and the sweep's decisions are [`Blobs`](crate::Blobs)'
//! and the same for every backend. A backend gets content as a finished local file, because its name, the hash, is
//! known only at the end.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::time::SystemTime;

use tempfile::TempPath;

use crate::{BlobId, Error, Result};

/// A place that keeps finished content.
pub trait Backend: Send + Sync + 'static {
    /// Takes a finished file whose content hashes to `id`, and which need not be on disk yet; when this returns, the
    /// content survives a power cut. Content that is there already is replaced, which sets its modified time to now.
    fn adopt(&self, id: &BlobId, staged: TempPath) -> Result<()>;

    /// Opens content for a job, which may seek in it. [`Error::NotFound`] when there is none.
    fn open(&self, id: &BlobId) -> Result<Content>;

    /// Opens a part of content; the caller has checked that the range lies within it.
    fn reader(&self, id: &BlobId, range: Range<u64>) -> Result<Box<dyn Read + Send>> {
        let mut content = self.open(id)?;
        content
            .file
            .seek(SeekFrom::Start(range.start))
            .map_err(Error::io("seek in", Path::new(&id.to_string())))?;
        Ok(Box::new(content.file.take(range.end.saturating_sub(range.start))))
    }

    /// Size and modified time, or `None` when there is no such content.
    fn stat(&self, id: &BlobId) -> Result<Option<Stat>>;

    /// Sets the modified time to now; false when there is no such content.
    fn touch(&self, id: &BlobId) -> Result<bool>;

    /// Deletes content; false when there was none.
    fn delete(&self, id: &BlobId) -> Result<bool>;

    /// Deletes content that was last modified before `older_than` and returns its size. Looking and deleting are one
    /// step: content adopted or touched meanwhile stays.
    fn delete_older(&self, id: &BlobId, older_than: SystemTime) -> Result<Option<u64>>;

    /// The first `limit` ids after `after`, in order.
    fn list(&self, after: Option<&BlobId>, limit: usize) -> Result<Vec<Listed>>;

    /// Clears away what uploads that broke off, and contents that were put again, have left in the place itself before
    /// `older_than`. Returns how many.
    fn tidy(&self, _older_than: SystemTime) -> Result<u64> {
        Ok(0)
    }

    /// Tries whether the place can be used at all; the error is a sentence for the operator.
    fn probe(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Content opened for reading.
#[derive(Debug)]
pub struct Content {
    /// The file, positioned at its start.
    pub file: File,
    /// How many bytes it has.
    pub size: u64,
}

/// What is known about content without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// How many bytes it has.
    pub size: u64,
    /// When it was last put or touched.
    pub modified: SystemTime,
}

/// One entry of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Which content.
    pub id: BlobId,
    /// Its size and modified time.
    pub stat: Stat,
}
