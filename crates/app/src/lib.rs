//! What an app definition says: entities, fields and their types, permission groups, and the query language over them.
//!
//! Plain data and pure functions: the loader reads a folder of YAML files, everything else does no I/O. The engine keeps
//! records by it. Source: `contracts/app_definition.md` and `contracts/slingr.md` §2–§5, §10.

pub mod aggregates;
mod entity;
pub mod fault;
mod field;
mod group;
mod ids;
pub mod indexes;
pub mod language;
mod listener;
mod load;
pub mod lower;
pub mod permissions;
pub mod plan;
mod rule;
#[cfg(test)]
mod testing;
mod time_table;
pub mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use entity::{
    Action, ActionKind, Audit, AuditEvents, Entity, EntityKind, Expiry, Index, LabelRule, Period,
};
pub use fault::{Fault, FaultCode};
pub use field::{
    Calculation, Choice, DecimalRules, DefaultValue, DeletePolicy, Field, FieldType, Fields, MaskRules,
    PhoneRules, Range, RelationshipRules, Rounding, Sum, TextRules,
};
pub use group::{
    ActionPermission, EntityPermission, FieldAccess, Group, PasswordPolicy, RestApi, SessionPolicy,
};
pub use ids::{entity_id, group_id};
pub use listener::{DataEvent, DataEventKind, JobEvent, Listener, Trigger};
pub use load::{Complaint, Loaded, Source, load, load_source};
pub use plan::Plan;
pub use rule::{Condition, FunctionName, Literal, Operator, Rule};
pub use time_table::TimeTable;

/// The entity of users, which every app has and no definition declares.
pub const USERS: &str = "sys.users";

/// A whole app. Whatever holds one may rely on it: names are unique, references lead somewhere, rules fit their types.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct App {
    /// Its name, in answers to logins.
    pub name: String,
    /// Its label.
    pub label: String,
    /// `dev`, `staging` or `prod`; none leaves it to the command line.
    pub environment: Option<String>,
    /// The zone of dates without one, as in `Europe/Berlin`.
    pub timezone: String,
    /// Whether imports may make entities.
    pub dynamic_entities: bool,
    /// Entities by full name (`crm.contacts`).
    pub entities: BTreeMap<String, Arc<Entity>>,
    /// Permission groups by name.
    pub groups: BTreeMap<String, Arc<Group>>,
    /// Listeners by name.
    pub listeners: BTreeMap<String, Arc<Listener>>,
}

impl App {
    /// The entity of this full name.
    #[must_use]
    pub fn entity(&self, name: &str) -> Option<&Arc<Entity>> {
        self.entities.get(name)
    }

    /// The group of this name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Arc<Group>> {
        self.groups.get(name)
    }
}
