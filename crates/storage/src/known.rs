//! What a connection remembers of the collections between transactions, on either backend.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use model::CollectionId;

use crate::Result;
use crate::declared::StoredIndex;

/// The statements of one collection.
pub(crate) trait Statements {
    /// Those of this one.
    fn of(collection: CollectionId) -> Self;
}

/// See the module. `S` are the statements of a collection.
pub(crate) struct Known<S> {
    sql: RefCell<HashMap<CollectionId, Arc<S>>>,
    indexes: RefCell<HashMap<CollectionId, Arc<[StoredIndex]>>>,
    histories: RefCell<HashMap<CollectionId, bool>>,
}

impl<S> Default for Known<S> {
    fn default() -> Self {
        Self {
            sql: RefCell::default(),
            indexes: RefCell::default(),
            histories: RefCell::default(),
        }
    }
}

impl<S: Statements> Known<S> {
    /// The statements of a collection.
    pub(crate) fn sql(&self, collection: CollectionId) -> Arc<S> {
        let mut known = self.sql.borrow_mut();
        Arc::clone(
            known
                .entry(collection)
                .or_insert_with(|| Arc::new(S::of(collection))),
        )
    }

    /// The indexes of a collection, by `load` when they are not known yet.
    pub(crate) fn indexes(
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
    pub(crate) fn keeps_history(
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

    /// Forgets indexes and options of collections: one was changed, or such a change was undone.
    pub(crate) fn forget_schema(&self) {
        self.indexes.borrow_mut().clear();
        self.histories.borrow_mut().clear();
    }
}
