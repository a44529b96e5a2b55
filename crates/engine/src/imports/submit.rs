//! Handing in a body: store it, look at it, make the job.

use std::fmt;

use blobs::{BlobId, BoxError};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use model::job::{NewJob, Status};
use model::{Actor, Code, CollectionId, Detail, Error, Job, RequestId};
use storage::Tx;
use storage::tables::jobs::Inserted;

use super::intake::{self, Intake};
use super::{Params, QUEUE, Work, entity};
use crate::jobs::may_see;
use crate::kinds::import::KIND;
use crate::{Engine, contents};

/// What became of a body.
#[derive(Clone, Debug, PartialEq)]
pub enum Import {
    /// There is a job for it now.
    Accepted(Job),
    /// It cannot be taken; the job says so, and this is why.
    Rejected(Job, Vec<Detail>),
    /// Its request made this job before; nothing changed.
    Known(Job),
}

impl Engine {
    /// Takes the body of an import, packed with gzip or not, and makes its job.
    ///
    /// # Errors
    /// What the stream says; `too-large`; `already-exists` for the request id of a job that the caller may not see.
    /// Whatever is wrong with the content is no error but a rejected job.
    pub async fn submit_import<S>(&self, actor: &Actor, body: S) -> Result<Import, Error>
    where
        S: Stream<Item = Result<Bytes, Error>> + Send,
    {
        let blob = self.store_body(body).await?;
        let options = self.options().imports.clone();
        let read = move |blobs: &blobs::Blobs| intake::read(blobs, &blob, &options);
        let intake = self.blobs().run(read).await.map_err(blob_error)?;
        let (engine, actor) = (self.clone(), actor.clone());
        let request_id = intake.envelope.request_id.clone();
        let request_id = request_id.unwrap_or_else(|| self.env().new_request_id());
        self.store()
            .write(move |tx| engine.make_job(tx, &actor, &request_id, &intake, blob))
            .await
    }

    async fn store_body<S>(&self, body: S) -> Result<BlobId, Error>
    where
        S: Stream<Item = Result<Bytes, Error>> + Send,
    {
        let body = body.map(|piece| piece.map_err(BrokenOff));
        let limit = self.options().imports.max_body_bytes;
        let stored = self.blobs().put(body, limit).await.map_err(blob_error)?;
        Ok(stored.id)
    }

    fn make_job(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        request_id: &RequestId,
        intake: &Intake,
        blob: BlobId,
    ) -> Result<Import, Error> {
        if let Some(job) = tx.job_by_request(request_id)? {
            return known(actor, job);
        }
        let mut problems = intake.problems.clone();
        let collection = self.collection_of(tx, intake, &mut problems)?;
        let work = collection.filter(|_| problems.is_empty()).map(|collection| Work {
            collection,
            blob,
            path: intake.path,
            records: intake.records,
        });
        let new = self.import_job(actor, request_id, intake, work, &problems)?;
        let job = match self.runner().submit(tx, &new)? {
            Inserted::New(job) => job,
            Inserted::Existing(job) => return known(actor, job),
        };
        if work.is_none() {
            return Ok(Import::Rejected(job, problems));
        }
        tx.add_job_blob(job.seq, &blob.to_string(), new.now)?;
        Ok(Import::Accepted(job))
    }

    /// Where the records go. A collection is made only for a body without any other fault.
    fn collection_of(
        &self,
        tx: &mut dyn Tx,
        intake: &Intake,
        problems: &mut Vec<Detail>,
    ) -> Result<Option<CollectionId>, Error> {
        let Some(name) = &intake.envelope.entity else {
            return Ok(None);
        };
        let create = problems.is_empty() && self.options().imports.dynamic_entities;
        let found = entity::resolve(tx, name, create)?;
        if found.is_none() {
            let wrapper = if intake.path == 0 { "job." } else { "" };
            problems.push(Detail::new(
                format!("{wrapper}entity"),
                format!("unknown entity {name:?}"),
            ));
        }
        Ok(found)
    }

    fn import_job(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        intake: &Intake,
        work: Option<Work>,
        problems: &[Detail],
    ) -> Result<NewJob, Error> {
        let envelope = &intake.envelope;
        let params = Params {
            entity: envelope.entity.clone(),
            operation: envelope.operation.clone(),
            object_in_response: envelope.object_in_response,
            work,
            problems: problems.iter().map(Into::into).collect(),
        };
        let sentences: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        Ok(NewJob {
            id: self.env().new_job_id(),
            request_id: request_id.clone(),
            kind: KIND,
            label: label(&params),
            queue: QUEUE,
            // Imports of one collection take effect in the order in which they were accepted.
            serial_key: work.map(|work| format!("{QUEUE}:{}", work.collection)),
            priority: 0,
            low_priority: false,
            run_by: actor.email.clone(),
            parent: None,
            status: match work {
                Some(_) => Status::Pending,
                None => Status::Rejected,
            },
            params: serde_json::to_string(&params).map_err(Error::internal)?,
            error: work.is_none().then(|| sentences.join("; ")),
            now: self.env().now(),
        })
    }
}

fn label(params: &Params) -> String {
    let entity = params.entity.as_deref().unwrap_or("unknown entity");
    let operation = params.operation.as_deref().unwrap_or("unknown operation");
    match params.work {
        Some(work) => format!("Import: {operation} {} records of {entity}", work.records),
        None => format!("Import that was not taken: {operation} of {entity}"),
    }
}

fn known(actor: &Actor, job: Job) -> Result<Import, Error> {
    if may_see(actor, &job) {
        return Ok(Import::Known(job));
    }
    let message = format!(
        "the request_id {} is in use by another job",
        job.request_id.as_str()
    );
    Err(Error::of_field(
        Code::AlreadyExists,
        "request_id".to_owned(),
        message,
    ))
}

/// The shared error in the clothes of an ordinary one, on its way through the blob store.
#[derive(Debug)]
struct BrokenOff(Error);

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.message())
    }
}

impl std::error::Error for BrokenOff {}

fn blob_error(error: blobs::Error) -> Error {
    match error {
        blobs::Error::TooLarge { limit } => {
            Error::new(Code::TooLarge, format!("the body is longer than {limit} bytes"))
        }
        blobs::Error::Source(source) => body_error(source),
        other => contents::refused(other),
    }
}

fn body_error(source: BoxError) -> Error {
    match source.downcast::<BrokenOff>() {
        Ok(broken) => broken.0,
        Err(other) => Error::internal(other),
    }
}
