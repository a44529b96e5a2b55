//! The beginning of an import: the file looked through, its header read, the columns told apart.

use ::jobs::{Interrupt, Outcome, Report, Run};
use blobs::Content;
use model::job::Level;
use model::{Code, Error};

use super::{Checkpoint, ImportRecords, Saved};
use crate::contents;
use crate::kinds::to_json;
use crate::records::Category;
use crate::records::bulk_job::caller;
use crate::records::import_rows::{Layout, RowImport};
use crate::sheets::{Encoding, Fault, Head, ImportParams, Survey, survey};

/// Faults of a header that are told.
const TOLD: usize = 20;

/// Why there is nothing to go on with.
type Ended<T> = Result<T, Outcome>;

impl ImportRecords {
    /// Looks at the file and notes where its rows begin.
    pub(super) fn begin(&self, run: &mut Run, params: &ImportParams) -> Result<Ended<Checkpoint>, Interrupt> {
        run.log(Level::Info, "Starting processing");
        let content = self.content(run, params)?;
        let head = match survey(content, &self.tools.options.sheets, || run.check())? {
            Ok(head) => head,
            Err(fault) => return refuse(run, &[fault]).map(Err),
        };
        let layout = match self.layout(run, params, &head.columns)? {
            Ok(layout) => layout,
            Err(Stop::Outcome(outcome)) => return Ok(Err(outcome)),
            Err(Stop::Header(faults)) => return refuse(run, &faults).map(Err),
        };
        for line in said(&head, &layout) {
            run.log(line.0, line.1);
        }
        let rows = match params.failed_of {
            Some(job) => run
                .store()
                .read_blocking(move |tx| Ok::<_, Error>(tx.job(job)?.map_or(0, |job| job.counts.failed)))?,
            None => head.survey.rows,
        };
        let first = Checkpoint {
            survey: head.survey,
            next: head.survey.first,
            row: 0,
            stored: 0,
            failed: 0,
        };
        let text = to_json(&Saved::At(first))?;
        run.commit(move |_| {
            Ok(Report {
                checkpoint: Some(text.clone()),
                total: Some(rows),
                ..Report::default()
            })
        })?;
        Ok(Ok(first))
    }

    /// What rows are imported by, for a file that was looked through before.
    pub(super) fn import(
        &self,
        run: &mut Run,
        params: &ImportParams,
        survey: &Survey,
    ) -> Result<Ended<RowImport>, Interrupt> {
        let content = self.content(run, params)?;
        let columns = match survey.columns(content, &self.tools.options.sheets) {
            Ok(columns) => columns,
            Err(fault) => return refuse(run, &[fault]).map(Err),
        };
        let Some(catalogue) = self.catalogue(run)? else {
            return Ok(Err(no_app()));
        };
        let layout = match self.layout(run, params, &columns)? {
            Ok(layout) => layout,
            Err(Stop::Outcome(outcome)) => return Ok(Err(outcome)),
            Err(Stop::Header(faults)) => return refuse(run, &faults).map(Err),
        };
        let (by, ip) = (params.by.clone(), params.ip.clone());
        let call = run
            .store()
            .read_blocking(move |tx| caller(tx, &by, ip.as_deref(), Category::User))?;
        Ok(Ok(RowImport {
            catalogue,
            call,
            flags: params.flags,
            layout,
            job: run.job().seq,
            runner: run.handle(),
            ids: self.tools.records.ids().clone(),
            env: run.env().clone(),
        }))
    }

    fn layout(
        &self,
        run: &Run,
        params: &ImportParams,
        columns: &[String],
    ) -> Result<Result<Layout, Stop>, Interrupt> {
        let Some(catalogue) = self.catalogue(run)? else {
            return Ok(Err(Stop::Outcome(no_app())));
        };
        let Ok(entity) = catalogue.entity(&params.entity) else {
            let message = format!("there is no entity {} any more", params.entity);
            let error = Error::new(Code::NotFound, message);
            return Ok(Err(Stop::Outcome(Outcome::Failed(error))));
        };
        let (by, ip) = (params.by.clone(), params.ip.clone());
        let call = run
            .store()
            .read_blocking(move |tx| caller(tx, &by, ip.as_deref(), Category::User))?;
        let layout = Layout::of((&catalogue, entity), &call, params.flags, columns)?;
        Ok(layout.map_err(Stop::Header))
    }

    pub(super) fn content(&self, run: &mut Run, params: &ImportParams) -> Result<Content, Interrupt> {
        let (blobs, blob) = (self.tools.blobs.clone(), params.blob);
        let pause = &self.tools.options.exports.pause;
        let opened = contents::insist(run, pause, |_| blobs.open(&blob))?;
        Ok(opened.map_err(contents::refused)?)
    }
}

/// Why columns cannot be told apart.
enum Stop {
    Outcome(Outcome),
    Header(Vec<Fault>),
}

fn no_app() -> Outcome {
    Outcome::Hold("there is no app yet whose records these are".to_owned())
}

/// What is to be known of a file beside its rows.
fn said(head: &Head, layout: &Layout) -> Vec<(Level, String)> {
    let survey = &head.survey;
    let mut lines = Vec::new();
    let encoding = match (survey.encoding, survey.marked) {
        (Encoding::Utf8, false) => "the file is written in UTF-8".to_owned(),
        (Encoding::Utf8, true) => "the file is written in UTF-8, with a mark in front".to_owned(),
        (Encoding::Windows1252, _) => match survey.odd_line {
            Some(line) => format!("line {line} is no UTF-8, so the file is read as Windows-1252"),
            None => "the file is no UTF-8, so it is read as Windows-1252".to_owned(),
        },
    };
    lines.push((Level::Info, encoding));
    if let Some(line) = survey.mixed {
        let text = format!("lines end in LF and in CRLF; line {line} is the first that ends otherwise");
        lines.push((Level::Warn, text));
    }
    lines.extend(
        layout
            .passed_over
            .iter()
            .map(|column| (Level::Warn, column.clone())),
    );
    lines
}

/// Fails the job for what is wrong with its file; that is accounted for, so that no run finds it again.
fn refuse(run: &mut Run, faults: &[Fault]) -> Result<Outcome, Interrupt> {
    let told: Vec<String> = faults.iter().take(TOLD).map(ToString::to_string).collect();
    let mut message = told.join("; ");
    if faults.len() > TOLD {
        message.push_str(&format!("; and {} more", faults.len() - TOLD));
    }
    // A single one is told with the end of the job.
    for line in told.into_iter().filter(|_| faults.len() > 1) {
        run.log(Level::Error, line);
    }
    let saved = to_json(&Saved::Failed {
        failed: message.clone(),
        survey: None,
    })?;
    run.commit(move |_| {
        Ok(Report {
            checkpoint: Some(saved.clone()),
            ..Report::default()
        })
    })?;
    Ok(Outcome::Failed(Error::new(Code::BadValue, message)))
}
