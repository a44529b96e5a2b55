//! Files on their way out.

use std::ops::Range;

use blobs::Reading;
use model::{Actor, Error, Timestamp};
use storage::ReadTx;

use super::{Holder, UploadedFile, find};
use crate::Engine;
use crate::accounts::{RestPart, forbidden};

/// A file being read.
pub struct OpenedFile {
    /// What it is.
    pub file: UploadedFile,
    /// Its bytes, or the part that was asked for.
    pub reading: Reading,
}

impl Engine {
    /// Reads any file: for developers, admins and, if a job made it, whoever started that job.
    ///
    /// # Errors
    /// `not-found`, `forbidden`; `bad-value` of `range` for one that begins behind the end.
    pub async fn open_file(
        &self,
        actor: &Actor,
        id: &str,
        range: Option<Range<u64>>,
    ) -> Result<OpenedFile, Error> {
        let (id, by, alive_since) = (id.to_owned(), actor.clone(), self.orphans_alive_since());
        let file = self.store().look_up(move |tx| {
            let file = find(tx, &id, alive_since)?;
            require_reader(tx, &by, &file)?;
            Ok::<_, Error>(file)
        });
        let file = file.await?;
        self.opened(file, range).await
    }

    /// Reads a file that a record holds. Whether the caller may read the record, and the field with the file, is for the
    /// caller of this function to say.
    ///
    /// # Errors
    /// `forbidden` when no group of the caller allows downloads; `not-found` when the record does not hold the file;
    /// `bad-value` of `range`.
    pub async fn open_record_file(
        &self,
        actor: &Actor,
        id: &str,
        holder: Holder,
        range: Option<Range<u64>>,
    ) -> Result<OpenedFile, Error> {
        self.require_rest(actor, RestPart::FilesRead)?;
        let (id, alive_since) = (id.to_owned(), self.orphans_alive_since());
        let file = self.store().look_up(move |tx| {
            if !tx.holds_file(&id, &holder.entity, &holder.record)? {
                return Err(Error::not_found("file of the record", &id));
            }
            find(tx, &id, alive_since)
        });
        let file = file.await?;
        self.opened(file, range).await
    }

    /// Reads a shared file; needs no right.
    ///
    /// # Errors
    /// `not-found` for a share that is not there or has ended, and when its file is gone; `bad-value` of `range`.
    pub async fn open_shared_file(
        &self,
        share: &str,
        range: Option<Range<u64>>,
    ) -> Result<OpenedFile, Error> {
        let (share, now, alive_since) = (share.to_owned(), self.env().now(), self.orphans_alive_since());
        let file = self
            .store()
            .look_up(move |tx| shared(tx, &share, now, alive_since));
        let file = file.await?;
        self.opened(file, range).await
    }

    async fn opened(&self, file: UploadedFile, range: Option<Range<u64>>) -> Result<OpenedFile, Error> {
        let reading = self.read_content(&file.blob, range).await?;
        Ok(OpenedFile { file, reading })
    }
}

fn shared(
    tx: &mut dyn ReadTx,
    id: &str,
    now: Timestamp,
    alive_since: Timestamp,
) -> Result<UploadedFile, Error> {
    let gone = || Error::not_found("shared file", id);
    let share = tx.share(id)?.ok_or_else(gone)?;
    if share.expires.is_some_and(|expires| expires <= now) {
        return Err(gone());
    }
    find(tx, &share.file, alive_since).map_err(|error| match error.code() {
        model::Code::NotFound => gone(),
        _ => error,
    })
}

/// Refuses a caller who may read neither all files nor this one of a job.
pub(super) fn require_reader(tx: &mut dyn ReadTx, by: &Actor, file: &UploadedFile) -> Result<(), Error> {
    if by.roles.developer || by.roles.admin || started(tx, by, file)? {
        return Ok(());
    }
    Err(forbidden("only developers and admins may read files by their id"))
}

fn started(tx: &mut dyn ReadTx, by: &Actor, file: &UploadedFile) -> Result<bool, Error> {
    let Some(job) = file.job else { return Ok(false) };
    let job = tx.job(job)?;
    Ok(job.is_some_and(|job| job.run_by == by.doer()))
}
