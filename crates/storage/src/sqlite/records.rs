//! Records of one collection: table `r<id>`, with its history in `h<id>`.
//!
//! Every write is: look at what is there, compare with what the caller expects, change the record, append one line of
//! history, keep index entries in step. The id column's index finds the row; system columns stand before the body, so
//! that reading them does not touch a long body.

use jsonb::Jsonb;
use model::{Change, ChangeEvent, CollectionId, HistorySeq, Page, PageOf, Record, Stamp, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use super::history::HistoryLine;
use crate::tables::records::{Collection, Expect, IndexDef, KeyRange, Place, Put, Removal, Visit, Written};
use crate::tables::{ReadRecords, WriteRecords};
use crate::{Error, Result};

/// The statements of one collection.
pub(super) struct RecordSql {
    create: String,
    get: String,
    body: String,
    after: String,
    count: String,
    old: String,
    version: String,
    /// The row of an id.
    pub(super) row: String,
    insert: String,
    update: String,
    delete: String,
    /// The records behind row numbers.
    pub(super) by_row: String,
    /// All rows and bodies, in order of creation.
    pub(super) all_bodies: String,
    /// The body of a row.
    pub(super) body_at: String,
    /// Appends a line of history.
    pub(super) add_history: String,
    /// Lines of one record.
    pub(super) history: String,
    /// How many lines one record has.
    pub(super) history_count: String,
    /// Lines after a place.
    pub(super) history_after: String,
    /// The newest line of one record up to a place.
    pub(super) last_change: String,
    /// The newest place.
    pub(super) history_head: String,
}

const COLUMNS: &str =
    "id, version, label, created_on, created_by, modified_on, modified_by, archived, tags, body";
const HISTORY: &str = "seq, id, version, event, changed_on, changed_by, job, body";

impl RecordSql {
    /// The statements of `collection`. Only its number becomes part of the text.
    pub(super) fn of(collection: CollectionId) -> Self {
        let (r, h) = (format!("r{collection}"), format!("h{collection}"));
        Self {
            create: create_tables(&r, &h),
            get: format!("SELECT {COLUMNS} FROM {r} WHERE id = ?1"),
            body: format!("SELECT version, body FROM {r} WHERE id = ?1"),
            after: format!("SELECT {COLUMNS} FROM {r} WHERE id > ?1 ORDER BY id LIMIT ?2"),
            count: format!("SELECT count(*) FROM {r}"),
            old: format!("SELECT rid, version, body FROM {r} WHERE id = ?1"),
            version: format!("SELECT version FROM {r} WHERE id = ?1"),
            row: format!("SELECT rid FROM {r} WHERE id = ?1"),
            insert: format!(
                "INSERT INTO {r} ({COLUMNS}) VALUES (?1, 1, ?2, ?3, ?4, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING"
            ),
            update: format!(
                "UPDATE {r} SET version = version + 1, label = ?3, modified_on = ?4, modified_by = ?5, archived = ?6,
                 tags = ?7, body = ?8 WHERE id = ?1 AND version = ?2"
            ),
            delete: format!("DELETE FROM {r} WHERE rid = ?1"),
            by_row: format!("SELECT {COLUMNS} FROM {r} WHERE rid = ?1"),
            all_bodies: format!("SELECT rid, body FROM {r} ORDER BY rid"),
            body_at: format!("SELECT body FROM {r} WHERE rid = ?1"),
            add_history: format!(
                "INSERT INTO {h} (id, version, event, changed_on, changed_by, job, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
            ),
            history: format!("SELECT {HISTORY} FROM {h} WHERE id = ?1 ORDER BY seq DESC LIMIT ?2 OFFSET ?3"),
            history_count: format!("SELECT count(*) FROM {h} WHERE id = ?1"),
            history_after: format!("SELECT {HISTORY} FROM {h} WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
            last_change: format!("SELECT max(seq) FROM {h} WHERE id = ?1 AND seq <= ?2"),
            history_head: format!("SELECT coalesce(max(seq), 0) FROM {h}"),
        }
    }
}

fn create_tables(r: &str, h: &str) -> String {
    format!(
        "CREATE TABLE {r} (
            rid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, label TEXT NOT NULL,
            created_on INTEGER NOT NULL, created_by TEXT NOT NULL, modified_on INTEGER NOT NULL, modified_by TEXT NOT NULL,
            archived INTEGER NOT NULL, tags TEXT NOT NULL, body BLOB NOT NULL) STRICT;
         CREATE TABLE {h} (
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, event TEXT NOT NULL,
            changed_on INTEGER NOT NULL, changed_by TEXT NOT NULL, job INTEGER, body BLOB NOT NULL) STRICT;
         CREATE INDEX {h}_by_id ON {h} (id);"
    )
}

/// A record before its tags are read.
pub(super) struct RecordRow {
    record: Record,
    tags: String,
}

pub(super) fn record_row(row: &Row<'_>) -> rusqlite::Result<RecordRow> {
    let record = Record {
        id: row.get(0)?,
        version: version(row, 1)?,
        label: row.get(2)?,
        created: Stamp {
            on: Timestamp(row.get(3)?),
            by: row.get(4)?,
        },
        modified: Stamp {
            on: Timestamp(row.get(5)?),
            by: row.get(6)?,
        },
        archived: row.get(7)?,
        tags: Vec::new(),
        body: Jsonb::from_stored(row.get(9)?),
    };
    Ok(RecordRow {
        record,
        tags: row.get(8)?,
    })
}

impl RecordRow {
    pub(super) fn into_record(self) -> Result<Record> {
        let tags = tags_of(&self.tags)?;
        Ok(Record { tags, ..self.record })
    }
}

fn version(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}

fn tags_of(text: &str) -> Result<Vec<String>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(text).map_err(|error| Error::Damaged(format!("tags of a record: {error}")))
}

/// No tags are the empty text: the usual case then costs neither parsing nor printing.
fn tags_text(tags: &[String]) -> Result<String> {
    if tags.is_empty() {
        return Ok(String::new());
    }
    serde_json::to_string(tags).map_err(|error| Error::Backend(error.to_string()))
}

fn as_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The row that is there before a write.
struct Old {
    rid: i64,
    version: u64,
    body: Jsonb,
}

impl Session<'_> {
    fn old(&self, collection: CollectionId, id: &str) -> Result<Option<Old>> {
        let sql = self.known().sql(collection);
        let read = |row: &Row<'_>| {
            Ok(Old {
                rid: row.get(0)?,
                version: version(row, 1)?,
                body: Jsonb::from_stored(row.get(2)?),
            })
        };
        Ok(self.prepared(&sql.old)?.query_row([id], read).optional()?)
    }

    fn insert_record(&mut self, collection: CollectionId, put: &Put<'_>) -> Result<bool> {
        let sql = self.known().sql(collection);
        let (tags, stamp) = (tags_text(put.tags)?, put.stamp);
        let row = params![
            put.id,
            put.label,
            stamp.on.0,
            stamp.by,
            put.archived,
            tags,
            put.body.as_bytes()
        ];
        Ok(self.prepared(&sql.insert)?.execute(row)? == 1)
    }

    fn update_record(&mut self, collection: CollectionId, put: &Put<'_>, from: u64) -> Result<bool> {
        let sql = self.known().sql(collection);
        let (tags, stamp) = (tags_text(put.tags)?, put.stamp);
        let row = params![
            put.id,
            as_sql(from),
            put.label,
            stamp.on.0,
            stamp.by,
            put.archived,
            tags,
            put.body.as_bytes()
        ];
        Ok(self.prepared(&sql.update)?.execute(row)? == 1)
    }

    fn put(&mut self, collection: CollectionId, put: &Put<'_>) -> Result<Written> {
        let indexes = self.indexes_of(collection)?;
        if indexes.is_empty() {
            return self.put_plain(collection, put);
        }
        let old = self.old(collection, put.id)?;
        let actual = old.as_ref().map(|old| old.version);
        if !put.expect.fits(actual) {
            return Ok(Written::Conflict { actual });
        }
        let (rid, body) = (old.as_ref().map(|old| old.rid), old.as_ref().map(|old| &old.body));
        let changes = Self::entry_changes(&indexes, body, Some(put.body))?;
        if let Some(index) = self.taken_index(&indexes, &changes, rid)? {
            return Ok(Written::Taken { index });
        }
        let (written, rid) = match (actual, rid) {
            (Some(from), Some(rid)) => (self.replace(collection, put, from)?, rid),
            _ => (self.create(collection, put)?, self.row_of(collection, put.id)?),
        };
        self.change_entries(&indexes, &changes, rid)?;
        Ok(written)
    }

    /// A put without indexes needs no look at what is there, except to tell what it is.
    fn put_plain(&mut self, collection: CollectionId, put: &Put<'_>) -> Result<Written> {
        match put.expect {
            Expect::Absent => self.create(collection, put),
            Expect::Version(from) => self.replace(collection, put, from),
            Expect::Any => match self.version_of(collection, put.id)? {
                Some(from) => self.replace(collection, put, from),
                None => self.create(collection, put),
            },
        }
    }

    fn create(&mut self, collection: CollectionId, put: &Put<'_>) -> Result<Written> {
        if !self.insert_record(collection, put)? {
            return self.conflict(collection, put.id);
        }
        let line = HistoryLine::of_put(put, 1, ChangeEvent::Created);
        Ok(Written::Done {
            version: 1,
            seq: self.add_history(collection, &line)?,
        })
    }

    fn replace(&mut self, collection: CollectionId, put: &Put<'_>, from: u64) -> Result<Written> {
        if !self.update_record(collection, put, from)? {
            return self.conflict(collection, put.id);
        }
        let line = HistoryLine::of_put(put, from + 1, ChangeEvent::Updated);
        Ok(Written::Done {
            version: from + 1,
            seq: self.add_history(collection, &line)?,
        })
    }

    fn remove(&mut self, collection: CollectionId, removal: &Removal<'_>) -> Result<Written> {
        let old = self.old(collection, removal.id)?;
        let actual = old.as_ref().map(|old| old.version);
        let Some(old) = old.filter(|_| removal.expect.fits(actual)) else {
            return Ok(Written::Conflict { actual });
        };
        let indexes = self.indexes_of(collection)?;
        let changes = Self::entry_changes(&indexes, Some(&old.body), None)?;
        self.change_entries(&indexes, &changes, old.rid)?;
        let sql = self.known().sql(collection);
        self.prepared(&sql.delete)?.execute([old.rid])?;
        let version = old.version + 1;
        let seq = self.add_history(collection, &HistoryLine::of_removal(removal, version, &old.body))?;
        Ok(Written::Done { version, seq })
    }

    fn make_collection(&mut self, name: &str) -> Result<Collection> {
        self.prepared("INSERT INTO collections (name) VALUES (?1)")?
            .execute([name])?;
        let id = CollectionId(self.conn().last_insert_rowid());
        self.conn().execute_batch(&self.known().sql(id).create)?;
        let name = name.to_owned();
        Ok(Collection { id, name })
    }

    fn version_of(&self, collection: CollectionId, id: &str) -> Result<Option<u64>> {
        let sql = self.known().sql(collection);
        let read = |row: &Row<'_>| version(row, 0);
        Ok(self.prepared(&sql.version)?.query_row([id], read).optional()?)
    }

    fn row_of(&self, collection: CollectionId, id: &str) -> Result<i64> {
        let sql = self.known().sql(collection);
        Ok(self.prepared(&sql.row)?.query_row([id], |row| row.get(0))?)
    }

    fn conflict(&self, collection: CollectionId, id: &str) -> Result<Written> {
        Ok(Written::Conflict {
            actual: self.version_of(collection, id)?,
        })
    }
}

impl ReadRecords for Session<'_> {
    fn collection(&mut self, name: &str) -> Result<Option<Collection>> {
        let sql = "SELECT id FROM collections WHERE name = ?1";
        let id = self
            .prepared(sql)?
            .query_row([name], |row| row.get(0))
            .optional()?;
        Ok(id.map(|id| Collection {
            id: CollectionId(id),
            name: name.to_owned(),
        }))
    }

    fn collections(&mut self) -> Result<Vec<Collection>> {
        let mut list = self.prepared("SELECT id, name FROM collections ORDER BY name")?;
        let rows = list.query_map([], |row| {
            Ok(Collection {
                id: CollectionId(row.get(0)?),
                name: row.get(1)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn record(&mut self, collection: CollectionId, id: &str) -> Result<Option<Record>> {
        let sql = self.known().sql(collection);
        let row = self.prepared(&sql.get)?.query_row([id], record_row).optional()?;
        row.map(RecordRow::into_record).transpose()
    }

    fn record_body(&mut self, collection: CollectionId, id: &str) -> Result<Option<(u64, Jsonb)>> {
        let sql = self.known().sql(collection);
        let read = |row: &Row<'_>| Ok((version(row, 0)?, Jsonb::from_stored(row.get(1)?)));
        let found = self.prepared(&sql.body)?.query_row([id], read).optional()?;
        if let (Some(rows), Some((version, body))) = (self.rows(), &found) {
            rows.keep(collection, id, *version, body);
        }
        Ok(found)
    }

    fn records_after(&mut self, collection: CollectionId, after: &str, limit: u64) -> Result<Vec<Record>> {
        let sql = self.known().sql(collection);
        let mut list = self.prepared(&sql.after)?;
        let rows = list.query_map(params![after, as_sql(limit)], record_row)?;
        rows.map(|row| row?.into_record()).collect()
    }

    fn count_records(&mut self, collection: CollectionId) -> Result<u64> {
        let sql = self.known().sql(collection);
        let count: i64 = self.prepared(&sql.count)?.query_row([], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    fn history(&mut self, collection: CollectionId, id: &str, page: Page) -> Result<PageOf<Change>> {
        self.history_page(collection, id, page)
    }

    fn history_after(
        &mut self,
        collection: CollectionId,
        seq: HistorySeq,
        limit: u64,
    ) -> Result<Vec<Change>> {
        self.history_from(collection, seq, as_sql(limit))
    }

    fn last_change(
        &mut self,
        collection: CollectionId,
        id: &str,
        until: HistorySeq,
    ) -> Result<Option<HistorySeq>> {
        let sql = self.known().sql(collection);
        let newest: Option<i64> = self
            .prepared(&sql.last_change)?
            .query_row(params![id, until.0], |row| row.get(0))?;
        Ok(newest.map(HistorySeq))
    }

    fn history_head(&mut self, collection: CollectionId) -> Result<HistorySeq> {
        let sql = self.known().sql(collection);
        Ok(HistorySeq(
            self.prepared(&sql.history_head)?
                .query_row([], |row| row.get(0))?,
        ))
    }

    fn indexes(&mut self, collection: CollectionId) -> Result<Vec<IndexDef>> {
        Ok(self
            .indexes_of(collection)?
            .iter()
            .map(|index| index.def.clone())
            .collect())
    }

    fn records_by_index(
        &mut self,
        collection: CollectionId,
        index: &str,
        range: &KeyRange,
        limit: u64,
    ) -> Result<Vec<Record>> {
        self.scan_index(collection, index, range, limit)
    }

    fn scan_bodies(&self, collection: CollectionId, visit: &mut Visit<'_>) -> Result<()> {
        self.visit_all(collection, visit)
    }

    fn scan_bodies_at(
        &self,
        collection: CollectionId,
        places: &[Place],
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        self.visit_at(collection, places, visit)
    }

    fn index_places(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        limit: u64,
    ) -> Result<Option<Vec<Place>>> {
        self.places_in(collection, index, ranges, limit)
    }

    fn places_of(&self, collection: CollectionId, ids: &[String]) -> Result<Vec<Place>> {
        self.places_by_id(collection, ids)
    }

    fn records_at(&self, collection: CollectionId, places: &[Place]) -> Result<Vec<Record>> {
        self.records_in(collection, places)
    }
}

impl WriteRecords for Session<'_> {
    fn ensure_collection(&mut self, name: &str) -> Result<Collection> {
        if let Some(known) = self.collection(name)? {
            return Ok(known);
        }
        self.whole(|session| session.make_collection(name))
    }

    fn put_record(&mut self, collection: CollectionId, put: &Put<'_>) -> Result<Written> {
        self.note_change(collection, put.id);
        self.whole(|session| session.put(collection, put))
    }

    fn delete_record(&mut self, collection: CollectionId, removal: &Removal<'_>) -> Result<Written> {
        self.note_change(collection, removal.id);
        self.whole(|session| session.remove(collection, removal))
    }

    fn declare_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<bool> {
        self.whole(|session| session.build_index(collection, def))
    }

    fn drop_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        self.whole(|session| session.remove_index(collection, name))
    }
}
