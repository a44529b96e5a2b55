//! Labels: what people call a record or a nested value.

use app::values::plain_text;
use app::{Field, Fields, LabelRule};
use jiff::tz::TimeZone;
use jsonb::{Damaged, Value};

use super::build::known;
use super::{Draft, Slot};

/// The label that the rule gives; none when there is no rule.
pub(super) fn label_of(
    draft: &Draft,
    fields: &Fields,
    rule: &LabelRule,
    zone: &TimeZone,
) -> Result<Option<String>, Damaged> {
    let LabelRule::Field(path) = rule else {
        return Ok(None);
    };
    let place = fields.0.iter().position(|field| field.name == *path);
    let Some((field, slot)) = place.map(|place| (&fields.0[place], &draft.slots[place])) else {
        return Ok(Some(String::new()));
    };
    let text = match slot {
        Slot::Plain(value) => text_of(field, value.root(), zone)?,
        Slot::Refs(list) => {
            let texts = known(list)
                .into_iter()
                .map(|value| plain_text(field, value.root(), zone));
            texts.collect::<Result<Vec<_>, _>>()?.join(", ")
        }
        Slot::Nested(_) | Slot::Empty => String::new(),
    };
    Ok(Some(text))
}

/// A value as one line of text; a list with commas between.
fn text_of(field: &Field, value: Value<'_>, zone: &TimeZone) -> Result<String, Damaged> {
    if !field.many {
        return plain_text(field, value, zone);
    }
    let texts = value.elements().map(|element| plain_text(field, element?, zone));
    Ok(texts.collect::<Result<Vec<_>, _>>()?.join(", "))
}
