//! Aggregates (`contracts/slingr.md` §3): a client's list of operations becomes a [`Pipeline`] over stored records.
//!
//! While operations are read, `Building` keeps track of the fields that documents have at that point, so that each
//! operation is checked against the shape the one before leaves, and the result can be rendered by type ([`Output`]).
//! Which fields of records are looked at is told too, for permissions.

mod accumulator;
mod building;
mod error;
mod geo_near;
mod group;
mod lookup;
mod options;
mod project;
mod simple;
mod unwind;

use jsonb::{Kind, Value};
use query::{Limits, Pipeline};

use crate::Fields;
use crate::lower::Scope;

pub use error::AggregateError;

use building::Building;

/// A lowered aggregate.
#[derive(Debug)]
pub struct Aggregate {
    /// What runs over the records that the caller may read.
    pub pipeline: Pipeline,
    /// Paths of the entity's fields that operations look at, each once; the caller must be allowed to read them.
    pub fields_used: Vec<String>,
    /// Other entities that are read.
    pub lookups: Vec<Lookup>,
    /// What the results look like.
    pub output: Output,
}

/// Another entity that an aggregate reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Full name of the entity.
    pub entity: String,
    /// The field its records are put in, as lists.
    pub path: String,
    /// Paths of its fields that operations look at, each once; the empty path is all of them.
    pub fields_used: Vec<String>,
}

/// What results look like.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The fields, as those of records are described; sums and the like are described by their own type.
    pub fields: Fields,
    /// Whether there is an `id`.
    pub id: bool,
    /// Whether the label was asked for.
    pub label: bool,
    /// Whether results are records, of which only fields may be shown that the caller may read; else they are computed
    /// from [`Aggregate::fields_used`].
    pub records: bool,
}

/// The collection in which records of an entity are stored.
#[must_use]
pub fn collection(entity: &str) -> String {
    format!("app:{entity}")
}

/// Lowers the body of an aggregate: a list of objects, or one object, whose keys are operations in order.
///
/// # Errors
/// An [`AggregateError`] that names the operation, its place, and why.
pub fn aggregate(scope: &Scope<'_>, body: Value<'_>) -> Result<Aggregate, AggregateError> {
    let mut building = Building::new(*scope);
    match body.kind() {
        Kind::Object => operations(&mut building, body)?,
        Kind::Array => {
            for element in body.elements() {
                let element = element
                    .map_err(|damaged| AggregateError::new(building.place, "", damaged.to_string()))?;
                if element.kind() != Kind::Object {
                    let why = format!("must be an object, found {}", building::shown(element));
                    return Err(AggregateError::new(building.place + 1, "", why));
                }
                operations(&mut building, element)?;
            }
        }
        _ => {
            return Err(AggregateError::new(
                0,
                "",
                "an aggregate is a list of operations".to_owned(),
            ));
        }
    }
    finish(building)
}

fn operations(building: &mut Building<'_>, object: Value<'_>) -> Result<(), AggregateError> {
    for entry in object.entries() {
        building.place += 1;
        let place = building.place;
        let (name, value) = entry.map_err(|damaged| AggregateError::new(place, "", damaged.to_string()))?;
        operation(building, &name, value).map_err(|why| AggregateError::new(place, &name, why))?;
    }
    Ok(())
}

fn operation(building: &mut Building<'_>, name: &str, value: Value<'_>) -> Result<(), String> {
    match name {
        "match" => simple::matching(building, value),
        "project" => project::project(building, value),
        "group" => group::group(building, value),
        "sort" => simple::sort(building, value),
        "count" => simple::count(building, value),
        "skip" => simple::bound(building, "$skip", value, 0),
        "limit" => simple::bound(building, "$limit", value, 1),
        "unwind" => unwind::unwind(building, value),
        "lookup" => lookup::lookup(building, value),
        "geoNear" => geo_near::geo_near(building, value),
        _ => Err("there is no such operation; there are match, project, group, sort, count, skip, limit, unwind, lookup \
            and geoNear"
            .to_owned()),
    }
}

fn finish(mut building: Building<'_>) -> Result<Aggregate, AggregateError> {
    building.leave_out();
    let stages = building.stages();
    let pipeline = Pipeline::parse(&stages.root(), &Limits::default())
        .map_err(|refusal| AggregateError::new(0, "", refusal.why))?;
    Ok(building.into_aggregate(pipeline))
}

#[cfg(test)]
mod tests;
