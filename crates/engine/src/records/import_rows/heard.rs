//! Rows that listeners hear of at once: they are taken one after the other within a unit of work, so that each sees what
//! the functions that heard of those before it have done, and fails by itself when one of them refuses it.
//!
//! A row is looked up, drafted and checked as every other one, on what the unit sees; what it makes is noted in the unit,
//! then the listeners hear of it. Entities that nobody listens to are not taken this way, which is slower.

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::DataEventKind::{Changed, ConditionMet, Created};
use model::Error;

use super::chunk::{Chunk, RowOutcome};
use super::lookup::Looking;
use super::node::is_own;
use super::rows::Looks;
use super::view::View;
use super::{CellRow, RowFault, RowImport};
use crate::records::unit::Unit;
use crate::records::write::is_heard;

/// How long the functions of a chunk run, about.
const WHILE: Duration = Duration::from_millis(500);
/// Changes of a chunk, about.
const CHANGES: usize = 1000;

impl RowImport {
    /// Whether listeners hear at once of what rows make.
    pub(crate) fn is_heard(&self) -> Result<bool, Error> {
        let saved = |kind: &app::DataEventKind| matches!(kind, Created | Changed | ConditionMet);
        for node in &self.layout.nodes {
            if self.flags.trigger_events && is_heard(self.catalogue.entity(&node.entity)?, saved) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes rows, or the first of them, within a unit of work; how they went.
    ///
    /// # Errors
    /// What is no row's fault; whatever ends the unit.
    pub(crate) fn work(self: &Arc<Self>, unit: &Unit, rows: &[CellRow]) -> Result<Vec<RowOutcome>, Error> {
        let (begun, mut all) = (Instant::now(), Vec::with_capacity(rows.len()));
        for row in rows {
            all.extend(self.within(unit, row)?);
            if begun.elapsed() >= WHILE || unit.changes() >= CHANGES {
                break;
            }
        }
        Ok(all)
    }

    /// A row that an error keeps from being stored; none when the error is not its fault.
    pub(crate) fn refusing(&self, row: &CellRow, error: &Error) -> Option<Chunk> {
        is_own(error).then(|| Chunk::refusing(row, RowFault::of(error, "")))
    }

    fn within(self: &Arc<Self>, unit: &Unit, row: &CellRow) -> Result<Vec<RowOutcome>, Error> {
        let chunk = Arc::new(self.chunk_of(unit, row)?);
        match unit.import(self, &chunk) {
            Ok(()) => Ok(chunk.rows.clone()),
            Err(error) if unit.is_over() || !is_own(&error) => Err(error),
            Err(error) => {
                let mut faults = chunk.rows[0].faults.clone();
                faults.extend(RowFault::of(&error, ""));
                Ok(Chunk::refusing(row, faults).rows)
            }
        }
    }

    /// A chunk of one row.
    fn chunk_of(self: &Arc<Self>, unit: &Unit, row: &CellRow) -> Result<Chunk, Error> {
        let (mut view, going) = match self.calls_functions()? {
            true => self.row_between(unit, View::default(), row)?,
            false => {
                let (this, row) = (Arc::clone(self), row.clone());
                unit.look(move |tx| {
                    let mut view = View::default();
                    this.ask_ahead(tx, &mut view, std::slice::from_ref(&row))?;
                    let mut looking = Looking { tx, view: &mut view };
                    let going = this.row(&mut looking, &row)?;
                    Ok((view, going))
                })?
            }
        };
        let mut chunk = Chunk::default();
        chunk.take(&mut view, row, going);
        chunk.count(&view);
        Ok(chunk)
    }
}
