//! `{"unwind": {"fieldPath": "services", "includeEmpty": true}}`: a document for each element of a list.

use jsonb::{Kind, Value};

use crate::lower::document::{dotted, text as text_value};
use crate::values;
use crate::values::SHADOWS;

use crate::{Field, FieldType, Fields};

use super::building::{Building, at, call, if_there};
use super::options::{Options, text};

pub(super) fn unwind(building: &mut Building<'_>, value: Value<'_>) -> Result<(), String> {
    let (path, include_empty) = match value.kind() {
        Kind::Text => (text(value)?, false),
        _ => {
            let options = Options::read(value, &["fieldPath", "includeEmpty"])?;
            (options.needs_text("fieldPath")?, options.flag("includeEmpty")?)
        }
    };
    let target = building
        .frame()
        .resolve(&path)
        .map_err(|why| format!("`{path}`: {why}"))?;
    let outer = target.steps.len().saturating_sub(1);
    if let Some(list) = target.steps.iter().take(outer).find(|step| step.many) {
        return Err(format!("`{path}`: unwind `{}` first, which is a list", list.name));
    }
    let shadow = target
        .kind()
        .filter(|kind| values::shadow(kind))
        .map(|_| dotted(&target.compared()));
    let is_list = target.is_many();
    let stored = target.dotted();
    building.uses(&path);
    let mut stage = jsonb::object()
        .field_body("path", &at(&stored))
        .field_bool("preserveNullAndEmptyArrays", include_empty);
    let place = format!("{SHADOWS}.at");
    if shadow.is_some() && is_list {
        stage = stage.field_str("includeArrayIndex", &place);
    }
    building.add("$unwind", &stage.finish());
    if let Some(shadow) = shadow.filter(|_| is_list) {
        let element = call("$arrayElemAt", &[at(&shadow), at(&place)]);
        let element = if_there(&at(&place), &element, &text_value("$$REMOVE"));
        building.add(
            "$addFields",
            &jsonb::object().field_body(&shadow, &element).finish(),
        );
    }
    single(&mut building.fields, &path);
    Ok(())
}

/// Makes the field at a path hold one value.
fn single(fields: &mut Fields, path: &str) {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(field) = fields.0.iter_mut().find(|field| field.name == first) else {
        return;
    };
    match (rest, field) {
        (None, field) => field.many = false,
        (
            Some(rest),
            Field {
                kind: FieldType::Nested { fields, .. },
                ..
            },
        ) => single(fields, rest),
        (Some(_), _) => {}
    }
}
