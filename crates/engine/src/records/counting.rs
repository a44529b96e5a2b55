//! Numbering records that were there before their entity had the field for it.
//!
//! Whoever adds such a field sets as many numbers aside as there are records, so that records made from then on count on
//! behind them, whenever the older ones get theirs.

use app::Entity;
use model::{CollectionId, Error};
use storage::Tx;

use super::draft::{Counter, Draft, Slot, Spot, counters};

/// The numbering of one field.
#[derive(Clone, Debug)]
pub(crate) struct Counting {
    counter: Counter,
    collection: CollectionId,
}

impl Counting {
    /// The numbering of the field at a path, if it is one that the server counts.
    pub(crate) fn of(collection: CollectionId, entity: &Entity, path: &str) -> Option<Self> {
        let counter = counters(&entity.fields)
            .into_iter()
            .find(|counter| counter.path == path)?;
        Some(Self { counter, collection })
    }

    /// Sets numbers aside for the records that are there.
    pub(crate) fn reserve(
        tx: &mut dyn Tx,
        collection: CollectionId,
        entity: &Entity,
        path: &str,
    ) -> Result<(), Error> {
        let Some(counting) = Self::of(collection, entity, path) else {
            return Ok(());
        };
        let first = counting.counter.first();
        // How many nested values there are is not known; they draw from the common counter.
        let records = match path.contains('.') {
            true => 0,
            false => i64::try_from(tx.count_records(collection)?).unwrap_or(i64::MAX),
        };
        let next = first.saturating_add(records.saturating_mul(counting.counter.step()));
        tx.set_mark(&counting.common(), &next.to_string())?;
        tx.set_mark(&counting.aside(), &first.to_string())?;
        Ok(())
    }

    /// Gives each value of the field in a record its number, if it has none.
    pub(super) fn number(&self, tx: &mut dyn Tx, entity: &Entity, draft: &mut Draft) -> Result<bool, Error> {
        let mark = match self.counter.path.contains('.') {
            true => self.common(),
            false => self.aside(),
        };
        let stored = tx.mark(&mark)?.and_then(|text| text.parse().ok());
        let before: i64 = stored.unwrap_or_else(|| self.counter.first());
        let mut next = before;
        draft.each_mut(&entity.fields, &Spot::default(), &mut |spot, _, slot, _| {
            if spot.path == self.counter.path && slot.is_empty() {
                *slot = Slot::Plain(self.counter.value(next));
                next += self.counter.step();
            }
        });
        if next != before {
            tx.set_mark(&mark, &next.to_string())?;
        }
        Ok(next != before)
    }

    /// The counter of records that are made.
    fn common(&self) -> String {
        format!("app:counter:{}:{}", self.collection, self.counter.path)
    }

    /// The counter of the numbers set aside.
    fn aside(&self) -> String {
        format!("app:numbering:{}:{}", self.collection, self.counter.path)
    }
}
