//! Building an index in parts: what [`crate::building`] asks of a transaction here.

use std::sync::Arc;

use jsonb::Jsonb;
use model::CollectionId;
use rusqlite::params;

use super::Session;
use crate::Result;
use crate::building::{Body, Building, Doubles};
use crate::declared::StoredIndex;
use crate::numbers::signed;
use crate::tables::indexes::{DeclaredIndex, Filled, IndexState};
use crate::tables::records::IndexDef;
use crate::tables::{ReadIndexes, WriteIndexes};

const FILLED: &str = "SELECT filled FROM record_indexes WHERE id = ?1";
const SET_FILLED: &str = "UPDATE record_indexes SET filled = ?2 WHERE id = ?1";

impl Session<'_> {
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
}

impl Building for Session<'_> {
    fn indexes(&self, collection: CollectionId) -> Result<Arc<[StoredIndex]>> {
        self.indexes_of(collection)
    }

    fn note_index(&self, collection: CollectionId, def: &IndexDef, filled: Option<i64>) -> Result<()> {
        self.add_index(collection, def, filled).map(drop)
    }

    fn filled(&self, index: &StoredIndex) -> Result<Option<i64>> {
        Ok(self.prepared(FILLED)?.query_row([index.id], |row| row.get(0))?)
    }

    fn set_filled(&self, index: &StoredIndex, row: Option<i64>) -> Result<()> {
        self.prepared(SET_FILLED)?.execute(params![index.id, row])?;
        Ok(())
    }

    fn forget_indexes(&self) {
        self.known().forget_schema();
    }

    fn bodies_after(&self, collection: CollectionId, from: i64, limit: u64) -> Result<Vec<Body>> {
        let sql = self.known().sql(collection);
        let limit = signed(limit);
        let mut list = self.prepared(&sql.bodies_after)?;
        let rows = list.query_map([from, limit], |row| {
            Ok((row.get(0)?, Jsonb::from_stored(row.get(1)?)))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn fill_some(&self, index: &StoredIndex, bodies: &[Body]) -> Result<Option<Doubles>> {
        for (rid, body) in bodies {
            if let Some(other) = self.fill_one(index, *rid, body)? {
                return Ok(Some((other, *rid)));
            }
        }
        Ok(None)
    }

    fn id_of(&self, collection: CollectionId, rid: i64) -> Result<String> {
        let sql = self.known().sql(collection);
        Ok(self.prepared(&sql.id_of)?.query_row([rid], |row| row.get(0))?)
    }
}

impl ReadIndexes for Session<'_> {
    fn declared_indexes(&mut self, collection: CollectionId) -> Result<Vec<DeclaredIndex>> {
        Ok(self
            .indexes_of(collection)?
            .iter()
            .map(StoredIndex::declared)
            .collect())
    }
}

impl WriteIndexes for Session<'_> {
    fn begin_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<IndexState> {
        self.whole(|session| session.begin_building(collection, def))
    }

    fn fill_index(&mut self, collection: CollectionId, name: &str, limit: u64) -> Result<Filled> {
        let index = self.any_index(collection, name)?;
        self.whole(|session| session.fill(collection, &index, limit))
    }

    fn finish_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        let index = self.any_index(collection, name)?;
        self.whole(|session| session.finish_building(&index))
    }
}
