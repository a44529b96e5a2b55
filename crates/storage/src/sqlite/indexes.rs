//! Declared indexes: entries `(index, key, row)` in one table, kept in step by every write of a record.

use std::ops::Bound;
use std::rc::Rc;

use jsonb::Jsonb;
use model::{CollectionId, Record};
use rusqlite::{OptionalExtension, params};

use super::Session;
use super::records::record_row;
use crate::keys::index_keys;
use crate::tables::records::{IndexDef, KeyRange};
use crate::{Error, Result};

const LOAD: &str = "SELECT id, name, path, is_unique FROM record_indexes WHERE collection = ?1 ORDER BY id";
const DECLARE: &str =
    "INSERT INTO record_indexes (collection, name, path, is_unique) VALUES (?1, ?2, ?3, ?4)";
const FORGET: &str = "DELETE FROM record_indexes WHERE collection = ?1 AND name = ?2 RETURNING id";
const FORGET_ENTRIES: &str = "DELETE FROM index_entries WHERE index_id = ?1";
const ADD: &str = "INSERT INTO index_entries (index_id, key, rid) VALUES (?1, ?2, ?3)";
const DROP: &str = "DELETE FROM index_entries WHERE index_id = ?1 AND key = ?2 AND rid = ?3";
const HOLDER: &str = "SELECT rid FROM index_entries WHERE index_id = ?1 AND key = ?2 AND rid <> ?3 LIMIT 1";
const SCAN: &str = "SELECT rid FROM index_entries WHERE index_id = ?1 AND key >= ?2 AND (key > ?2 OR ?3)
    AND (?4 IS NULL OR key < ?4 OR (?5 AND key = ?4)) ORDER BY key, rid";

/// An index and its number.
#[derive(Clone, Debug)]
pub(super) struct StoredIndex {
    id: i64,
    pub(super) def: IndexDef,
}

impl Session<'_> {
    pub(super) fn indexes_of(&self, collection: CollectionId) -> Result<Rc<[StoredIndex]>> {
        self.known().indexes(collection, || {
            let mut load = self.prepared(LOAD)?;
            let rows = load.query_map([collection.0], |row| {
                let def = IndexDef {
                    name: row.get(1)?,
                    path: row.get(2)?,
                    unique: row.get(3)?,
                };
                Ok(StoredIndex { id: row.get(0)?, def })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The unique index under which another record than `own` has one of the body's values.
    pub(super) fn taken_index(
        &self,
        indexes: &[StoredIndex],
        own: Option<i64>,
        body: &Jsonb,
    ) -> Result<Option<String>> {
        for index in indexes.iter().filter(|index| index.def.unique) {
            for key in index_keys(body.root(), &index.def.path)? {
                let holder = params![index.id, key, own.unwrap_or(-1)];
                let other: Option<i64> = self
                    .prepared(HOLDER)?
                    .query_row(holder, |row| row.get(0))
                    .optional()?;
                if other.is_some() {
                    return Ok(Some(index.def.name.clone()));
                }
            }
        }
        Ok(None)
    }

    pub(super) fn add_entries(&self, indexes: &[StoredIndex], rid: i64, body: &Jsonb) -> Result<()> {
        self.each_entry(ADD, indexes, rid, body)
    }

    pub(super) fn drop_entries(&self, indexes: &[StoredIndex], rid: i64, body: &Jsonb) -> Result<()> {
        self.each_entry(DROP, indexes, rid, body)
    }

    fn each_entry(&self, sql: &str, indexes: &[StoredIndex], rid: i64, body: &Jsonb) -> Result<()> {
        for index in indexes {
            for key in index_keys(body.root(), &index.def.path)? {
                self.prepared(sql)?.execute(params![index.id, key, rid])?;
            }
        }
        Ok(())
    }

    pub(super) fn build_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<bool> {
        let unique = i64::from(def.unique);
        self.prepared(DECLARE)?
            .execute(params![collection.0, def.name, def.path, unique])?;
        let index = [StoredIndex {
            id: self.conn().last_insert_rowid(),
            def: def.clone(),
        }];
        self.known().forget_indexes();
        let sql = self.known().sql(collection);
        let mut bodies = self.prepared(&sql.all_bodies)?;
        let mut rows = bodies.query([])?;
        while let Some(row) = rows.next()? {
            let (rid, body) = (row.get(0)?, Jsonb::from_stored(row.get(1)?));
            if self.taken_index(&index, Some(rid), &body)?.is_some() {
                drop(rows);
                self.remove_index(collection, &def.name)?;
                return Ok(false);
            }
            self.add_entries(&index, rid, &body)?;
        }
        Ok(true)
    }

    pub(super) fn remove_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        let id: Option<i64> = self
            .prepared(FORGET)?
            .query_row(params![collection.0, name], |row| row.get(0))
            .optional()?;
        if let Some(id) = id {
            self.prepared(FORGET_ENTRIES)?.execute([id])?;
            self.known().forget_indexes();
        }
        Ok(id.is_some())
    }

    pub(super) fn scan_index(
        &self,
        collection: CollectionId,
        name: &str,
        range: &KeyRange,
        limit: u64,
    ) -> Result<Vec<Record>> {
        let indexes = self.indexes_of(collection)?;
        let unknown = || Error::Backend(format!("collection {collection} has no index {name:?}"));
        let index = indexes
            .iter()
            .find(|index| index.def.name == name)
            .ok_or_else(unknown)?;
        let rows = self.rows_in(index.id, range, limit)?;
        let sql = self.known().sql(collection);
        let mut by_row = self.prepared(&sql.by_row)?;
        rows.into_iter()
            .map(|rid| by_row.query_row([rid], record_row)?.into_record())
            .collect()
    }

    /// Row numbers in key order. A record with several entries in the range counts once, at its first.
    fn rows_in(&self, index: i64, range: &KeyRange, limit: u64) -> Result<Vec<i64>> {
        let (low, low_in) = match &range.0 {
            Bound::Unbounded => (Vec::new(), true),
            Bound::Included(key) => (key.clone(), true),
            Bound::Excluded(key) => (key.clone(), false),
        };
        let (high, high_in) = match &range.1 {
            Bound::Unbounded => (None, true),
            Bound::Included(key) => (Some(key), true),
            Bound::Excluded(key) => (Some(key), false),
        };
        let mut scan = self.prepared(SCAN)?;
        let mut rows = scan.query(params![index, low, low_in, high, high_in])?;
        let (mut seen, mut found) = (std::collections::HashSet::new(), Vec::new());
        while let Some(row) = rows.next()? {
            if found.len() as u64 >= limit {
                break;
            }
            let rid = row.get(0)?;
            if seen.insert(rid) {
                found.push(rid);
            }
        }
        Ok(found)
    }
}
