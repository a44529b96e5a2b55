//! The job of one export of records to a file.
//!
//! The file grows in the blob store's partial file, brought to disk before the checkpoint that names its length, so an
//! export that is cut off goes on where it stood. Its records are read page by page, each page on a snapshot of its own:
//! a record that is changed meanwhile is exported as it was or as it is. One that gets more values than its list has
//! columns makes the export begin anew. Source: `contracts/slingr.md` §7.2.

use std::sync::Arc;
use std::time::Duration;

use ::jobs::{Interrupt, Kind, Outcome, Report, Run};
use blobs::{BlobId, Partial, PartialName, Stored};
use model::job::Level;
use model::{Code, Error};
use serde::{Deserialize, Serialize};
use storage::ReadTx;

use super::{Tools, to_json};
use crate::app_files::{JobFile, NewFile, add_job_file};
use crate::contents;
use crate::records::Category;
use crate::records::bulk_job::caller;
use crate::records::export_rows::{Rest, RowExport, Widths};
use crate::sheets::{EXPORT, ExportParams, FileFormat};

/// Records that are written between two safe points.
const PAGE: u64 = 5_000;
/// How often an export begins anew.
const ANEW: u32 = 10;

/// Where a run goes on, and the account up to there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Checkpoint {
    /// How many columns lists have.
    widths: Widths,
    /// The id behind which records come.
    after: Option<String>,
    /// How far the order has come that is not that of the ids.
    place: u64,
    /// How long the file was then.
    length: u64,
    records: u64,
    /// How often it has begun anew.
    anew: u32,
    /// The file, once it is whole.
    file: Option<File>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct File {
    id: String,
    blob: BlobId,
    size: u64,
}

/// What came out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    file_link: String,
    file_id: String,
    records_exported: u64,
}

/// See the module.
pub(crate) struct ExportRecords {
    tools: Tools,
}

impl ExportRecords {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }

    fn export(&self, run: &Run, params: &ExportParams) -> Result<Option<RowExport>, Error> {
        let Some(known) = self.tools.records.catalogue() else {
            return Ok(None);
        };
        let asked = Arc::clone(&known);
        let (by, ip) = (params.by.clone(), params.ip.clone());
        let read = run.store().read_blocking(move |tx: &mut dyn ReadTx| {
            Ok::<_, Error>((asked.newer(tx)?, caller(tx, &by, ip.as_deref(), Category::User)?))
        });
        let (newer, call) = read?;
        let catalogue = match newer {
            Some(fresh) => {
                let scripts = self.tools.records.load_scripts(fresh.app())?;
                Arc::new(fresh.with_functions(scripts, run.env().clone()))
            }
            None => known,
        };
        RowExport::of(catalogue, call, params.clone()).map(Some)
    }

    /// Counts the values of lists.
    fn measure(&self, run: &Run, export: &Arc<RowExport>) -> Result<Widths, Interrupt> {
        let mut widths = export.widths();
        let mut rest = export.measures().then_some(Rest::Ids(None));
        while let Some(at) = rest {
            let (export, before) = (Arc::clone(export), widths);
            let page = run
                .store()
                .read_blocking(move |tx| export.page(tx, &at, (&before, PAGE, false)))?;
            (widths, rest) = (page.widths, page.rest);
            run.check()?;
        }
        Ok(widths)
    }

    fn write(&self, run: &mut Run, export: &Arc<RowExport>, at: &mut Checkpoint) -> Result<(), Interrupt> {
        let mut partial = self.open(run, at)?;
        let mut rest = self.rest(run, export, at)?;
        loop {
            if at.length == 0 {
                let header = export.header(&at.widths)?;
                partial.append(&header).map_err(contents::refused)?;
            }
            let left = export.params.size.unwrap_or(u64::MAX).saturating_sub(at.records);
            let (this, from, widths) = (Arc::clone(export), rest.clone(), at.widths.clone());
            let page = run
                .store()
                .read_blocking(move |tx| this.page(tx, &from, (&widths, PAGE.min(left), true)))?;
            if page.widths != at.widths && at.anew < ANEW {
                run.log(
                    Level::Warn,
                    "a list has grown meanwhile, so the export begins anew",
                );
                *at = Checkpoint {
                    widths: page.widths,
                    anew: at.anew + 1,
                    ..Checkpoint::default()
                };
                drop(partial);
                partial = self.open(run, at)?;
                rest = self.rest(run, export, at)?;
                continue;
            }
            if page.widths != at.widths {
                let message = "lists grow faster than they are exported";
                return Err(Error::new(Code::Conflict, message).into());
            }
            partial.append(&page.bytes).map_err(contents::refused)?;
            at.length = partial.sync().map_err(contents::refused)?;
            at.records += page.records;
            let ended = page.rest.is_none() || page.records >= left;
            if let Some(next) = page.rest {
                (at.after, at.place) = next.place();
                rest = next;
            }
            let stored = match ended {
                true => Some(self.finish(run, &mut partial)?),
                false => None,
            };
            self.commit(run, export, at, (page.records, stored))?;
            if ended {
                return Ok(());
            }
        }
    }

    fn finish(&self, run: &mut Run, partial: &mut Partial) -> Result<Stored, Interrupt> {
        let pause = &self.tools.options.exports.pause;
        let stored = contents::insist(run, pause, |_| partial.finish())?;
        Ok(stored.map_err(contents::refused)?)
    }

    fn commit(
        &self,
        run: &mut Run,
        export: &RowExport,
        at: &mut Checkpoint,
        (records, stored): (u64, Option<Stored>),
    ) -> Result<(), Interrupt> {
        let (job, now) = (run.job().seq, run.now());
        at.file = stored.map(|stored| File {
            id: run.env().new_job_id().as_str().to_owned(),
            blob: stored.id,
            size: stored.size,
        });
        let made = at.file.clone().zip(stored).map(|(file, stored)| JobFile {
            id: file.id,
            new: name_of(&export.params),
            stored,
            job,
        });
        let report = Report {
            processed: records,
            total: Some(match made {
                Some(_) => at.records,
                None => export.params.total.max(at.records),
            }),
            checkpoint: Some(to_json(at)?),
            ..Report::default()
        };
        run.commit(move |tx| {
            if let Some(made) = &made {
                add_job_file(tx, made.clone(), now)?;
            }
            Ok(report.clone())
        })
    }

    /// The records that are still to come.
    fn rest(&self, run: &Run, export: &Arc<RowExport>, at: &Checkpoint) -> Result<Rest, Interrupt> {
        let (this, memory) = (Arc::clone(export), self.tools.options.query.memory_bytes);
        let all = run.store().read_blocking(move |tx| this.all(tx, memory))?;
        Ok(match all {
            Rest::Ids(_) => Rest::Ids(at.after.clone()),
            Rest::Places(places, _) => {
                let from = usize::try_from(at.place).unwrap_or(usize::MAX);
                Rest::Places(Arc::clone(&places), from.min(places.len()))
            }
        })
    }

    /// The partial file at its checkpoint. One that is gone, for example because another machine wrote it, is begun anew.
    fn open(&self, run: &mut Run, at: &mut Checkpoint) -> Result<Partial, Interrupt> {
        let name = partial_name(run)?;
        for _ in 0..contents::TRIES {
            match self.tools.blobs.open_partial(&name, at.length) {
                Ok(partial) => return Ok(partial),
                Err(blobs::Error::PartialShort { .. }) => {
                    run.log(
                        Level::Warn,
                        "the file written so far is not here, so the export begins anew",
                    );
                    *at = Checkpoint {
                        widths: std::mem::take(&mut at.widths),
                        anew: at.anew,
                        ..Checkpoint::default()
                    };
                }
                Err(blobs::Error::PartialBusy { .. }) => {
                    let pause = &self.tools.options.exports.pause;
                    pause.wait(Duration::from_secs(1), &|| run.should_stop());
                    run.check()?;
                }
                Err(error) => return Err(contents::refused(error).into()),
            }
        }
        let message = "another process is still writing the file of this export";
        Err(Error::new(Code::Unavailable, message).into())
    }
}

impl Kind for ExportRecords {
    fn name(&self) -> &'static str {
        EXPORT
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let params: ExportParams = run.params()?;
        let Some(export) = self.export(run, &params)? else {
            let why = "there is no app yet whose records these are";
            return Ok(Outcome::Hold(why.to_owned()));
        };
        let export = Arc::new(export);
        let mut at = match run.checkpoint()? {
            Some(at) => at,
            None => {
                run.log(Level::Info, "Starting processing");
                let widths = self.measure(run, &export)?;
                Checkpoint {
                    widths,
                    ..Checkpoint::default()
                }
            }
        };
        if at.file.is_none() {
            self.write(run, &export, &mut at)?;
        }
        let (blobs, pause) = (&self.tools.blobs, &self.tools.options.exports.pause);
        contents::discard(run, (blobs, pause), &partial_name(run)?);
        let file = at
            .file
            .ok_or_else(|| Error::internal("an export ended without a file"))?;
        run.log(Level::Info, "Process completed");
        let results = Results {
            file_link: format!("{}/files/{}", params.base, file.id),
            file_id: file.id,
            records_exported: at.records,
        };
        Ok(Outcome::Finished(Some(to_json(&results)?)))
    }
}

fn partial_name(run: &Run) -> Result<PartialName, Error> {
    format!("export-{}", run.job().id)
        .parse()
        .map_err(Error::internal)
}

fn name_of(params: &ExportParams) -> NewFile {
    let (end, content_type) = match params.format {
        FileFormat::Csv => ("csv", "text/csv; charset=utf-8"),
        FileFormat::Ndjson => ("ndjson", "application/x-ndjson"),
    };
    NewFile {
        name: format!("{}.{end}", params.entity),
        content_type: content_type.to_owned(),
    }
}
