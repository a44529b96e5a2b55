//! Walking over the bodies that may have what a clue tells of: the server looks for the pieces, so that only few bodies
//! travel.
//!
//! A statement looks at a span of row numbers, so that none takes long where little is found, and answers with so many
//! bodies at most, so that no answer is large where much is. Which bodies have escapes the rows tell, since a second search
//! through all bytes costs as much as the first.

use model::CollectionId;
use query::Clue;
use tokio_postgres::Row;

use super::Session;
use super::scans::shown;
use super::value::{Cells, Value};
use super::walks::Part;
use crate::Result;
use crate::tables::records::Visit;

/// Row numbers in the first span.
const SPAN: i64 = 1 << 14;
/// Where rows are missing or nothing is found, spans get longer, up to this.
const LONGEST: i64 = 1 << 17;

/// A walk under way.
struct Search<'q> {
    sql: String,
    pieces: &'q [Vec<u8>],
    /// Everything up to this row number was looked at.
    done: i64,
    /// The greatest row number there is.
    last: i64,
    span: i64,
    part: Part,
}

impl Search<'_> {
    /// The values of the next statement.
    fn values(&self) -> Vec<Value<'static>> {
        let end = self.done.saturating_add(self.span);
        let mut values: Vec<Value<'static>> =
            vec![self.done.into(), end.into(), i64::from(self.part.limit()).into()];
        values.extend(self.pieces.iter().map(|piece| piece.clone().into()));
        values
    }

    /// Notes what the statement found.
    fn note(&mut self, rows: &[Row]) -> Result<()> {
        let mut bytes = 0;
        for row in rows {
            bytes += Cells(row).bytes(1)?.len();
        }
        match rows.last() {
            Some(row) if !self.part.is_last(rows.len()) => {
                self.done = Cells(row).int(0)?;
                self.span = SPAN;
            }
            _ => {
                self.done = self.done.saturating_add(self.span);
                self.span = (self.span * 2).min(LONGEST);
            }
        }
        self.part.grow(bytes);
        Ok(())
    }
}

impl Session<'_> {
    /// See [`crate::tables::ReadRecords::scan_bodies_with`]. While a part is shown, the server looks for the next one.
    pub(super) fn visit_with(
        &self,
        collection: CollectionId,
        clue: &Clue,
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        let known = self.known().sql(collection);
        let escapes = match self.number(&known.tells_escapes, &[])? {
            0 => "position('\\x5c'::bytea IN body) > 0",
            _ => "escapes",
        };
        let mut search = Search {
            sql: sought(&known.table, clue.pieces().len(), escapes),
            pieces: clue.pieces(),
            done: 0,
            last: self.number(&known.last_row, &[])?,
            span: SPAN,
            part: Part::first(),
        };
        let mut rows = self.rows(&search.sql, &search.values())?;
        loop {
            search.note(&rows)?;
            if search.done >= search.last {
                return shown(&rows, visit).map(drop);
            }
            let next = self.ask_ahead(&search.sql, search.values())?;
            if shown(&rows, visit)?.is_break() {
                return Ok(());
            }
            rows = self.arrived(next)?;
        }
    }
}

/// The rows of a span with one of so many pieces, or with escapes.
fn sought(table: &str, pieces: usize, escapes: &str) -> String {
    let pieces: String = (0..pieces)
        .map(|number| format!("position(${} IN body) > 0 OR ", number + 4))
        .collect();
    format!(
        "SELECT rid, body FROM {table} WHERE rid > $1 AND rid <= $2 AND ({pieces}{escapes}) ORDER BY rid LIMIT $3"
    )
}
