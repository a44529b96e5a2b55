//! Building an index in parts, on either backend.
//!
//! Up to the row in `filled`, every record has all its entries; beyond it, a record has those that a write has added
//! since the index was begun, and no others. A writer removes entries of the old content, there or not, and adds those
//! that the new content has beside the old; filling adds whatever the content has. So both may come in any order.

use std::sync::Arc;

use jsonb::Jsonb;
use model::CollectionId;

use crate::Result;
use crate::declared::{StoredIndex, named};
use crate::tables::WriteCollections;
use crate::tables::indexes::{Filled, IndexState};
use crate::tables::records::{IndexDef, Place};

/// No record has an entry yet.
const NOTHING: i64 = i64::MIN;
/// Every record has its entries.
const EVERYTHING: i64 = i64::MAX;

/// A row and what is in it.
pub(crate) type Body = (i64, Jsonb);
/// The rows of two records that share a value: the one that has it, and the one that cannot have it.
pub(crate) type Doubles = (i64, i64);

/// What building asks of a transaction. The row in `filled` is none for an index that is ready.
pub(crate) trait Building: WriteCollections {
    /// The indexes of a collection.
    fn indexes(&self, collection: CollectionId) -> Result<Arc<[StoredIndex]>>;

    /// Notes an index.
    fn note_index(&self, collection: CollectionId, def: &IndexDef, filled: Option<i64>) -> Result<()>;

    fn filled(&self, index: &StoredIndex) -> Result<Option<i64>>;

    fn set_filled(&self, index: &StoredIndex, row: Option<i64>) -> Result<()>;

    /// Forgets what is known of indexes.
    fn forget_indexes(&self);

    /// Up to so many records behind a row, in the order of rows.
    fn bodies_after(&self, collection: CollectionId, from: i64, limit: u64) -> Result<Vec<Body>>;

    /// Adds the entries of some records, up to the first that shares a value with another one.
    fn fill_some(&self, index: &StoredIndex, bodies: &[Body]) -> Result<Option<Doubles>>;

    /// The id of the record in a row.
    fn id_of(&self, collection: CollectionId, rid: i64) -> Result<String>;

    /// Begins an index in the place of what has its name, unless it is that already.
    fn begin_building(&mut self, collection: CollectionId, def: &IndexDef) -> Result<IndexState> {
        let indexes = self.indexes(collection)?;
        if let Some(known) = indexes.iter().find(|index| index.def == *def) {
            return Ok(known.state());
        }
        self.retire_index(collection, &def.name)?;
        self.note_index(collection, def, Some(NOTHING))?;
        Ok(IndexState::Building)
    }

    /// Adds the entries of the next records.
    fn fill(&mut self, collection: CollectionId, index: &StoredIndex, limit: u64) -> Result<Filled> {
        let Some(from) = self.filled(index)?.filter(|row| *row != EVERYTHING) else {
            return Ok(Filled::Whole);
        };
        let bodies = self.bodies_after(collection, from, limit.max(1))?;
        if let Some((first, second)) = self.fill_some(index, &bodies)? {
            let (first, second) = (self.id_of(collection, first)?, self.id_of(collection, second)?);
            return Ok(Filled::Conflict { first, second });
        }
        match bodies.last() {
            Some((last, _)) if bodies.len() as u64 == limit.max(1) => {
                self.set_filled(index, Some(*last))?;
                Ok(Filled::UpTo(Place(*last)))
            }
            _ => {
                self.set_filled(index, Some(EVERYTHING))?;
                Ok(Filled::Whole)
            }
        }
    }

    /// Lets an index serve reads; `false` when it is not filled yet.
    fn finish_building(&mut self, index: &StoredIndex) -> Result<bool> {
        match self.filled(index)? {
            None => Ok(true),
            Some(EVERYTHING) => {
                self.set_filled(index, None)?;
                self.forget_indexes();
                Ok(true)
            }
            Some(_) => Ok(false),
        }
    }

    /// The index of this name, ready or not.
    fn any_index(&self, collection: CollectionId, name: &str) -> Result<StoredIndex> {
        let indexes = self.indexes(collection)?;
        named(&indexes, collection, name).cloned()
    }
}
