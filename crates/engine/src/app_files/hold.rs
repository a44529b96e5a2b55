//! What holds a file, within the transaction that writes the holder.

use model::{Actor, Error, JobSeq, Timestamp};
use storage::Tx;

use super::{Holder, NewFile, UploadedFile, find};
use crate::accounts::forbidden;

/// A file that a record is to hold.
#[derive(Clone, Copy, Debug)]
pub struct Attachment<'a> {
    /// Who wants it.
    pub actor: &'a Actor,
    /// Id of the file.
    pub file: &'a str,
    /// The record.
    pub holder: &'a Holder,
    /// See [`crate::Engine::orphans_alive_since`].
    pub alive_since: Timestamp,
}

/// Lets a record hold a file and gives the file. A file that somebody else sent can only be taken when a record holds it
/// already; whether the caller may read such a record is for the caller of this function to say, by `may_read`, which
/// is asked for one holder after the other.
///
/// # Errors
/// `not-found`; `forbidden` for a file of somebody else.
pub fn attach(
    tx: &mut dyn Tx,
    wanted: Attachment<'_>,
    may_read: &mut dyn FnMut(&mut dyn Tx, &Holder) -> Result<bool, Error>,
) -> Result<UploadedFile, Error> {
    let Attachment {
        actor,
        file,
        holder,
        alive_since,
    } = wanted;
    let found = find(tx, file, alive_since)?;
    let Holder { entity, record } = holder;
    let own = found.uploaded_by == actor.user && found.job.is_none();
    if !own && !tx.holds_file(file, entity, record)? && !may_take(tx, &found, may_read)? {
        return Err(forbidden(format!("the file is not the caller's: {file}")));
    }
    tx.hold_file(file, entity, record)?;
    Ok(UploadedFile {
        orphaned: None,
        ..found
    })
}

/// Holders that are asked about at most.
const ASKED: u64 = 20;

fn may_take(
    tx: &mut dyn Tx,
    file: &UploadedFile,
    may_read: &mut dyn FnMut(&mut dyn Tx, &Holder) -> Result<bool, Error>,
) -> Result<bool, Error> {
    for holder in tx.file_holders(&file.id, ASKED)? {
        if may_read(tx, &holder)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A record holds a file no longer; whether it did.
///
/// # Errors
/// The store's.
pub fn detach(tx: &mut dyn Tx, file: &str, holder: &Holder, now: Timestamp) -> Result<bool, Error> {
    Ok(tx.release_file(file, &holder.entity, &holder.record, now)?)
}

/// A record goes, and holds no file any longer; how many it held.
///
/// # Errors
/// The store's.
pub fn detach_all(tx: &mut dyn Tx, holder: &Holder, now: Timestamp) -> Result<u64, Error> {
    Ok(tx.release_files_of(&holder.entity, &holder.record, now)?)
}

/// An entity is gone, and up to `limit` of the files that its records held are held no longer; how many.
///
/// # Errors
/// The store's.
pub(crate) fn detach_entity(tx: &mut dyn Tx, entity: &str, now: Timestamp, limit: u64) -> Result<u64, Error> {
    Ok(tx.release_files_of_all(entity, now, limit)?)
}

/// A file that a job made and holds, until the job is deleted.
#[derive(Clone, Debug)]
pub struct JobFile {
    /// Its id: 24 hex digits.
    pub id: String,
    /// What it is called.
    pub new: NewFile,
    /// The content, which was stored before.
    pub stored: blobs::Stored,
    /// The job.
    pub job: JobSeq,
}

/// Adds a file that a job made. Whoever started the job may read it.
///
/// # Errors
/// `bad-value` for a name or type that cannot be one; the store's.
pub fn add_job_file(tx: &mut dyn Tx, made: JobFile, now: Timestamp) -> Result<UploadedFile, Error> {
    let JobFile { id, new, stored, job } = made;
    let new = new.checked()?;
    let file = UploadedFile {
        id,
        name: new.name,
        content_type: new.content_type,
        size: stored.size,
        blob: stored.id.to_string(),
        uploaded_by: model::UserId(0),
        at: now,
        job: Some(job),
        orphaned: None,
    };
    tx.insert_uploaded_file(&file)?;
    Ok(file)
}
