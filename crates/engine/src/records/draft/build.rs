//! A draft laid out as a stored body: `id`, `version`, `label`, the fields in order, and under `~` what queries need.

use std::borrow::Cow;

use app::indexes::compound_name;
use app::{Entity, Field, FieldType, Fields, LabelRule};
use jiff::tz::TimeZone;
use jsonb::{Damaged, Jsonb, ObjectBuilder, Value};

use super::label::label_of;
use super::{Draft, Ref, Slot};
use crate::records::indexes::SHADOW;
use crate::records::totals::STANDINGS;
use crate::records::values;

/// What stands before the fields.
#[derive(Clone, Copy, Debug)]
pub(in crate::records) struct Head<'a> {
    /// The version as clients count.
    pub(in crate::records) version: u64,
    /// Whether values that are never stored are written too, for scripts.
    pub(in crate::records) transient: bool,
    /// What it is a record of.
    pub(in crate::records) entity: &'a Entity,
    /// The zone of dates in labels.
    pub(in crate::records) zone: &'a TimeZone,
}

/// The body of a record, and its label.
pub(in crate::records) fn record(draft: &Draft, head: &Head<'_>) -> Result<(Jsonb, String), Damaged> {
    let entity = head.entity;
    let label = match &draft.label {
        Some(label) if matches!(entity.record_label, LabelRule::Script(_)) => label.clone(),
        _ => label_of(draft, &entity.fields, &entity.record_label, head.zone)?
            .unwrap_or_else(|| draft.id.clone()),
    };
    let object = jsonb::object()
        .field_str("id", &draft.id)
        .field_i64("version", i64::try_from(head.version).unwrap_or(i64::MAX))
        .field_str("label", &label);
    let (object, mut shadow) = level(object, draft, &entity.fields, head)?;
    for (number, index) in entity.indexes.iter().enumerate() {
        if index.fields.len() > 1
            && let Some(key) = compound(draft, &entity.fields, &index.fields)?
        {
            shadow = shadow.with(&compound_name(number), &key);
        }
    }
    if let Some(standings) = &draft.standings {
        shadow = shadow.with(STANDINGS, standings);
    }
    Ok((shadow.close(object), label))
}

/// The values under `~`, once there is one.
#[derive(Default)]
struct Shadow(Option<ObjectBuilder>);

impl Shadow {
    fn with(self, name: &str, value: &Jsonb) -> Self {
        Self(Some(self.0.unwrap_or_default().field_body(name, value)))
    }

    fn close(self, object: ObjectBuilder) -> Jsonb {
        match self.0 {
            Some(shadow) => object.field_body(SHADOW, &shadow.finish()).finish(),
            None => object.finish(),
        }
    }
}

fn level(
    mut object: ObjectBuilder,
    draft: &Draft,
    fields: &Fields,
    head: &Head<'_>,
) -> Result<(ObjectBuilder, Shadow), Damaged> {
    let mut shadow = Shadow::default();
    for (field, slot) in fields.iter().zip(&draft.slots) {
        if field.transient && !head.transient {
            continue;
        }
        let Some(value) = value(field, slot, head)? else {
            continue;
        };
        object = object.field_body(&field.name, &value);
        if let Some(key) = values::shadow_of(field, &value)? {
            shadow = shadow.with(&field.name, &key);
        }
    }
    Ok((object, shadow))
}

fn value<'d>(field: &Field, slot: &'d Slot, head: &Head<'_>) -> Result<Option<Cow<'d, Jsonb>>, Damaged> {
    Ok(match slot {
        Slot::Empty if matches!(field.kind, FieldType::Boolean) && !field.many => {
            Some(Cow::Owned(values::boolean(false)))
        }
        Slot::Empty => None,
        Slot::Plain(value) => Some(Cow::Borrowed(value)),
        Slot::Refs(list) => references(field, list),
        Slot::Nested(list) => match &field.kind {
            FieldType::Nested { label, fields } => {
                let laid_out = |draft| nested(field, (label, fields), draft, head).map(Cow::Owned);
                several(field, list, laid_out)?
            }
            _ => None,
        },
    })
}

/// What is resolved of references.
pub(super) fn known(list: &[Ref]) -> Vec<&Jsonb> {
    list.iter().filter_map(Ref::known).collect()
}

fn references<'d>(field: &Field, list: &'d [Ref]) -> Option<Cow<'d, Jsonb>> {
    let known = known(list);
    if !field.many {
        return known.first().map(|value| Cow::Borrowed(*value));
    }
    let each = known
        .iter()
        .fold(jsonb::array(), |array, value| array.item_body(value));
    (!known.is_empty()).then(|| Cow::Owned(each.finish()))
}

fn several<'d, T>(
    field: &Field,
    list: &'d [T],
    each: impl Fn(&'d T) -> Result<Cow<'d, Jsonb>, Damaged>,
) -> Result<Option<Cow<'d, Jsonb>>, Damaged> {
    if !field.many {
        return list.first().map(each).transpose();
    }
    let mut array = jsonb::array();
    for one in list {
        let one = each(one)?;
        array = array.item_body(&one);
    }
    Ok((!list.is_empty()).then(|| Cow::Owned(array.finish())))
}

fn nested(
    field: &Field,
    (rule, fields): (&LabelRule, &Fields),
    draft: &Draft,
    head: &Head<'_>,
) -> Result<Jsonb, Damaged> {
    let label = match &draft.label {
        Some(label) if matches!(rule, LabelRule::Script(_)) => label.clone(),
        _ => label_of(draft, fields, rule, head.zone)?.unwrap_or_else(|| field.label.clone()),
    };
    let object = jsonb::object()
        .field_str("id", &draft.id)
        .field_str("label", &label);
    let (object, shadow) = level(object, draft, fields, head)?;
    Ok(shadow.close(object))
}

/// The key over several fields; none when one of them has no value.
fn compound(draft: &Draft, fields: &Fields, paths: &[String]) -> Result<Option<Jsonb>, Damaged> {
    let mut key = jsonb::array();
    for path in paths {
        match part(draft, fields, path)? {
            Some(value) => key = key.item_str(&value),
            None => return Ok(None),
        }
    }
    Ok(Some(values::text(&key.finish().to_text()?)))
}

fn part(draft: &Draft, fields: &Fields, path: &str) -> Result<Option<String>, Damaged> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(place) = fields.0.iter().position(|field| field.name == name) else {
        return Ok(None);
    };
    let (field, slot) = (&fields.0[place], &draft.slots[place]);
    match (&field.kind, slot) {
        (FieldType::Nested { fields, .. }, Slot::Nested(list)) => {
            list.first().map_or(Ok(None), |inner| part(inner, fields, rest))
        }
        (_, Slot::Refs(list)) => known(list).first().map_or(Ok(None), |value| id_of(value.root())),
        (_, Slot::Plain(value)) => value.to_text().map(Some),
        _ => Ok(None),
    }
}

fn id_of(value: Value<'_>) -> Result<Option<String>, Damaged> {
    let id = value.get("id")?.map(Value::as_str).transpose()?.flatten();
    Ok(id.map(Cow::into_owned))
}
