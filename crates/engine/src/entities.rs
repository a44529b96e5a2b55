//! Entities: items, sets, groups, blueprints, bots, queues and factories, each kind a collection of records.
//!
//! A body is the whole document as queries see it, in canonical extended JSON (`body.rs` says how it is laid out), so a
//! filter or a pipeline runs on it alone. Who sees what is decided in `sight.rs` and asked wherever a body is fetched.
//! Source: `contracts` of the qalx dialect.

mod aggregate;
mod body;
mod change;
mod complete;
mod create;
mod files;
mod find;
mod guids;
mod indexes;
mod kind;
mod outside;
mod projects;
mod queues;
mod read;
mod schema;
mod shape;
mod sight;
mod sign;
mod tag;

use jsonb::Jsonb;
use model::{Error, Uuid};

pub use complete::{Completed, Completion, Report};
pub use files::EntityFile;
pub use find::{Explained, Find, Found};
pub(crate) use indexes::declare;
pub use indexes::{IndexPath, Indexes};
pub use kind::EntityKind;
pub(crate) use kind::{Collections, is_kept};
pub use projects::Project;
pub use queues::{QueueAccess, QueuePlace};
pub(crate) use sign::FileKey;
pub use sign::{FileAddress, FileGrant, FileMethod};
pub use tag::Tag;

use crate::search::damaged;

/// An entity as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Its id.
    pub guid: Uuid,
    /// How often it has been written.
    pub version: u64,
    /// The whole document.
    pub body: Jsonb,
}

/// An entity to be made.
#[derive(Clone, Debug)]
pub struct NewEntity {
    /// The own fields of its kind, as they are to be stored: an object. What is not theirs to say (`guid`, `info`,
    /// `metadata`, `tags`) is left out.
    pub fields: Jsonb,
    /// Its metadata: an object.
    pub meta: Jsonb,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// What a change does with the own fields that it does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They stay.
    #[default]
    Patch,
    /// They go, and what every entity of the kind has is as in a new one.
    Replace,
}

/// A change of an entity. What is given replaces what was there as a whole, key by key.
#[derive(Clone, Debug)]
pub struct Change {
    /// Own fields of its kind: an object. What is not theirs to say is left out.
    pub fields: Jsonb,
    /// New metadata; none leaves it as it is.
    pub meta: Option<Jsonb>,
    /// New tags; none leaves them as they are.
    pub tags: Option<Vec<Tag>>,
    /// What becomes of the other fields.
    pub mode: Mode,
}

impl Change {
    /// A change of these fields alone.
    pub fn of(fields: Jsonb) -> Self {
        Self {
            fields,
            meta: None,
            tags: None,
            mode: Mode::Patch,
        }
    }
}

/// The record of an entity has this id.
pub(crate) fn record_id(guid: Uuid) -> String {
    guid.simple().to_string()
}

fn missing(kind: EntityKind, guid: Uuid) -> Error {
    Error::not_found(kind.as_str(), guid)
}
