//! The caller as conditions know him, and conditions as filters of his.

use app::Condition;
use app::lower::{self, CurrentUser, LowerError, Scope};
use model::Actor;
use query::Filter;

use super::super::catalogue::{Catalogue, EntityRef};
use super::super::{Call, user_id};

/// The caller as conditions know him.
pub(super) struct Who<'a>(pub(super) &'a Actor);

impl CurrentUser for Who<'_> {
    fn values(&self, path: &str) -> Option<Vec<String>> {
        let actor = self.0;
        Some(match path {
            "email" => vec![actor.email.clone()],
            "fullName" | "label" | "name" => vec![actor.name.clone()],
            "firstName" => vec![actor.name.split(' ').next().unwrap_or_default().to_owned()],
            "lastName" => vec![actor.name.split_once(' ').map_or("", |(_, last)| last).to_owned()],
            "groups" | "groups.name" | "groups.id" => actor.groups.clone(),
            "id" => vec![user_id(actor)],
            _ => return None,
        })
    }
}

pub(super) fn scope<'s>(
    catalogue: &'s Catalogue,
    entity: &'s EntityRef,
    user: &'s dyn CurrentUser,
) -> Scope<'s> {
    Scope {
        app: catalogue.app(),
        entity,
        zone: catalogue.zone(),
        user,
    }
}

/// Does something with a scope of this caller.
pub(in crate::records) fn with_scope<T>(
    catalogue: &Catalogue,
    entity: &EntityRef,
    call: &Call,
    work: impl FnOnce(&Scope<'_>) -> T,
) -> T {
    work(&scope(catalogue, entity, &Who(&call.actor)))
}

/// A condition as a filter on stored records.
pub(in crate::records) fn lowered(
    catalogue: &Catalogue,
    entity: &EntityRef,
    condition: &Condition,
    call: &Call,
) -> Result<Filter, LowerError> {
    with_scope(catalogue, entity, call, |scope| lower::filter(scope, condition))
}
