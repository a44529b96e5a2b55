//! Changing, putting away and deleting an entity.

use jsonb::Jsonb;
use model::{Actor, Error, Stamp, Uuid};
use storage::Tx;
use storage::tables::records::{Expect, Put, Removal, Written};

use super::body::{self, Changed};
use super::create::{label, taken};
use super::read::seen;
use super::sight::Sight;
use super::{Change, Entity, EntityKind, damaged, missing, queues, record_id, shape, tag};
use crate::Engine;

/// Which entity, and on whose behalf.
#[derive(Clone)]
pub(super) struct Aim {
    kind: EntityKind,
    guid: Uuid,
    actor: Actor,
    stamp: Stamp,
}

impl Engine {
    /// Changes an entity.
    ///
    /// # Errors
    /// `not-found`, also when the caller may not see it; `missing-field`, `bad-value`, `already-exists`, `too-large`.
    pub async fn change_entity(
        &self,
        actor: &Actor,
        kind: EntityKind,
        guid: Uuid,
        change: Change,
    ) -> Result<Entity, Error> {
        check(kind, &change)?;
        self.change_by(actor, kind, guid, move |_| Ok(change.clone()))
            .await
    }

    /// Changes an entity by what it is now, as one step: `change` gets it as it stands and may be asked more than once.
    ///
    /// # Errors
    /// As [`Engine::change_entity`], and what `change` says.
    pub async fn change_entity_with<F>(
        &self,
        actor: &Actor,
        kind: EntityKind,
        guid: Uuid,
        change: F,
    ) -> Result<Entity, Error>
    where
        F: Fn(&Entity) -> Result<Change, Error> + Send + 'static,
    {
        let checked = move |entity: &Entity| {
            let change = change(entity)?;
            check(kind, &change)?;
            Ok(change)
        };
        self.change_by(actor, kind, guid, checked).await
    }

    async fn change_by<F>(
        &self,
        actor: &Actor,
        kind: EntityKind,
        guid: Uuid,
        change: F,
    ) -> Result<Entity, Error>
    where
        F: Fn(&Entity) -> Result<Change, Error> + Send + 'static,
    {
        let (engine, aim) = (self.clone(), self.aim(actor, kind, guid));
        self.store()
            .write(move |tx| {
                let sight = Sight::of(tx, &aim.actor)?;
                engine.change_seen(tx, &aim, &sight, &change)
            })
            .await
    }

    /// Puts an entity away, or takes it out again. One that is so already stays as it is.
    ///
    /// # Errors
    /// `not-found`, also when the caller may not see it.
    pub async fn archive_entity(
        &self,
        actor: &Actor,
        kind: EntityKind,
        guid: Uuid,
        archived: bool,
    ) -> Result<Entity, Error> {
        let (engine, aim) = (self.clone(), self.aim(actor, kind, guid));
        self.store()
            .write(move |tx| {
                let sight = Sight::of(tx, &aim.actor)?;
                let entity = engine.entity_in(tx, &aim, &sight)?;
                let was = body::is_archived(entity.body.root()).map_err(Error::internal)?;
                if was == archived {
                    return Ok(entity);
                }
                let stamp = body::stamp(&aim.actor, aim.stamp.on);
                let body = body::archived(kind, &entity.body, archived, &stamp).map_err(Error::internal)?;
                engine.replace(tx, &aim, entity.version, body)
            })
            .await
    }

    /// Deletes an entity, with its file and, if it is a bot, its token.
    ///
    /// # Errors
    /// `not-found`, also when the caller may not see it.
    pub async fn delete_entity(&self, actor: &Actor, kind: EntityKind, guid: Uuid) -> Result<(), Error> {
        let (engine, aim) = (self.clone(), self.aim(actor, kind, guid));
        let deleted = self.store().write(move |tx| {
            let sight = Sight::of(tx, &aim.actor)?;
            engine.entity_in(tx, &aim, &sight)?;
            let id = record_id(guid);
            let removal = Removal {
                id: &id,
                expect: Expect::Any,
                stamp: &aim.stamp,
                job: None,
            };
            tx.delete_record(engine.entity_collection(kind), &removal)?;
            tx.drop_entity_blob(&id)?;
            match kind {
                EntityKind::Bot => {
                    tx.delete_bot_tokens(guid)?;
                }
                EntityKind::Queue => {
                    queues::remove(tx, guid)?;
                    engine.remove_outside(tx, &aim.actor, guid)?;
                }
                _ => {}
            }
            Ok::<_, Error>(())
        });
        deleted.await?;
        if kind == EntityKind::Bot {
            self.inner.tokens.clear();
        }
        Ok(())
    }

    pub(super) fn aim(&self, actor: &Actor, kind: EntityKind, guid: Uuid) -> Aim {
        let (actor, stamp) = (actor.clone(), self.stamp(actor));
        Aim {
            kind,
            guid,
            actor,
            stamp,
        }
    }

    /// The entity, if the caller may see it.
    pub(super) fn entity_in(&self, tx: &mut dyn Tx, aim: &Aim, sight: &Sight) -> Result<Entity, Error> {
        let collection = self.entity_collection(aim.kind);
        seen(tx, collection, aim.guid, sight)?.ok_or_else(|| missing(aim.kind, aim.guid))
    }

    /// Changes what the caller may see by what it is now.
    pub(super) fn change_seen(
        &self,
        tx: &mut dyn Tx,
        aim: &Aim,
        sight: &Sight,
        change: &dyn Fn(&Entity) -> Result<Change, Error>,
    ) -> Result<Entity, Error> {
        let entity = self.entity_in(tx, aim, sight)?;
        let change = change(&entity)?;
        self.change_in(tx, aim, sight, &entity, &change)
    }

    fn change_in(
        &self,
        tx: &mut dyn Tx,
        aim: &Aim,
        sight: &Sight,
        entity: &Entity,
        change: &Change,
    ) -> Result<Entity, Error> {
        let collection = self.entity_collection(aim.kind);
        let damaged = |error| damaged(collection, error);
        let old = entity.body.root();
        if let Some(tags) = &change.tags {
            sight.check(tags, old.get("tags").map_err(damaged)?)?;
        }
        let changed = Changed {
            fields: change.fields.root(),
            meta: change.meta.as_ref().map(Jsonb::root),
            tags: change.tags.as_deref(),
            mode: change.mode,
        };
        let stamp = body::stamp(&aim.actor, aim.stamp.on);
        let body = body::changed((aim.kind, aim.guid), old, &changed, &stamp).map_err(damaged)?;
        shape::check_whole(aim.kind, &body)?;
        if has_no_file(aim.kind, &body)? {
            tx.drop_entity_blob(&record_id(aim.guid))?;
        }
        if aim.kind == EntityKind::Queue {
            queues::keep(tx, aim.guid, &body, aim.stamp.on)?;
        }
        self.replace(tx, aim, entity.version, body)
    }

    fn replace(&self, tx: &mut dyn Tx, aim: &Aim, version: u64, body: Jsonb) -> Result<Entity, Error> {
        let collection = self.entity_collection(aim.kind);
        let label = label(&body)?;
        let put = Put {
            id: &record_id(aim.guid),
            expect: Expect::Version(version),
            label: &label,
            archived: body::is_archived(body.root()).map_err(Error::internal)?,
            tags: &[],
            body: &body,
            stamp: &aim.stamp,
            job: None,
        };
        match tx.put_record(collection, &put)? {
            Written::Done { version, .. } => Ok(Entity {
                guid: aim.guid,
                version,
                body,
            }),
            Written::Taken { .. } => Err(taken(&label)),
            other => Err(Error::internal(format!(
                "{} {} changed inside its own transaction: {other:?}",
                aim.kind.as_str(),
                aim.guid
            ))),
        }
    }
}

/// Checks everything that can be known without the entity.
pub(super) fn check(kind: EntityKind, change: &Change) -> Result<(), Error> {
    if let Some(tags) = &change.tags {
        tag::check_count(tags)?;
    }
    if let Some(meta) = &change.meta {
        shape::check_meta(meta.root())?;
    }
    shape::check_fields(kind, change.fields.root())?;
    match kind {
        EntityKind::Queue => queues::check(change.fields.root()),
        _ => Ok(()),
    }
}

/// Whether an entity that could have a file says that it has none.
fn has_no_file(kind: EntityKind, body: &Jsonb) -> Result<bool, Error> {
    let Some(field) = kind.file_field() else {
        return Ok(false);
    };
    let file = body.root().get(field).map_err(Error::internal)?;
    file.map_or(Ok(true), |file| file.is_empty().map_err(Error::internal))
}
