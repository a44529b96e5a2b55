//! What can go wrong with content, told apart by what the caller can do about it: ask for less, free some space,
//! start over, or look at the disk.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::{BlobId, PartialName};

/// Any error, boxed: what the source of an upload may fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The result of an operation on content.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation on content failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The content is longer than the caller allows.
    #[error("the content is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The most bytes the caller allowed.
        limit: u64,
    },
    /// The disk, or the quota of the account the server runs under, is full.
    #[error("no space left on the disk: could not {doing} {}: {source}", path.display())]
    Full {
        /// What was being done.
        doing: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk or the file system failed in another way.
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The place that keeps contents cannot be reached, or does not do what it is asked. It may be tried again.
    #[error("the place that keeps contents does not answer as it should: could not {doing}: {cause}")]
    Away {
        /// What was being done.
        doing: &'static str,
        /// What it said, or what kept it from saying anything.
        cause: String,
    },
    /// The source of an upload failed, for example because the client went away.
    #[error("the upload broke off: {0}")]
    Source(#[source] BoxError),
    /// There is no such content.
    #[error("there is no content {id}")]
    NotFound {
        /// The content asked for.
        id: BlobId,
    },
    /// A range starts behind the end of the content.
    #[error("the range starts at byte {start}, but the content has {size} bytes")]
    Range {
        /// The first byte asked for.
        start: u64,
        /// How many bytes there are.
        size: u64,
    },
    /// The bytes on disk are not those that were stored.
    #[error("content {id} is damaged: {found}")]
    Damaged {
        /// The content asked for.
        id: BlobId,
        /// What was found instead.
        found: String,
    },
    /// A partial file is shorter than the checkpoint says, or gone.
    #[error("partial file {name} has {length} bytes, fewer than the {expected} of the checkpoint")]
    PartialShort {
        /// The partial file.
        name: PartialName,
        /// How many bytes it has; 0 when it is gone.
        length: u64,
        /// Where to resume.
        expected: u64,
    },
    /// Somebody else has the partial file open.
    #[error("partial file {name} is in use by another writer")]
    PartialBusy {
        /// The partial file.
        name: PartialName,
    },
    /// The callback of a sweep gave a wrong number of answers, so nothing was deleted on its word.
    #[error("the sweep asked about {asked} names and got {answered} answers")]
    SweepAnswers {
        /// How many names were asked about.
        asked: usize,
        /// How many answers came.
        answered: usize,
    },
    /// The runtime is shutting down, or a blocking call panicked.
    #[error("the operation was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl Error {
    /// Wraps a failure to read content, which is one of ours already when a backend's reader wrapped it.
    pub(crate) fn read(id: &BlobId) -> impl FnOnce(io::Error) -> Self {
        let path = PathBuf::from(id.to_string());
        move |error| match error.downcast::<Self>() {
            Ok(ours) => ours,
            Err(error) => Self::io("read", &path)(error),
        }
    }

    /// Wraps a failed system call, telling a full disk apart from other failures.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { doing, path, source },
            _ => Self::Io { doing, path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_full_disk_is_told_apart() {
        let path = Path::new("/dev/full");
        let mut full = std::fs::File::options().write(true).open(path).unwrap();
        let error = full
            .write_all(b"x")
            .map_err(Error::io("write", path))
            .unwrap_err();
        assert!(matches!(error, Error::Full { doing: "write", .. }), "{error:?}");
        assert!(
            error
                .to_string()
                .starts_with("no space left on the disk: could not write /dev/full")
        );
    }

    #[test]
    fn an_exhausted_quota_counts_as_full() {
        let quota = io::Error::from(ErrorKind::QuotaExceeded);
        assert!(matches!(
            Error::io("write", Path::new("x"))(quota),
            Error::Full { .. }
        ));
        let denied = io::Error::from(ErrorKind::PermissionDenied);
        assert!(matches!(
            Error::io("write", Path::new("x"))(denied),
            Error::Io { .. }
        ));
    }
}
