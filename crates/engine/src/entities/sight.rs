//! Who sees which entities, and which tags he may put on them.
//!
//! An admin sees everything. Others see what has no tags, and what has a tag that one of their projects has. An entity
//! that cannot be seen is not there: it is neither found, nor counted, nor named in an error.

use jsonb::{Damaged, Value};
use model::{Actor, Error};
use storage::ReadTx;

use super::Tag;
use crate::Engine;

/// What one caller sees.
#[derive(Clone, Debug)]
pub(super) enum Sight {
    /// Everything.
    All,
    /// What has no tags or one of these.
    Tags(Vec<Tag>),
}

impl Sight {
    /// What `actor` sees, by his projects as they are in this transaction.
    pub(super) fn of(tx: &mut (impl ReadTx + ?Sized), actor: &Actor) -> Result<Self, Error> {
        if actor.is_admin() {
            return Ok(Self::All);
        }
        let mut tags = Vec::new();
        for name in &actor.projects {
            if let Some(project) = tx.project(name)? {
                tags.extend(project.tags.iter().map(Tag::of_pair));
            }
        }
        tags.sort_unstable();
        tags.dedup();
        Ok(Self::Tags(tags))
    }

    /// Whether this body is seen.
    pub(super) fn sees(&self, body: Value<'_>) -> Result<bool, Damaged> {
        let Self::Tags(mine) = self else {
            return Ok(true);
        };
        let Some(tags) = body.get("tags")? else {
            return Ok(true);
        };
        let mut tagged = false;
        for tag in tags.elements() {
            let tag = tag?;
            tagged = true;
            for one in mine {
                if one.is(tag)? {
                    return Ok(true);
                }
            }
        }
        Ok(!tagged)
    }

    /// Refuses a tag that the caller may not put on an entity. One that is there already (`had`) may stay.
    pub(super) fn check(&self, tags: &[Tag], had: Option<Value<'_>>) -> Result<(), Error> {
        let Self::Tags(mine) = self else {
            return Ok(());
        };
        for (number, tag) in tags.iter().enumerate() {
            if mine.contains(tag) || has(had, tag).map_err(Error::internal)? {
                continue;
            }
            let (name, value) = (tag.name(), tag.value());
            let message = format!("none of your projects has the tag {name:?} with the value {value:?}");
            return Err(Error::bad_value(format!("tags.{number}"), message));
        }
        Ok(())
    }
}

fn has(tags: Option<Value<'_>>, tag: &Tag) -> Result<bool, Damaged> {
    for stored in tags.into_iter().flat_map(Value::elements) {
        if tag.is(stored?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Engine {
    /// Whether the caller may put these tags on entities.
    ///
    /// # Errors
    /// `bad-value` that names the first one that he may not.
    pub async fn check_tags(&self, actor: &Actor, tags: &[Tag]) -> Result<(), Error> {
        let (actor, tags) = (actor.clone(), tags.to_vec());
        self.store()
            .look_up(move |tx| Sight::of(tx, &actor)?.check(&tags, None))
            .await
    }
}
