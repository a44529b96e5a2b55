//! Building an index in parts.
//!
//! Up to the row in `filled`, every record has all its entries; beyond it, a record has those that a write has added
//! since the index was begun, and no others. A writer removes entries of the old content, there or not, and adds those
//! that the new content has beside the old; filling adds whatever the content has. So both may come in any order.

use std::collections::HashMap;

use jsonb::Jsonb;
use model::CollectionId;

use super::Session;
use super::entries::stored;
use super::indexes::{Entries, StoredIndex};
use super::records::body;
use super::value::{Cells, Value, params, signed};
use crate::tables::indexes::{DeclaredIndex, Filled, IndexState};
use crate::tables::records::{IndexDef, Place};
use crate::tables::{ReadIndexes, WriteCollections, WriteIndexes};
use crate::{Error, Result};

const FILLED: &str = "SELECT filled FROM record_indexes WHERE id = $1";
const SET_FILLED: &str = "UPDATE record_indexes SET filled = $2 WHERE id = $1";
/// The first of these keys that another row than its own has, and that row.
const HOLDER: &str =
    "SELECT k.n, e.rid FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS k (key, rid, n)
    JOIN index_entries e ON e.index_id = $3 AND e.key = k.key AND e.rid <> k.rid ORDER BY k.n, e.rid LIMIT 1";
/// Entries that are sent together.
const MANY: usize = 4096;

/// No record has an entry yet.
const NOTHING: i64 = i64::MIN;
/// Every record has its entries.
const EVERYTHING: i64 = i64::MAX;

/// A row and what is in it.
pub(super) type Body = (i64, Jsonb);
/// The rows of two records that share a value: the one that has it, and the one that cannot have it.
pub(super) type Doubles = (i64, i64);

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
    fn begin_building(&mut self, collection: CollectionId, def: &IndexDef) -> Result<IndexState> {
        let indexes = self.indexes_of(collection)?;
        if let Some(known) = indexes.iter().find(|index| index.def == *def) {
            return Ok(known.state());
        }
        self.retire_index(collection, &def.name)?;
        self.add_index(collection, def, Some(NOTHING))?;
        Ok(IndexState::Building)
    }

    fn filled(&self, index: &StoredIndex) -> Result<Option<i64>> {
        let row = self.row(FILLED, params![index.id])?;
        let row = row.ok_or_else(|| Error::Damaged(format!("index {} is gone", index.id)))?;
        Cells(&row).opt_int(0)
    }

    fn set_filled(&self, index: &StoredIndex, row: Option<i64>) -> Result<()> {
        self.send(SET_FILLED, params![index.id, row])
    }

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

    /// Adds the entries of some records, up to the first that shares a value with another one.
    pub(super) fn fill_some(&self, index: &StoredIndex, bodies: &[Body]) -> Result<Option<Doubles>> {
        let mut keys = Vec::with_capacity(bodies.len());
        for (rid, body) in bodies {
            keys.extend(index.keys(body)?.into_iter().map(|key| (*rid, key)));
        }
        let doubles = self.first_doubles(index, &keys)?;
        let until = doubles.map_or(i64::MAX, |(_, second)| second);
        let ours: Vec<_> = keys.iter().filter(|(rid, _)| *rid < until).collect();
        self.begin_change()?;
        for part in ours.chunks(MANY) {
            let mut entries = Entries::default();
            part.iter()
                .for_each(|(rid, key)| entries.push(index.id, key, *rid));
            self.add_entries(&entries)?;
        }
        Ok(doubles)
    }

    /// The first record, in the order of `keys`, that shares a value with one before it or with one that has its entry
    /// already.
    fn first_doubles(&self, index: &StoredIndex, keys: &[(i64, Vec<u8>)]) -> Result<Option<Doubles>> {
        if !index.def.unique {
            return Ok(None);
        }
        let keys: Vec<_> = keys.iter().filter(|(_, key)| key != query::NULL_KEY).collect();
        let rows: Vec<i64> = keys.iter().map(|(rid, _)| *rid).collect();
        let stored = keys.iter().map(|(_, key)| Some(stored(key))).collect();
        let found = self.row(HOLDER, params![Value::Blobs(stored), rows, index.id])?;
        let place = |row| -> Result<_> { Ok((Cells(&row).count(0)?, Cells(&row).int(1)?)) };
        let there = found.map(place).transpose()?;
        let mut among: HashMap<&[u8], i64> = HashMap::new();
        for (n, (rid, key)) in (1..).zip(keys) {
            let before = among.insert(key, *rid);
            let there = there.filter(|(at, _)| *at == n).map(|(_, holder)| holder);
            if let Some(holder) = before.into_iter().chain(there).min() {
                return Ok(Some((holder, *rid)));
            }
        }
        Ok(None)
    }

    pub(super) fn bodies_after(&self, collection: CollectionId, from: i64, limit: u64) -> Result<Vec<Body>> {
        let sql = self.known().sql(collection);
        let rows = self.rows(&sql.bodies_after, params![from, signed(limit)])?;
        rows.iter()
            .map(|row| Ok((Cells(row).int(0)?, body(Cells(row).bytes(1)?))))
            .collect()
    }

    fn id_of(&self, collection: CollectionId, rid: i64) -> Result<String> {
        let sql = self.known().sql(collection);
        let row = self.row(&sql.id_of, params![rid])?;
        let row = row.ok_or_else(|| Error::Damaged(format!("an entry of the missing row {rid}")))?;
        Cells(&row).text(0)
    }

    fn finish_building(&mut self, index: &StoredIndex) -> Result<bool> {
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
