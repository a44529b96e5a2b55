//! [`EntityRef`]: one entity of the catalogue, with what follows from the definition.

use std::ops::Deref;
use std::sync::Arc;

use app::{Entity, Listener, RelationshipRules, Rule};
use jiff::tz::TimeZone;
use model::CollectionId;

use super::super::convert::Step;
use super::super::indexes::Indexed;
use super::super::totals::Watch;

/// One entity of the catalogue. Cheap to clone; dereferences to the definition.
#[derive(Clone, Debug)]
pub struct EntityRef(pub(super) Arc<Kept>);

#[derive(Debug)]
pub(super) struct Kept {
    pub(super) entity: Arc<Entity>,
    pub(super) id: String,
    pub(super) collection: CollectionId,
    pub(super) indexes: Vec<Indexed>,
    pub(super) inbound: Vec<Inbound>,
    pub(super) form: u64,
    pub(super) steps: Vec<Arc<Step>>,
    pub(super) zone: TimeZone,
    pub(super) read_rules: Vec<(String, Rule)>,
    pub(super) write_rules: Vec<(String, Rule)>,
    pub(super) calls_functions: bool,
    pub(super) heard: Vec<Arc<Listener>>,
    pub(super) watches: Vec<Arc<Watch>>,
    pub(super) watched: Vec<Arc<Watch>>,
}

/// A relationship that leads to an entity.
#[derive(Clone, Debug)]
pub(crate) struct Inbound {
    /// The entity that has it.
    pub(crate) entity: String,
    /// Its path there.
    pub(crate) path: String,
    /// Its rules.
    pub(crate) rules: RelationshipRules,
}

impl Inbound {
    /// The index that leads from an id to those that refer to it.
    pub(crate) fn index(&self) -> String {
        format!("{}.id", self.path)
    }
}

impl Deref for EntityRef {
    type Target = Entity;

    fn deref(&self) -> &Entity {
        &self.0.entity
    }
}

impl EntityRef {
    /// Its id in answers: 24 hex digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The collection of its records.
    #[must_use]
    pub fn collection(&self) -> CollectionId {
        self.0.collection
    }

    /// Its indexes, with the fields that they stand for.
    pub(crate) fn indexed(&self) -> &[Indexed] {
        &self.0.indexes
    }

    /// The form of new records.
    pub(crate) fn form(&self) -> u64 {
        self.0.form
    }

    /// The zone of dates.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.0.zone
    }

    /// The steps that records in older forms have to go.
    pub(crate) fn steps(&self) -> &[Arc<Step>] {
        &self.0.steps
    }

    /// Fields that are not shown of every record, with their rules.
    pub(crate) fn read_rules(&self) -> &[(String, Rule)] {
        &self.0.read_rules
    }

    /// Fields that may not be written of every record, with their rules.
    pub(crate) fn write_rules(&self) -> &[(String, Rule)] {
        &self.0.write_rules
    }

    /// Whether saving a record of it calls functions.
    pub(crate) fn calls_functions(&self) -> bool {
        self.0.calls_functions
    }

    /// The listeners that hear of its records.
    pub(crate) fn heard(&self) -> &[Arc<Listener>] {
        &self.0.heard
    }

    /// Its fields that are computed over records of other entities, in the order of the definition.
    pub(crate) fn watches(&self) -> &[Arc<Watch>] {
        &self.0.watches
    }

    /// The fields of entities that are computed over its records.
    pub(crate) fn watched(&self) -> &[Arc<Watch>] {
        &self.0.watched
    }

    /// Whether its records have to do with such fields at all.
    pub(crate) fn is_counted(&self) -> bool {
        !self.0.watches.is_empty() || !self.0.watched.is_empty()
    }

    /// The relationships that lead here.
    pub(crate) fn inbound(&self) -> &[Inbound] {
        &self.0.inbound
    }
}
