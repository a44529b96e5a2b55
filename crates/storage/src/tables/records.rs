//! Records, their history and their declared indexes.
//!
//! One table per collection. Every change goes through [`WriteRecords::put_record`] or [`WriteRecords::delete_record`],
//! which keep version, history and index entries in step; only [`WriteRecords::amend_record`] leaves version and history
//! alone.

use std::ops::ControlFlow;

use jsonb::Jsonb;
use model::{Change, CollectionId, HistorySeq, JobSeq, Page, PageOf, Record, Stamp};

use super::collections::CollectionOptions;
use crate::Result;

/// A collection of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Its number, never used again.
    pub id: CollectionId,
    /// Its name, unique.
    pub name: String,
    /// How it is kept.
    pub options: CollectionOptions,
}

/// What must be true of the stored record for a write to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Anything: create or replace.
    Any,
    /// There is none.
    Absent,
    /// It has this version.
    Version(u64),
}

impl Expect {
    /// Whether a record of version `actual` (none: there is none) is as expected.
    pub fn fits(self, actual: Option<u64>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => actual.is_none(),
            Self::Version(version) => actual == Some(version),
        }
    }
}

/// A record to be stored.
#[derive(Clone, Copy, Debug)]
pub struct Put<'a> {
    /// Its id.
    pub id: &'a str,
    /// What must be true before.
    pub expect: Expect,
    /// Its label; empty when the id says it all.
    pub label: &'a str,
    /// Whether it is put away.
    pub archived: bool,
    /// Its tags.
    pub tags: &'a [String],
    /// Its content.
    pub body: &'a Jsonb,
    /// Who changes it, and when.
    pub stamp: &'a Stamp,
    /// The job that does it.
    pub job: Option<JobSeq>,
}

/// A record to be removed.
#[derive(Clone, Copy, Debug)]
pub struct Removal<'a> {
    /// Its id.
    pub id: &'a str,
    /// What must be true before; there must be a record in any case.
    pub expect: Expect,
    /// Who removes it, and when.
    pub stamp: &'a Stamp,
    /// The job that does it.
    pub job: Option<JobSeq>,
}

/// Something that was done with a record.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    /// The id of the record.
    pub id: &'a str,
    /// Who did it, and when.
    pub stamp: &'a Stamp,
    /// The job that did it.
    pub job: Option<JobSeq>,
}

/// How a write went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Done.
    Done {
        /// The version the change made.
        version: u64,
        /// Its place in the history; 0 where none is kept.
        seq: HistorySeq,
    },
    /// Not done: the stored record is not as expected.
    Conflict {
        /// The version it has; `None` when there is none.
        actual: Option<u64>,
    },
    /// Not done: a unique index holds that value for another record.
    Taken {
        /// The index.
        index: String,
    },
}

/// An index over one path of the body: one entry per scalar, one per element of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexDef {
    /// Its name, unique in the collection.
    pub name: String,
    /// The dotted path into the body.
    pub path: String,
    /// Whether two records may not share a value. Null is no value here.
    pub unique: bool,
    /// Whether a record without a value at the path has an entry too, under the key of null, so that the index leads to
    /// every record.
    pub missing: bool,
}

pub use query::{Clue, KeyRange};

/// Where a record stands among those of its collection: they are in the order in which they were created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub i64);

/// What a scan does with each body; it may end the scan.
pub type Visit<'a> = dyn FnMut(Place, &[u8]) -> ControlFlow<()> + 'a;

/// Reading records.
pub trait ReadRecords {
    /// The collection of this name.
    fn collection(&mut self, name: &str) -> Result<Option<Collection>>;
    /// All collections by name.
    fn collections(&mut self) -> Result<Vec<Collection>>;
    /// One record.
    fn record(&mut self, collection: CollectionId, id: &str) -> Result<Option<Record>>;
    /// The version and body of one record: what most reads and all updates need.
    fn record_body(&mut self, collection: CollectionId, id: &str) -> Result<Option<(u64, Jsonb)>>;
    /// Up to `limit` records with an id greater than `after`, by id (bytewise).
    fn records_after(&mut self, collection: CollectionId, after: &str, limit: u64) -> Result<Vec<Record>>;
    /// How many records there are.
    fn count_records(&mut self, collection: CollectionId) -> Result<u64>;
    /// The changes of one record, newest first.
    fn history(&mut self, collection: CollectionId, id: &str, page: Page) -> Result<PageOf<Change>>;
    /// Up to `limit` changes of the collection after `seq`, oldest first.
    fn history_after(&mut self, collection: CollectionId, seq: HistorySeq, limit: u64)
    -> Result<Vec<Change>>;
    /// The newest change of one record that is not after `until`.
    fn last_change(
        &mut self,
        collection: CollectionId,
        id: &str,
        until: HistorySeq,
    ) -> Result<Option<HistorySeq>>;
    /// The newest change of the collection; 0 when there was none.
    fn history_head(&mut self, collection: CollectionId) -> Result<HistorySeq>;
    /// The indexes that serve reads.
    fn indexes(&mut self, collection: CollectionId) -> Result<Vec<IndexDef>>;
    /// Up to `limit` records with an entry of `index` in `range`, by key, each record once, at its first key in the range.
    fn records_by_index(
        &mut self,
        collection: CollectionId,
        index: &str,
        range: &KeyRange,
        limit: u64,
    ) -> Result<Vec<Record>>;
    /// Shows every body to `visit`, in order of creation, without copying it. The bytes are as they lie on disk. Like
    /// the other calls by place, it takes the transaction for itself alone no more than it must: `visit` may scan too.
    fn scan_bodies(&self, collection: CollectionId, visit: &mut Visit<'_>) -> Result<()>;
    /// [`ReadRecords::scan_bodies`] for whoever looks for what `clue` tells of: a backend for which that is cheaper leaves
    /// out bodies that cannot be meant.
    fn scan_bodies_with(&self, collection: CollectionId, _clue: &Clue, visit: &mut Visit<'_>) -> Result<()> {
        self.scan_bodies(collection, visit)
    }
    /// Shows the bodies in these places to `visit`, in the order of `places`; one that is not there is left out.
    fn scan_bodies_at(&self, collection: CollectionId, places: &[Place], visit: &mut Visit<'_>)
    -> Result<()>;
    /// The places of the records with an entry of `index` in one of `ranges`, in order, each once; `None` when there are
    /// more than `limit` entries.
    fn index_places(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        limit: u64,
    ) -> Result<Option<Vec<Place>>>;
    /// The places of the records with these ids, in order, each once.
    fn places_of(&self, collection: CollectionId, ids: &[String]) -> Result<Vec<Place>>;
    /// The records in these places, in the order of `places`; one that is not there is left out.
    fn records_at(&self, collection: CollectionId, places: &[Place]) -> Result<Vec<Record>>;
}

/// Writing records.
pub trait WriteRecords {
    /// The collection of this name, made with the usual options if it is not there.
    fn ensure_collection(&mut self, name: &str) -> Result<Collection>;
    /// Creates or replaces a record, with a line of history and its index entries.
    fn put_record(&mut self, collection: CollectionId, put: &Put<'_>) -> Result<Written>;
    /// Removes a record, with a line of history that keeps its last content.
    fn delete_record(&mut self, collection: CollectionId, removal: &Removal<'_>) -> Result<Written>;
    /// Adds a line of history that says that something was done with a record, which stays as it is. Its place; 0 when
    /// there is no such record, or no history is kept.
    fn note_deed(&mut self, collection: CollectionId, deed: &Deed<'_>) -> Result<HistorySeq>;
    /// Puts another body in the place of that of a record, whose version, label and history stay as they are: for values
    /// that follow from other records. Index entries follow; no value that a unique index holds may change. Whether there
    /// is such a record.
    fn amend_record(&mut self, collection: CollectionId, id: &str, body: &Jsonb) -> Result<bool>;
    /// Says which records will be looked at or written, where that is known beforehand: a store that is far away fetches
    /// them at once. Nothing else changes.
    fn foresee(&mut self, collection: CollectionId, ids: &[&str]) -> Result<()>;
    /// Says which bodies records will have, where that is known beforehand: a store that is far away looks at once whether
    /// others have what only one may have. Nothing else changes.
    fn foresee_bodies(&mut self, collection: CollectionId, bodies: &[&Jsonb]) -> Result<()>;
    /// Declares an index and builds it, in place of another one of that name; nothing to do when it is there already.
    /// `false` when a unique one finds two records with the same value: then all is as it was.
    fn declare_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<bool>;
    /// Forgets an index and removes its entries; whether there was one.
    fn drop_index(&mut self, collection: CollectionId, name: &str) -> Result<bool>;
}
