//! Declared indexes: entries `(index, key, row)` in one table, kept in step by every write of a record.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use jsonb::Jsonb;
use model::{CollectionId, Record};

use super::Session;
use super::entries::{Span, stored, whole};
use super::value::{Cells, Value, params};
use crate::building::Building;
use crate::declared::{self, EntryChange, StoredIndex, ready};
use crate::tables::records::{IndexDef, KeyRange, Place};
use crate::tables::walks::Direction;
use crate::{Error, Result};

const LOAD: &str = "SELECT id, name, path, is_unique, missing, filled IS NULL FROM record_indexes
    WHERE collection = $1 ORDER BY id";
const DECLARE: &str = "INSERT INTO record_indexes (collection, name, path, is_unique, missing, filled)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
const FORGET: &str = "DELETE FROM record_indexes WHERE collection = $1 AND name = $2 RETURNING id";
const FORGET_ENTRIES: &str = "DELETE FROM index_entries WHERE index_id = $1";
const ADD: &str = "INSERT INTO index_entries (index_id, key, rid, whole)
    SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[]) ON CONFLICT DO NOTHING";
const DROP: &str = "DELETE FROM index_entries e
    USING unnest($1::bigint[], $2::bytea[], $3::bigint[]) AS d (index_id, key, rid)
    WHERE e.index_id = d.index_id AND e.key = d.key AND e.rid = d.rid";
/// Entries on their way to the table.
#[derive(Default)]
pub(super) struct Entries<'a> {
    indexes: Vec<i64>,
    keys: Vec<&'a [u8]>,
    rows: Vec<i64>,
}

impl<'a> Entries<'a> {
    pub(super) fn push(&mut self, index: i64, key: &'a [u8], rid: i64) {
        self.indexes.push(index);
        self.keys.push(key);
        self.rows.push(rid);
    }

    fn stored_keys(&self) -> Value<'a> {
        Value::Blobs(self.keys.iter().map(|key| Some(stored(key))).collect())
    }

    fn whole_keys(&self) -> Value<'a> {
        Value::Blobs(self.keys.iter().map(|key| whole(key)).collect())
    }
}

impl Session<'_> {
    pub(super) fn indexes_of(&self, collection: CollectionId) -> Result<Arc<[StoredIndex]>> {
        // Only then is it known whether another node has changed them.
        self.begin()?;
        self.known().indexes(collection, || {
            let mut indexes = Vec::new();
            for row in &self.rows(LOAD, params![collection.0])? {
                let row = Cells(row);
                let def = IndexDef {
                    name: row.text(1)?,
                    path: row.text(2)?,
                    unique: row.bool(3)?,
                    missing: row.bool(4)?,
                };
                let (id, ready) = (row.int(0)?, row.bool(5)?);
                indexes.push(StoredIndex { id, def, ready });
            }
            Ok(indexes)
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
        let pairs = indexes.iter().zip(changes);
        let keys: Vec<_> = pairs
            .flat_map(|(index, change)| change.new.iter().map(move |key| (index, key)))
            .filter(|(index, key)| index.is_exclusive(key))
            .map(|(index, key)| (index.id, key.clone()))
            .collect();
        if keys.is_empty() {
            return Ok(None);
        }
        let taken = self.taken_key(&keys, own)?.and_then(|at| keys.get(at));
        let taken = taken.and_then(|(id, _)| indexes.iter().find(|index| index.id == *id));
        Ok(taken.map(|index| index.def.name.clone()))
    }

    /// Adds entries; to be called when a change has begun.
    pub(super) fn add_entries(&self, entries: &Entries<'_>) -> Result<()> {
        let (indexes, rows) = (entries.indexes.clone(), entries.rows.clone());
        match rows.len() {
            0 => Ok(()),
            _ => self.tell(
                ADD,
                params![indexes, entries.stored_keys(), rows, entries.whole_keys()],
            ),
        }
    }

    /// Removes entries; as above.
    pub(super) fn drop_entries(&self, entries: &Entries<'_>) -> Result<()> {
        let (indexes, rows) = (entries.indexes.clone(), entries.rows.clone());
        match rows.len() {
            0 => Ok(()),
            _ => self.tell(DROP, params![indexes, entries.stored_keys(), rows]),
        }
    }

    /// Entries of a row that are to be there, and not.
    pub(super) fn change_entries(&self, indexes: &[StoredIndex], changes: &[EntryChange], rid: i64) {
        let entries = &mut self.layer.borrow_mut().entries;
        for (index, change) in indexes.iter().zip(changes) {
            let mut note = |keys: &[Vec<u8>], there| {
                entries.extend(keys.iter().map(|key| ((index.id, key.clone(), rid), there)));
            };
            note(&change.gone, false);
            note(&change.new, true);
        }
    }

    /// Makes `def` the index of its name: nothing to do when it is that already, else it takes the place of what was there.
    pub(super) fn build_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<bool> {
        let indexes = self.indexes_of(collection)?;
        if indexes.iter().any(|index| index.ready && index.def == *def) {
            return Ok(true);
        }
        self.send("SAVEPOINT build", &[])?;
        self.remove_index(collection, &def.name)?;
        let index = self.add_index(collection, def, None)?;
        let built = self.fill_whole(collection, &index)?;
        if !built {
            self.send("ROLLBACK TO build", &[])?;
            self.known().forget_schema();
        }
        self.send("RELEASE build", &[])?;
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
        let made = self.changed_row(DECLARE, row)?;
        self.known().forget_schema();
        let made = made.ok_or_else(|| Error::Damaged("no number of an index".to_owned()))?;
        Ok(StoredIndex {
            id: Cells(&made).int(0)?,
            def: def.clone(),
            ready: filled.is_none(),
        })
    }

    fn fill_whole(&self, collection: CollectionId, index: &StoredIndex) -> Result<bool> {
        let (mut from, mut outcome) = (i64::MIN, Ok(None));
        while matches!(outcome, Ok(None)) {
            let bodies = self.bodies_after(collection, from, 1000)?;
            let Some((last, _)) = bodies.last() else {
                return Ok(true);
            };
            from = *last;
            outcome = self.fill_some(index, &bodies);
        }
        outcome.map(|doubles| doubles.is_none())
    }

    pub(super) fn remove_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        let index = self.forget_index(collection, name)?;
        if let Some(index) = index {
            self.send(FORGET_ENTRIES, params![index])?;
        }
        Ok(index.is_some())
    }

    /// Forgets an index, but not its entries; answers its number.
    pub(super) fn forget_index(&self, collection: CollectionId, name: &str) -> Result<Option<i64>> {
        let index = self.changed_row(FORGET, params![collection.0, name])?;
        self.known().forget_schema();
        index.map(|row| Cells(&row).int(0)).transpose()
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
        let (index, span) = (self.index_id(collection, name)?, Span::of(range));
        // A record with several entries in the range counts once, at its first.
        let (mut seen, mut places) = (HashSet::new(), Vec::new());
        if limit > 0 {
            self.each_entry(
                index,
                &span,
                None,
                Direction::Ascending,
                &mut |_: Cow<'_, [u8]>, rid| {
                    if seen.insert(rid) {
                        places.push(Place(rid));
                    }
                    (places.len() as u64) < limit
                },
            )?;
        }
        self.records_in(collection, &places)
    }
}
