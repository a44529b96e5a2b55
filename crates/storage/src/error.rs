//! What can go wrong in a store, in words that do not depend on the backend.

use std::path::PathBuf;

use model::Code;

/// `Result` with the store's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No room on the disk: the write was refused, nothing of it is stored, reads go on.
    #[error("no room left on the disk")]
    Full,
    /// The disk refused a write for another reason than room: a quota, a file size limit, a failing device. The write
    /// is not stored, reads go on.
    #[error("the disk refused to write: {0}")]
    Unwritable(String),
    /// Too much is waiting already, or another process keeps the store's write lock for too long.
    #[error("the store is busy")]
    Busy,
    /// The database cannot be reached, or went away before it answered; nothing is known to be wrong with it.
    #[error("the store is away: {0}")]
    Away(String),
    /// The database went away during a commit and did not come back in time: nobody knows whether this is stored.
    #[error("it is not known whether this was stored: {0}")]
    Unknown(String),
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The closure panicked; nothing of it is stored.
    #[error("a closure on the store panicked")]
    Panicked,
    /// Another process serves this store.
    #[error("the store in {path} is in use by another process")]
    InUse {
        /// The data directory.
        path: PathBuf,
    },
    /// The store was written by a newer release.
    #[error("the store has format version {found}, this release knows up to {known}; use the newer release")]
    Newer {
        /// Version found.
        found: i64,
        /// Newest version this release knows.
        known: i64,
    },
    /// The store's migrations are not those of this release.
    #[error("migration {version} of the store differs from this release's: {what}")]
    Migration {
        /// Which.
        version: i64,
        /// How.
        what: String,
    },
    /// Stored bytes that make no sense.
    #[error("damaged data: {0}")]
    Damaged(String),
    /// The database is not one that can hold a store.
    #[error("the database cannot be used: {0}")]
    Unsuitable(String),
    /// What was moved to another store is not what is in this one.
    #[error("{0}; the source was changed since the transfer began, or the target by somebody else")]
    Differs(String),
    /// What lies where the store should be is not a store.
    #[error("{path} is not a store: {what}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: String,
    },
    /// The data directory cannot be used.
    #[error("cannot use {path}: {source}")]
    Path {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Anything else the backend says.
    #[error("store: {0}")]
    Backend(String),
}

impl Error {
    /// The same failure for another caller that it concerns.
    pub(crate) fn echo(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::Busy => Self::Busy,
            Self::Closed => Self::Closed,
            Self::Panicked => Self::Panicked,
            Self::Away(why) => Self::Away(why.clone()),
            Self::Unknown(why) => Self::Unknown(why.clone()),
            Self::Unwritable(why) => Self::Unwritable(why.clone()),
            Self::Damaged(what) => Self::Damaged(what.clone()),
            Self::Backend(what) => Self::Backend(what.clone()),
            other => Self::Backend(other.to_string()),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ if is_write_failure(&error) => Self::Unwritable(error.to_string()),
            _ => Self::Backend(error.to_string()),
        }
    }
}

/// Whether the file system refused to write, sync or grow a file.
fn is_write_failure(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    let code = error.sqlite_error().map(|inner| inner.extended_code);
    matches!(
        code,
        Some(
            ffi::SQLITE_IOERR_WRITE
                | ffi::SQLITE_IOERR_FSYNC
                | ffi::SQLITE_IOERR_TRUNCATE
                | ffi::SQLITE_IOERR_SHMSIZE
        )
    )
}

impl From<query::Refusal> for Error {
    /// Making keys asks nothing of a client, so only the stored bytes can be at fault.
    fn from(refusal: query::Refusal) -> Self {
        Self::Damaged(refusal.to_string())
    }
}

impl From<Error> for model::Error {
    /// What a client may know: that there is no room, that it can try again, or that something is wrong here.
    fn from(error: Error) -> Self {
        match error {
            Error::Full => {
                model::Error::new(Code::StorageFull, "no room left to store this; reads still work")
                    .with_retry_after(30)
            }
            Error::Unwritable(why) => model::Error::new(
                Code::StorageFull,
                "the store cannot be written to now; reads still work",
            )
            .with_internal(why)
            .with_retry_after(30),
            Error::Busy | Error::Closed => {
                model::Error::new(Code::Unavailable, "the store is busy or closing; try again")
                    .with_retry_after(1)
            }
            Error::Away(why) => {
                model::Error::new(Code::Unavailable, "the store is away for the moment; try again")
                    .with_internal(why)
                    .with_retry_after(2)
            }
            Error::Unknown(why) => model::Error::new(
                Code::Unavailable,
                "the store went away before it told whether this was stored; look before you send it again",
            )
            .with_internal(why)
            .with_retry_after(2),
            other => model::Error::internal(other),
        }
    }
}
