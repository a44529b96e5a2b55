//! Building an index in parts.
//!
//! Up to the row in `filled`, every record has all its entries; beyond it, a record has those that a write has added
//! since the index was begun, and no others. A writer removes entries of the old content, there or not, and adds those
//! that the new content has beside the old; filling adds whatever the content has. So both may come in any order.

use jsonb::Jsonb;
use model::CollectionId;
use rusqlite::params;

use super::Session;
use super::indexes::StoredIndex;
use crate::tables::indexes::{DeclaredIndex, Filled, IndexState};
use crate::tables::records::{IndexDef, Place};
use crate::tables::{ReadIndexes, WriteCollections, WriteIndexes};
use crate::{Error, Result};

const FILLED: &str = "SELECT filled FROM record_indexes WHERE id = ?1";
const SET_FILLED: &str = "UPDATE record_indexes SET filled = ?2 WHERE id = ?1";

/// No record has an entry yet.
const NOTHING: i64 = i64::MIN;
/// Every record has its entries.
const EVERYTHING: i64 = i64::MAX;

/// A row and what is in it.
type Body = (i64, Jsonb);

impl StoredIndex {
    fn state(&self) -> IndexState {
        if self.ready {
            IndexState::Ready
        } else {
            IndexState::Building
        }
    }
}

impl Session<'_> {
    fn begin(&mut self, collection: CollectionId, def: &IndexDef) -> Result<IndexState> {
        let indexes = self.indexes_of(collection)?;
        if let Some(known) = indexes.iter().find(|index| index.def == *def) {
            return Ok(known.state());
        }
        self.retire_index(collection, &def.name)?;
        self.add_index(collection, def, Some(NOTHING))?;
        Ok(IndexState::Building)
    }

    fn filled(&self, index: &StoredIndex) -> Result<Option<i64>> {
        Ok(self.prepared(FILLED)?.query_row([index.id], |row| row.get(0))?)
    }

    fn set_filled(&self, index: &StoredIndex, row: Option<i64>) -> Result<()> {
        self.prepared(SET_FILLED)?.execute(params![index.id, row])?;
        Ok(())
    }

    fn fill(&mut self, collection: CollectionId, index: &StoredIndex, limit: u64) -> Result<Filled> {
        let Some(from) = self.filled(index)?.filter(|row| *row != EVERYTHING) else {
            return Ok(Filled::Whole);
        };
        let bodies = self.bodies_after(collection, from, limit.max(1))?;
        for (rid, body) in &bodies {
            if let Some(other) = self.fill_one(index, *rid, body)? {
                let (first, second) = (self.id_of(collection, other)?, self.id_of(collection, *rid)?);
                return Ok(Filled::Conflict { first, second });
            }
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

    /// Adds the entries of one record, or tells the row of another one that has a value of its own.
    fn fill_one(&self, index: &StoredIndex, rid: i64, body: &Jsonb) -> Result<Option<i64>> {
        let keys = index.keys(body)?;
        for key in &keys {
            if let Some(other) = self.holder(index, key, rid)? {
                return Ok(Some(other));
            }
        }
        for key in &keys {
            self.add_entry(index, key, rid)?;
        }
        Ok(None)
    }

    fn bodies_after(&self, collection: CollectionId, from: i64, limit: u64) -> Result<Vec<Body>> {
        let sql = self.known().sql(collection);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut list = self.prepared(&sql.bodies_after)?;
        let rows = list.query_map([from, limit], |row| {
            Ok((row.get(0)?, Jsonb::from_stored(row.get(1)?)))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn id_of(&self, collection: CollectionId, rid: i64) -> Result<String> {
        let sql = self.known().sql(collection);
        Ok(self.prepared(&sql.id_of)?.query_row([rid], |row| row.get(0))?)
    }

    fn finish(&mut self, index: &StoredIndex) -> Result<bool> {
        match self.filled(index)? {
            None => Ok(true),
            Some(EVERYTHING) => {
                self.set_filled(index, None)?;
                self.known().forget_schema();
                Ok(true)
            }
            Some(_) => Ok(false),
        }
    }

    /// The index of this name, ready or not.
    fn any_index(&self, collection: CollectionId, name: &str) -> Result<StoredIndex> {
        let indexes = self.indexes_of(collection)?;
        let unknown = || Error::Backend(format!("collection {collection} has no index {name:?}"));
        let index = indexes.iter().find(|index| index.def.name == name);
        index.cloned().ok_or_else(unknown)
    }
}

impl ReadIndexes for Session<'_> {
    fn declared_indexes(&mut self, collection: CollectionId) -> Result<Vec<DeclaredIndex>> {
        let declared = |index: &StoredIndex| DeclaredIndex {
            def: index.def.clone(),
            state: index.state(),
        };
        Ok(self.indexes_of(collection)?.iter().map(declared).collect())
    }
}

impl WriteIndexes for Session<'_> {
    fn begin_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<IndexState> {
        self.whole(|session| session.begin(collection, def))
    }

    fn fill_index(&mut self, collection: CollectionId, name: &str, limit: u64) -> Result<Filled> {
        let index = self.any_index(collection, name)?;
        self.whole(|session| session.fill(collection, &index, limit))
    }

    fn finish_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        let index = self.any_index(collection, name)?;
        self.whole(|session| session.finish(&index))
    }
}
