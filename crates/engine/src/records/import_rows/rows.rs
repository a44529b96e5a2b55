//! Rows prepared one after the other: on one snapshot, or on several where functions of the app are called between.

use std::sync::Arc;

use model::Error;
use storage::{ReadTx, Store};

use super::super::unit::Unit;

use super::cells::CellRow;
use super::chunk::{Chunk, RowOutcome};
use super::lookup::Looking;
use super::node::{Going, Started};
use super::view::View;
use super::{RowFault, RowImport};

/// Where rows look things up.
pub(super) trait Looks {
    /// Runs a short read.
    fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn ReadTx) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error>;
}

impl Looks for Store {
    fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn ReadTx) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.read_blocking(work)
    }
}

impl Looks for Unit {
    fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn ReadTx) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.read(move |seen| work(seen))
    }
}

impl RowImport {
    /// Prepares a chunk, and gives the view back with what it makes. `may_go_on` is asked before each row that calls
    /// functions.
    ///
    /// # Errors
    /// The store's, and what `may_go_on` says.
    pub(crate) fn prepare<E: From<Error>>(
        self: &Arc<Self>,
        store: &Store,
        mut view: View,
        rows: &Arc<[CellRow]>,
        may_go_on: impl Fn() -> Result<(), E>,
    ) -> Result<(View, Chunk), E> {
        if !self.calls_functions()? {
            let (this, rows) = (Arc::clone(self), Arc::clone(rows));
            let prepared = store.read_blocking(move |tx| {
                let chunk = this.prepare_in(tx, &mut view, &rows)?;
                Ok::<_, Error>((view, chunk))
            });
            return Ok(prepared?);
        }
        let mut chunk = Chunk::default();
        view.begin();
        for row in rows.iter() {
            may_go_on()?;
            let going;
            (view, going) = self.row_between(store, view, row)?;
            chunk.take(&mut view, row, going);
        }
        chunk.count(&view);
        Ok((view, chunk))
    }

    /// Prepares a chunk in a transaction; for rows that call no functions.
    pub(crate) fn prepare_in(
        &self,
        tx: &mut dyn ReadTx,
        view: &mut View,
        rows: &[CellRow],
    ) -> Result<Chunk, Error> {
        view.begin();
        self.ask_ahead(tx, view, rows)?;
        let mut chunk = Chunk::default();
        for row in rows {
            let mut looking = Looking { tx, view };
            let going = self.row(&mut looking, row)?;
            chunk.take(view, row, going);
        }
        chunk.count(view);
        Ok(chunk)
    }

    pub(super) fn row(&self, tx: &mut Looking<'_>, row: &CellRow) -> Result<Going, Error> {
        let mut going = self.going(row);
        for number in 0..self.layout.nodes.len() {
            if going.refused {
                break;
            }
            let started = self.begun(tx, &mut going, (number, row))?;
            if let Some(started) = started {
                self.finished(tx, &mut going, started)?;
            }
        }
        Ok(going)
    }

    /// A row whose records call functions: they run between two looks at the store.
    pub(super) fn row_between(
        self: &Arc<Self>,
        looks: &impl Looks,
        mut view: View,
        row: &CellRow,
    ) -> Result<(View, Going), Error> {
        let mut going = self.going(row);
        for number in 0..self.layout.nodes.len() {
            if going.refused {
                break;
            }
            let (this, row) = (Arc::clone(self), row.clone());
            let mut started;
            (view, going, started) = looks.look(move |tx| {
                let mut looking = Looking { tx, view: &mut view };
                let started = this.begun(&mut looking, &mut going, (number, &row))?;
                Ok::<_, Error>((view, going, started))
            })?;
            let Some(begun) = &mut started else { continue };
            if let Err(error) = self.compute(begun) {
                going.bear(error, &self.layout.nodes[number])?;
                continue;
            }
            let this = Arc::clone(self);
            (view, going) = looks.look(move |tx| {
                let mut looking = Looking { tx, view: &mut view };
                if let Some(started) = started {
                    this.finished(&mut looking, &mut going, started)?;
                }
                Ok::<_, Error>((view, going))
            })?;
        }
        Ok((view, going))
    }

    fn going(&self, row: &CellRow) -> Going {
        let mut going = Going::new(self.layout.nodes.len());
        let width = self.layout.width();
        if row.width != width {
            going.refuse(vec![RowFault {
                field: String::new(),
                code: "invalidStructure".to_owned(),
                message: format!("the row has {} cells, the header has {width}", row.width),
                value: None,
            }]);
        }
        going
    }

    fn begun(
        &self,
        tx: &mut Looking<'_>,
        going: &mut Going,
        (number, row): (usize, &CellRow),
    ) -> Result<Option<Started>, Error> {
        match self.begin(tx, going, (number, row)) {
            Ok(started) => Ok(started),
            Err(error) => going.bear(error, &self.layout.nodes[number]).map(|()| None),
        }
    }

    fn finished(&self, tx: &mut Looking<'_>, going: &mut Going, started: Started) -> Result<(), Error> {
        let node = &self.layout.nodes[started.number];
        match self.finish(tx, going, started) {
            Ok(()) => Ok(()),
            Err(error) => going.bear(error, node),
        }
    }
}

impl Chunk {
    /// Takes a row that has come to its end.
    pub(super) fn take(&mut self, view: &mut View, row: &CellRow, going: Going) {
        match going.refused {
            true => view.reject(),
            false => {
                // What the chunk itself makes is no matter of what others do meanwhile.
                let others = going.relies.into_iter().filter(|resolved| {
                    let (collection, id) = resolved.place();
                    !view.is_of_chunk(collection, id)
                });
                let others: Vec<_> = others.collect();
                self.rely(others);
                self.writes.extend(going.writes);
                view.accept();
            }
        }
        self.rows.push(RowOutcome {
            number: row.number,
            line: row.line,
            offset: row.offset,
            text: match going.faults.is_empty() {
                true => String::new(),
                false => row.text.clone(),
            },
            stored: !going.refused,
            faults: going.faults,
        });
    }

    pub(super) fn count(&mut self, view: &View) {
        self.marks = view.counted();
    }
}
