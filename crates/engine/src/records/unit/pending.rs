//! What a unit of work has changed and the store does not know yet: records by collection, and counters.
//!
//! A record that was there keeps the place it has in the store, a new one gets a place behind all others, so that whoever
//! reads through it (`overlay`) finds records in the order in which they were made. Every step can be taken back up to a
//! point, for a job undoes what one record's function did when it fails.

use std::collections::BTreeMap;

use jsonb::Jsonb;
use model::CollectionId;
use storage::tables::records::Place;

/// Where new records stand: no store gets so far.
const FIRST: i64 = 1 << 60;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(in crate::records) struct Pending {
    touched: BTreeMap<CollectionId, Touched>,
    marks: BTreeMap<String, Mark>,
    journal: Vec<Undo>,
    made: i64,
    bytes: usize,
}

/// The changed records of one collection.
#[derive(Clone, Debug, Default)]
pub(in crate::records) struct Touched {
    pub(super) by_id: BTreeMap<String, Change>,
    pub(super) by_place: BTreeMap<Place, String>,
}

/// What became of a record.
#[derive(Clone, Debug)]
pub(in crate::records) struct Change {
    pub(super) place: Place,
    /// What is stored of it; none of a new one.
    pub(super) before: Option<Jsonb>,
    /// Version as the store counts, and body; none when it was removed.
    pub(super) now: Option<(u64, Jsonb)>,
    /// Whether the unit has changed it itself: not only fields of it followed from other changes.
    pub(super) own: bool,
}

/// A counter: what the store has, and what it has become.
#[derive(Clone, Debug)]
pub(in crate::records) struct Mark {
    pub(super) stored: Option<String>,
    pub(super) now: String,
}

#[derive(Clone, Debug)]
enum Undo {
    Record(CollectionId, String, Option<Change>),
    Mark(String, Option<Mark>),
}

/// A point to which everything may be taken back.
#[derive(Clone, Copy, Debug)]
pub(in crate::records) struct Point(usize);

impl Pending {
    /// What was changed in a collection; none if nothing was.
    pub(super) fn of(&self, collection: CollectionId) -> Option<&Touched> {
        self.touched.get(&collection)
    }

    /// The collections in which something was changed.
    pub(super) fn collections(&self) -> impl Iterator<Item = CollectionId> {
        self.touched.keys().copied()
    }

    /// The counters that moved.
    pub(super) fn marks(&self) -> &BTreeMap<String, Mark> {
        &self.marks
    }

    /// How many bytes are held, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Notes what fields of a record have become that follow from changes of others.
    pub(super) fn amend(
        &mut self,
        collection: CollectionId,
        id: &str,
        stored: Option<(Place, Jsonb)>,
        now: (u64, Jsonb),
    ) {
        let was = self.of(collection).and_then(|touched| touched.by_id.get(id));
        let (own, bytes) = (was.is_some_and(|was| was.own), self.bytes);
        let is_counted = was.is_some();
        self.put(collection, id, stored, Some(now));
        if is_counted {
            self.bytes = bytes;
        }
        let touched = self.touched.entry(collection).or_default();
        if let Some(change) = touched.by_id.get_mut(id) {
            change.own = own;
        }
    }

    /// Notes what a record has become; `stored` is where it is in the store, and what, if it is there.
    pub(super) fn put(
        &mut self,
        collection: CollectionId,
        id: &str,
        stored: Option<(Place, Jsonb)>,
        now: Option<(u64, Jsonb)>,
    ) {
        let touched = self.touched.entry(collection).or_default();
        let was = touched.by_id.get(id).cloned();
        let (place, before) = match (&was, stored) {
            (Some(was), _) => (was.place, was.before.clone()),
            (None, Some((place, body))) => (place, Some(body)),
            (None, None) => {
                self.made += 1;
                (Place(FIRST + self.made), None)
            }
        };
        self.bytes += now.as_ref().map_or(0, |(_, body)| body.as_bytes().len()) + id.len();
        touched.by_place.insert(place, id.to_owned());
        let change = Change {
            place,
            before,
            now,
            own: true,
        };
        touched.by_id.insert(id.to_owned(), change);
        self.journal.push(Undo::Record(collection, id.to_owned(), was));
    }

    /// Notes what a counter has become.
    pub(super) fn set_mark(&mut self, name: &str, stored: Option<String>, now: String) {
        let was = self.marks.get(name).cloned();
        let stored = was.as_ref().map_or(stored, |was| was.stored.clone());
        self.marks.insert(name.to_owned(), Mark { stored, now });
        self.journal.push(Undo::Mark(name.to_owned(), was));
    }

    /// The point that has been reached.
    pub(super) fn point(&self) -> Point {
        Point(self.journal.len())
    }

    /// Takes everything behind a point back.
    pub(super) fn back_to(&mut self, point: Point) {
        while self.journal.len() > point.0 {
            match self.journal.pop() {
                Some(Undo::Record(collection, id, was)) => self.restore(collection, &id, was),
                Some(Undo::Mark(name, Some(was))) => drop(self.marks.insert(name, was)),
                Some(Undo::Mark(name, None)) => drop(self.marks.remove(&name)),
                None => return,
            }
        }
    }

    fn restore(&mut self, collection: CollectionId, id: &str, was: Option<Change>) {
        let touched = self.touched.entry(collection).or_default();
        match was {
            Some(was) => drop(touched.by_id.insert(id.to_owned(), was)),
            None => {
                if let Some(gone) = touched.by_id.remove(id) {
                    touched.by_place.remove(&gone.place);
                }
            }
        }
        if touched.by_id.is_empty() {
            self.touched.remove(&collection);
        }
    }
}

#[cfg(test)]
mod tests {
    use model::CollectionId;
    use storage::tables::records::Place;

    use super::Pending;

    #[test]
    fn what_is_taken_back_leaves_nothing() {
        let (collection, body) = (CollectionId(1), jsonb::object().finish());
        let mut pending = Pending::default();
        pending.put(
            collection,
            "a",
            Some((Place(7), body.clone())),
            Some((2, body.clone())),
        );
        let point = pending.point();
        pending.put(collection, "a", None, None);
        pending.put(collection, "b", None, Some((1, body.clone())));
        pending.set_mark("n", Some("1".to_owned()), "2".to_owned());
        pending.set_mark("n", Some("2".to_owned()), "3".to_owned());
        assert_eq!(pending.marks()["n"].stored.as_deref(), Some("1"));
        pending.back_to(point);
        let left = pending.of(collection).unwrap();
        assert_eq!(left.by_id.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(left.by_id["a"].now, Some((2, body)));
        assert_eq!(left.by_place.keys().copied().collect::<Vec<_>>(), [Place(7)]);
        assert!(pending.marks().is_empty());
        pending.back_to(super::Point(0));
        assert!(pending.of(collection).is_none());
    }
}
