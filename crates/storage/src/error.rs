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
    /// Another process keeps the store's write lock for too long.
    #[error("the store is busy")]
    Busy,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
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

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Backend(error.to_string()),
        }
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
            Error::Busy | Error::Closed => {
                model::Error::new(Code::Unavailable, "the store is busy or closing; try again")
                    .with_retry_after(1)
            }
            other => model::Error::internal(other),
        }
    }
}
