//! What a connection remembers between transactions.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use model::CollectionId;

use super::foresight::Foresight;
use super::indexes::StoredIndex;
use super::records::RecordSql;
use crate::Result;

/// What a connection remembers of the collections between transactions.
#[derive(Default)]
pub(super) struct Known {
    sql: RefCell<HashMap<CollectionId, Arc<RecordSql>>>,
    indexes: RefCell<HashMap<CollectionId, Arc<[StoredIndex]>>>,
    histories: RefCell<HashMap<CollectionId, bool>>,
    pub(super) heads: RefCell<HashMap<(CollectionId, Head), i64>>,
    /// What the last group knew of records.
    foresight: RefCell<Foresight>,
    /// The number of the last group that was written here.
    turn: Cell<i64>,
    /// Groups that came to their commit.
    groups: Cell<i64>,
}

/// A table of a collection whose rows are numbered by the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Head {
    /// Records.
    Row,
    /// Lines of history.
    Line,
}

impl Known {
    /// The statements of a collection.
    pub(super) fn sql(&self, collection: CollectionId) -> Arc<RecordSql> {
        let mut known = self.sql.borrow_mut();
        Arc::clone(
            known
                .entry(collection)
                .or_insert_with(|| Arc::new(RecordSql::of(collection))),
        )
    }

    /// The indexes of a collection, by `load` when they are not known yet.
    pub(super) fn indexes(
        &self,
        collection: CollectionId,
        load: impl FnOnce() -> Result<Vec<StoredIndex>>,
    ) -> Result<Arc<[StoredIndex]>> {
        if let Some(known) = self.indexes.borrow().get(&collection) {
            return Ok(Arc::clone(known));
        }
        let loaded: Arc<[StoredIndex]> = load()?.into();
        self.indexes.borrow_mut().insert(collection, Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Whether a collection keeps a history, by `load` when that is not known yet.
    pub(super) fn keeps_history(
        &self,
        collection: CollectionId,
        load: impl FnOnce() -> Result<bool>,
    ) -> Result<bool> {
        if let Some(known) = self.histories.borrow().get(&collection) {
            return Ok(*known);
        }
        let loaded = load()?;
        self.histories.borrow_mut().insert(collection, loaded);
        Ok(loaded)
    }

    /// The greatest number of a table.
    pub(super) fn head(&self, collection: CollectionId, head: Head) -> Option<i64> {
        self.heads.borrow().get(&(collection, head)).copied()
    }

    /// Forgets indexes and options of collections: one was changed, or such a change was undone.
    pub(super) fn forget_schema(&self) {
        self.indexes.borrow_mut().clear();
        self.histories.borrow_mut().clear();
    }

    /// Forgets all that another writer, or undoing, may have changed.
    pub(super) fn forget(&self) {
        self.forget_schema();
        self.foresight.take();
        self.heads.borrow_mut().clear();
    }

    /// What the last group knew of records, for the next one alone.
    pub(super) fn take_foresight(&self) -> Foresight {
        self.foresight.take()
    }

    /// Keeps what a group that was committed knows.
    pub(super) fn keep_foresight(&self, foresight: Foresight) {
        self.foresight.replace(foresight);
    }

    /// A number that no group of this node has had.
    pub(super) fn next_group(&self) -> i64 {
        self.groups.set(self.groups.get() + 1);
        self.groups.get()
    }

    /// Notes the number of a group that begins: when it is not the one behind our last, another node has written.
    pub(super) fn note_turn(&self, turn: i64) {
        if self.turn.replace(turn) + 1 != turn {
            self.forget();
        }
    }
}
