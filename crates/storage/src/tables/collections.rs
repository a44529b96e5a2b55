//! Collections that differ from the usual, and taking away what is not wanted any more.
//!
//! Dropping is done in two steps, since removing a million rows takes longer than other writers should wait: a collection
//! or an index is forgotten at once, and what it held is swept away in parts, whenever there is time.

use model::CollectionId;

use super::records::Collection;
use crate::Result;

/// How a collection is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectionOptions {
    /// Whether every change leaves a line of history. Without it a write answers [`model::HistorySeq`] 0.
    pub history: bool,
}

impl Default for CollectionOptions {
    fn default() -> Self {
        Self { history: true }
    }
}

/// Making, changing and dropping collections.
pub trait WriteCollections {
    /// The collection of this name with these options; it is made, or its options are changed, if need be.
    fn ensure_collection_with(&mut self, name: &str, options: CollectionOptions) -> Result<Collection>;
    /// Changes the options from now on; lines of history that are there stay. Whether there is such a collection.
    fn set_collection_options(
        &mut self,
        collection: CollectionId,
        options: CollectionOptions,
    ) -> Result<bool>;
    /// Forgets a collection with all it holds; whether there was one. Its name is free at once, its number is not used
    /// again and must not be used by the caller either. What it held is left to [`WriteCollections::sweep`].
    fn drop_collection(&mut self, collection: CollectionId) -> Result<bool>;
    /// Forgets an index as [`super::WriteRecords::drop_index`] does, but leaves its entries to
    /// [`WriteCollections::sweep`]; whether there was one.
    fn retire_index(&mut self, collection: CollectionId, name: &str) -> Result<bool>;
    /// Removes up to `limit` (at least one) of the rows that dropped collections and retired indexes have left behind.
    /// Answers how many; when fewer than `limit`, nothing is left.
    fn sweep(&mut self, limit: u64) -> Result<u64>;
}
