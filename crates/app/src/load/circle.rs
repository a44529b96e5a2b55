//! Aggregates over aggregates: a chain of them ends somewhere.
//!
//! When a record changes, aggregates over it do, then those over these. A field that is in the end computed of itself
//! would never come to rest, so such a definition is refused.

use std::collections::BTreeSet;

use crate::{App, Calculation};

/// A field of an entity.
type Place<'a> = (&'a str, &'a str);

/// Refuses an aggregate that looks at itself.
pub(super) fn check(app: &App, entity: &str, field: &str) -> Result<(), String> {
    let (mut seen, mut left) = (BTreeSet::new(), below(app, (entity, field)));
    while let Some(place) = left.pop() {
        if place == (entity, field) {
            return Err(format!("`{field}` of {entity} is computed of itself"));
        }
        if seen.insert(place) {
            left.extend(below(app, place));
        }
    }
    Ok(())
}

/// The aggregates that one looks at.
fn below<'a>(app: &'a App, (entity, field): Place<'_>) -> Vec<Place<'a>> {
    let of = |entity: &str, field: &str| app.entity(entity)?.fields.get(field)?.calculation.as_ref();
    let Some(calculation @ Calculation::Aggregate { entity: other, .. }) = of(entity, field) else {
        return Vec::new();
    };
    let Some(other) = app.entity(other) else {
        return Vec::new();
    };
    let paths = calculation.looks_at();
    let looked_at = other
        .fields
        .iter()
        .filter(|field| field.is_aggregate() && paths.contains(&field.name));
    looked_at
        .map(|field| (other.name.as_str(), field.name.as_str()))
        .collect()
}
