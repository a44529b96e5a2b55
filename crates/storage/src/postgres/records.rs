//! Records of one collection: table `r<id>`, with its history in `h<id>`.
//!
//! A write asks once what is there, by id, and decides; what it then changes it only sends. So it numbers rows and lines
//! itself: nobody else writes meanwhile.

use jsonb::Jsonb;
use model::{Change, ChangeEvent, CollectionId, HistorySeq, Page, PageOf, Record, Stamp, Timestamp};
use tokio_postgres::Row;

use super::Session;
use super::chain::{Chain, ChainSql};
use super::history::HistoryLine;
use super::session::Head;
use super::value::{Cells, params, signed};
use super::walks::WalkSql;
use crate::tables::collections::CollectionOptions;
use crate::tables::records::{Collection, IndexDef, KeyRange, Place, Put, Removal, Visit, Written};
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
    get: String,
    body: String,
    after: String,
    old: String,
    old_with_body: String,
    last_row: String,
    /// The rows of ids.
    pub(super) rows_of: String,
    /// The id of a row.
    pub(super) id_of: String,
    insert: String,
    update: String,
    delete: String,
    /// The records behind row numbers.
    pub(super) by_rows: String,
    /// The rows behind one and their bodies, in order of creation.
    pub(super) bodies_after: String,
    /// The bodies of rows.
    pub(super) bodies_at: String,
    /// Those of walks.
    pub(super) walks: WalkSql,
    /// Those of the changes of one record.
    pub(super) chains: ChainSql,
    /// Appends a line of history.
    pub(super) add_history: String,
    /// The lines in places.
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
        let old = |body: &str, none: &str| {
            format!(
                "SELECT rid, version, last_seq, lines{body} FROM {r} WHERE id = $1 UNION ALL
                 SELECT NULL, NULL, seq, lines{none} FROM gone WHERE collection = {collection} AND id = $1"
            )
        };
        Self {
            create: create_tables(&r, &h),
            sweep: format!(
                "DELETE FROM {r} WHERE rid = ANY(ARRAY(SELECT rid FROM {r} ORDER BY rid LIMIT $1))"
            ),
            sweep_history: format!(
                "DELETE FROM {h} WHERE seq = ANY(ARRAY(SELECT seq FROM {h} ORDER BY seq LIMIT $1))"
            ),
            drop: format!("DROP TABLE {r}; DROP TABLE {h}"),
            get: format!("SELECT {COLUMNS} FROM {r} WHERE id = $1"),
            body: format!("SELECT version, body FROM {r} WHERE id = $1"),
            after: format!("SELECT {COLUMNS} FROM {r} WHERE id > $1 ORDER BY id LIMIT $2"),
            old: old("", ""),
            old_with_body: old(", body", ", NULL"),
            last_row: format!("SELECT coalesce(max(rid), 0) FROM {r}"),
            rows_of: format!("SELECT rid FROM {r} WHERE id = ANY($1) ORDER BY rid"),
            id_of: format!("SELECT id FROM {r} WHERE rid = $1"),
            insert: format!(
                "INSERT INTO {r} (rid, {COLUMNS}, last_seq, lines)
                 VALUES ($1, $2, 1, $3, $4, $5, $4, $5, $6, $7, $8, $9, $10)"
            ),
            update: format!(
                "UPDATE {r} SET version = version + 1, label = $2, modified_on = $3, modified_by = $4, archived = $5,
                 tags = $6, body = $7, last_seq = $8, lines = $9 WHERE rid = $1"
            ),
            delete: format!("DELETE FROM {r} WHERE rid = $1"),
            by_rows: format!("SELECT {COLUMNS}, rid FROM {r} WHERE rid = ANY($1)"),
            bodies_after: format!("SELECT rid, body FROM {r} WHERE rid > $1 ORDER BY rid LIMIT $2"),
            bodies_at: format!("SELECT rid, body FROM {r} WHERE rid = ANY($1)"),
            walks: WalkSql::of(&r),
            chains: ChainSql::of(collection),
            add_history: format!(
                "INSERT INTO {h} (seq, id, version, event, changed_on, changed_by, job, body, origin, prev)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            ),
            history_at: format!("SELECT {HISTORY} FROM {h} WHERE seq = ANY($1) ORDER BY seq DESC"),
            history_after: format!("SELECT {HISTORY} FROM {h} WHERE seq > $1 ORDER BY seq LIMIT $2"),
            history_head: format!("SELECT coalesce(max(seq), 0) FROM {h}"),
            history_time: format!("SELECT seq, changed_on FROM {h} WHERE seq >= $1 ORDER BY seq LIMIT 1"),
            oldest: format!(
                "SELECT seq, changed_on FROM {h} WHERE seq < (SELECT max(seq) FROM {h}) ORDER BY seq LIMIT $1"
            ),
            prune: format!("DELETE FROM {h} WHERE seq <= $1"),
            history_table: h,
        }
    }
}

/// Room is left in the pages of records, so that a new version can lie beside the old one and no index must learn of it.
fn create_tables(r: &str, h: &str) -> String {
    format!(
        "CREATE TABLE {r} (
            rid bigint PRIMARY KEY, id text COLLATE \"C\" NOT NULL UNIQUE, version bigint NOT NULL,
            label text COLLATE \"C\" NOT NULL, created_on bigint NOT NULL, created_by text COLLATE \"C\" NOT NULL,
            modified_on bigint NOT NULL, modified_by text COLLATE \"C\" NOT NULL, archived boolean NOT NULL,
            tags text COLLATE \"C\" NOT NULL, last_seq bigint, lines bigint NOT NULL, body bytea NOT NULL)
            WITH (fillfactor = 85);
         CREATE TABLE {h} (
            seq bigint PRIMARY KEY, id text COLLATE \"C\" NOT NULL, version bigint NOT NULL,
            event text COLLATE \"C\" NOT NULL, changed_on bigint NOT NULL, changed_by text COLLATE \"C\" NOT NULL,
            job bigint, prev bigint, body bytea NOT NULL, origin text COLLATE \"C\");"
    )
}

/// The record of a row of [`COLUMNS`].
pub(super) fn record(row: &Row) -> Result<Record> {
    let row = Cells(row);
    Ok(Record {
        id: row.text(0)?,
        version: row.count(1)?,
        label: row.text(2)?,
        created: Stamp::new(Timestamp(row.int(3)?), row.text(4)?),
        modified: Stamp::new(Timestamp(row.int(5)?), row.text(6)?),
        archived: row.bool(7)?,
        tags: tags_of(&row.text(8)?)?,
        body: body(row.bytes(9)?),
    })
}

/// A body as it is stored.
pub(super) fn body(bytes: &[u8]) -> Jsonb {
    Jsonb::from_stored(bytes.to_vec())
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

/// What a write needs of the row that is there before it.
struct Old {
    rid: i64,
    version: u64,
    chain: Chain,
}

/// What is known of an id before a write.
#[derive(Default)]
struct Before {
    /// The record.
    old: Option<Old>,
    /// Its body, if that was asked for.
    body: Option<Jsonb>,
    /// The list of changes that an earlier record of this id has left.
    gone: Option<Chain>,
}

impl Session<'_> {
    fn before(&self, sql: &str, id: &str) -> Result<Before> {
        let mut before = Before::default();
        for row in &self.rows(sql, params![id])? {
            let cells = Cells(row);
            let chain = Chain {
                last: cells.opt_int(2)?,
                lines: cells.int(3)?,
            };
            let Some(rid) = cells.opt_int(0)? else {
                before.gone = Some(chain);
                continue;
            };
            let version = cells.count(1)?;
            before.old = Some(Old { rid, version, chain });
            if row.len() > 4 {
                before.body = cells.opt_bytes(4)?.map(body);
            }
        }
        Ok(before)
    }

    /// Answers the row.
    fn insert_record(&self, collection: CollectionId, put: &Put<'_>, chain: Chain) -> Result<i64> {
        let sql = self.known().sql(collection);
        let last = || self.number(&sql.last_row, &[]);
        let rid = self.known().next_number(collection, Head::Row, last)?;
        let (tags, stamp) = (tags_text(put.tags)?, put.stamp);
        let row = params![
            rid,
            put.id,
            put.label,
            stamp.on.0,
            &*stamp.by,
            put.archived,
            tags,
            put.body.as_bytes(),
            chain.last,
            chain.lines
        ];
        self.send(&sql.insert, row)?;
        Ok(rid)
    }

    fn update_record(&self, collection: CollectionId, put: &Put<'_>, rid: i64, chain: Chain) -> Result<()> {
        let sql = self.known().sql(collection);
        let (tags, stamp) = (tags_text(put.tags)?, put.stamp);
        let row = params![
            rid,
            put.label,
            stamp.on.0,
            &*stamp.by,
            put.archived,
            tags,
            put.body.as_bytes(),
            chain.last,
            chain.lines
        ];
        self.send(&sql.update, row)
    }

    fn put(&mut self, collection: CollectionId, put: &Put<'_>) -> Result<Written> {
        let sql = self.known().sql(collection);
        let indexes = self.indexes_of(collection)?;
        // Only entries are made from the old body.
        let ask = if indexes.is_empty() {
            &sql.old
        } else {
            &sql.old_with_body
        };
        let Before { old, body, gone } = self.before(ask, put.id)?;
        let actual = old.as_ref().map(|old| old.version);
        if !put.expect.fits(actual) {
            return Ok(Written::Conflict { actual });
        }
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

    /// Answers the row too.
    fn create(&self, collection: CollectionId, put: &Put<'_>, gone: Option<Chain>) -> Result<(Written, i64)> {
        if gone.is_some() {
            self.send(&self.known().sql(collection).chains.take_gone, params![put.id])?;
        }
        let (version, chain) = (1, gone.unwrap_or_default());
        let line = HistoryLine::of_put(put, version, ChangeEvent::Created);
        let seq = self.add_history(collection, &line, chain)?;
        let rid = self.insert_record(collection, put, chain.with(seq))?;
        self.counts.borrow_mut().add(collection, 1);
        Ok((Written::Done { version, seq }, rid))
    }

    fn replace(&self, collection: CollectionId, put: &Put<'_>, old: &Old) -> Result<Written> {
        let version = old.version + 1;
        let line = HistoryLine::of_put(put, version, ChangeEvent::Updated);
        let seq = self.add_history(collection, &line, old.chain)?;
        self.update_record(collection, put, old.rid, old.chain.with(seq))?;
        Ok(Written::Done { version, seq })
    }

    fn remove(&mut self, collection: CollectionId, removal: &Removal<'_>) -> Result<Written> {
        let sql = self.known().sql(collection);
        let Before { old, body, .. } = self.before(&sql.old_with_body, removal.id)?;
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
        self.send(&sql.delete, params![old.rid])?;
        self.counts.borrow_mut().add(collection, -1);
        self.leave_gone(collection, removal.id, old.chain.with(seq))?;
        Ok(Written::Done { version, seq })
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
        self.row(&sql.get, params![id])?.as_ref().map(record).transpose()
    }

    fn record_body(&mut self, collection: CollectionId, id: &str) -> Result<Option<(u64, Jsonb)>> {
        let sql = self.known().sql(collection);
        let found = self.row(&sql.body, params![id])?;
        let read = |row: &Row| Ok((Cells(row).count(0)?, body(Cells(row).bytes(1)?)));
        found.as_ref().map(read).transpose()
    }

    fn records_after(&mut self, collection: CollectionId, after: &str, limit: u64) -> Result<Vec<Record>> {
        let sql = self.known().sql(collection);
        let rows = self.rows(&sql.after, params![after, signed(limit)])?;
        rows.iter().map(record).collect()
    }

    fn count_records(&mut self, collection: CollectionId) -> Result<u64> {
        self.counted(collection)
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
        self.history_from(collection, seq, signed(limit))
    }

    fn last_change(
        &mut self,
        collection: CollectionId,
        id: &str,
        until: HistorySeq,
    ) -> Result<Option<HistorySeq>> {
        let before = Some(until.0.saturating_add(1));
        let newest = self.lines_before(collection, id, before)?.step(self)?;
        Ok(newest.map(|line| line.seq))
    }

    fn history_head(&mut self, collection: CollectionId) -> Result<HistorySeq> {
        let sql = self.known().sql(collection);
        Ok(HistorySeq(self.number(&sql.history_head, &[])?))
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
        self.whole(|session| session.put(collection, put))
    }

    fn delete_record(&mut self, collection: CollectionId, removal: &Removal<'_>) -> Result<Written> {
        self.whole(|session| session.remove(collection, removal))
    }

    fn declare_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<bool> {
        self.whole(|session| session.build_index(collection, def))
    }

    fn drop_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        self.whole(|session| session.remove_index(collection, name))
    }
}
