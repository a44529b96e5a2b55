//! What a transaction adds to a number of each collection, before it is stored. There are few collections in one.

use model::CollectionId;

/// Sums by collection. A copy is kept while a closure runs, to go back to when it is undone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums(Vec<(CollectionId, i64)>);

impl Sums {
    pub(crate) fn add(&mut self, collection: CollectionId, number: i64) {
        match self.0.iter_mut().find(|(known, _)| *known == collection) {
            Some((_, sum)) => *sum += number,
            None => self.0.push((collection, number)),
        }
    }

    pub(crate) fn of(&self, collection: CollectionId) -> i64 {
        let found = self.0.iter().find(|(known, _)| *known == collection);
        found.map_or(0, |(_, sum)| *sum)
    }

    /// Those that change anything.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (CollectionId, i64)> {
        self.0.iter().copied().filter(|(_, sum)| *sum != 0)
    }
}
