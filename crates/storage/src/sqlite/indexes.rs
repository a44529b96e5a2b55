//! Declared indexes: entries `(index, key, row)` in one table, kept in step by every write of a record.

use std::collections::HashSet;
use std::ops::Bound;
use std::sync::Arc;

use jsonb::Jsonb;
use model::{CollectionId, Record};
use rusqlite::{OptionalExtension, Statement, params};

use super::Session;
use super::records::record_row;
use crate::Result;
use crate::declared::{self, EntryChange, StoredIndex, ready};
use crate::tables::records::{IndexDef, KeyRange};

const LOAD: &str = "SELECT id, name, path, is_unique, missing, filled IS NULL FROM record_indexes
    WHERE collection = ?1 ORDER BY id";
const DECLARE: &str = "INSERT INTO record_indexes (collection, name, path, is_unique, missing, filled)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const FORGET: &str = "DELETE FROM record_indexes WHERE collection = ?1 AND name = ?2 RETURNING id";
const FORGET_ENTRIES: &str = "DELETE FROM index_entries WHERE index_id = ?1";
const ADD: &str = "INSERT INTO index_entries (index_id, key, rid) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const DROP: &str = "DELETE FROM index_entries WHERE index_id = ?1 AND key = ?2 AND rid = ?3";
const HOLDER: &str = "SELECT rid FROM index_entries WHERE index_id = ?1 AND key = ?2 AND rid <> ?3 LIMIT 1";
const SCAN: &str =
    "SELECT rid FROM index_entries WHERE index_id = ?1 AND key >= ?2 AND key < ?3 ORDER BY key, rid";

impl Session<'_> {
    pub(super) fn indexes_of(&self, collection: CollectionId) -> Result<Arc<[StoredIndex]>> {
        self.known().indexes(collection, || {
            let mut load = self.prepared(LOAD)?;
            let rows = load.query_map([collection.0], |row| {
                let def = IndexDef {
                    name: row.get(1)?,
                    path: row.get(2)?,
                    unique: row.get(3)?,
                    missing: row.get(4)?,
                };
                let (id, ready) = (row.get(0)?, row.get(5)?);
                Ok(StoredIndex { id, def, ready })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// What a change of a body from `old` to `new` does to the entries of each index.
    pub(super) fn entry_changes(
        indexes: &[StoredIndex],
        old: Option<&Jsonb>,
        new: Option<&Jsonb>,
    ) -> Result<Vec<EntryChange>> {
        declared::entry_changes(indexes, old, new)
    }

    /// The unique index under which another record than `own` has one of the new values.
    pub(super) fn taken_index(
        &self,
        indexes: &[StoredIndex],
        changes: &[EntryChange],
        own: Option<i64>,
    ) -> Result<Option<String>> {
        let mut holder = self.prepared(HOLDER)?;
        for (index, change) in indexes.iter().zip(changes) {
            for key in &change.new {
                if Self::holder_by(&mut holder, index, key, own.unwrap_or(-1))?.is_some() {
                    return Ok(Some(index.def.name.clone()));
                }
            }
        }
        Ok(None)
    }

    /// The row of another record than `own` that keeps it from having this key; only in a unique index, and never for null.
    pub(super) fn holder(&self, index: &StoredIndex, key: &[u8], own: i64) -> Result<Option<i64>> {
        Self::holder_by(&mut *self.prepared(HOLDER)?, index, key, own)
    }

    fn holder_by(
        holder: &mut Statement<'_>,
        index: &StoredIndex,
        key: &[u8],
        own: i64,
    ) -> Result<Option<i64>> {
        if !index.is_exclusive(key) {
            return Ok(None);
        }
        let row = params![index.id, key, own];
        Ok(holder.query_row(row, |row| row.get(0)).optional()?)
    }

    pub(super) fn add_entry(&self, index: &StoredIndex, key: &[u8], rid: i64) -> Result<()> {
        self.prepared(ADD)?.execute(params![index.id, key, rid])?;
        Ok(())
    }

    pub(super) fn change_entries(
        &self,
        indexes: &[StoredIndex],
        changes: &[EntryChange],
        rid: i64,
    ) -> Result<()> {
        let (mut drop, mut add) = (self.prepared(DROP)?, self.prepared(ADD)?);
        for (index, change) in indexes.iter().zip(changes) {
            for key in &change.gone {
                drop.execute(params![index.id, key, rid])?;
            }
            for key in &change.new {
                add.execute(params![index.id, key, rid])?;
            }
        }
        Ok(())
    }

    /// Makes `def` the index of its name: nothing to do when it is that already, else it takes the place of what was there.
    pub(super) fn build_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<bool> {
        let indexes = self.indexes_of(collection)?;
        if indexes.iter().any(|index| index.ready && index.def == *def) {
            return Ok(true);
        }
        self.conn().execute_batch("SAVEPOINT build")?;
        self.remove_index(collection, &def.name)?;
        let index = self.add_index(collection, def, None)?;
        let built = self.fill_whole(collection, &index)?;
        if !built {
            self.conn().execute_batch("ROLLBACK TO build")?;
            self.known().forget_schema();
        }
        self.conn().execute_batch("RELEASE build")?;
        Ok(built)
    }

    /// Notes an index; `filled` as in its table.
    pub(super) fn add_index(
        &self,
        collection: CollectionId,
        def: &IndexDef,
        filled: Option<i64>,
    ) -> Result<StoredIndex> {
        let (name, path) = (&def.name, &def.path);
        let row = params![collection.0, name, path, def.unique, def.missing, filled];
        self.prepared(DECLARE)?.execute(row)?;
        self.known().forget_schema();
        Ok(StoredIndex {
            id: self.conn().last_insert_rowid(),
            def: def.clone(),
            ready: filled.is_none(),
        })
    }

    fn fill_whole(&self, collection: CollectionId, index: &StoredIndex) -> Result<bool> {
        let sql = self.known().sql(collection);
        let index = std::slice::from_ref(index);
        let mut bodies = self.prepared(&sql.all_bodies)?;
        let mut rows = bodies.query([])?;
        while let Some(row) = rows.next()? {
            let (rid, body) = (row.get(0)?, Jsonb::from_stored(row.get(1)?));
            let changes = Self::entry_changes(index, None, Some(&body))?;
            if self.taken_index(index, &changes, Some(rid))?.is_some() {
                return Ok(false);
            }
            self.change_entries(index, &changes, rid)?;
        }
        Ok(true)
    }

    pub(super) fn remove_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        let index = self.forget_index(collection, name)?;
        if let Some(index) = index {
            self.prepared(FORGET_ENTRIES)?.execute([index])?;
        }
        Ok(index.is_some())
    }

    /// Forgets an index, but not its entries; answers its number.
    pub(super) fn forget_index(&self, collection: CollectionId, name: &str) -> Result<Option<i64>> {
        let row = params![collection.0, name];
        let index = self
            .prepared(FORGET)?
            .query_row(row, |row| row.get(0))
            .optional()?;
        self.known().forget_schema();
        Ok(index)
    }

    /// The number of an index that serves reads.
    pub(super) fn index_id(&self, collection: CollectionId, name: &str) -> Result<i64> {
        Ok(ready(&self.indexes_of(collection)?, collection, name)?.id)
    }

    pub(super) fn scan_index(
        &self,
        collection: CollectionId,
        name: &str,
        range: &KeyRange,
        limit: u64,
    ) -> Result<Vec<Record>> {
        let index = self.index_id(collection, name)?;
        let (low, high) = half_open(range);
        let (mut scan, sql) = (self.prepared(SCAN)?, self.known().sql(collection));
        let mut by_row = self.prepared(&sql.by_row)?;
        let mut entries = scan.query(params![index, low, high])?;
        // A record with several entries in the range counts once, at its first.
        let (mut seen, mut found) = (HashSet::new(), Vec::new());
        while (found.len() as u64) < limit
            && let Some(entry) = entries.next()?
        {
            let rid: i64 = entry.get(0)?;
            if seen.insert(rid) {
                found.push(by_row.query_row([rid], record_row)?.into_record()?);
            }
        }
        Ok(found)
    }
}

/// The range as `low <= key < high`, so that SQLite reads no entry outside it.
pub(super) fn half_open((low, high): &KeyRange) -> (Vec<u8>, Vec<u8>) {
    let low = match low {
        Bound::Unbounded => Vec::new(),
        Bound::Included(key) => key.clone(),
        Bound::Excluded(key) => after(key),
    };
    let high = match high {
        // Behind the tag of every type.
        Bound::Unbounded => vec![0xff],
        Bound::Included(key) => after(key),
        Bound::Excluded(key) => key.clone(),
    };
    (low, high)
}

/// The very next key.
fn after(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}
