//! Permission groups: who may do what (`contracts/slingr.md` §10.2).

use crate::Rule;

/// A group. Several groups of a user unite.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Label.
    pub label: String,
    /// Whether its users may act in the name of others.
    pub impersonates: bool,
    /// What it may do, by entity; an entity that is not listed: nothing.
    pub entities: Vec<EntityPermission>,
    /// Rules of passwords.
    pub passwords: PasswordPolicy,
    /// Rules of sessions.
    pub sessions: SessionPolicy,
    /// Parts of the API.
    pub rest: RestApi,
    /// Addresses or networks (`10.0.0.0/8`) that its users may come from; empty: any.
    pub allowed_ips: Vec<String>,
}

impl Group {
    /// What it may do with this entity.
    #[must_use]
    pub fn entity(&self, name: &str) -> Option<&EntityPermission> {
        self.entities.iter().find(|permission| permission.entity == name)
    }
}

/// What a group may do with the records of one entity.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityPermission {
    /// Full name of the entity.
    pub entity: String,
    /// Which records it may read; nothing else is allowed on the others.
    pub read: Rule,
    /// Which records it may create.
    pub create: Rule,
    /// Which records it may change.
    pub update: Rule,
    /// Which records it may delete.
    pub delete: Rule,
    /// Whose history it may read.
    pub history: Rule,
    /// Whether it may import.
    pub import: bool,
    /// Whether it may export.
    pub export: bool,
    /// Fields that are not read and written as the record is, by path.
    pub fields: Vec<(String, FieldAccess)>,
    /// Actions; one that is not listed is not allowed.
    pub actions: Vec<ActionPermission>,
}

/// What may be done with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldAccess {
    /// Nothing: it is not there.
    None,
    /// It is read; what is written to it is dropped.
    ReadOnly,
    /// It is read and written.
    ReadWrite,
}

/// When a group may run an action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionPermission {
    /// Name of the action.
    pub action: String,
    /// On which records.
    pub rule: Rule,
    /// Parameters that it may not give as it likes, by name.
    pub parameters: Vec<(String, FieldAccess)>,
}

/// Rules of passwords; those of the primary group count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Fewest characters.
    pub minimum_length: Option<u32>,
    /// Wrong passwords in a row after which the user is blocked; none: never.
    pub maximum_login_attempts: Option<u32>,
    /// An upper-case letter.
    pub capital: bool,
    /// A lower-case letter.
    pub lower_case: bool,
    /// A digit.
    pub number: bool,
    /// Any other character.
    pub symbol: bool,
}

/// Rules of sessions; of several groups the shortest time counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Idle time after which a session ends, in milliseconds; none: the server's own.
    pub idle_ms: Option<i64>,
}

/// Parts of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestApi {
    /// Records.
    pub data: bool,
    /// Downloads.
    pub files_read: bool,
    /// Uploads.
    pub files_upload: bool,
    /// Jobs.
    pub jobs: bool,
}
