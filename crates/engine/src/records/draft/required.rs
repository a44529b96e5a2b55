//! Which fields are needed but have no value.

use app::{Field, FieldType, Fields, Rule};

use super::{Draft, Slot, Spot};

/// Shows every field without a value that a rule may require: the spot, the field, the rule.
pub(in crate::records) fn missing<'f>(
    draft: &Draft,
    fields: &'f Fields,
    at: &Spot<'f>,
    visit: &mut dyn FnMut(&Spot<'f>, &'f Field),
) {
    for (field, slot) in fields.iter().zip(&draft.slots) {
        let here = at.field(&field.name);
        let made = !field.is_writable() || matches!(field.kind, FieldType::Boolean);
        if slot.is_empty() && !made && field.required != Rule::Never {
            visit(&here, field);
        }
        if let (FieldType::Nested { fields: inner, .. }, Slot::Nested(list)) = (&field.kind, slot) {
            for (number, nested) in list.iter().enumerate() {
                missing(nested, inner, &here.element(field, number), visit);
            }
        }
    }
}
