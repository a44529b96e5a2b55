//! Exports as they stand, and their files.

use blobs::BlobId;
use model::job::Status;
use model::{Actor, Code, Error, HistorySeq, Job};

use super::since::job_id;
use super::{Encoding, Format};
use crate::Engine;
use crate::kinds::export::{Checkpoint, KIND, Params, Results};

/// An export as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// Its job.
    pub job: Job,
    /// The format of its file.
    pub format: Format,
    /// Since what it takes changes, as it was asked for.
    pub since: Option<String>,
    /// The target that it pushes to, if it does.
    pub push: Option<String>,
    /// Articles written or sent so far.
    pub records: u64,
    /// Deletions written or sent so far.
    pub deleted: u64,
    /// The place in the history of articles at which it began, once it has begun.
    pub watermark: Option<HistorySeq>,
    /// Whether there is a file to be downloaded.
    pub has_file: bool,
}

/// The file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// Its content.
    pub blob: BlobId,
    /// How many bytes it has.
    pub size: u64,
    /// The name to store it under.
    pub name: String,
    /// Its media type.
    pub content_type: &'static str,
}

impl Engine {
    /// The export of this number or id.
    ///
    /// # Errors
    /// `not-found` if there is none, or the job is of another kind.
    pub async fn export(&self, _actor: &Actor, id: &str) -> Result<Export, Error> {
        let job = self.export_job_of(id).await?;
        let params: Params = read(&job.params)?;
        let (mut records, mut deleted, mut watermark) = (0, 0, None);
        if let Some(checkpoint) = job.checkpoint.as_deref().map(read::<Checkpoint>).transpose()? {
            (records, deleted) = (checkpoint.records, checkpoint.deleted);
            watermark = Some(checkpoint.watermark);
        }
        Ok(Export {
            format: params.format,
            since: params.since.map(|since| since.given),
            has_file: job.status == Status::Finished && params.push.is_none(),
            push: params.push,
            records,
            deleted,
            watermark,
            job,
        })
    }

    /// The file of an export.
    ///
    /// # Errors
    /// `not-found` if there is no such export, or it was a push; `conflict` if it has not finished.
    pub async fn export_file(&self, _actor: &Actor, id: &str) -> Result<ExportFile, Error> {
        let job = self.export_job_of(id).await?;
        let params: Params = read(&job.params)?;
        if let Some(target) = params.push {
            let message = format!("export {id} was pushed to {target} and has no file");
            return Err(Error::new(Code::NotFound, message));
        }
        if job.status != Status::Finished {
            let message = format!("export {id} has no file: its status is {}", job.status.as_str());
            return Err(Error::new(Code::Conflict, message));
        }
        let results: Results = read(job.results.as_deref().unwrap_or_default())?;
        let (Some(blob), Some(size)) = (results.blob, results.size) else {
            return Err(Error::internal(format!(
                "export {} finished without a file",
                job.seq
            )));
        };
        Ok(file(&job, params.format, params.encoding, (blob, size)))
    }

    async fn export_job_of(&self, text: &str) -> Result<Job, Error> {
        let missing = || {
            let shown: String = text.chars().take(64).collect();
            Error::new(Code::NotFound, format!("Export not found: {shown}"))
        };
        let id = job_id(text).ok_or_else(missing)?;
        let found = self.store().read(move |tx| match id {
            Ok(seq) => tx.job(seq),
            Err(id) => tx.job_by_id(&id),
        });
        let job = found.await.map_err(Error::from)?;
        job.filter(|job| job.kind == KIND).ok_or_else(missing)
    }
}

fn file(job: &Job, format: Format, encoding: Encoding, (blob, size): (BlobId, u64)) -> ExportFile {
    ExportFile {
        blob,
        size,
        name: format!("articles-{}.{}", job.seq, format.as_str()),
        content_type: format.content_type(encoding),
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(Error::internal)
}
