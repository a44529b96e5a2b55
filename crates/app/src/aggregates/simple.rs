//! `match`, `sort`, `count`, `skip`, `limit`.

use jsonb::{Kind, Value};

use crate::Fields;
use crate::language::map;
use crate::lower::document::text as text_value;
use crate::lower::path::plain;
use crate::lower::{self, fields_used};

use super::building::{Building, name, shown};
use super::options::text;

/// `{"match": {"state": "active", "size": "greater(5)"}}`; parameters of queries, like `_size`, have no effect.
pub(super) fn matching(building: &mut Building<'_>, value: Value<'_>) -> Result<(), String> {
    if value.kind() != Kind::Object {
        return Err(format!(
            "must be a map of fields and values, found {}",
            shown(value)
        ));
    }
    let mut kept = jsonb::object();
    for entry in value.entries() {
        let (key, value) = entry.map_err(|damaged| damaged.to_string())?;
        if !key.starts_with('_') || matches!(&*key, "_or" | "_and") {
            kept = kept.field_raw(&key, value);
        }
    }
    let condition = map::map(kept.finish().root()).map_err(|error| error.to_string())?;
    let lowered = lower::lowered(&building.frame(), &condition).map_err(|error| error.to_string())?;
    // Limits and the like are told here, where the operation is known.
    query::Filter::parse(&lowered.root(), &query::Limits::default()).map_err(|refusal| refusal.why)?;
    fields_used(&condition)
        .iter()
        .for_each(|path| building.uses(path));
    building.add("$match", &lowered);
    Ok(())
}

/// `{"sort": {"size": "desc", "name": "asc"}}`
pub(super) fn sort(building: &mut Building<'_>, value: Value<'_>) -> Result<(), String> {
    if value.kind() != Kind::Object || value.is_empty().map_err(|damaged| damaged.to_string())? {
        return Err(format!(
            "must be an object of fields and directions, found {}",
            shown(value)
        ));
    }
    let mut stage = jsonb::object();
    let mut seen = Vec::new();
    for entry in value.entries() {
        let (field, direction) = entry.map_err(|damaged| damaged.to_string())?;
        let direction = match text(direction).as_deref() {
            Ok("asc") => 1,
            Ok("desc") => -1,
            _ => {
                return Err(format!(
                    "`{field}` must be `asc` or `desc`, found {}",
                    shown(direction)
                ));
            }
        };
        let path = lower::sort::path(&building.frame(), &field).map_err(|error| error.to_string())?;
        building.uses(&field);
        if seen.contains(&path) {
            return Err(format!("`{field}` is sorted by twice"));
        }
        stage = stage.field_i64(&path, direction);
        seen.push(path);
    }
    building.add("$sort", &stage.finish());
    Ok(())
}

/// `{"count": "total"}`
pub(super) fn count(building: &mut Building<'_>, value: Value<'_>) -> Result<(), String> {
    let counter = text(value)?;
    name(&counter)?;
    building.add("$count", &text_value(&counter));
    let field = plain(
        &counter,
        crate::FieldType::Integer(crate::Range::default()),
        false,
    );
    building.become_computed(Fields(vec![field]));
    Ok(())
}

/// `{"skip": 3}`, `{"limit": 5}`
pub(super) fn bound(
    building: &mut Building<'_>,
    stage: &str,
    value: Value<'_>,
    least: i64,
) -> Result<(), String> {
    let number = value.as_i64().map_err(|damaged| damaged.to_string())?;
    match number.filter(|number| *number >= least) {
        Some(number) => {
            building.add(stage, &lower::document::scalar(|items| items.item_i64(number)));
            Ok(())
        }
        None => Err(format!(
            "must be a whole number from {least}, found {}",
            shown(value)
        )),
    }
}
