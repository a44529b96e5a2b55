//! Rows of an import that failed, in the columns of their file, with what is wrong behind them: to be corrected and
//! imported again, which passes over the columns that were added.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use blobs::Content;
use bytes::Bytes;
use futures_util::{Stream, stream};
use model::job::ItemState;
use model::{Code, Error, JobId, JobSeq};
use storage::Store;

use super::{ERROR_COLUMNS, IMPORT, ImportParams, Row, SheetOptions, Survey};
use crate::kinds::import_records::{FailedRow, survey_of};
use crate::records::Call;
use crate::{Engine, contents};

/// Failed rows that are read together.
const PART: u64 = 500;

/// Failed rows on their way out.
pub struct FailedRows {
    /// A name for the file.
    pub name: String,
    parts: Receiver<Result<Vec<u8>, Error>>,
}

/// What is read.
struct Reading {
    store: Store,
    options: SheetOptions,
    survey: Survey,
    job: JobSeq,
    content: Content,
    columns: Vec<String>,
}

impl Engine {
    /// The rows of an import that failed, as CSV; of one that has not ended those up to now.
    ///
    /// # Errors
    /// `not-found`; `forbidden` for a job of somebody else's; `conflict` for a job that is no import of a file, or whose
    /// file could not be read.
    pub async fn failed_rows(&self, call: &Call, id: &JobId) -> Result<FailedRows, Error> {
        let job = self.job_to_steer(&call.actor, id).await?;
        let conflict = |why: &str| Error::new(Code::Conflict, format!("job {id} {why}"));
        if job.kind != IMPORT {
            return Err(conflict("is no import of a file"));
        }
        let params: ImportParams = serde_json::from_str(&job.params).map_err(Error::internal)?;
        let Some(survey) = survey_of(&job)? else {
            return Err(conflict("has no rows"));
        };
        let (options, blob) = (self.options().sheets.clone(), params.blob);
        let open = move |blobs: &blobs::Blobs| Ok((blobs.open(&blob)?, blobs.open(&blob)?));
        let (first, content) = self.blobs().run(open).await.map_err(contents::refused)?;
        let columns = survey.columns(first, &options).map_err(Error::internal)?;
        let reading = Reading {
            store: self.store().clone(),
            options,
            survey,
            job: job.seq,
            content,
            columns,
        };
        Ok(FailedRows {
            name: format!("{}-errors.csv", params.file_name.trim_end_matches(".csv")),
            parts: reading.start()?,
        })
    }
}

impl FailedRows {
    /// The file, part by part.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        stream::try_unfold(self.parts, |parts| async move {
            let received = tokio::task::spawn_blocking(move || (parts.recv(), parts)).await;
            let (part, parts) = received.map_err(Error::internal)?;
            match part {
                Ok(part) => Ok(Some((Bytes::from(part?), parts))),
                Err(_) => Ok(None),
            }
        })
    }
}

impl Reading {
    fn start(self) -> Result<Receiver<Result<Vec<u8>, Error>>, Error> {
        let (sender, parts) = sync_channel(1);
        let read = move || {
            let send = |part| sender.send(part).map_err(|_| Error::internal("nobody listens"));
            if let Err(error) = self.read(|part| send(Ok(part))) {
                // Whoever listens is told; nobody may.
                let _ = send(Err(error));
            }
        };
        thread::Builder::new()
            .name("failed-rows".to_owned())
            .spawn(read)
            .map_err(Error::internal)?;
        Ok(parts)
    }

    fn read(self, send: impl Fn(Vec<u8>) -> Result<(), Error>) -> Result<(), Error> {
        let own: Vec<&str> = self.columns.iter().map(|column| column.trim()).collect();
        let kept: Vec<usize> = (0..own.len())
            .filter(|place| !ERROR_COLUMNS.contains(&own[*place]))
            .collect();
        let mut out = csv::Writer::from_writer(Vec::new());
        let head = kept
            .iter()
            .map(|place| self.columns[*place].as_str())
            .chain(ERROR_COLUMNS);
        out.write_record(head).map_err(Error::internal)?;
        let opened = self.survey.rows(self.content, self.survey.first, &self.options);
        let mut rows = opened.map_err(Error::internal)?;
        let mut row = Row::default();
        let mut from = 0;
        loop {
            let items = self.store.read_blocking({
                let job = self.job;
                move |tx| Ok::<_, Error>(tx.items_from(job, &[ItemState::Failed], from, PART)?)
            })?;
            let Some(last) = items.last() else { break };
            from = last.number + 1;
            for item in &items {
                let detail = item.detail.as_deref().unwrap_or_default();
                let failed: FailedRow = serde_json::from_str(detail).map_err(Error::internal)?;
                while rows.at().offset <= failed.offset {
                    if !rows.next(&mut row, &mut |_| {}).map_err(Error::internal)? {
                        break;
                    }
                    if row.offset == failed.offset {
                        let cells = kept
                            .iter()
                            .map(|place| self.survey.encoding.text(row.cell(*place)).into_owned());
                        out.write_record(cells.chain(failed.cells()))
                            .map_err(Error::internal)?;
                    }
                }
            }
            let part = out.into_inner().map_err(Error::internal)?;
            send(part)?;
            out = csv::Writer::from_writer(Vec::new());
        }
        let rest = out.into_inner().map_err(Error::internal)?;
        send(rest)
    }
}

impl FailedRow {
    /// What is wrong, in the columns for that.
    fn cells(&self) -> [String; 4] {
        let join = |of: &dyn Fn(&crate::records::import_rows::RowFault) -> String| {
            let each: Vec<String> = self.errors.iter().map(of).collect();
            each.join("; ")
        };
        [
            self.line.to_string(),
            join(&|fault| fault.field.clone()),
            join(&|fault| fault.code.clone()),
            join(&|fault| fault.message.clone()),
        ]
    }
}
