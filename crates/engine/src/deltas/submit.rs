//! Handing in delta files, by address or with their content.

use std::sync::OnceLock;

use blobs::Stored;
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use model::job::{NewJob, Status};
use model::{Actor, Code, Error, Job};

use super::QUEUE;
use crate::kinds::delta::{KIND, Params};
use crate::{Engine, contents};

/// The most files taken in one call.
const MAX_FILES: usize = 1000;
/// The longest name of a file, in bytes.
const MAX_NAME: usize = 2048;

/// Content that was sent and stored.
#[derive(Clone, Debug)]
pub struct Content {
    /// A name for it, shown wherever an address would be.
    pub name: String,
    /// The stored content.
    pub stored: Stored,
}

impl Engine {
    /// Accepts the files at these addresses, all or none, in this order. An address that is named twice counts once.
    ///
    /// # Errors
    /// `missing-field` for no address, `bad-value` for too many, `address-refused` that names the first one that may
    /// not be fetched.
    pub async fn submit_deltas(&self, actor: &Actor, urls: Vec<String>) -> Result<Vec<Job>, Error> {
        let mut files: Vec<Params> = Vec::new();
        for url in urls {
            if files.len() > MAX_FILES {
                break;
            }
            self.fetcher().check(&url).map_err(|refused| {
                Error::of_field(Code::AddressRefused, "file".to_owned(), refused.to_string())
            })?;
            if files.iter().all(|known| known.file != url) {
                files.push(Params {
                    file: url,
                    blob: None,
                });
            }
        }
        match files.len() {
            0 => Err(Error::missing("file")),
            1..=MAX_FILES => self.accept(actor, files).await,
            _ => Err(Error::bad_value(
                "files",
                format!("at most {MAX_FILES} files are taken at once, got more"),
            )),
        }
    }

    /// Stores the content of a file that is being sent, to be accepted by [`Engine::submit_delta_content`]; holds a
    /// bounded part of it in memory. Content that is not accepted afterwards is swept away.
    ///
    /// # Errors
    /// `bad-value` for a name that is too long, `storage-full`, and what the stream ends with.
    pub async fn store_delta_content<S>(&self, name: String, pieces: S) -> Result<Content, Error>
    where
        S: Stream<Item = Result<Bytes, Error>> + Send,
    {
        check_name(&name)?;
        let broken = OnceLock::new();
        let pieces = pieces.map_err(|error| {
            let text = error.message().to_owned();
            let _ = broken.set(error);
            text
        });
        // The sender bounds the size.
        let stored = self.blobs().put(pieces, u64::MAX).await;
        match (stored, broken.into_inner()) {
            (Ok(stored), None) => Ok(Content { name, stored }),
            (_, Some(error)) => Err(error),
            (Err(other), None) => Err(contents::refused(other)),
        }
    }

    /// Accepts a file whose content was sent.
    ///
    /// # Errors
    /// `bad-value` for a name that is too long.
    pub async fn submit_delta_content(&self, actor: &Actor, content: Content) -> Result<Job, Error> {
        check_name(&content.name)?;
        let params = Params {
            file: content.name,
            blob: Some(content.stored.id),
        };
        let mut accepted = self.accept(actor, vec![params]).await?;
        accepted
            .pop()
            .ok_or_else(|| Error::internal("a delta job was accepted but not returned"))
    }

    async fn accept(&self, actor: &Actor, files: Vec<Params>) -> Result<Vec<Job>, Error> {
        let jobs = files
            .iter()
            .map(|file| self.delta_job(actor, file))
            .collect::<Result<Vec<_>, _>>()?;
        let (runner, now) = (self.runner().clone(), self.env().now());
        let accepted = self.store().write(move |tx| {
            let mut accepted = Vec::with_capacity(jobs.len());
            for (job, file) in jobs.iter().zip(&files) {
                let job = runner.submit(tx, job)?.into_job();
                if let Some(blob) = file.blob {
                    tx.add_job_blob(job.seq, &blob.to_string(), now)?;
                }
                accepted.push(job);
            }
            Ok::<_, Error>(accepted)
        });
        accepted.await
    }

    fn delta_job(&self, actor: &Actor, params: &Params) -> Result<NewJob, Error> {
        Ok(NewJob {
            id: self.env().new_job_id(),
            request_id: self.env().new_request_id(),
            kind: KIND,
            label: format!("Delta update from {}", params.file),
            queue: QUEUE,
            serial_key: Some(QUEUE.to_owned()),
            priority: 0,
            low_priority: false,
            run_by: actor.email.clone(),
            parent: None,
            status: Status::Pending,
            params: serde_json::to_string(params).map_err(Error::internal)?,
            error: None,
            now: self.env().now(),
        })
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.len() > MAX_NAME {
        let message = format!("the name of the file is longer than {MAX_NAME} bytes");
        return Err(Error::bad_value("file", message));
    }
    Ok(())
}
