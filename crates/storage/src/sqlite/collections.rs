//! Collections: making them, their options, and taking them away in parts.

use model::CollectionId;
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use crate::Result;
use crate::numbers::signed;
use crate::tables::WriteCollections;
use crate::tables::collections::CollectionOptions;
use crate::tables::records::Collection;

const BY_NAME: &str = "SELECT id, name, history FROM collections WHERE name = ?1";
const ALL: &str = "SELECT id, name, history FROM collections ORDER BY name";
const MAKE: &str = "INSERT INTO collections (name, history) VALUES (?1, ?2)";
const KEEPS_HISTORY: &str = "SELECT history FROM collections WHERE id = ?1";
const SET_OPTIONS: &str = "UPDATE collections SET history = ?2 WHERE id = ?1";
const FORGET: &str = "DELETE FROM collections WHERE id = ?1";
const NOTE_DROPPED: &str = "INSERT INTO dropped_collections (id) VALUES (?1)";
const DROPPED: &str = "SELECT min(id) FROM dropped_collections";
const NOTE_SWEPT: &str = "DELETE FROM dropped_collections WHERE id = ?1";
const RETIRE_ALL: &str =
    "INSERT INTO dropped_indexes (id) SELECT id FROM record_indexes WHERE collection = ?1";
const FORGET_INDEXES: &str = "DELETE FROM record_indexes WHERE collection = ?1";
const NOTE_RETIRED: &str = "INSERT INTO dropped_indexes (id) VALUES (?1)";
const RETIRED: &str = "SELECT min(id) FROM dropped_indexes";
const NOTE_ENTRIES_SWEPT: &str = "DELETE FROM dropped_indexes WHERE id = ?1";
const SWEEP_ENTRIES: &str = "DELETE FROM index_entries WHERE (index_id, key, rid) IN
    (SELECT index_id, key, rid FROM index_entries WHERE index_id = ?1 LIMIT ?2)";

fn collection(row: &Row<'_>) -> rusqlite::Result<Collection> {
    Ok(Collection {
        id: CollectionId(row.get(0)?),
        name: row.get(1)?,
        options: CollectionOptions { history: row.get(2)? },
    })
}

impl Session<'_> {
    pub(super) fn collection_of(&self, name: &str) -> Result<Option<Collection>> {
        Ok(self.prepared(BY_NAME)?.query_row([name], collection).optional()?)
    }

    pub(super) fn all_collections(&self) -> Result<Vec<Collection>> {
        let mut list = self.prepared(ALL)?;
        let rows = list.query_map([], collection)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub(super) fn make_collection(&mut self, name: &str, options: CollectionOptions) -> Result<Collection> {
        self.prepared(MAKE)?.execute(params![name, options.history])?;
        let id = CollectionId(self.conn().last_insert_rowid());
        self.conn().execute_batch(&self.known().sql(id).create)?;
        let name = name.to_owned();
        Ok(Collection { id, name, options })
    }

    /// Whether changes in this collection leave lines of history.
    pub(super) fn keeps_history(&self, collection: CollectionId) -> Result<bool> {
        self.known().keeps_history(collection, || {
            let mut load = self.prepared(KEEPS_HISTORY)?;
            let history = load.query_row([collection.0], |row| row.get(0)).optional()?;
            // Of one that is not there, the write itself will say so.
            Ok(history.unwrap_or(true))
        })
    }

    fn set_options(&mut self, collection: CollectionId, options: CollectionOptions) -> Result<bool> {
        let row = params![collection.0, options.history];
        let changed = self.prepared(SET_OPTIONS)?.execute(row)?;
        self.known().forget_schema();
        Ok(changed == 1)
    }

    fn ensure(&mut self, name: &str, options: CollectionOptions) -> Result<Collection> {
        match self.collection_of(name)? {
            None => self.make_collection(name, options),
            Some(known) => {
                if known.options != options {
                    self.set_options(known.id, options)?;
                }
                Ok(Collection { options, ..known })
            }
        }
    }

    fn forget_collection(&mut self, collection: CollectionId) -> Result<bool> {
        let there = self.prepared(FORGET)?.execute([collection.0])? == 1;
        if there {
            for sql in [RETIRE_ALL, FORGET_INDEXES, NOTE_DROPPED] {
                self.prepared(sql)?.execute([collection.0])?;
            }
            self.known().forget_schema();
        }
        Ok(there)
    }

    /// Removes up to `room` entries of retired indexes.
    fn sweep_entries(&mut self, room: u64) -> Result<u64> {
        let mut swept = 0;
        while swept < room
            && let Some(index) = self.least(RETIRED)?
        {
            let limit = signed(room - swept);
            let gone = self.prepared(SWEEP_ENTRIES)?.execute(params![index, limit])? as u64;
            swept += gone;
            if swept < room {
                self.prepared(NOTE_ENTRIES_SWEPT)?.execute([index])?;
            }
        }
        Ok(swept)
    }

    /// Removes up to `room` rows of dropped collections, and tables that are empty then.
    fn sweep_collections(&mut self, room: u64) -> Result<u64> {
        let mut swept = 0;
        while swept < room
            && let Some(collection) = self.least(DROPPED)?
        {
            let sql = self.known().sql(CollectionId(collection));
            swept += self.prepared(&sql.sweep)?.execute([signed(room - swept)])? as u64;
            // Each end of a list that is left goes with its line, and is not counted beside it.
            let limit = signed(room - swept);
            self.prepared(&sql.chains.sweep_gone)?.execute([limit])?;
            swept += self.prepared(&sql.sweep_history)?.execute([limit])? as u64;
            if swept < room {
                self.conn().execute_batch(&sql.drop)?;
                self.prepared(NOTE_SWEPT)?.execute([collection])?;
            }
        }
        Ok(swept)
    }

    fn least(&self, sql: &str) -> Result<Option<i64>> {
        Ok(self.prepared(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Leaves the entries of a forgotten index to be swept away.
    fn note_retired(&self, index: i64) -> Result<()> {
        self.prepared(NOTE_RETIRED)?.execute([index])?;
        Ok(())
    }
}

impl WriteCollections for Session<'_> {
    fn ensure_collection_with(&mut self, name: &str, options: CollectionOptions) -> Result<Collection> {
        self.whole(|session| session.ensure(name, options))
    }

    fn set_collection_options(
        &mut self,
        collection: CollectionId,
        options: CollectionOptions,
    ) -> Result<bool> {
        self.whole(|session| session.set_options(collection, options))
    }

    fn drop_collection(&mut self, collection: CollectionId) -> Result<bool> {
        self.whole(|session| session.forget_collection(collection))
    }

    fn retire_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        self.whole(|session| {
            let index = session.forget_index(collection, name)?;
            index.map_or(Ok(()), |index| session.note_retired(index))?;
            Ok(index.is_some())
        })
    }

    fn sweep(&mut self, limit: u64) -> Result<u64> {
        let room = limit.max(1);
        self.whole(|session| {
            let entries = session.sweep_entries(room)?;
            Ok(entries + session.sweep_collections(room - entries)?)
        })
    }
}
