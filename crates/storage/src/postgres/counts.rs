//! How many records each collection has: stored, so that a total costs one look-up whatever there is.
//!
//! A group adds up what its closures make and remove, and writes it once, before its commit. The numbers have a table of
//! their own, since a row that changes with every group leaves many old versions behind while a long read goes on.

use model::CollectionId;

use super::Session;
use super::value::{Cells, params};
use crate::sums::Sums;
use crate::{Error, Result};

const COUNT: &str = "SELECT records FROM collection_counts WHERE collection = $1";
const ADD: &str = "UPDATE collection_counts SET records = records + $2 WHERE collection = $1";

/// The statements that store what a group has added, and their parameters.
pub(super) fn changes(counts: &Sums) -> impl Iterator<Item = (&'static str, [i64; 2])> {
    counts
        .changes()
        .map(|(collection, sum)| (ADD, [collection.0, sum]))
}

impl Session<'_> {
    /// How many records a collection has, those of this transaction among them.
    pub(super) fn counted(&self, collection: CollectionId) -> Result<u64> {
        let unknown = || Error::Backend(format!("there is no collection {collection}"));
        let row = self.row(COUNT, params![collection.0])?.ok_or_else(unknown)?;
        let stored = Cells(&row).int(0)?;
        Ok((stored + self.counts.borrow().of(collection)).unsigned_abs())
    }
}
