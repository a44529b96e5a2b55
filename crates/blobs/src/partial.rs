//! Files that a job builds over several chunks and continues after a crash.
//!
//! The order that makes it safe: [`Partial::sync`] before a checkpoint that names its length commits; after a crash
//! [`Blobs::open_partial`] with the length of the last committed checkpoint, which cuts off what was written since. At
//! the end [`Partial::finish`] *copies* the bytes into the store and the partial file stays, so a crash before the
//! job's last commit can still resume; [`Partial::discard`] after that commit. What a crash between the two leaves is
//! found by [`Blobs::sweep_partials`].
//!
//! A partial file is locked while it is open: a worker that lost its lease but still writes cannot spoil the file of
//! the worker that took over, which gets [`Error::PartialBusy`] until the first lets go.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::disk::{found, sync_folder};
use crate::service::copy;
use crate::{Blobs, Error, Result, Stored};

/// The name of a partial file: 1 to 100 of `a-z`, `0-9`, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialName(String);

/// A text that is not a [`PartialName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a name for a partial file: expected 1 to 100 of a-z, 0-9, - and _")]
pub struct InvalidPartialName(String);

impl FromStr for PartialName {
    type Err = InvalidPartialName;

    fn from_str(text: &str) -> Result<Self, InvalidPartialName> {
        let allowed = |c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if text.is_empty() || text.len() > 100 || !text.bytes().all(allowed) {
            return Err(InvalidPartialName(text.chars().take(110).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for PartialName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file being built, open for appending.
#[derive(Debug)]
pub struct Partial {
    blobs: Blobs,
    path: PathBuf,
    out: BufWriter<File>,
    length: u64,
}

impl Blobs {
    /// Opens a partial file at the length of the last checkpoint and cuts off what lies behind it; 0 starts a new one.
    pub fn open_partial(&self, name: &PartialName, resume_at: u64) -> Result<Partial> {
        let path = self.partial_path(name);
        let short = |length| Error::PartialShort {
            name: name.clone(),
            length,
            expected: resume_at,
        };
        let how = File::options()
            .create(resume_at == 0)
            .truncate(false)
            .write(true)
            .clone();
        let mut file = open_locked(&how, name, &path)?.ok_or_else(|| short(0))?;
        let length = file.metadata().map_err(Error::io("look at", &path))?.len();
        if length < resume_at {
            return Err(short(length));
        }
        file.set_len(resume_at)
            .and_then(|()| file.seek(SeekFrom::Start(resume_at)))
            .map_err(Error::io("cut", &path))?;
        sync_folder(self.partial())?;
        Ok(Partial {
            blobs: self.clone(),
            path,
            out: BufWriter::with_capacity(64 * 1024, file),
            length: resume_at,
        })
    }

    /// Deletes a partial file that nobody has open; false when there was none.
    pub fn discard_partial(&self, name: &PartialName) -> Result<bool> {
        let path = self.partial_path(name);
        let Some(_locked) = open_locked(File::options().read(true), name, &path)? else {
            return Ok(false);
        };
        Ok(found(fs::remove_file(&path), "delete", &path)?.is_some())
    }

    pub(crate) fn partial_path(&self, name: &PartialName) -> PathBuf {
        self.partial().join(&name.0)
    }
}

/// Opens and locks a partial file; `None` when it is not there.
fn open_locked(how: &OpenOptions, name: &PartialName, path: &Path) -> Result<Option<File>> {
    loop {
        let Some(file) = found(how.open(path), "open", path)? else {
            return Ok(None);
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::PartialBusy { name: name.clone() }),
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", path)(e)),
        }
        // Between open and lock its last writer may have discarded it: then this one is no longer in the folder.
        if file.metadata().map_err(Error::io("look at", path))?.nlink() > 0 {
            return Ok(Some(file));
        }
    }
}

impl Partial {
    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds bytes.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes).map_err(Error::io("write", &self.path))
    }

    /// Brings everything written so far to disk and returns the length that a checkpoint may now name.
    pub fn sync(&mut self) -> Result<u64> {
        self.out
            .flush()
            .and_then(|()| self.out.get_ref().sync_data())
            .map_err(Error::io("sync", &self.path))?;
        Ok(self.length)
    }

    /// Stores what was written as content. The partial file stays until it is discarded.
    pub fn finish(&mut self) -> Result<Stored> {
        self.out.flush().map_err(Error::io("write", &self.path))?;
        let mut file = File::open(&self.path).map_err(Error::io("open", &self.path))?;
        let mut upload = self.blobs.upload(u64::MAX)?;
        copy(&mut file, Error::io("read", &self.path), |piece| {
            upload.append(piece)
        })?;
        upload.finish()
    }

    /// Deletes the partial file.
    pub fn discard(self) -> Result<()> {
        found(fs::remove_file(&self.path), "delete", &self.path).map(drop)
    }
}

/// For writers such as a CSV writer.
impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
