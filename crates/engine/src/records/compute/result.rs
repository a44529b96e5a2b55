//! What a function gave, as a field holds it.

use app::Field;
use jsonb::{Jsonb, Kind, Value};

use super::super::draft::{Ref, Slot, refers};

/// The slot of a field with what a function gave; what does not fit the field is none.
pub(in crate::records) fn slot_of(field: &Field, value: Option<&Jsonb>) -> Slot {
    let Some(value) = value.filter(|value| value.root().kind() != Kind::Null) else {
        return Slot::Empty;
    };
    let each: Vec<Value<'_>> = match field.many {
        true => value.root().elements().filter_map(Result::ok).collect(),
        false => vec![value.root()],
    };
    if refers(&field.kind) {
        let asked = |value: &Value<'_>| app::values::read_reference(field, *value).ok().flatten();
        return Slot::Refs(each.iter().filter_map(asked).map(Ref::Asked).collect());
    }
    let read = |value: &Value<'_>| app::values::read(field, *value).ok().flatten();
    let mut scalars = each.iter().filter_map(read).map(|scalar| scalar.stored);
    if !field.many {
        return scalars.next().map_or(Slot::Empty, Slot::Plain);
    }
    Slot::Plain(
        scalars
            .fold(jsonb::array(), |list, one| list.item_body(&one))
            .finish(),
    )
}
