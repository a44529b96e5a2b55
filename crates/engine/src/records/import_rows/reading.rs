//! A [`Looking`] as a transaction, so that everything that reads records sees what rows have made: what asks for
//! records by id or by a key goes through the view. Nothing that prepares a row asks for ranges, walks or counts; those are
//! the snapshot's, as is all that is no record (`records::below`).

use jsonb::Jsonb;
use model::{Change, CollectionId, HistorySeq, Page, PageOf, Record};
use query::KeyRange;
use storage::tables::records::{Collection, IndexDef, Place, Visit};
use storage::tables::walks::{IndexWalk, Walk};
use storage::tables::{ReadMarks, ReadRecords, ReadWalks};
use storage::{Direction, ReadTx, Result};

use super::lookup::Looking;

impl ReadMarks for Looking<'_> {
    fn mark(&mut self, name: &str) -> Result<Option<String>> {
        self.tx.mark(name)
    }
}

impl ReadRecords for Looking<'_> {
    fn collection(&mut self, name: &str) -> Result<Option<Collection>> {
        self.tx.collection(name)
    }
    fn collections(&mut self) -> Result<Vec<Collection>> {
        self.tx.collections()
    }
    fn record(&mut self, collection: CollectionId, id: &str) -> Result<Option<Record>> {
        self.record_of(collection, id)
    }
    fn record_body(&mut self, collection: CollectionId, id: &str) -> Result<Option<(u64, Jsonb)>> {
        self.body_of(collection, id)
    }
    fn records_after(&mut self, collection: CollectionId, after: &str, limit: u64) -> Result<Vec<Record>> {
        self.tx.records_after(collection, after, limit)
    }
    fn count_records(&mut self, collection: CollectionId) -> Result<u64> {
        self.tx.count_records(collection)
    }
    fn history(&mut self, collection: CollectionId, id: &str, page: Page) -> Result<PageOf<Change>> {
        self.tx.history(collection, id, page)
    }
    fn history_after(
        &mut self,
        collection: CollectionId,
        seq: HistorySeq,
        limit: u64,
    ) -> Result<Vec<Change>> {
        self.tx.history_after(collection, seq, limit)
    }
    fn last_change(
        &mut self,
        collection: CollectionId,
        id: &str,
        until: HistorySeq,
    ) -> Result<Option<HistorySeq>> {
        self.tx.last_change(collection, id, until)
    }
    fn history_head(&mut self, collection: CollectionId) -> Result<HistorySeq> {
        self.tx.history_head(collection)
    }
    fn indexes(&mut self, collection: CollectionId) -> Result<Vec<IndexDef>> {
        self.ready_indexes(collection)
    }
    fn records_by_index(
        &mut self,
        collection: CollectionId,
        index: &str,
        range: &KeyRange,
        limit: u64,
    ) -> Result<Vec<Record>> {
        self.by_index(collection, index, range, limit)
    }
    fn scan_bodies(&self, collection: CollectionId, visit: &mut Visit<'_>) -> Result<()> {
        self.scan(collection, visit)
    }
    fn scan_bodies_at(
        &self,
        collection: CollectionId,
        places: &[Place],
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        self.tx.scan_bodies_at(collection, places, visit)
    }
    fn index_places(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        limit: u64,
    ) -> Result<Option<Vec<Place>>> {
        self.tx.index_places(collection, index, ranges, limit)
    }
    fn places_of(&self, collection: CollectionId, ids: &[String]) -> Result<Vec<Place>> {
        self.tx.places_of(collection, ids)
    }
    fn records_at(&self, collection: CollectionId, places: &[Place]) -> Result<Vec<Record>> {
        self.tx.records_at(collection, places)
    }
}

impl ReadWalks for Looking<'_> {
    fn walk_by_id(
        &self,
        collection: CollectionId,
        after: Option<&str>,
        direction: Direction,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        self.tx.walk_by_id(collection, after, direction, visit)
    }
    fn walk_by_index(
        &self,
        collection: CollectionId,
        walk: &IndexWalk<'_>,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        self.tx.walk_by_index(collection, walk, visit)
    }
    fn count_index(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        most: u64,
    ) -> Result<Option<u64>> {
        self.tx.count_index(collection, index, ranges, most)
    }
}

impl ReadTx for Looking<'_> {}
