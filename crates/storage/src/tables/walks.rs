//! Walking over records in an order, from any point of it: what pages of a listing are made of.
//!
//! A walk is cheap wherever it begins. A caller ends it when its page is full and begins the next one beyond the last
//! record it has seen; whatever is written between, a record that stays as it is comes exactly once.

use std::ops::ControlFlow;

use model::CollectionId;
pub use query::Direction;

use super::records::{KeyRange, Place};
use crate::Result;

/// A record as a walk shows it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'r> {
    /// The key under which it was found; empty in a walk by id.
    pub key: &'r [u8],
    /// Where it is.
    pub place: Place,
    /// Its id.
    pub id: &'r str,
    /// Its content, as it lies on disk.
    pub body: &'r [u8],
}

/// What a walk does with each record; it may end the walk.
pub type Walk<'a> = dyn FnMut(Seen<'_>) -> ControlFlow<()> + 'a;

/// Where a walk by an index leads.
#[derive(Clone, Copy, Debug)]
pub struct IndexWalk<'a> {
    /// The index.
    pub index: &'a str,
    /// The keys to look at.
    pub range: &'a KeyRange,
    /// The entry to go on from: only entries strictly beyond it, in the walk's direction, are shown.
    pub after: Option<(&'a [u8], Place)>,
    /// Which way.
    pub direction: Direction,
}

/// Walking over records.
pub trait ReadWalks {
    /// Shows the records to `visit` in order of their ids (bytewise), those strictly beyond `after` in this direction.
    /// As with [`super::ReadRecords::scan_bodies`], `visit` may read too.
    fn walk_by_id(
        &self,
        collection: CollectionId,
        after: Option<&str>,
        direction: Direction,
        visit: &mut Walk<'_>,
    ) -> Result<()>;
    /// Shows the records with an entry of an index in a range to `visit`, in order of key and, where keys are equal, of
    /// creation (of [`Place`], so that a page amid many equal keys costs no sorting), both in the walk's direction.
    /// A record with several entries in the range, by elements of an array, comes once for each.
    fn walk_by_index(
        &self,
        collection: CollectionId,
        walk: &IndexWalk<'_>,
        visit: &mut Walk<'_>,
    ) -> Result<()>;
    /// How many entries an index has in `ranges`, each counted once; `None` when there are more than `most`. It looks at
    /// no record.
    fn count_index(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        most: u64,
    ) -> Result<Option<u64>>;
}
