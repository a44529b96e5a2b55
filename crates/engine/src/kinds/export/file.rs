//! Writing an export to a file that survives a crash at any point.
//!
//! What is written is on disk before the checkpoint that counts on it. The whole file becomes content, and the last
//! chunk makes the job refer to it; only then is the partial file discarded.

use std::time::Duration;

use ::jobs::{Interrupt, Report, Run};
use blobs::{Partial, PartialName};
use model::job::Level;
use model::{Code, Error, JobId};

use super::sheet::Sheet;
use super::source::{Page, Place, Source, share};
use super::{Checkpoint, File, Params, Results};
use crate::contents;
use crate::exports::{Encoding, Format};
use crate::kinds::Tools;
use crate::kinds::to_json;

pub(super) fn write(
    run: &mut Run,
    tools: &Tools,
    params: &Params,
    mut at: Checkpoint,
) -> Result<Results, Interrupt> {
    let name = partial_name(&run.job().id)?;
    if at.stored.is_none() {
        append_all(run, tools, params, &mut at)?;
    }
    contents::discard(run, (&tools.blobs, &tools.options.exports.pause), &name);
    Ok(results(params, &at))
}

fn append_all(run: &mut Run, tools: &Tools, params: &Params, at: &mut Checkpoint) -> Result<(), Interrupt> {
    let options = &tools.options.exports;
    let mut partial = open(run, tools, params, at)?;
    let mut source = Source::new(tools.articles, options.chunk_articles, options.chunk_bytes);
    let sheet = Sheet::new(params);
    loop {
        let page = source.next(run.store(), at)?;
        let bytes = sheet.write(&page, at)?;
        let entries = page.entries.len() as u64;
        partial.append(&bytes).map_err(contents::refused)?;
        at.length = partial.sync().map_err(contents::refused)?;
        advance(at, &page);
        if page.is_last {
            let stored =
                contents::insist(run, &options.pause, |_| partial.finish())?.map_err(contents::refused)?;
            at.stored = Some(File {
                blob: stored.id,
                size: stored.size,
            });
        }
        commit(run, at, entries)?;
        if at.ended {
            return Ok(());
        }
    }
}

fn advance(at: &mut Checkpoint, page: &Page) {
    at.place = page.place.clone();
    at.ended = page.is_last;
    for entry in &page.entries {
        at.count(entry.body.is_none());
    }
}

fn commit(run: &mut Run, at: &Checkpoint, entries: u64) -> Result<(), Interrupt> {
    let (job, now, stored) = (run.job().seq, run.now(), at.stored);
    let report = Report {
        processed: entries,
        logs: if at.ended { closing_lines(at) } else { Vec::new() },
        total: at
            .ended
            .then_some(at.records + at.deleted)
            .or_else(|| first_total(at)),
        progress: Some(share(at)),
        checkpoint: Some(to_json(at)?),
        ..Report::default()
    };
    run.commit(move |tx| {
        if let Some(file) = stored {
            tx.add_job_blob(job, &file.blob.to_string(), now)?;
        }
        Ok(report.clone())
    })
}

/// How many articles a whole export will have, as far as that is known before its end.
fn first_total(at: &Checkpoint) -> Option<u64> {
    matches!(at.place, Place::Article(_)).then_some(at.total.max(at.records))
}

fn closing_lines(at: &Checkpoint) -> Vec<(Level, String)> {
    let mut lines = vec![(
        Level::Info,
        format!("wrote {} articles and {} deletions", at.records, at.deleted),
    )];
    if at.replaced > 0 {
        let line = format!(
            "{} characters that windows-1252 does not have became ?",
            at.replaced
        );
        lines.push((Level::Warn, line));
    }
    if at.removed > 0 {
        let line = format!("{} characters that XML does not allow were left out", at.removed);
        lines.push((Level::Warn, line));
    }
    lines
}

fn results(params: &Params, at: &Checkpoint) -> Results {
    let may_replace = params.format == Format::Csv && params.encoding == Encoding::Windows1252;
    Results {
        records: at.records,
        deleted: at.deleted,
        watermark: at.watermark,
        failed: None,
        blob: at.stored.map(|file| file.blob),
        size: at.stored.map(|file| file.size),
        replaced: may_replace.then_some(at.replaced),
        removed: (params.format == Format::Xml).then_some(at.removed),
    }
}

/// The partial file at its checkpoint. One that is gone, for example because another machine wrote it, is begun anew.
fn open(run: &mut Run, tools: &Tools, params: &Params, at: &mut Checkpoint) -> Result<Partial, Interrupt> {
    let name = partial_name(&run.job().id)?;
    for _ in 0..contents::TRIES {
        match tools.blobs.open_partial(&name, at.length) {
            Ok(partial) => return Ok(partial),
            Err(blobs::Error::PartialShort { .. }) => {
                run.log(
                    Level::Warn,
                    "the file written so far is not here, so the export begins anew",
                );
                *at = at.afresh(params);
            }
            Err(blobs::Error::PartialBusy { .. }) => {
                let pause = &tools.options.exports.pause;
                pause.wait(Duration::from_secs(1), &|| run.should_stop());
                run.check()?;
            }
            Err(error) => return Err(contents::refused(error).into()),
        }
    }
    Err(Error::new(
        Code::Unavailable,
        "another process is still writing the file of this export",
    )
    .into())
}

impl Checkpoint {
    /// The same export with nothing written.
    fn afresh(&self, params: &Params) -> Self {
        Self {
            place: Place::first(params.since.as_ref()),
            length: 0,
            records: 0,
            deleted: 0,
            replaced: 0,
            removed: 0,
            ..self.clone()
        }
    }
}

fn partial_name(id: &JobId) -> Result<PartialName, Error> {
    format!("export-{id}").parse().map_err(Error::internal)
}
