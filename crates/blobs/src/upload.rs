//! New content on its way in: hashed while it is written to a temporary file.
//!
//! The temporary file goes away with the [`Upload`], whatever ends it, unless it was finished.

use std::io::{self, Write};

use sha2::{Digest, Sha256};
use tempfile::{Builder, NamedTempFile};

use crate::{BlobId, Blobs, Error, Result, Stored};

/// Content being written. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Upload {
    blobs: Blobs,
    temp: NamedTempFile,
    hash: Sha256,
    size: u64,
    limit: u64,
}

impl Blobs {
    /// Starts content of at most `limit` bytes.
    pub fn upload(&self, limit: u64) -> Result<Upload> {
        let temp = Builder::new()
            .prefix("up-")
            .tempfile_in(self.tmp())
            .map_err(Error::io("write in", self.tmp()))?;
        Ok(Upload {
            blobs: self.clone(),
            temp,
            hash: Sha256::new(),
            size: 0,
            limit,
        })
    }
}

impl Upload {
    /// Adds bytes, unless that makes the content too large.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let size = self.size.saturating_add(bytes.len() as u64);
        if size > self.limit {
            return Err(Error::TooLarge { limit: self.limit });
        }
        self.temp
            .as_file_mut()
            .write_all(bytes)
            .map_err(Error::io("write", self.temp.path()))?;
        self.hash.update(bytes);
        self.size = size;
        Ok(())
    }

    /// Stores the content; when this returns, it survives a power cut.
    pub fn finish(self) -> Result<Stored> {
        let stored = Stored {
            id: BlobId::from_hash(self.hash),
            size: self.size,
        };
        self.blobs
            .backend()
            .adopt(&stored.id, self.temp.into_temp_path())?;
        Ok(stored)
    }
}

/// For writers such as a CSV writer. Errors are wrapped in [`io::Error::other`].
impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};

    #[test]
    fn a_full_disk_leaves_no_temporary_file() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::disk(dir.path()).unwrap();
        let mut upload = blobs.upload(100).unwrap();
        *upload.temp.as_file_mut() = File::options().write(true).open("/dev/full").unwrap();
        let error = upload.append(b"content").unwrap_err();
        assert!(matches!(error, Error::Full { .. }), "{error:?}");
        drop(upload);
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    }
}
