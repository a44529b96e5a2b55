//! `{"project": "name,addresses.state"}`: which fields stay; the id always does.

use jsonb::Value;

use crate::lower::document::dotted;
use crate::values;
use crate::{Field, FieldType, Fields};

use super::building::Building;
use super::options::names;

pub(super) fn project(building: &mut Building<'_>, value: Value<'_>) -> Result<(), String> {
    let mut paths = names(value)?;
    paths.sort_unstable();
    paths.dedup();
    let all = paths.clone();
    // What lies in a field that stays stays with it.
    paths.retain(|path| !all.iter().any(|other| path.starts_with(&format!("{other}."))));
    let [id, ..] = building.own;
    if paths.is_empty() {
        return Err("needs at least one field".to_owned());
    }
    let mut stage = jsonb::object();
    let mut stored = Vec::new();
    for path in &paths {
        let target = building.frame().resolve(path)?;
        stored.push(target.dotted());
        if target.kind().is_some_and(values::shadow) {
            stored.push(dotted(&target.compared()));
        }
    }
    if id {
        stored.push("id".to_owned());
    }
    stored.sort_unstable();
    stored.dedup();
    for path in &stored {
        stage = stage.field_i64(path, 1);
    }
    paths.iter().for_each(|path| building.uses(path));
    building.add("$project", &stage.finish());
    let has = |name: &str| paths.iter().any(|path| path == name);
    let [_, label, version] = building.own;
    building.own = [id, label && has("label"), version && has("version")];
    building.fields = chosen(&building.fields, &paths);
    building.chosen = true;
    Ok(())
}

/// The fields that are named, or have a part that is.
fn chosen(fields: &Fields, paths: &[String]) -> Fields {
    let keep = |field: &Field| {
        if paths.contains(&field.name) {
            return Some(field.clone());
        }
        let inner: Vec<String> = paths
            .iter()
            .filter_map(|path| Some(path.strip_prefix(&field.name)?.strip_prefix('.')?.to_owned()))
            .collect();
        match (&field.kind, inner.is_empty()) {
            (_, true) => None,
            (FieldType::Nested { label, fields }, false) => {
                let kind = FieldType::Nested {
                    label: label.clone(),
                    fields: chosen(fields, &inner),
                };
                Some(Field {
                    kind,
                    ..field.clone()
                })
            }
            (_, false) => Some(field.clone()),
        }
    };
    Fields(fields.iter().filter_map(keep).collect())
}
