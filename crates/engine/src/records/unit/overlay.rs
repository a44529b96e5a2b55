//! The store as a unit of work sees it: what it has changed lies over what is stored.
//!
//! It is a [`ReadTx`] itself, so that drafts, rules, listings and aggregations work on it as on the store, with the same
//! code. Of a changed record the stored version is masked everywhere, also in indexes, and its own version stands in
//! its place; new records stand behind all others. History and everything that is no record is that of the store.

mod entries;
mod walks;

use std::collections::BTreeMap;

use jsonb::Jsonb;
use model::{CollectionId, Error, Record, Stamp};
use query::{KeyRange, NULL_KEY, index_keys};
use storage::ReadTx;
use storage::tables::marks::ReadMarks;
use storage::tables::records::{IndexDef, Place};

use super::pending::{Change, Pending, Touched};

/// See the module.
pub(in crate::records) struct Overlay<'a> {
    pub(in crate::records) tx: &'a mut dyn ReadTx,
    pub(super) pending: &'a Pending,
    /// The indexes of collections in which something was changed.
    indexes: BTreeMap<CollectionId, Vec<IndexDef>>,
    stamp: &'a Stamp,
}

impl<'a> Overlay<'a> {
    /// What `pending` makes of a snapshot. `stamp` is that of the changes.
    pub(super) fn of(tx: &'a mut dyn ReadTx, pending: &'a Pending, stamp: &'a Stamp) -> Result<Self, Error> {
        let mut indexes = BTreeMap::new();
        for collection in pending.collections() {
            indexes.insert(collection, tx.indexes(collection)?);
        }
        Ok(Self {
            tx,
            pending,
            indexes,
            stamp,
        })
    }

    /// Where a record is in the store, and what, if it is there.
    pub(super) fn stored(
        &mut self,
        collection: CollectionId,
        id: &str,
    ) -> storage::Result<Option<(Place, Jsonb)>> {
        let Some((_, body)) = self.tx.record_body(collection, id)? else {
            return Ok(None);
        };
        let places = self.tx.places_of(collection, &[id.to_owned()])?;
        Ok(places.first().map(|place| (*place, body)))
    }

    fn touched(&self, collection: CollectionId) -> Option<&'a Touched> {
        self.pending.of(collection)
    }

    fn index(&self, collection: CollectionId, name: &str) -> storage::Result<&IndexDef> {
        let known = self.indexes.get(&collection).into_iter().flatten();
        let mut named = known.filter(|index| index.name == name);
        named
            .next()
            .ok_or_else(|| storage::Error::Damaged(format!("collection {collection} has no index {name}")))
    }

    /// The record that a change makes.
    fn record_of(&self, id: &str, change: &Change) -> Option<Record> {
        let (version, body) = change.now.as_ref()?;
        let label = body
            .root()
            .get("label")
            .ok()
            .flatten()
            .and_then(|label| label.as_str().ok().flatten());
        Some(Record {
            id: id.to_owned(),
            version: *version,
            label: label.unwrap_or_default().into_owned(),
            created: self.stamp.clone(),
            modified: self.stamp.clone(),
            archived: false,
            tags: Vec::new(),
            body: body.clone(),
        })
    }
}

impl ReadTx for Overlay<'_> {}

impl ReadMarks for Overlay<'_> {
    fn mark(&mut self, name: &str) -> storage::Result<Option<String>> {
        match self.pending.marks().get(name) {
            Some(mark) => Ok(Some(mark.now.clone())),
            None => self.tx.mark(name),
        }
    }
}

/// The keys under which an index has a body.
fn keys_of(index: &IndexDef, body: &Jsonb) -> storage::Result<Vec<Vec<u8>>> {
    let damaged = |refusal: query::Refusal| storage::Error::Damaged(refusal.to_string());
    let mut keys = index_keys(body.root(), &index.path).map_err(damaged)?;
    if keys.is_empty() && index.missing {
        keys.push(NULL_KEY.to_vec());
    }
    Ok(keys)
}

fn is_in(range: &KeyRange, key: &[u8]) -> bool {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    let above = match &range.0 {
        Included(low) => key >= low.as_slice(),
        Excluded(low) => key > low.as_slice(),
        Unbounded => true,
    };
    let below = match &range.1 {
        Included(high) => key <= high.as_slice(),
        Excluded(high) => key < high.as_slice(),
        Unbounded => true,
    };
    above && below
}

/// An entry of an index that a change makes.
struct Entry<'p> {
    key: Vec<u8>,
    place: Place,
    id: &'p str,
    body: &'p Jsonb,
}

impl Touched {
    /// The entries that changes make in these ranges, in order of key and place.
    fn entries(&self, index: &IndexDef, ranges: &[KeyRange]) -> storage::Result<Vec<Entry<'_>>> {
        let mut entries = Vec::new();
        for (id, change) in &self.by_id {
            let Some((_, body)) = &change.now else { continue };
            for key in keys_of(index, body)? {
                if ranges.iter().any(|range| is_in(range, &key)) {
                    let place = change.place;
                    entries.push(Entry { key, place, id, body });
                }
            }
        }
        entries.sort_by(|left, right| (&left.key, left.place).cmp(&(&right.key, right.place)));
        Ok(entries)
    }

    /// How many entries of what is stored are masked in these ranges.
    fn masked(&self, index: &IndexDef, ranges: &[KeyRange]) -> storage::Result<u64> {
        let mut masked = 0;
        for before in self.by_id.values().filter_map(|change| change.before.as_ref()) {
            let keys = keys_of(index, before)?;
            let hit = |key: &&Vec<u8>| ranges.iter().any(|range| is_in(range, key));
            masked += keys.iter().filter(hit).count() as u64;
        }
        Ok(masked)
    }

    /// The change in a place.
    fn at(&self, place: Place) -> Option<(&str, &Change)> {
        let id = self.by_place.get(&place)?;
        Some((id, self.by_id.get(id)?))
    }
}
