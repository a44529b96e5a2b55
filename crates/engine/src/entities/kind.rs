//! The kinds of entities and their collections.

use model::{CollectionId, Error};
use serde::{Deserialize, Serialize};
use storage::Tx;

/// What the names of the collections begin with.
const PREFIX: &str = "qalx.";

/// Whether a collection of this name is kept by the entities, and by nobody else.
pub(crate) fn is_kept(collection: &str) -> bool {
    collection.starts_with(PREFIX)
}

/// A kind of entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityKind {
    /// Data, a file, or both.
    Item,
    /// Items by key.
    Set,
    /// Sets by key.
    Group,
    /// A JSON Schema that items or sets are made by.
    Blueprint,
    /// A program that works on a queue, with its workers.
    Bot,
    /// A queue of work for bots.
    Queue,
    /// Bots that were built from one plan.
    Factory,
}

impl EntityKind {
    /// Every kind, in the order of its number.
    pub const ALL: [Self; 7] = [
        Self::Item,
        Self::Set,
        Self::Group,
        Self::Blueprint,
        Self::Bot,
        Self::Queue,
        Self::Factory,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Set => "set",
            Self::Group => "group",
            Self::Blueprint => "blueprint",
            Self::Bot => "bot",
            Self::Queue => "queue",
            Self::Factory => "factory",
        }
    }

    /// The word in `info.entity_type`: the documentation has another one for factories.
    pub fn entity_type(self) -> &'static str {
        match self {
            Self::Factory => "factorybuild",
            other => other.as_str(),
        }
    }

    /// The kind of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The field that describes the file of an entity of this kind, when it can have one.
    pub fn file_field(self) -> Option<&'static str> {
        match self {
            Self::Item => Some("file"),
            Self::Factory => Some("plan"),
            _ => None,
        }
    }

    /// The name of its collection.
    pub(crate) fn collection(self) -> String {
        format!("{PREFIX}{}", self.as_str())
    }
}

/// The collection of each kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Collections([CollectionId; EntityKind::ALL.len()]);

impl Collections {
    /// Finds the collections, and makes those that are not there.
    pub(crate) fn ensure(tx: &mut dyn Tx) -> Result<Self, Error> {
        let mut ids = [CollectionId(0); EntityKind::ALL.len()];
        for (id, kind) in ids.iter_mut().zip(EntityKind::ALL) {
            *id = tx.ensure_collection(&kind.collection())?.id;
        }
        Ok(Self(ids))
    }

    pub(crate) fn of(&self, kind: EntityKind) -> CollectionId {
        self.0[kind as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::EntityKind;

    #[test]
    fn words_and_numbers_fit() {
        for (number, kind) in EntityKind::ALL.into_iter().enumerate() {
            assert_eq!(
                (kind as usize, EntityKind::parse(kind.as_str())),
                (number, Some(kind))
            );
        }
        assert_eq!(EntityKind::parse("Item"), None);
    }
}
