//! Fields of other records that follow from what a unit of work changes, as its functions see them.
//!
//! They are written by the transaction that writes the unit, from what is stored then (`super::commit`); here they are only
//! noted, so that a function that looks at such a record finds them.

use std::sync::Arc;

use jsonb::Jsonb;
use model::{CollectionId, Error};
use storage::tables::records::Place;

use super::super::EntityRef;
use super::super::totals::Ledger;
use super::Unit;

/// Another record, as it has become.
struct Other {
    collection: CollectionId,
    id: String,
    /// Where it is in the store, and what, if it is there.
    stored: Option<(Place, Jsonb)>,
    /// Version and body.
    now: (u64, Jsonb),
}

impl Unit {
    /// Notes what a change that was noted means for fields of other records.
    pub(super) fn follow(
        &self,
        entity: &EntityRef,
        before: Option<&Jsonb>,
        after: Option<&Jsonb>,
    ) -> Result<(), Error> {
        if entity.watched().is_empty() {
            return Ok(());
        }
        let (catalogue, entity) = (Arc::clone(self.catalogue()), entity.clone());
        let (before, after) = (before.cloned(), after.cloned());
        let others = self.read(move |seen| {
            let mut ledger = Ledger::of(&catalogue);
            ledger.note(seen, &entity, before.as_ref(), after.as_ref())?;
            let mut others = Vec::new();
            for ((collection, id), amended) in ledger.settled(seen)? {
                let stored = seen.stored(collection, &id)?;
                others.push(Other {
                    collection,
                    id,
                    stored,
                    now: (amended.version, amended.body),
                });
            }
            Ok(others)
        })?;
        let mut state = self.0.state.borrow_mut();
        let pending = Arc::make_mut(&mut state.pending);
        for other in others {
            pending.amend(other.collection, &other.id, other.stored, other.now);
        }
        Ok(())
    }
}
