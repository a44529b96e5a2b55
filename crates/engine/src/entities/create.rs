//! Making entities, one or many.

use jsonb::Jsonb;
use model::{Actor, Code, CollectionId, Error, Stamp, Uuid};
use storage::Tx;
use storage::tables::records::{Expect, Put, Written};
use uuid::Builder;

use super::sight::Sight;
use super::{Entity, EntityKind, NewEntity, Tag, body, queues, record_id, shape, tag};
use crate::Engine;
use crate::identity::{hash_secret, new_secret};

/// A new entity, checked and laid out.
pub(super) struct Ready {
    kind: EntityKind,
    guid: Uuid,
    label: String,
    body: Jsonb,
    tags: Vec<Tag>,
}

impl Engine {
    /// Makes an entity.
    ///
    /// # Errors
    /// `missing-field` and `bad-value` that name the field; `already-exists` for the name of a blueprint; `too-large`.
    pub async fn create_entity(
        &self,
        actor: &Actor,
        kind: EntityKind,
        new: NewEntity,
    ) -> Result<Entity, Error> {
        let ready = self.ready(actor, kind, &new)?;
        let (collection, stamp, actor) = (self.entity_collection(kind), self.stamp(actor), actor.clone());
        self.store()
            .write(move |tx| {
                let sight = Sight::of(tx, &actor)?;
                insert(tx, collection, &ready, &sight, &stamp)
            })
            .await
    }

    /// Makes many entities in one transaction. Each stands for itself: one that is refused does not keep the others out,
    /// and its place in the answer says why.
    ///
    /// # Errors
    /// When the store fails; then none is made.
    pub async fn create_entities(
        &self,
        actor: &Actor,
        kind: EntityKind,
        new: Vec<NewEntity>,
    ) -> Result<Vec<Result<Entity, Error>>, Error> {
        let ready: Vec<_> = new.iter().map(|new| self.ready(actor, kind, new)).collect();
        let (collection, stamp, actor) = (self.entity_collection(kind), self.stamp(actor), actor.clone());
        self.store()
            .write(move |tx| {
                let sight = Sight::of(tx, &actor)?;
                let mut made = Vec::with_capacity(ready.len());
                for ready in &ready {
                    let outcome = match ready {
                        Ok(ready) => insert(tx, collection, ready, &sight, &stamp),
                        Err(refused) => Err(refused.clone()),
                    };
                    // A refusal has written nothing; a fault undoes all of it.
                    match outcome {
                        Err(fault) if is_fault(&fault) => return Err(fault),
                        outcome => made.push(outcome),
                    }
                }
                Ok(made)
            })
            .await
    }

    /// Makes a bot and the token that its workers are to use: the bot then acts with the rights of `actor`. The token is
    /// shown this once.
    ///
    /// # Errors
    /// As [`Engine::create_entity`]; `forbidden` for a bot, which cannot make bots.
    pub async fn create_bot(&self, actor: &Actor, new: NewEntity) -> Result<(Entity, String), Error> {
        if actor.bot.is_some() {
            return Err(Error::new(
                Code::Forbidden,
                "a bot can be made with the token of a user only",
            ));
        }
        let kind = EntityKind::Bot;
        let ready = self.ready(actor, kind, &new)?;
        let secret = new_secret(self.env());
        let (hash, now) = (hash_secret(&secret), self.env().now());
        let (collection, stamp, actor) = (self.entity_collection(kind), self.stamp(actor), actor.clone());
        let made = self.store().write(move |tx| {
            let sight = Sight::of(tx, &actor)?;
            let made = insert(tx, collection, &ready, &sight, &stamp)?;
            tx.insert_bot_token(actor.user, made.guid, &hash, now)?;
            Ok::<_, Error>(made)
        });
        Ok((made.await?, secret))
    }

    pub(super) fn ready(&self, actor: &Actor, kind: EntityKind, new: &NewEntity) -> Result<Ready, Error> {
        tag::check_count(&new.tags)?;
        shape::check_fields(kind, new.fields.root())?;
        shape::check_meta(new.meta.root())?;
        let guid = self.new_guid();
        let stamp = body::stamp(actor, self.env().now());
        if kind == EntityKind::Queue {
            queues::check(new.fields.root())?;
        }
        let parts = (new.fields.root(), new.meta.root(), new.tags.as_slice());
        let body = body::new((kind, guid), parts, &stamp).map_err(Error::internal)?;
        shape::check_whole(kind, &body)?;
        Ok(Ready {
            kind,
            guid,
            label: label(&body)?,
            tags: new.tags.clone(),
            body,
        })
    }

    /// A uuid of version 7: ids that are made one after the other lie together in the store.
    pub fn new_guid(&self) -> Uuid {
        let millis = u64::try_from(self.env().now().0).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &self.env().random_bytes()).into_uuid()
    }
}

/// What a person calls the entity: its name, where its kind has one.
pub(super) fn label(body: &Jsonb) -> Result<String, Error> {
    let name = body.root().get("name").map_err(Error::internal)?;
    let name = name
        .map(|name| name.as_str())
        .transpose()
        .map_err(Error::internal)?;
    Ok(name.flatten().unwrap_or_default().into_owned())
}

/// Stores it.
pub(super) fn insert(
    tx: &mut dyn Tx,
    collection: CollectionId,
    ready: &Ready,
    sight: &Sight,
    stamp: &Stamp,
) -> Result<Entity, Error> {
    sight.check(&ready.tags, None)?;
    let put = Put {
        id: &record_id(ready.guid),
        expect: Expect::Absent,
        label: &ready.label,
        archived: false,
        // The tags of an entity are pairs and lie in its body.
        tags: &[],
        body: &ready.body,
        stamp,
        job: None,
    };
    match tx.put_record(collection, &put)? {
        Written::Done { version, .. } => {
            if ready.kind == EntityKind::Queue {
                queues::keep(tx, ready.guid, &ready.body, stamp.on)?;
            }
            Ok(Entity {
                guid: ready.guid,
                version,
                body: ready.body.clone(),
            })
        }
        Written::Taken { .. } => Err(taken(&ready.label)),
        Written::Conflict { .. } => Err(Error::internal(format!("the guid {} was made twice", ready.guid))),
    }
}

/// The refusal of a name that another one has.
pub(super) fn taken(name: &str) -> Error {
    let message = format!("a blueprint of this name already exists: {}", shape::short(name));
    Error::of_field(Code::AlreadyExists, "name".to_owned(), message)
}

fn is_fault(error: &Error) -> bool {
    use model::Class;
    matches!(
        error.class(),
        Class::Internal | Class::Unavailable | Class::StorageFull
    )
}
