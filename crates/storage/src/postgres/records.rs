//! Records of one collection: table `r<id>`, with its history in `h<id>`.
//!
//! A write asks what is there, by id, and decides; what it then changes waits to be sent with what others change
//! ([`super::pending`]). So it numbers rows and lines itself: nobody else writes meanwhile.

use std::sync::Arc;

use jsonb::Jsonb;
use model::{Change, ChangeEvent, CollectionId, HistorySeq, Page, PageOf, Record, Stamp, Timestamp};
use tokio_postgres::Row;

use super::Session;
use super::chain::ChainSql;
use super::flush::FlushSql;
use super::history::HistoryLine;
use super::known::Head;
use super::pending::{Before, Draft, Old, RowData};
use super::value::{Cells, params, signed};
use super::walks::WalkSql;
use crate::tables::collections::CollectionOptions;
use crate::tables::records::{
    Clue, Collection, Deed, IndexDef, KeyRange, Place, Put, Removal, Visit, Written,
};
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
    /// Versions and bodies of ids.
    pub(super) bodies: String,
    after: String,
    /// What there is under ids, and what is gone.
    pub(super) before: String,
    /// The same with bodies.
    pub(super) before_with_body: String,
    /// The greatest row number.
    pub(super) last_row: String,
    /// Whether the rows tell which bodies have escapes.
    pub(super) tells_escapes: String,
    /// The name of the table of records.
    pub(super) table: String,
    /// The rows of ids.
    pub(super) rows_of: String,
    /// The id of a row.
    pub(super) id_of: String,
    /// Those that write.
    pub(super) flush: FlushSql,
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
        let before = |body: &str, none: &str| {
            format!(
                "SELECT id, rid, version, last_seq, lines{body} FROM {r} WHERE id = ANY($1) UNION ALL
                 SELECT id, NULL, NULL, seq, lines{none} FROM gone WHERE collection = {collection} AND id = ANY($1)"
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
            bodies: format!("SELECT id, version, body FROM {r} WHERE id = ANY($1)"),
            after: format!("SELECT {COLUMNS} FROM {r} WHERE id > $1 ORDER BY id LIMIT $2"),
            before: before("", ""),
            before_with_body: before(
                ", body, label, created_on, created_by, modified_on, modified_by, archived, tags",
                ", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
            ),
            last_row: format!("SELECT coalesce(max(rid), 0) FROM {r}"),
            tells_escapes: format!(
                "SELECT count(*) FROM pg_attribute WHERE attrelid = '{r}'::regclass AND attname = 'escapes'"
            ),
            rows_of: format!("SELECT rid FROM {r} WHERE id = ANY($1) ORDER BY rid"),
            id_of: format!("SELECT id FROM {r} WHERE rid = $1"),
            flush: FlushSql::of(collection),
            by_rows: format!("SELECT {COLUMNS}, rid FROM {r} WHERE rid = ANY($1)"),
            bodies_after: format!("SELECT rid, body FROM {r} WHERE rid > $1 ORDER BY rid LIMIT $2"),
            bodies_at: format!("SELECT rid, body FROM {r} WHERE rid = ANY($1)"),
            walks: WalkSql::of(&r),
            chains: ChainSql::of(collection),
            history_at: format!("SELECT {HISTORY} FROM {h} WHERE seq = ANY($1) ORDER BY seq DESC"),
            history_after: format!("SELECT {HISTORY} FROM {h} WHERE seq > $1 ORDER BY seq LIMIT $2"),
            history_head: format!("SELECT coalesce(max(seq), 0) FROM {h}"),
            history_time: format!("SELECT seq, changed_on FROM {h} WHERE seq >= $1 ORDER BY seq LIMIT 1"),
            oldest: format!(
                "SELECT seq, changed_on FROM {h} WHERE seq < (SELECT max(seq) FROM {h}) ORDER BY seq LIMIT $1"
            ),
            prune: format!("DELETE FROM {h} WHERE seq <= $1"),
            history_table: h,
            table: r,
        }
    }
}

/// Room is left in the pages of records, so that a new version can lie beside the old one and no index must learn of it.
/// What a scan looks at comes first, since the server steps over the columns before it. `escapes` tells of bodies that may
/// spell a text otherwise than others do ([`super::clues`]); tables made by older releases lack it.
fn create_tables(r: &str, h: &str) -> String {
    format!(
        "CREATE TABLE {r} (
            rid bigint PRIMARY KEY,
            escapes boolean NOT NULL GENERATED ALWAYS AS (position('\\x5c'::bytea IN body) > 0) STORED,
            body bytea NOT NULL, id text COLLATE \"C\" NOT NULL UNIQUE, version bigint NOT NULL,
            label text COLLATE \"C\" NOT NULL, created_on bigint NOT NULL, created_by text COLLATE \"C\" NOT NULL,
            modified_on bigint NOT NULL, modified_by text COLLATE \"C\" NOT NULL, archived boolean NOT NULL,
            tags text COLLATE \"C\" NOT NULL, last_seq bigint, lines bigint NOT NULL)
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

impl Before {
    /// The record; `None` when only a part of it is known.
    fn into_record(self, id: &str) -> Option<Result<Option<Record>>> {
        let Some(old) = self.old else {
            return Some(Ok(None));
        };
        let (body, data) = self.body.zip(self.data)?;
        let without_origin = |stamp: &Stamp| Stamp::new(stamp.on, stamp.by.clone());
        let record = |tags| Record {
            id: id.to_owned(),
            version: old.version,
            label: data.label.clone(),
            created: without_origin(&data.created),
            modified: without_origin(&data.modified),
            archived: data.archived,
            tags,
            body: (*body).clone(),
        };
        Some(tags_of(&data.tags).map(record).map(Some))
    }
}

impl Session<'_> {
    fn put(&mut self, collection: CollectionId, put: &Put<'_>) -> Result<Written> {
        let indexes = self.indexes_of(collection)?;
        // Only entries are made from the old body.
        let looked = self.before(collection, put.id, !indexes.is_empty());
        if self.scouting.get() && looked.is_err() {
            // What is new does not depend on what is there.
            let changes = Self::entry_changes(&indexes, None, Some(put.body))?;
            self.taken_index(&indexes, &changes, None)?;
        }
        let before = looked?;
        let actual = before.old.map(|old| old.version);
        if !put.expect.fits(actual) {
            return Ok(Written::Conflict { actual });
        }
        let changes = Self::entry_changes(&indexes, before.body.as_deref(), Some(put.body))?;
        if let Some(index) = self.taken_index(&indexes, &changes, before.old.map(|old| old.rid))? {
            return Ok(Written::Taken { index });
        }
        let (written, rid) = self.write(collection, put, before)?;
        self.change_entries(&indexes, &changes, rid);
        self.flush_when_long()?;
        Ok(written)
    }

    /// The draft that closures have left of a record, or the beginning of one.
    fn draft(&self, collection: CollectionId, id: &str, before: Before) -> Draft {
        for layer in [&self.layer, &self.group] {
            if let Some(draft) = layer.borrow().draft(collection, id) {
                return draft.clone();
            }
        }
        Draft::of(before)
    }

    /// Answers the row too.
    fn write(&self, collection: CollectionId, put: &Put<'_>, before: Before) -> Result<(Written, i64)> {
        let body = Arc::new(put.body.clone());
        let mut draft = self.draft(collection, put.id, before);
        let (version, event, chain) = match draft.now.old {
            Some(old) => (old.version + 1, ChangeEvent::Updated, old.chain),
            None => (1, ChangeEvent::Created, draft.now.gone.take().unwrap_or_default()),
        };
        let line = HistoryLine::of_put(put, version, event);
        let seq = self.add_history(collection, &line, &body, chain)?;
        let rid = match draft.now.old {
            Some(old) => old.rid,
            None => self.next_row(collection)?,
        };
        let created = match event {
            ChangeEvent::Created => Some(put.stamp.clone()),
            _ => draft.now.data.take().map(|data| data.created.clone()),
        };
        let is_all_known = created.is_some();
        let row = Arc::new(RowData {
            label: put.label.to_owned(),
            // The server knows it, and is not told.
            created: created.unwrap_or_else(|| put.stamp.clone()),
            modified: put.stamp.clone(),
            archived: put.archived,
            tags: tags_text(put.tags)?,
        });
        draft.now.data = is_all_known.then(|| Arc::clone(&row));
        draft.row = Some(row);
        let chain = chain.with(seq);
        draft.now.old = Some(Old { rid, version, chain });
        draft.now.body = Some(body);
        self.layer.borrow_mut().set(collection, put.id, draft);
        Ok((Written::Done { version, seq }, rid))
    }

    fn amend(&self, collection: CollectionId, id: &str, body: &Jsonb) -> Result<bool> {
        let before = self.before(collection, id, true)?;
        let (Some(old), Some(was)) = (before.old, before.body.clone()) else {
            return Ok(false);
        };
        let indexes = self.indexes_of(collection)?;
        let changes = Self::entry_changes(&indexes, Some(&was), Some(body))?;
        let mut draft = self.draft(collection, id, before);
        // Of a row that this group has written its columns are in the draft.
        if draft.row.is_none() {
            draft.row = match &draft.now.data {
                Some(data) => Some(Arc::clone(data)),
                None => self.stored_columns(collection, id)?,
            };
        }
        draft.now.body = Some(Arc::new(body.clone()));
        self.layer.borrow_mut().set(collection, id, draft);
        self.change_entries(&indexes, &changes, old.rid);
        self.flush_when_long()?;
        Ok(true)
    }

    /// The columns of a record as the server has them, where only its body is known here.
    fn stored_columns(&self, collection: CollectionId, id: &str) -> Result<Option<Arc<RowData>>> {
        let sql = self.known().sql(collection);
        let row = self.row(&sql.get, params![id])?;
        let stored = row.as_ref().map(record).transpose()?;
        let columns = |stored: Record| -> Result<_> {
            Ok(Arc::new(RowData {
                label: stored.label,
                created: stored.created,
                modified: stored.modified,
                archived: stored.archived,
                tags: tags_text(&stored.tags)?,
            }))
        };
        stored.map(columns).transpose()
    }

    fn next_row(&self, collection: CollectionId) -> Result<i64> {
        self.counts.borrow_mut().add(collection, 1);
        let sql = self.known().sql(collection);
        self.next_number(collection, Head::Row, &sql.last_row)
    }

    fn remove(&mut self, collection: CollectionId, removal: &Removal<'_>) -> Result<Written> {
        let before = self.before(collection, removal.id, true)?;
        let actual = before.old.map(|old| old.version);
        let fits = removal.expect.fits(actual);
        let (Some(old), Some(body)) = (before.old.filter(|_| fits), before.body.clone()) else {
            return Ok(Written::Conflict { actual });
        };
        let indexes = self.indexes_of(collection)?;
        let changes = Self::entry_changes(&indexes, Some(&body), None)?;
        self.change_entries(&indexes, &changes, old.rid);
        let version = old.version + 1;
        let line = HistoryLine::of_removal(removal, version);
        let seq = self.add_history(collection, &line, &body, old.chain)?;
        self.counts.borrow_mut().add(collection, -1);
        let mut draft = self.draft(collection, removal.id, before);
        let left = Some(old.chain.with(seq)).filter(|chain| chain.last.is_some());
        (draft.row, draft.now) = (
            None,
            Before {
                gone: left,
                ..Before::default()
            },
        );
        self.layer.borrow_mut().set(collection, removal.id, draft);
        self.flush_when_long()?;
        Ok(Written::Done { version, seq })
    }

    fn note(&mut self, collection: CollectionId, deed: &Deed<'_>) -> Result<HistorySeq> {
        let before = self.before(collection, deed.id, true)?;
        let (Some(old), Some(body)) = (before.old, before.body.clone()) else {
            return Ok(HistorySeq(0));
        };
        let mut draft = self.draft(collection, deed.id, before);
        if draft.row.is_none() {
            draft.row = Some(self.row_data(collection, deed.id, draft.now.data.clone())?);
        }
        let line = HistoryLine::of_deed(deed, old.version);
        let seq = self.add_history(collection, &line, &body, old.chain)?;
        let chain = old.chain.with(seq);
        draft.now.old = Some(Old { chain, ..old });
        self.layer.borrow_mut().set(collection, deed.id, draft);
        self.flush_when_long()?;
        Ok(seq)
    }

    fn flush_when_long(&self) -> Result<()> {
        if self.layer.borrow().is_long() {
            self.flush()
        } else {
            Ok(())
        }
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
        if self.writes()
            && let Some(record) = self.before(collection, id, true)?.into_record(id)
        {
            return record;
        }
        let sql = self.known().sql(collection);
        self.row(&sql.get, params![id])?.as_ref().map(record).transpose()
    }

    fn record_body(&mut self, collection: CollectionId, id: &str) -> Result<Option<(u64, Jsonb)>> {
        if self.writes() {
            let Before { old, body, .. } = self.before(collection, id, true)?;
            let both = old.zip(body);
            return Ok(both.map(|(old, body)| (old.version, (*body).clone())));
        }
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

    fn scan_bodies_with(&self, collection: CollectionId, clue: &Clue, visit: &mut Visit<'_>) -> Result<()> {
        self.visit_with(collection, clue, visit)
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

    fn note_deed(&mut self, collection: CollectionId, deed: &Deed<'_>) -> Result<HistorySeq> {
        self.whole(|session| session.note(collection, deed))
    }

    fn amend_record(&mut self, collection: CollectionId, id: &str, body: &Jsonb) -> Result<bool> {
        self.whole(|session| session.amend(collection, id, body))
    }

    fn foresee(&mut self, collection: CollectionId, ids: &[&str]) -> Result<()> {
        self.foresee_records(collection, ids)
    }

    fn foresee_bodies(&mut self, collection: CollectionId, bodies: &[&Jsonb]) -> Result<()> {
        self.foresee_keys(collection, bodies)
    }

    fn declare_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<bool> {
        self.whole(|session| session.build_index(collection, def))
    }

    fn drop_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        self.whole(|session| session.remove_index(collection, name))
    }
}
