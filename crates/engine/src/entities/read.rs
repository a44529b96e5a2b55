//! Reading one entity.

use model::{Actor, CollectionId, Error, Uuid};
use storage::ReadTx;

use super::sight::Sight;
use super::{Entity, EntityKind, damaged, missing, record_id};
use crate::Engine;

impl Engine {
    /// Reads an entity.
    ///
    /// # Errors
    /// `not-found`, also when the caller may not see it.
    pub async fn entity(&self, actor: &Actor, kind: EntityKind, guid: Uuid) -> Result<Entity, Error> {
        let (collection, actor) = (self.entity_collection(kind), actor.clone());
        self.store()
            .look_up(move |tx| {
                let sight = Sight::of(tx, &actor)?;
                seen(tx, collection, guid, &sight)?.ok_or_else(|| missing(kind, guid))
            })
            .await
    }

    /// The collection of a kind of entity.
    pub fn entity_collection(&self, kind: EntityKind) -> CollectionId {
        self.inner.entities.of(kind)
    }
}

/// The entity, if it is there and seen.
pub(super) fn seen(
    tx: &mut (impl ReadTx + ?Sized),
    collection: CollectionId,
    guid: Uuid,
    sight: &Sight,
) -> Result<Option<Entity>, Error> {
    let Some((version, body)) = tx.record_body(collection, &record_id(guid))? else {
        return Ok(None);
    };
    let seen = sight
        .sees(body.root())
        .map_err(|error| damaged(collection, error))?;
    Ok(seen.then_some(Entity { guid, version, body }))
}
