//! Collections: making them, their options, and taking them away in parts.

use model::CollectionId;
use tokio_postgres::Row;

use super::Session;
use super::value::{Cells, params, signed};
use crate::tables::WriteCollections;
use crate::tables::collections::CollectionOptions;
use crate::tables::records::Collection;
use crate::{Error, Result};

const BY_NAME: &str = "SELECT id, name, history FROM collections WHERE name = $1";
const ALL: &str = "SELECT id, name, history FROM collections ORDER BY name";
const MAKE: &str = "INSERT INTO collections (name, history) VALUES ($1, $2) RETURNING id";
const KEEPS_HISTORY: &str = "SELECT history FROM collections WHERE id = $1";
const SET_OPTIONS: &str = "UPDATE collections SET history = $2 WHERE id = $1";
const FORGET: &str = "DELETE FROM collections WHERE id = $1";
const COUNT: &str = "INSERT INTO collection_counts (collection, records) VALUES ($1, 0)";
const FORGET_COUNT: &str = "DELETE FROM collection_counts WHERE collection = $1";
const NOTE_DROPPED: &str = "INSERT INTO dropped_collections (id) VALUES ($1)";
const DROPPED: &str = "SELECT min(id) FROM dropped_collections";
const NOTE_SWEPT: &str = "DELETE FROM dropped_collections WHERE id = $1";
const RETIRE_ALL: &str =
    "INSERT INTO dropped_indexes (id) SELECT id FROM record_indexes WHERE collection = $1";
const FORGET_INDEXES: &str = "DELETE FROM record_indexes WHERE collection = $1";
const NOTE_RETIRED: &str = "INSERT INTO dropped_indexes (id) VALUES ($1)";
const RETIRED: &str = "SELECT min(id) FROM dropped_indexes";
const NOTE_ENTRIES_SWEPT: &str = "DELETE FROM dropped_indexes WHERE id = $1";
const SWEEP_ENTRIES: &str = "DELETE FROM index_entries WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM index_entries WHERE index_id = $1 LIMIT $2))";

fn collection(row: &Row) -> Result<Collection> {
    let row = Cells(row);
    Ok(Collection {
        id: CollectionId(row.int(0)?),
        name: row.text(1)?,
        options: CollectionOptions {
            history: row.bool(2)?,
        },
    })
}

impl Session<'_> {
    pub(super) fn collection_of(&self, name: &str) -> Result<Option<Collection>> {
        self.row(BY_NAME, params![name])?
            .as_ref()
            .map(collection)
            .transpose()
    }

    pub(super) fn all_collections(&self) -> Result<Vec<Collection>> {
        self.rows(ALL, &[])?.iter().map(collection).collect()
    }

    pub(super) fn make_collection(&mut self, name: &str, options: CollectionOptions) -> Result<Collection> {
        let made = self.changed_row(MAKE, params![name, options.history])?;
        let made = made.ok_or_else(|| Error::Damaged("no number of a collection".to_owned()))?;
        let id = CollectionId(Cells(&made).int(0)?);
        self.send(COUNT, params![id.0])?;
        self.batch(&self.known().sql(id).create)?;
        let name = name.to_owned();
        Ok(Collection { id, name, options })
    }

    /// Whether changes in this collection leave lines of history.
    pub(super) fn keeps_history(&self, collection: CollectionId) -> Result<bool> {
        // Only then is it known whether another node has changed it.
        self.begin()?;
        self.known().keeps_history(collection, || {
            let rows = self.ask_rows(KEEPS_HISTORY, params![collection.0])?;
            // Of one that is not there, the write itself will say so.
            rows.first().map_or(Ok(true), |row| Cells(row).bool(0))
        })
    }

    fn set_options(&mut self, collection: CollectionId, options: CollectionOptions) -> Result<bool> {
        let changed = self.change(SET_OPTIONS, params![collection.0, options.history])?;
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
        let there = self.change(FORGET, params![collection.0])? == 1;
        if there {
            for sql in [RETIRE_ALL, FORGET_INDEXES, FORGET_COUNT, NOTE_DROPPED] {
                self.send(sql, params![collection.0])?;
            }
            self.known().forget();
        }
        Ok(there)
    }

    /// Removes up to `room` entries of retired indexes.
    fn sweep_entries(&mut self, room: u64) -> Result<u64> {
        let mut swept = 0;
        while swept < room
            && let Some(index) = self.least(RETIRED)?
        {
            swept += self.change(SWEEP_ENTRIES, params![index, signed(room - swept)])?;
            if swept < room {
                self.send(NOTE_ENTRIES_SWEPT, params![index])?;
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
            swept += self.change(&sql.sweep, params![signed(room - swept)])?;
            // Each end of a list that is left goes with its line, and is not counted beside it.
            let limit = signed(room - swept);
            self.send(&sql.chains.sweep_gone, params![limit])?;
            swept += self.change(&sql.sweep_history, params![limit])?;
            if swept < room {
                self.batch(&sql.drop)?;
                self.send(NOTE_SWEPT, params![collection])?;
            }
        }
        Ok(swept)
    }

    fn least(&self, sql: &str) -> Result<Option<i64>> {
        let row = self.row(sql, &[])?;
        Ok(row.map(|row| Cells(&row).opt_int(0)).transpose()?.flatten())
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
            index.map_or(Ok(()), |index| session.send(NOTE_RETIRED, params![index]))?;
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
