//! Which fields that are computed over records of other entities a change has counted anew.
//!
//! One keeps its value as long as it means the same: it is defined as it was, and what it looks at of the other entity's
//! records is not converted. Everything else is counted by the job of the change; until then such a field shows what it
//! showed before.

use std::collections::BTreeSet;

use app::plan::overlap;
use app::{App, Calculation, Field};

use super::state::{Computed, State};
use crate::records::key_of;

/// The fields of an app that are computed so, with the names of their entities.
fn fields(app: &App) -> impl Iterator<Item = (&str, &Field)> {
    let entities = app.entities.values();
    entities.flat_map(|entity| {
        let fields = entity.fields.iter().filter(|field| field.is_aggregate());
        fields.map(|field| (entity.name.as_str(), field))
    })
}

/// Notes since which definition each of them is computed as it is, when `new` takes the place of `old` under the number
/// that `state` has already.
pub(super) fn renumber(state: &mut State, old: Option<&App>, new: &App) {
    let changes = app::Plan::between(old, new);
    let mut all = std::mem::take(&mut state.computed);
    for (entity, field) in fields(new) {
        let key = key_of(entity, &field.name);
        let before = old.and_then(|old| Some((old, old.entity(entity)?)));
        let stays = before.is_some_and(|(old, was)| {
            let was = was.fields.get(&field.name);
            was.is_some_and(|was| means_the_same((old, was), (new, field), &changes))
        });
        let computed = match all.remove(&key).filter(|_| stays) {
            Some(known) => known,
            None => Computed {
                since: state.number,
                // There are no records of an entity that is new.
                done: before.is_none(),
            },
        };
        state.computed.insert(key, computed);
    }
}

fn means_the_same((old, was): (&App, &Field), (new, is): (&App, &Field), changes: &app::Plan) -> bool {
    let Some(Calculation::Aggregate { entity, filter, .. }) = &is.calculation else {
        return false;
    };
    let paths = is
        .calculation
        .as_ref()
        .map(Calculation::looks_at)
        .unwrap_or_default();
    let conversions = changes.changed.iter().filter(|change| change.entity == *entity);
    let touches = conversions
        .flat_map(|change| &change.conversions)
        .any(|conversion| {
            let path = conversion.path().unwrap_or("label");
            paths.iter().any(|looked_at| overlap(looked_at, path))
        });
    // Dates without a zone are read in that of the app.
    let same_zone = filter.is_none() || old.timezone == new.timezone;
    was.calculation == is.calculation && was.kind == is.kind && same_zone && !touches
}

/// Notes those that were in force before fields were noted at all: none of their records is counted.
pub(super) fn note_unnoted(state: &mut State, app: &App) {
    for (entity, field) in fields(app) {
        let computed = state.computed.entry(key_of(entity, &field.name));
        computed.or_insert(Computed {
            since: 0,
            done: false,
        });
    }
}

/// Those of which not all records are known to be counted: entity and field.
pub(crate) fn lacking(state: &State, app: &App) -> BTreeSet<(String, String)> {
    let is_done = |key: &str| state.computed.get(key).is_some_and(|computed| computed.done);
    fields(app)
        .filter(|(entity, field)| !is_done(&key_of(entity, &field.name)))
        .map(|(entity, field)| (entity.to_owned(), field.name.clone()))
        .collect()
}
