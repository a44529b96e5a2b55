//! Handing in imports: the file is stored first, the job comes with it.

use blobs::Stored;
use bytes::Bytes;
use futures_util::Stream;
use model::job::{NewJob, Status};
use model::{Code, Error, Job, JobId};

use super::{IMPORT, ImportFlags, ImportParams, QUEUE};
use crate::Engine;
use crate::kinds::to_json;
use crate::records::{Call, EntityRef};

/// The longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 255;

/// A file of rows.
#[derive(Clone, Debug)]
pub struct SheetFile {
    /// What it is called.
    pub name: String,
    /// Its content, which was stored before.
    pub stored: Stored,
}

impl Engine {
    /// Stores a file of rows as it arrives, holding a bounded part of it in memory; it goes when nothing is made of it.
    ///
    /// # Errors
    /// `too-large`; `storage-full`; what the stream ends with.
    pub async fn store_sheet<S>(&self, name: String, pieces: S) -> Result<SheetFile, Error>
    where
        S: Stream<Item = Result<Bytes, Error>> + Send,
    {
        let limit = self.options().sheets.max_file_bytes;
        let stored = self.store_content(pieces, limit).await?;
        Ok(SheetFile { name, stored })
    }

    /// Refuses a caller who may not import records of an entity at all.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn check_import(&self, call: &Call, entity: &EntityRef) -> Result<(), Error> {
        match self.may_import(call, entity)? {
            true => Ok(()),
            false => {
                let message = format!("you may not import records of {}", entity.name);
                Err(Error::new(Code::Forbidden, message))
            }
        }
    }

    /// Hands in the import of a file; flags for developers have no effect for others.
    ///
    /// # Errors
    /// As [`Engine::check_import`].
    pub async fn submit_sheet(
        &self,
        call: &Call,
        entity: &EntityRef,
        file: SheetFile,
        flags: ImportFlags,
    ) -> Result<Job, Error> {
        self.check_import(call, entity)?;
        let params = ImportParams {
            entity: entity.name.clone(),
            file_name: file.name.chars().take(LONGEST_NAME).collect(),
            blob: file.stored.id,
            by: call.actor.email.clone(),
            ip: call.ip.clone(),
            flags: match call.actor.roles.developer {
                true => flags,
                false => flags.of_anybody(),
            },
            failed_of: None,
        };
        let what = if flags.dry_run {
            "Trying out an import"
        } else {
            "Importing records"
        };
        self.hand_in(params, format!("{what} of {}", entity.label)).await
    }

    /// Hands in an import of those rows that failed in another one.
    ///
    /// # Errors
    /// `not-found`, `forbidden` for a job of somebody else's; `conflict` when the job is no import, has not ended or has
    /// no failed rows.
    pub async fn retry_sheet(&self, call: &Call, id: &JobId) -> Result<Job, Error> {
        let job = self.job_to_steer(&call.actor, id).await?;
        let conflict = |why: &str| Error::new(Code::Conflict, format!("job {id} {why}"));
        if job.kind != IMPORT {
            return Err(conflict("is no import of a file"));
        }
        if !job.status.is_final() {
            return Err(conflict(&format!(
                "is {}; only one that has ended can be retried",
                job.status.as_str()
            )));
        }
        if job.counts.failed == 0 {
            return Err(conflict("has no failed rows"));
        }
        let before: ImportParams = serde_json::from_str(&job.params).map_err(Error::internal)?;
        let entity = self.record_entity(&before.entity)?;
        self.check_import(call, &entity)?;
        let params = ImportParams {
            by: call.actor.email.clone(),
            ip: call.ip.clone(),
            failed_of: Some(job.seq),
            ..before
        };
        self.hand_in(params, format!("Retrying failed rows of {}", entity.label))
            .await
    }

    async fn hand_in(&self, params: ImportParams, label: String) -> Result<Job, Error> {
        let new = NewJob {
            id: self.env().new_job_id(),
            request_id: self.env().new_request_id(),
            kind: IMPORT,
            label,
            queue: QUEUE,
            // Imports of one entity take effect in the order in which they were handed in.
            serial_key: Some(format!("{IMPORT}:{}", params.entity)),
            priority: 0,
            low_priority: params.flags.low_priority,
            run_by: params.by.clone(),
            parent: None,
            status: Status::Pending,
            params: to_json(&params)?,
            error: None,
            now: self.env().now(),
        };
        let (runner, blob) = (self.runner().clone(), params.blob.to_string());
        let inserted = self.store().write(move |tx| {
            let job = runner.submit(tx, &new)?.into_job();
            tx.add_job_blob(job.seq, &blob, new.now)?;
            Ok::<_, Error>(job)
        });
        inserted.await
    }
}
