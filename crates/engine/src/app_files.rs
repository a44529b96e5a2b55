//! Files of an app: sent by users or made by jobs, held by records, shared under addresses of their own.
//!
//! A file that nothing holds is an orphan: after a while it is gone, whether the sweep has been there yet or not. What
//! holds a file is written in the transaction that writes the record, so the calls for that take a transaction. Content
//! is kept once however many files have it.
//!
//! Source: `contracts/slingr.md` §9 and §12.

mod hold;
mod read;
mod share;
mod sweep;
mod upload;

pub use hold::{Attachment, JobFile, add_job_file, attach, detach, detach_all};
pub use read::OpenedFile;
pub use storage::tables::uploads::{Holder, Share, UploadedFile};
pub use upload::NewFile;

pub(crate) use hold::detach_entity;
pub(crate) use sweep::sweep;

use model::{Class, Error, Timestamp};
use storage::ReadTx;

use crate::Engine;

impl Engine {
    /// Orphans of before this time are gone.
    pub fn orphans_alive_since(&self) -> Timestamp {
        self.env().now().plus_millis(-self.options().slingr.orphan_ms())
    }
}

/// Whether there is a file with this id, which has not been an orphan for too long.
pub(crate) fn is_alive(
    tx: &mut (impl ReadTx + ?Sized),
    id: &str,
    alive_since: Timestamp,
) -> Result<bool, Error> {
    match find(tx, id, alive_since) {
        Ok(_) => Ok(true),
        Err(error) if error.class() == Class::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The file with this id, unless it has been an orphan for too long.
fn find(tx: &mut (impl ReadTx + ?Sized), id: &str, alive_since: Timestamp) -> Result<UploadedFile, Error> {
    let alive = |file: &UploadedFile| file.orphaned.is_none_or(|since| since > alive_since);
    let found = tx.uploaded_file(id)?.filter(alive);
    found.ok_or_else(|| Error::not_found("file", id))
}
