//! `{"group": {"by": "company", "totalSkills": "sum(numberOfSkills)"}}`
//!
//! Relationships, groups and files are grouped by their id and given as `{id, label}` (`{id, name}`); a dotted path gives
//! an object with the last step in it. A key that a group's documents do not have is left out.

use jsonb::{Jsonb, ObjectBuilder, Value};

use crate::lower::document::{dotted, null, one, text};
use crate::lower::path::{Target, plain};
use crate::values;
use crate::values::SHADOWS;
use crate::{Field, FieldType, Fields, LabelRule};

use super::accumulator::{Accumulator, accumulator};
use super::building::{Building, at, described, if_there, name, shown};
use super::options::names;

/// The stages that a group becomes.
#[derive(Default)]
struct Stages {
    keys: ObjectBuilder,
    tallies: ObjectBuilder,
    /// The values of the result, by path.
    values: Vec<(String, Jsonb)>,
    fields: Fields,
}

pub(super) fn group(building: &mut Building<'_>, value: Value<'_>) -> Result<(), String> {
    if value.kind() != jsonb::Kind::Object {
        return Err(format!(
            "must be an object with `by` and accumulators, found {}",
            shown(value)
        ));
    }
    let mut stages = Stages::default();
    let by = match value.get("by").map_err(|damaged| damaged.to_string())? {
        Some(by) if by.kind() != jsonb::Kind::Null => names(by).map_err(|why| format!("`by` {why}"))?,
        _ => Vec::new(),
    };
    for (index, path) in by.iter().enumerate() {
        stages
            .key(building, path, index)
            .map_err(|why| format!("`by`: `{}`: {why}", query::cut(path)))?;
    }
    let mut used = by.clone();
    for (index, entry) in value.entries().enumerate() {
        let (key, value) = entry.map_err(|damaged| damaged.to_string())?;
        if key == "by" {
            continue;
        }
        name(&key)?;
        let call = value.as_str().map_err(|damaged| damaged.to_string())?;
        let call = call.ok_or_else(|| {
            format!(
                "`{key}` must be an accumulator like `sum(field)`, found {}",
                shown(value)
            )
        })?;
        let made = accumulator(building, &key, &call, index).map_err(|why| format!("`{key}`: {why}"))?;
        used.extend(made.path.clone());
        stages.tally(&key, made)?;
    }
    used.iter().for_each(|path| building.uses(path));
    stages.finish(building, by.is_empty());
    Ok(())
}

impl Stages {
    /// Adds what documents are grouped by.
    fn key(&mut self, building: &Building<'_>, path: &str, index: usize) -> Result<(), String> {
        let target = building.frame().resolve(path)?;
        check(&target)?;
        let key = format!("k{index}");
        let beside = format!("b{index}");
        let there = at(&format!("_id.{key}"));
        let stored = target.dotted();
        let mut keys = std::mem::take(&mut self.keys);
        let mut tallies = std::mem::take(&mut self.tallies);
        let value = match target.kind() {
            Some(kind @ (FieldType::Relationship(_) | FieldType::Group { .. } | FieldType::File)) => {
                let called = if matches!(kind, FieldType::File) {
                    "name"
                } else {
                    "label"
                };
                keys = keys.field_body(&key, &at(&dotted(&target.inner("id"))));
                tallies = tallies.field_body(&beside, &one("$first", &at(&dotted(&target.inner(called)))));
                let pair = jsonb::object()
                    .field_body("id", &there)
                    .field_body(called, &at(&beside))
                    .finish();
                if_there(&there, &pair, &text("$$REMOVE"))
            }
            Some(FieldType::BigNumber(_)) => {
                keys = keys.field_body(&key, &at(&dotted(&target.compared())));
                tallies = tallies.field_body(&beside, &one("$first", &at(&stored)));
                self.values.push((shadow(path), there));
                at(&beside)
            }
            Some(kind) if values::shadow(kind) => {
                keys = keys.field_body(&key, &at(&stored));
                tallies = tallies.field_body(&beside, &one("$first", &at(&dotted(&target.compared()))));
                self.values.push((shadow(path), at(&beside)));
                there
            }
            _ => {
                keys = keys.field_body(&key, &at(&stored));
                there
            }
        };
        (self.keys, self.tallies) = (keys, tallies);
        self.values.push((path.to_owned(), value));
        let last = path.rsplit('.').next().unwrap_or(path);
        place(&mut self.fields, path, described(&target, last))
    }

    /// Adds an accumulator.
    fn tally(&mut self, name: &str, made: Accumulator) -> Result<(), String> {
        for (own, accumulated) in &made.parts {
            self.tallies = std::mem::take(&mut self.tallies).field_body(own, accumulated);
        }
        self.values
            .extend(made.shadow.map(|compared| (shadow(name), compared)));
        self.values.push((name.to_owned(), made.value));
        place(&mut self.fields, name, made.field)
    }

    fn finish(self, building: &mut Building<'_>, alone: bool) {
        let id = if alone { null() } else { self.keys.finish() };
        let tallies = self.tallies.finish();
        let stage = tallies
            .root()
            .entries()
            .flatten()
            .fold(jsonb::object().field_body("_id", &id), |stage, (name, value)| {
                stage.field_raw(&name, value)
            });
        building.add("$group", &stage.finish());
        let result = self
            .values
            .iter()
            .fold(jsonb::object().field_i64("_id", 0), |result, (path, value)| {
                result.field_body(path, value)
            });
        building.add("$project", &result.finish());
        building.become_computed(self.fields);
    }
}

fn check(target: &Target<'_>) -> Result<(), String> {
    if target.sensitive {
        return Err("the field is sensitive".to_owned());
    }
    match target.kind() {
        Some(FieldType::Nested { .. }) => Err("nested fields are grouped by one of them".to_owned()),
        _ if target.is_many() => Err("may have several values: unwind it first".to_owned()),
        _ => Ok(()),
    }
}

/// Where the comparable form of a result goes.
fn shadow(path: &str) -> String {
    match path.rsplit_once('.') {
        Some((outer, last)) => format!("{outer}.{SHADOWS}.{last}"),
        None => format!("{SHADOWS}.{path}"),
    }
}

/// Puts a field at a path, within objects where the path has several steps.
fn place(fields: &mut Fields, path: &str, field: Field) -> Result<(), String> {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    let known = fields.0.iter_mut().find(|field| field.name == first);
    match (known, rest) {
        (None, None) => fields.0.push(field),
        (None, Some(rest)) => {
            let mut inner = Fields::default();
            place(&mut inner, rest, field)?;
            fields.0.push(plain(
                first,
                FieldType::Nested {
                    label: LabelRule::None,
                    fields: inner,
                },
                false,
            ));
        }
        (
            Some(Field {
                kind: FieldType::Nested { fields, .. },
                ..
            }),
            Some(rest),
        ) => place(fields, rest, field)?,
        (Some(_), _) => return Err(format!("`{path}` is there twice")),
    }
    Ok(())
}
