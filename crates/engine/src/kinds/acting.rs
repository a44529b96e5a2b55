//! What jobs whose functions act have in common: a unit of work per chunk, done again when it was overtaken.

pub(super) mod each;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::jobs::{Interrupt, Report, Run};
use model::job::Level;
use model::{Error, Timestamp};
use storage::tables::app_logs::NewLogLine;
use storage::{ReadTx, Tx};

use super::Tools;
use crate::records::unit::{Around, Bounds, Done, Ended, InJob, Unit, write};
use crate::records::{Call, Catalogue};

/// Lines of one chunk that go into the job's log at most.
const MOST_LINES: usize = 1000;

/// See the module.
pub(super) struct Acting<'r> {
    pub(super) tools: &'r Tools,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) call: Call,
    /// How many listeners led here.
    pub(super) depth: u32,
}

/// How a chunk's work went.
pub(super) enum Went<T> {
    Done(Chunk<T>),
    /// It has to be done again.
    Stale,
    /// It broke off: a bound was passed.
    Broken(Error),
}

/// A chunk that may be written.
pub(super) struct Chunk<T> {
    pub(super) value: T,
    done: Written,
}

struct Written {
    ops: Arc<crate::records::unit::Ops>,
    lines: Vec<(Level, String)>,
    app_lines: Arc<Vec<NewLogLine>>,
    catalogue: Arc<Catalogue>,
}

impl Tools {
    /// The entities by the definition in force, with its functions; none while there is no app.
    pub(super) fn catalogue_of(&self, run: &Run) -> Result<Option<Arc<Catalogue>>, Error> {
        let Some(known) = self.records.catalogue() else {
            return Ok(None);
        };
        let asked = Arc::clone(&known);
        let load = move |tx: &mut dyn ReadTx| asked.newer(tx);
        let Some(fresh) = run.store().read_blocking(load)? else {
            return Ok(Some(known));
        };
        let scripts = self.records.load_scripts(fresh.app())?;
        Ok(Some(Arc::new(fresh.with_functions(scripts, run.env().clone()))))
    }
}

impl Acting<'_> {
    /// Does work in a unit.
    ///
    /// # Errors
    /// The interrupt when the job was stopped meanwhile; the work's own error when it could not even begin.
    pub(super) fn work<T: Send + 'static>(
        &self,
        run: &Run,
        work: impl FnOnce(&Unit) -> Result<T, Error> + Send + 'static,
    ) -> Result<Went<T>, Interrupt> {
        let (around, catalogue) = (Arc::new(self.around(run)), Arc::clone(&self.catalogue));
        let done = catalogue
            .scripts()
            .act_in_job(move || Unit::work(around, work))
            .map_err(Interrupt::Failed)?;
        run.check()?;
        let Done {
            said,
            ops,
            lines,
            job_lines,
        } = done;
        let value = match said {
            Err(Ended::Stale) => return Ok(Went::Stale),
            Err(Ended::Failed(error)) => return Ok(Went::Broken(error)),
            Ok(value) => value,
        };
        let mut said: Vec<_> = lines
            .iter()
            .map(crate::records::unit::ScriptLine::of_job)
            .collect();
        said.extend(job_lines);
        if said.len() > MOST_LINES {
            let dropped = said.len() - MOST_LINES;
            said.truncate(MOST_LINES);
            said.push((Level::Warn, format!("{dropped} further lines were dropped")));
        }
        let stored = |line: crate::records::unit::ScriptLine| line.stored(&self.call.actor, run.now());
        let done = Written {
            ops: Arc::new(ops),
            lines: said,
            app_lines: Arc::new(lines.into_iter().map(stored).collect()),
            catalogue,
        };
        Ok(Went::Done(Chunk { value, done }))
    }

    fn around(&self, run: &Run) -> Around {
        let job = run.job();
        let now: Timestamp = run.now();
        Around {
            store: run.store().clone(),
            runner: run.handle(),
            env: run.env().clone(),
            catalogue: Arc::clone(&self.catalogue),
            ids: Arc::clone(&self.tools.records.ids),
            call: self.call.clone(),
            now,
            alive_since: now.plus_millis(-self.tools.options.slingr.orphan_ms()),
            query: self.tools.options.query.limits(),
            group_keys: self.tools.options.slingr.group_keys,
            bounds: Bounds::of_job(&self.tools.options.slingr),
            stop: Some(run.stopper()),
            job: Some(InJob {
                seq: job.seq,
                id: job.id.clone(),
            }),
            depth: self.depth,
            tokens: Arc::clone(&self.tools.records.tokens),
            engine: None,
        }
    }
}

impl<T> Chunk<T> {
    /// Writes the chunk with its report; false when it was overtaken and has to be done again.
    pub(super) fn commit(self, run: &mut Run, report: Report) -> Result<bool, Interrupt> {
        let (runner, job) = (run.handle(), run.job().seq);
        let overtaken = Arc::new(AtomicBool::new(false));
        let (noted, written) = (Arc::clone(&overtaken), self.done);
        let committed = run.commit(move |tx: &mut dyn Tx| {
            noted.store(false, Ordering::Relaxed);
            let mut report = report.clone();
            write(tx, (&written.catalogue, &runner), &written.ops, Some(job)).map_err(|failed| {
                noted.store(failed.is_stale(), Ordering::Relaxed);
                failed.into_error()
            })?;
            if !written.app_lines.is_empty() {
                tx.add_log_lines(&written.app_lines)?;
            }
            report.logs.extend(written.lines.iter().cloned());
            Ok(report)
        });
        match committed {
            Err(Interrupt::Failed(_)) if overtaken.load(Ordering::Relaxed) => Ok(false),
            other => other.map(|()| true),
        }
    }
}
