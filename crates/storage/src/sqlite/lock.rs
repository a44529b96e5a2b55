//! One process serves a store. An advisory lock on a file beside the database says so and goes when the process dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::{Error, Result};

/// Holds the store for this process until it is dropped.
#[derive(Debug)]
pub(super) struct ServeLock {
    _file: File,
}

/// Takes the lock, or `None` when another process has it.
pub(super) fn try_lock(directory: &Path) -> Result<Option<ServeLock>> {
    let path = directory.join("stockyard.lock");
    let unusable = |source| Error::Path {
        path: path.clone(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(ServeLock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}
