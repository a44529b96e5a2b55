//! The service: a backend for finished content and a local folder for unfinished content.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::backend::{Backend, Content, Listed, Stat};
use crate::{BlobId, Disk, Error, Result};

/// Keeps file content. Cheap to clone.
#[derive(Clone)]
pub struct Blobs(Arc<Inner>);

struct Inner {
    tmp: PathBuf,
    partial: PathBuf,
    backend: Box<dyn Backend>,
}

/// Content that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: BlobId,
    /// How many bytes it has.
    pub size: u64,
}

impl Blobs {
    /// Keeps content in a folder, which is made when it is not there.
    pub fn disk(dir: &Path) -> Result<Self> {
        Self::with_backend(dir, Box::new(Disk::open(dir)?))
    }

    /// Keeps content in a backend, and unfinished content in `DIR/tmp` and `DIR/partial`.
    pub fn with_backend(dir: &Path, backend: Box<dyn Backend>) -> Result<Self> {
        let inner = Inner {
            tmp: dir.join("tmp"),
            partial: dir.join("partial"),
            backend,
        };
        for folder in [&inner.tmp, &inner.partial] {
            fs::create_dir_all(folder).map_err(Error::io("make", folder))?;
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Runs a synchronous call where it may block; for use in async code.
    pub async fn run<T, F>(&self, call: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T> + Send + 'static,
    {
        let blobs = self.clone();
        tokio::task::spawn_blocking(move || call(&blobs)).await?
    }

    /// Opens content for a job, which may seek in it.
    pub fn open(&self, id: &BlobId) -> Result<Content> {
        self.backend().open(id)
    }

    /// Size and modified time, or `None` when there is no such content.
    pub fn stat(&self, id: &BlobId) -> Result<Option<Stat>> {
        self.backend().stat(id)
    }

    /// Whether there is such content.
    pub fn exists(&self, id: &BlobId) -> Result<bool> {
        Ok(self.stat(id)?.is_some())
    }

    /// How many bytes the content has.
    pub fn size(&self, id: &BlobId) -> Result<u64> {
        self.stat(id)?
            .map(|stat| stat.size)
            .ok_or(Error::NotFound { id: *id })
    }

    /// Sets the modified time to now, so that no sweep takes the content while a new reference to it is being written;
    /// false when there is no such content.
    pub fn touch(&self, id: &BlobId) -> Result<bool> {
        self.backend().touch(id)
    }

    /// Deletes content; false when there was none. The caller knows that nothing refers to it.
    pub fn delete(&self, id: &BlobId) -> Result<bool> {
        self.backend().delete(id)
    }

    /// Reads the content as a whole and compares its hash with its name; [`Error::Damaged`] when they differ.
    pub fn verify(&self, id: &BlobId) -> Result<Stored> {
        let mut content = self.open(id)?;
        let mut hash = Sha256::new();
        let mut size = 0;
        copy(&mut content.file, Error::read(id), |piece| {
            hash.update(piece);
            size += piece.len() as u64;
            Ok(())
        })?;
        let found = BlobId::from_hash(hash);
        if found == *id {
            Ok(Stored { id: *id, size })
        } else {
            Err(damaged(id, format!("its bytes hash to {found}")))
        }
    }

    /// The first `limit` ids after `after`, in order, with size and modified time.
    pub fn list(&self, after: Option<&BlobId>, limit: usize) -> Result<Vec<Listed>> {
        self.backend().list(after, limit)
    }

    /// Puts, reads, lists and deletes something small in the place that keeps contents, in a corner of its own.
    ///
    /// # Errors
    /// A sentence for the operator: what does not work, and what to check.
    pub fn probe(&self) -> Result<(), String> {
        self.backend().probe()
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        self.0.backend.as_ref()
    }

    pub(crate) fn tmp(&self) -> &Path {
        &self.0.tmp
    }

    pub(crate) fn partial(&self) -> &Path {
        &self.0.partial
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blobs")
            .field("tmp", &self.0.tmp)
            .finish_non_exhaustive()
    }
}

pub(crate) fn damaged(id: &BlobId, found: String) -> Error {
    Error::Damaged { id: *id, found }
}

/// Hands a file on in pieces of bounded size.
pub(crate) fn copy(
    from: &mut (impl Read + ?Sized),
    wrong: impl FnOnce(io::Error) -> Error,
    mut to: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => to(&buffer[..length])?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(wrong(e)),
        }
    }
}
