//! Records of one collection: table `r<id>`, with its history in `h<id>`.
//!
//! Every write is: look at what is there, compare with what the caller expects, append one line of history, change the
//! record, keep index entries in step. The id column's index finds the row; system columns stand before the body, so
//! that reading them does not touch a long body.

use jsonb::Jsonb;
use model::{Change, ChangeEvent, CollectionId, HistorySeq, Page, PageOf, Record, Stamp, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use super::chain::{Chain, ChainSql};
use super::history::HistoryLine;
use super::walks::WalkSql;
use crate::tables::collections::CollectionOptions;
use crate::tables::records::{Collection, Deed, IndexDef, KeyRange, Place, Put, Removal, Visit, Written};
use crate::tables::{ReadRecords, WriteRecords};
use crate::{Error, Result};

/// The statements of one collection.
pub(super) struct RecordSql {
    /// Makes the tables.
    pub(super) create: String,
    /// Removes up to a number of records.
    pub(super) sweep: String,
    /// Removes up to a number of lines.
    pub(super) sweep_history: String,
    /// Takes them away.
    pub(super) drop: String,
    /// The greatest row number.
    pub(super) last_row: String,
    get: String,
    body: String,
    after: String,
    before: String,
    before_with_body: String,
    /// The row of an id.
    pub(super) row: String,
    /// The id of a row.
    pub(super) id_of: String,
    insert: String,
    update: String,
    amend: String,
    delete: String,
    /// Sets the end of the list of changes of a row.
    set_chain: String,
    /// The records behind row numbers.
    pub(super) by_row: String,
    /// All rows and bodies, in order of creation.
    pub(super) all_bodies: String,
    /// The rows behind one and their bodies, in order of creation.
    pub(super) bodies_after: String,
    /// The body of a row.
    pub(super) body_at: String,
    /// Those of walks.
    pub(super) walks: WalkSql,
    /// Those of the changes of one record.
    pub(super) chains: ChainSql,
    /// Appends a line of history.
    pub(super) add_history: String,
    /// The line in a place.
    pub(super) history_at: String,
    /// Lines after a place.
    pub(super) history_after: String,
    /// The newest place.
    pub(super) history_head: String,
    /// The first line from a place on, and its time.
    pub(super) history_time: String,
    /// The oldest places and their times, the newest of all left out.
    pub(super) oldest: String,
    /// Removes lines up to a place.
    pub(super) prune: String,
    /// The name of the table of history.
    pub(super) history_table: String,
}

const COLUMNS: &str =
    "id, version, label, created_on, created_by, modified_on, modified_by, archived, tags, body";
/// The columns of a line of history.
pub(super) const HISTORY: &str = "seq, id, version, event, changed_on, changed_by, job, body, origin";

impl RecordSql {
    /// The statements of `collection`. Only its number becomes part of the text.
    pub(super) fn of(collection: CollectionId) -> Self {
        let (r, h) = (format!("r{collection}"), format!("h{collection}"));
        let gone = ChainSql::gone(collection);
        Self {
            create: create_tables(&r, &h),
            sweep: format!("DELETE FROM {r} WHERE rid IN (SELECT rid FROM {r} ORDER BY rid LIMIT ?1)"),
            sweep_history: format!("DELETE FROM {h} WHERE seq IN (SELECT seq FROM {h} ORDER BY seq LIMIT ?1)"),
            drop: format!("DROP TABLE {r}; DROP TABLE {h}"),
            last_row: format!("SELECT coalesce(max(rid), 0) FROM {r}"),
            get: format!("SELECT {COLUMNS} FROM {r} WHERE id = ?1"),
            body: format!("SELECT version, body FROM {r} WHERE id = ?1"),
            after: format!("SELECT {COLUMNS} FROM {r} WHERE id > ?1 ORDER BY id LIMIT ?2"),
            before: format!(
                "SELECT rid, version, last_seq, lines FROM {r} WHERE id = ?1
                 UNION ALL SELECT NULL, 0, seq, lines FROM {gone} AND id = ?1 LIMIT 1"
            ),
            before_with_body: format!(
                "SELECT rid, version, last_seq, lines, body FROM {r} WHERE id = ?1
                 UNION ALL SELECT NULL, 0, seq, lines, x'' FROM {gone} AND id = ?1 LIMIT 1"
            ),
            row: format!("SELECT rid FROM {r} WHERE id = ?1"),
            id_of: format!("SELECT id FROM {r} WHERE rid = ?1"),
            insert: format!(
                "INSERT INTO {r} ({COLUMNS}, last_seq, lines)
                 VALUES (?1, 1, ?2, ?3, ?4, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
            ),
            update: format!(
                "UPDATE {r} SET version = version + 1, label = ?2, modified_on = ?3, modified_by = ?4, archived = ?5,
                 tags = ?6, body = ?7, last_seq = ?8, lines = ?9 WHERE rid = ?1"
            ),
            amend: format!("UPDATE {r} SET body = ?2 WHERE rid = ?1"),
            delete: format!("DELETE FROM {r} WHERE rid = ?1"),
            set_chain: format!("UPDATE {r} SET last_seq = ?2, lines = ?3 WHERE rid = ?1"),
            by_row: format!("SELECT {COLUMNS} FROM {r} WHERE rid = ?1"),
            all_bodies: format!("SELECT rid, body FROM {r} ORDER BY rid"),
            bodies_after: format!("SELECT rid, body FROM {r} WHERE rid > ?1 ORDER BY rid LIMIT ?2"),
            walks: WalkSql::of(&r),
            chains: ChainSql::of(collection),
            body_at: format!("SELECT body FROM {r} WHERE rid = ?1"),
            add_history: format!(
                "INSERT INTO {h} (id, version, event, changed_on, changed_by, job, body, origin, prev)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
            ),
            history_at: format!("SELECT {HISTORY} FROM {h} WHERE seq = ?1"),
            history_after: format!("SELECT {HISTORY} FROM {h} WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
            history_head: format!("SELECT coalesce(max(seq), 0) FROM {h}"),
            history_time: format!("SELECT seq, changed_on FROM {h} WHERE seq >= ?1 ORDER BY seq LIMIT 1"),
            oldest: format!(
                "SELECT seq, changed_on FROM {h} WHERE seq < (SELECT max(seq) FROM {h}) ORDER BY seq LIMIT ?1"
            ),
            prune: format!("DELETE FROM {h} WHERE seq <= ?1"),
            history_table: h,
        }
    }
}

fn create_tables(r: &str, h: &str) -> String {
    format!(
        "CREATE TABLE {r} (
            rid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, label TEXT NOT NULL,
            created_on INTEGER NOT NULL, created_by TEXT NOT NULL, modified_on INTEGER NOT NULL, modified_by TEXT NOT NULL,
            archived INTEGER NOT NULL, tags TEXT NOT NULL, last_seq INTEGER, lines INTEGER NOT NULL,
            body BLOB NOT NULL) STRICT;
         CREATE TABLE {h} (
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, event TEXT NOT NULL,
            changed_on INTEGER NOT NULL, changed_by TEXT NOT NULL, job INTEGER, prev INTEGER, body BLOB NOT NULL,
            origin TEXT) STRICT;"
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
        created: Stamp::new(Timestamp(row.get(3)?), row.get::<_, String>(4)?),
        modified: Stamp::new(Timestamp(row.get(5)?), row.get::<_, String>(6)?),
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

/// A record as a writing closure read it. Most of these change or delete what they have just looked at, which then need not be
/// read again.
pub(super) struct Seen {
    collection: CollectionId,
    id: String,
    old: Old,
    body: Jsonb,
}

/// What a write needs of the row that is there before it.
struct Old {
    rid: i64,
    version: u64,
    chain: Chain,
}

/// What a write finds under its id, by one statement: the row, or the list that a removed one left.
enum Before {
    Row(Old),
    Gone(Chain),
}

impl Before {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (last, lines) = (row.get(2)?, row.get(3)?);
        let chain = Chain { last, lines };
        let version = version(row, 1)?;
        let rid: Option<i64> = row.get(0)?;
        Ok(rid.map_or(Self::Gone(chain), |rid| Self::Row(Old { rid, version, chain })))
    }

    fn row(self) -> Option<Old> {
        match self {
            Self::Row(old) => Some(old),
            Self::Gone(_) => None,
        }
    }
}

/// With the body of the row.
type BeforeAndBody = (Before, Jsonb);

impl Session<'_> {
    fn before(&self, collection: CollectionId, id: &str) -> Result<Option<Before>> {
        let sql = self.known().sql(collection);
        let mut read = self.prepared(&sql.before)?;
        Ok(read.query_row([id], Before::of).optional()?)
    }

    fn before_with_body(&mut self, collection: CollectionId, id: &str) -> Result<Option<BeforeAndBody>> {
        // Whatever comes of this, the record is about to change.
        match self.seen.take() {
            Some(seen) if seen.collection == collection && seen.id == id => {
                Ok(Some((Before::Row(seen.old), seen.body)))
            }
            _ => self.read_with_body(collection, id),
        }
    }

    fn note_seen(&mut self, collection: CollectionId, id: &str, old: Old, body: Jsonb) -> (u64, Jsonb) {
        let answer = (old.version, body.clone());
        self.seen = Some(Seen {
            collection,
            id: id.to_owned(),
            old,
            body,
        });
        answer
    }

    fn read_with_body(&self, collection: CollectionId, id: &str) -> Result<Option<BeforeAndBody>> {
        let sql = self.known().sql(collection);
        let mut read = self.prepared(&sql.before_with_body)?;
        let found = |row: &Row<'_>| Ok((Before::of(row)?, Jsonb::from_stored(row.get(4)?)));
        Ok(read.query_row([id], found).optional()?)
    }

    /// Answers the row.
    fn insert_record(&mut self, collection: CollectionId, put: &Put<'_>, chain: Chain) -> Result<i64> {
        let sql = self.known().sql(collection);
        let (tags, stamp) = (tags_text(put.tags)?, put.stamp);
        let row = params![
            put.id,
            put.label,
            stamp.on.0,
            stamp.by,
            put.archived,
            tags,
            put.body.as_bytes(),
            chain.last,
            chain.lines
        ];
        self.prepared(&sql.insert)?.execute(row)?;
        Ok(self.conn().last_insert_rowid())
    }

    fn update_record(
        &mut self,
        collection: CollectionId,
        put: &Put<'_>,
        rid: i64,
        chain: Chain,
    ) -> Result<()> {
        let sql = self.known().sql(collection);
        let (tags, stamp) = (tags_text(put.tags)?, put.stamp);
        let row = params![
            rid,
            put.label,
            stamp.on.0,
            stamp.by,
            put.archived,
            tags,
            put.body.as_bytes(),
            chain.last,
            chain.lines
        ];
        self.prepared(&sql.update)?.execute(row)?;
        Ok(())
    }

    fn put(&mut self, collection: CollectionId, put: &Put<'_>) -> Result<Written> {
        let indexes = self.indexes_of(collection)?;
        // Only entries are made from the old body.
        let (before, body) = if indexes.is_empty() {
            self.seen = None;
            (self.before(collection, put.id)?, None)
        } else {
            self.before_with_body(collection, put.id)?.unzip()
        };
        let (old, gone) = match before {
            Some(Before::Row(old)) => (Some(old), None),
            Some(Before::Gone(chain)) => (None, Some(chain)),
            None => (None, None),
        };
        let actual = old.as_ref().map(|old| old.version);
        if !put.expect.fits(actual) {
            return Ok(Written::Conflict { actual });
        }
        let body = body.filter(|_| old.is_some());
        let changes = Self::entry_changes(&indexes, body.as_ref(), Some(put.body))?;
        if let Some(index) = self.taken_index(&indexes, &changes, old.as_ref().map(|old| old.rid))? {
            return Ok(Written::Taken { index });
        }
        let (written, rid) = match old {
            Some(old) => (self.replace(collection, put, &old)?, old.rid),
            None => self.create(collection, put, gone)?,
        };
        self.change_entries(&indexes, &changes, rid)?;
        Ok(written)
    }

    /// Makes the record, whose history goes on with what one of the same id has left; answers the row too.
    fn create(
        &mut self,
        collection: CollectionId,
        put: &Put<'_>,
        gone: Option<Chain>,
    ) -> Result<(Written, i64)> {
        if gone.is_some() {
            self.forget_gone(collection, put.id)?;
        }
        let (version, chain) = (1, gone.unwrap_or_default());
        let line = HistoryLine::of_put(put, version, ChangeEvent::Created);
        let seq = self.add_history(collection, &line, chain)?;
        let rid = self.insert_record(collection, put, chain.with(seq))?;
        self.note_made();
        Ok((Written::Done { version, seq }, rid))
    }

    fn replace(&mut self, collection: CollectionId, put: &Put<'_>, old: &Old) -> Result<Written> {
        let version = old.version + 1;
        let line = HistoryLine::of_put(put, version, ChangeEvent::Updated);
        let seq = self.add_history(collection, &line, old.chain)?;
        self.update_record(collection, put, old.rid, old.chain.with(seq))?;
        Ok(Written::Done { version, seq })
    }

    fn amend(&mut self, collection: CollectionId, id: &str, body: &Jsonb) -> Result<bool> {
        let (before, was) = self.before_with_body(collection, id)?.unzip();
        let (Some(old), Some(was)) = (before.and_then(Before::row), was) else {
            return Ok(false);
        };
        let indexes = self.indexes_of(collection)?;
        let changes = Self::entry_changes(&indexes, Some(&was), Some(body))?;
        let sql = self.known().sql(collection);
        self.prepared(&sql.amend)?
            .execute(params![old.rid, body.as_bytes()])?;
        self.note_change(collection, id);
        self.change_entries(&indexes, &changes, old.rid)?;
        Ok(true)
    }

    fn remove(&mut self, collection: CollectionId, removal: &Removal<'_>) -> Result<Written> {
        let (before, body) = self.before_with_body(collection, removal.id)?.unzip();
        let old = before.and_then(Before::row);
        let actual = old.as_ref().map(|old| old.version);
        let (Some(old), Some(body)) = (old.filter(|_| removal.expect.fits(actual)), body) else {
            return Ok(Written::Conflict { actual });
        };
        let indexes = self.indexes_of(collection)?;
        let changes = Self::entry_changes(&indexes, Some(&body), None)?;
        self.change_entries(&indexes, &changes, old.rid)?;
        let version = old.version + 1;
        let line = HistoryLine::of_removal(removal, version, &body);
        let seq = self.add_history(collection, &line, old.chain)?;
        let sql = self.known().sql(collection);
        self.prepared(&sql.delete)?.execute([old.rid])?;
        self.note_removed(collection, old.rid)?;
        self.leave_gone(collection, removal.id, old.chain.with(seq))?;
        Ok(Written::Done { version, seq })
    }

    fn note(&mut self, collection: CollectionId, deed: &Deed<'_>) -> Result<HistorySeq> {
        let (before, body) = self.before_with_body(collection, deed.id)?.unzip();
        let (Some(old), Some(body)) = (before.and_then(Before::row), body) else {
            return Ok(HistorySeq(0));
        };
        let line = HistoryLine::of_deed(deed, old.version, &body);
        let seq = self.add_history(collection, &line, old.chain)?;
        let chain = old.chain.with(seq);
        let sql = self.known().sql(collection);
        let end = params![old.rid, chain.last, chain.lines];
        self.prepared(&sql.set_chain)?.execute(end)?;
        Ok(seq)
    }
}

impl ReadRecords for Session<'_> {
    fn collection(&mut self, name: &str) -> Result<Option<Collection>> {
        self.collection_of(name)
    }

    fn collections(&mut self) -> Result<Vec<Collection>> {
        self.all_collections()
    }

    fn record(&mut self, collection: CollectionId, id: &str) -> Result<Option<Record>> {
        let sql = self.known().sql(collection);
        let row = self.prepared(&sql.get)?.query_row([id], record_row).optional()?;
        row.map(RecordRow::into_record).transpose()
    }

    fn record_body(&mut self, collection: CollectionId, id: &str) -> Result<Option<(u64, Jsonb)>> {
        if self.writes {
            let found = self.read_with_body(collection, id)?;
            let row = found.and_then(|(before, body)| Some((before.row()?, body)));
            return Ok(row.map(|(old, body)| self.note_seen(collection, id, old, body)));
        }
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
        self.counted(collection)?
            .ok_or_else(|| Error::Backend(format!("there is no collection {collection}")))
    }

    fn history(&mut self, collection: CollectionId, id: &str, page: Page) -> Result<PageOf<Change>> {
        self.history_of(collection, id, page)
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
        let newest = self
            .lines_before(collection, id, Some(until.0.saturating_add(1)))?
            .step()?;
        Ok(newest.map(|line| line.seq))
    }

    fn history_head(&mut self, collection: CollectionId) -> Result<HistorySeq> {
        let sql = self.known().sql(collection);
        Ok(HistorySeq(
            self.prepared(&sql.history_head)?
                .query_row([], |row| row.get(0))?,
        ))
    }

    fn indexes(&mut self, collection: CollectionId) -> Result<Vec<IndexDef>> {
        let indexes = self.indexes_of(collection)?;
        let ready = indexes.iter().filter(|index| index.ready);
        Ok(ready.map(|index| index.def.clone()).collect())
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
        if let Some(known) = self.collection_of(name)? {
            return Ok(known);
        }
        self.whole(|session| session.make_collection(name, CollectionOptions::default()))
    }

    fn put_record(&mut self, collection: CollectionId, put: &Put<'_>) -> Result<Written> {
        self.note_change(collection, put.id);
        self.whole(|session| session.put(collection, put))
    }

    fn delete_record(&mut self, collection: CollectionId, removal: &Removal<'_>) -> Result<Written> {
        self.note_change(collection, removal.id);
        self.whole(|session| session.remove(collection, removal))
    }

    fn note_deed(&mut self, collection: CollectionId, deed: &Deed<'_>) -> Result<HistorySeq> {
        self.whole(|session| session.note(collection, deed))
    }

    /// A look costs no more later than now.
    fn amend_record(&mut self, collection: CollectionId, id: &str, body: &Jsonb) -> Result<bool> {
        self.whole(|session| session.amend(collection, id, body))
    }

    fn foresee(&mut self, _: CollectionId, _: &[&str]) -> Result<()> {
        Ok(())
    }

    fn foresee_bodies(&mut self, _: CollectionId, _: &[&Jsonb]) -> Result<()> {
        Ok(())
    }

    fn declare_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<bool> {
        self.whole(|session| session.build_index(collection, def))
    }

    fn drop_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        self.whole(|session| session.remove_index(collection, name))
    }
}
