//! Removing a record within a unit of work.

use std::sync::Arc;

use app::DataEventKind;
use app::permissions::Right;
use jsonb::Jsonb;
use model::Error;
use storage::tables::ReadRecords;
use storage::tables::records::Place;

use super::super::prepare::missing_record;
use super::super::rights::Rights;
use super::super::{Call, EntityRef};
use super::Unit;
use super::commit::{Going, Op};
use super::hear::Event;

/// A record to be removed.
pub(crate) struct Removing {
    pub(crate) entity: EntityRef,
    pub(crate) id: String,
    /// Who does it.
    pub(crate) call: Call,
    /// Whether listeners hear of it.
    pub(crate) fires: bool,
    /// Whether those that refer to it are dealt with.
    pub(crate) cascade: bool,
}

/// Version and body of a record, and where it is in the store, and what, if it is there.
type Stands = (u64, Jsonb, Option<(Place, Jsonb)>);

impl Unit {
    /// Removes a record and answers what it was, with everything that listeners do about it.
    ///
    /// # Errors
    /// `not-found`, `forbidden`; what a listener failed with. Nothing of it stays then.
    pub(crate) fn remove(&self, removing: &Removing) -> Result<Jsonb, Error> {
        self.whole(|| self.remove_in_part(removing))
    }

    fn remove_in_part(&self, removing: &Removing) -> Result<Jsonb, Error> {
        self.check_bounds()?;
        let Removing { entity, id, call, .. } = removing;
        let id = id.to_ascii_lowercase();
        let (version, body, stored) = self.stands(entity, &id)?;
        let rights = Rights::of(self.catalogue(), entity, call)?;
        rights.check(Right::Delete)?;
        rights.check_record(Right::Read, body.root())?;
        rights.check_record(Right::Delete, body.root())?;
        let context = format!("entities.{}.delete", entity.name);
        let going = Going {
            entity: entity.clone(),
            id: id.clone(),
            version,
            body: body.clone(),
            stamp: call.stamp(self.around().now, &context),
            cascade: removing.cascade,
        };
        {
            let mut state = self.0.state.borrow_mut();
            Arc::make_mut(&mut state.pending).put(entity.collection(), &id, stored, None);
            state.ops.push(Op::Remove(Box::new(going)));
        }
        self.follow(entity, Some(&body), None)?;
        if removing.fires {
            self.fire(&Event {
                entity,
                kind: DataEventKind::Deleted,
                before: Some(&body),
                after: None,
                source: call.category,
            })?;
        }
        Ok(body)
    }

    /// A record as the unit sees it, and as it is in the store.
    fn stands(&self, entity: &EntityRef, id: &str) -> Result<Stands, Error> {
        let (entity, id) = (entity.clone(), id.to_owned());
        self.read(move |seen| {
            let collection = entity.collection();
            let found = seen.record_body(collection, &id)?;
            let (version, body) = found.ok_or_else(|| missing_record(&entity, &id))?;
            let stored = match seen.tx.record_body(collection, &id)? {
                Some((_, body)) => {
                    let places = seen.tx.places_of(collection, std::slice::from_ref(&id))?;
                    places.first().map(|place| (*place, body))
                }
                None => None,
            };
            Ok((version, body, stored))
        })
    }
}
