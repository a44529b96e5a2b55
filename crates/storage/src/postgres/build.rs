//! Building an index in parts: what [`crate::building`] asks of a transaction here.

use std::collections::HashMap;
use std::sync::Arc;

use model::CollectionId;

use super::Session;
use super::entries::stored;
use super::indexes::Entries;
use super::records::body;
use super::value::{Cells, Value, params, signed};
use crate::building::{Body, Building, Doubles};
use crate::declared::StoredIndex;
use crate::tables::indexes::{DeclaredIndex, Filled, IndexState};
use crate::tables::records::IndexDef;
use crate::tables::{ReadIndexes, WriteIndexes};
use crate::{Error, Result};

const FILLED: &str = "SELECT filled FROM record_indexes WHERE id = $1";
const SET_FILLED: &str = "UPDATE record_indexes SET filled = $2 WHERE id = $1";
/// The first of these keys that another row than its own has, and that row.
const HOLDER: &str =
    "SELECT k.n, e.rid FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS k (key, rid, n)
    JOIN index_entries e ON e.index_id = $3 AND e.key = k.key AND e.rid <> k.rid ORDER BY k.n, e.rid LIMIT 1";
/// Entries that are sent together.
const MANY: usize = 4096;

impl Session<'_> {
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
}

impl Building for Session<'_> {
    fn indexes(&self, collection: CollectionId) -> Result<Arc<[StoredIndex]>> {
        self.indexes_of(collection)
    }

    fn note_index(&self, collection: CollectionId, def: &IndexDef, filled: Option<i64>) -> Result<()> {
        self.add_index(collection, def, filled).map(drop)
    }

    fn filled(&self, index: &StoredIndex) -> Result<Option<i64>> {
        let row = self.row(FILLED, params![index.id])?;
        let row = row.ok_or_else(|| Error::Damaged(format!("index {} is gone", index.id)))?;
        Cells(&row).opt_int(0)
    }

    fn set_filled(&self, index: &StoredIndex, row: Option<i64>) -> Result<()> {
        self.send(SET_FILLED, params![index.id, row])
    }

    fn forget_indexes(&self) {
        self.known().forget_schema();
    }

    fn bodies_after(&self, collection: CollectionId, from: i64, limit: u64) -> Result<Vec<Body>> {
        let sql = self.known().sql(collection);
        let rows = self.rows(&sql.bodies_after, params![from, signed(limit)])?;
        rows.iter()
            .map(|row| Ok((Cells(row).int(0)?, body(Cells(row).bytes(1)?))))
            .collect()
    }

    fn fill_some(&self, index: &StoredIndex, bodies: &[Body]) -> Result<Option<Doubles>> {
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

    fn id_of(&self, collection: CollectionId, rid: i64) -> Result<String> {
        let sql = self.known().sql(collection);
        let row = self.row(&sql.id_of, params![rid])?;
        let row = row.ok_or_else(|| Error::Damaged(format!("an entry of the missing row {rid}")))?;
        Cells(&row).text(0)
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
