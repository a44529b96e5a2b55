//! Rows that listeners hear of at once, a chunk of them in one unit of work.

use std::sync::Arc;

use ::jobs::{Interrupt, Run};
use model::Error;
use storage::ReadTx;

use super::work::{End, Work};
use crate::kinds::acting::{Acting, Went};
use crate::records::import_rows::{CellRow, Chunk};

impl Work<'_> {
    /// Takes the first of these rows; the others wait again.
    pub(super) fn heard(&mut self, run: &mut Run, rows: Vec<CellRow>) -> Result<Option<End>, Interrupt> {
        let acting = Acting {
            tools: self.tools,
            catalogue: Arc::clone(&self.import.catalogue),
            call: self.import.call.clone(),
            depth: 0,
        };
        let rows: Arc<[CellRow]> = rows.into();
        let (import, mine) = (Arc::clone(&self.import), Arc::clone(&rows));
        match acting.work(run, move |unit| import.work(unit, &mine))? {
            Went::Stale => self.overtaken(run, &rows),
            Went::Broken(error) => self.broken(run, &rows, error),
            Went::Done(mut done) => {
                let chunk = Chunk::told(std::mem::take(&mut done.value));
                let taken = chunk.rows.len();
                let (reached, report, broken) = self.report(&chunk, &rows[..taken])?;
                if !done.commit(run, report)? {
                    return self.overtaken(run, &rows);
                }
                self.at = reached;
                self.pace.went_well();
                self.put_back(&rows[taken..]);
                Ok(broken.map(End::Failed))
            }
        }
    }

    /// Something has changed that the rows rely on.
    fn overtaken(&mut self, run: &Run, rows: &[CellRow]) -> Result<Option<End>, Interrupt> {
        self.put_back(rows);
        self.pace.was_stale();
        let known = Arc::clone(&self.import.catalogue);
        let newer = move |tx: &mut dyn ReadTx| Ok::<_, Error>(known.newer(tx)?.is_some());
        let is_newer = run.store().read_blocking(newer)?;
        Ok(is_newer.then_some(End::Definition(self.at)))
    }

    /// What the rows do is more than may be done at once: fewer of them, in the end one that fails.
    fn broken(&mut self, run: &mut Run, rows: &[CellRow], error: Error) -> Result<Option<End>, Interrupt> {
        let Some(chunk) = self.import.refusing(&rows[0], &error) else {
            return Err(error.into());
        };
        if rows.len() > 1 {
            self.put_back(rows);
            self.pace.was_stale();
            return Ok(None);
        }
        let (reached, report, broken) = self.report(&chunk, rows)?;
        run.commit(move |_| Ok(report.clone()))?;
        self.at = reached;
        Ok(broken.map(End::Failed))
    }
}
