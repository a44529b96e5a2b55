//! Where pages ended: so that the next one begins behind a record that was changed or deleted meanwhile.
//!
//! A client names only the id of the last record it has seen. What that record sorted by then is remembered, for as many
//! pages as there is room for; of one that is forgotten, what it is now counts, or what it was before it was deleted.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use model::{CollectionId, Error, HistorySeq};
use query::SortKey;
use storage::ReadTx;
use storage::tables::records::Place;

use super::Order;

/// How many ends of pages are remembered.
const ROOM: usize = 4096;
/// A key that is larger is not remembered.
const LARGEST: usize = 4096;

/// Behind which record a page begins.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) key: SortKey<'static>,
    pub(super) place: Place,
}

/// The order a page was in, and the id of its last record.
type Name = (CollectionId, String, bool, String);

/// See the module. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cursors(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    ends: HashMap<Name, Cursor>,
    /// From the oldest on.
    names: VecDeque<Name>,
}

impl Cursors {
    /// Remembers the end of a page.
    pub(super) fn keep(&self, name: Name, cursor: Cursor) {
        if cursor.key.weight() > LARGEST {
            return;
        }
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.ends.insert(name.clone(), cursor).is_some() {
            return;
        }
        memory.names.push_back(name);
        if memory.names.len() > ROOM
            && let Some(oldest) = memory.names.pop_front()
        {
            memory.ends.remove(&oldest);
        }
    }

    fn get(&self, name: &Name) -> Option<Cursor> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.ends.get(name).cloned()
    }

    /// The end of the page whose last record has this id.
    ///
    /// # Errors
    /// `bad-request` for an id of which nothing is known.
    pub(super) fn find(
        &self,
        tx: &mut (impl ReadTx + ?Sized),
        collection: CollectionId,
        order: &Order,
        id: &str,
    ) -> Result<Cursor, Error> {
        if let Some(cursor) = self.get(&name(collection, order, id)) {
            return Ok(cursor);
        }
        let keyed = |body: &jsonb::Jsonb, place: Place| {
            let key = order.key(body.root()).and_then(SortKey::into_owned);
            key.map(|key| Cursor { key, place }).map_err(Error::internal)
        };
        if let Some((_, body)) = tx.record_body(collection, id)? {
            let places = tx.places_of(collection, &[id.to_owned()])?;
            return keyed(&body, places.first().copied().unwrap_or(Place(0)));
        }
        match tx.change_before(collection, id, HistorySeq(i64::MAX))? {
            // Its place is not known any more; it stood before its equals then, so none of them is left out.
            Some(change) => keyed(&change.body, order.first_place()),
            None => Err(Error::of_field(
                model::Code::BadRequest,
                "_offset".to_owned(),
                format!("there is no record with the id {id} to begin behind"),
            )),
        }
    }
}

/// What the end of a page is remembered by.
pub(super) fn name(collection: CollectionId, order: &Order, id: &str) -> Name {
    let path = order.path.clone().unwrap_or_else(|| order.distance());
    let ascending = order.direction == query::Direction::Ascending;
    (collection, path, ascending, id.to_owned())
}
