//! How many records a collection has.
//!
//! A record that is made takes the row number behind the greatest one, so the total is that number less the holes below
//! it. Only deletions make or take away holes; their number is a column of the collection's row. A transaction adds up
//! what its closures do to it and writes it once, before its commit; what a closure has added is taken back with the closure.

use model::CollectionId;
use rusqlite::{OptionalExtension, params};

use super::Session;
use crate::Result;
use crate::sums::Sums;

const HOLES: &str = "SELECT holes FROM collections WHERE id = ?1";
const ADD: &str = "UPDATE collections SET holes = holes + ?2 WHERE id = ?1";

/// What a transaction adds to the holes that are stored.
#[derive(Clone, Default)]
pub(super) struct Counts {
    holes: Sums,
    /// The greatest row number of the collection that a record was removed from last.
    last: Option<(CollectionId, i64)>,
}

impl Session<'_> {
    /// How many records a collection has, those of this transaction among them; none when there is no such collection.
    pub(super) fn counted(&self, collection: CollectionId) -> Result<Option<u64>> {
        let mut load = self.prepared(HOLES)?;
        let stored: Option<i64> = load.query_row([collection.0], |row| row.get(0)).optional()?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let holes = stored + self.counts.holes.of(collection);
        Ok(Some((self.last_row(collection)? - holes).unsigned_abs()))
    }

    /// Notes that a record was made.
    pub(super) fn note_made(&mut self) {
        self.counts.last = None;
    }

    /// Notes that the record of this row was removed.
    pub(super) fn note_removed(&mut self, collection: CollectionId, rid: i64) -> Result<()> {
        let last = match self.counts.last {
            Some((known, last)) if known == collection && rid < last => last,
            _ => self.last_row(collection)?,
        };
        self.counts.last = Some((collection, last));
        // Where it was the last one, the holes before it are no longer below any.
        let holes = if rid > last { last + 1 - rid } else { 1 };
        self.counts.holes.add(collection, holes);
        Ok(())
    }

    /// The greatest row number of a collection; 0 when it is empty.
    fn last_row(&self, collection: CollectionId) -> Result<i64> {
        let sql = self.known().sql(collection);
        Ok(self.prepared(&sql.last_row)?.query_row([], |row| row.get(0))?)
    }

    /// Stores what was added; to be called once, before the commit.
    pub(super) fn store_counts(&self) -> Result<()> {
        for (collection, sum) in self.counts.holes.changes() {
            self.prepared(ADD)?.execute(params![collection.0, sum])?;
        }
        Ok(())
    }
}
