//! Results of an aggregation as they are answered: each value in the form that its type has in records.

use app::aggregates::Output;
use app::values::{plain_text, rendered};
use app::{Field, FieldType, Fields};
use jiff::tz::TimeZone;
use jsonb::{Damaged, Jsonb, Kind, ObjectBuilder, Value};

use crate::GroupKeys;
use crate::records::values;

/// The answer for one result.
pub(super) fn shown(
    result: Value<'_>,
    output: &Output,
    zone: &TimeZone,
    keys: GroupKeys,
) -> Result<Jsonb, Damaged> {
    // Only what was grouped has no id any more.
    if !output.id && keys == GroupKeys::Label {
        return labelled(result, output, zone);
    }
    let mut object = jsonb::object();
    for (name, there) in [("id", output.id), ("label", output.label)] {
        if let (true, Some(value)) = (there, result.get(name)?) {
            object = object.field_raw(name, value);
        }
    }
    Ok(level(object, &output.fields, result, zone)?.finish())
}

/// The answer for one grouped result, with labels in the place of references.
fn labelled(result: Value<'_>, output: &Output, zone: &TimeZone) -> Result<Jsonb, Damaged> {
    let mut object = jsonb::object();
    for field in &output.fields {
        let Some(value) = result.get(&field.name)? else {
            continue;
        };
        let refers = matches!(field.kind, FieldType::Relationship(_) | FieldType::Group { .. });
        let label = match refers {
            true => value.get("label")?,
            false => None,
        };
        object = match label {
            Some(label) => object.field_raw(&field.name, label),
            None if value.kind() == Kind::Null => object,
            None => object.field_body(&field.name, &of_field(field, value, zone)?),
        };
    }
    Ok(object.finish())
}

/// The fields that have a value, in order.
fn level(
    mut object: ObjectBuilder,
    fields: &Fields,
    value: Value<'_>,
    zone: &TimeZone,
) -> Result<ObjectBuilder, Damaged> {
    for field in fields {
        let Some(value) = value.get(&field.name)? else {
            continue;
        };
        if value.kind() != Kind::Null {
            object = object.field_body(&field.name, &of_field(field, value, zone)?);
        }
    }
    Ok(object)
}

/// One value, or a list of them: an unwound field has one, a field within an unwound list too.
fn of_field(field: &Field, value: Value<'_>, zone: &TimeZone) -> Result<Jsonb, Damaged> {
    if value.kind() != Kind::Array {
        return one(field, value, zone);
    }
    let mut list = jsonb::array();
    for element in value.elements() {
        list = list.item_body(&one(field, element?, zone)?);
    }
    Ok(list.finish())
}

fn one(field: &Field, value: Value<'_>, zone: &TimeZone) -> Result<Jsonb, Damaged> {
    match &field.kind {
        FieldType::Nested { fields, .. } => nested(fields, value, zone),
        kind if rendered(kind) => Ok(values::text(&plain_text(field, value, zone)?)),
        _ => Ok(values::copy(value)),
    }
}

/// Fields within a field, with the id and label that such a value has.
fn nested(fields: &Fields, value: Value<'_>, zone: &TimeZone) -> Result<Jsonb, Damaged> {
    let mut object = jsonb::object();
    for name in ["id", "label"] {
        if let (None, Some(value)) = (fields.get(name), value.get(name)?) {
            object = object.field_raw(name, value);
        }
    }
    Ok(level(object, fields, value, zone)?.finish())
}
