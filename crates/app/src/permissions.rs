//! What a caller may do with the records of one entity: the algebra of permission groups (`contracts/slingr.md` §10.2).
//!
//! Groups unite, record by record: a group grants something on a record when its rules hold there, and a field may be read
//! or written as the best of the groups that grant the record allows. Within a group reading comes first: what may not be
//! read may not be changed, deleted or looked back on either; creating stands alone. A developer is past all of this, but
//! not past the access rules of fields themselves. Rules that are scripts are left to the caller.

mod copies;
mod fields;
mod reach;

use std::sync::OnceLock;

use crate::lower::{LowerError, Scope};
use crate::{ActionPermission, App, Entity, EntityPermission, FieldAccess, Rule};

pub use reach::{Grant, Granting, Reach};

/// Something that may be done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right<'r> {
    /// See it.
    Read,
    /// Make it.
    Create,
    /// Change it.
    Update,
    /// Delete it.
    Delete,
    /// See its history.
    History,
    /// Run the action of this name on it.
    Action(&'r str),
}

/// The rights of a caller on one entity.
#[derive(Clone, Debug)]
pub struct Rights<'a> {
    entity: &'a Entity,
    groups: Vec<&'a EntityPermission>,
    developer: bool,
    asker: copies::Asker<'a>,
    /// Copies of other entities' fields that are not the caller's to see: the relationship, and the path below it. Worked
    /// out when somebody asks, which those who only write do not.
    copies: OnceLock<Vec<(String, String)>>,
}

impl<'a> Rights<'a> {
    /// The rights of somebody in these groups; groups that the app does not have give none.
    #[must_use]
    pub fn new(app: &'a App, entity: &'a Entity, groups: &'a [String], developer: bool) -> Self {
        let found = groups
            .iter()
            .filter_map(|name| app.group(name)?.entity(&entity.name));
        let asker = copies::Asker {
            app,
            groups,
            developer,
        };
        Self {
            entity,
            groups: found.collect(),
            developer,
            asker,
            copies: OnceLock::new(),
        }
    }

    fn copies(&self) -> &[(String, String)] {
        self.copies
            .get_or_init(|| copies::hidden(self.asker, self.entity))
    }

    /// On which records the caller has a right.
    ///
    /// # Errors
    /// A [`LowerError`] for a rule that does not fit the entity.
    pub fn reach(&self, right: Right<'_>, scope: &Scope<'_>) -> Result<Reach<'a>, LowerError> {
        if self.developer {
            return Ok(Reach::everything());
        }
        let mut grants = Vec::new();
        for (group, permission) in self.groups.iter().enumerate() {
            grants.extend(Grant::of(group, &rules(permission, right), scope)?);
        }
        Ok(Reach::some(grants))
    }

    /// Whether the caller may give a parameter of an action: one of the groups that let him run it lets him.
    #[must_use]
    pub fn may_give(&self, action: &str, parameter: &str) -> bool {
        let lets = |permission: &ActionPermission| {
            let mut ruled = permission.parameters.iter();
            let access = ruled.find_map(|(name, access)| (name == parameter).then_some(*access));
            permission.action == action
                && permission.rule != Rule::Never
                && access.unwrap_or(FieldAccess::ReadWrite) == FieldAccess::ReadWrite
        };
        self.developer || self.groups.iter().any(|group| group.actions.iter().any(lets))
    }

    /// Whether the caller may import at all; each record needs the right to create or update it besides.
    #[must_use]
    pub fn may_import(&self) -> bool {
        self.developer || self.groups.iter().any(|group| group.import)
    }

    /// Whether the caller may export what he may read.
    #[must_use]
    pub fn may_export(&self) -> bool {
        self.developer
            || self
                .groups
                .iter()
                .any(|group| group.export && group.read != Rule::Never)
    }
}

/// The rules that must all hold in a group.
fn rules<'a>(permission: &'a EntityPermission, right: Right<'_>) -> Vec<&'a Rule> {
    let action = |name: &str| {
        let found = permission.actions.iter().find(|action| action.action == name);
        found.map_or(&Rule::Never, |action| &action.rule)
    };
    match right {
        Right::Read => vec![&permission.read],
        Right::Create => vec![&permission.create],
        Right::Update => vec![&permission.read, &permission.update],
        Right::Delete => vec![&permission.read, &permission.delete],
        Right::History => vec![&permission.read, &permission.history],
        Right::Action(name) => vec![&permission.read, action(name)],
    }
}

#[cfg(test)]
mod tests;
