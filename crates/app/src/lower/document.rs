//! Small filter documents in the query core's language.

use jsonb::Jsonb;

use super::path::Step;

/// What every record matches.
pub(crate) fn all() -> Jsonb {
    jsonb::object().finish()
}

/// What no record matches.
pub(crate) fn none() -> Jsonb {
    one("$nor", &list_of(&[all()]))
}

/// `{"$and": […]}` and `{"$or": […]}` of at least one.
pub(crate) fn list(name: &str, mut parts: Vec<Jsonb>) -> Jsonb {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    one(name, &list_of(&parts))
}

/// `{path: condition}`.
pub(crate) fn at(path: &str, condition: &Jsonb) -> Jsonb {
    one(path, condition)
}

/// An object of one key.
pub(crate) fn one(key: &str, value: &Jsonb) -> Jsonb {
    jsonb::object().field_body(key, value).finish()
}

pub(crate) fn list_of(values: &[Jsonb]) -> Jsonb {
    let items = values
        .iter()
        .fold(jsonb::array(), |items, value| items.item_body(value));
    items.finish()
}

/// One of the values; of a single one, equal to it.
pub(crate) fn any_of(values: &[Jsonb]) -> Jsonb {
    match values {
        [value] => one("$eq", value),
        values => one("$in", &list_of(values)),
    }
}

/// None of the values.
pub(crate) fn none_of(values: &[Jsonb]) -> Jsonb {
    one("$nin", &list_of(values))
}

/// What stands for no value: null, which a missing field is too, and the empty text and list.
pub(crate) fn nothing() -> [Jsonb; 3] {
    [null(), text(""), jsonb::array().finish()]
}

pub(crate) fn null() -> Jsonb {
    scalar(|items| items.item_null())
}

pub(crate) fn text(text: &str) -> Jsonb {
    scalar(|items| items.item_str(text))
}

/// A value outside of a list: the builders make them inside of one.
pub(crate) fn scalar(put: impl FnOnce(jsonb::ArrayBuilder) -> jsonb::ArrayBuilder) -> Jsonb {
    let list = put(jsonb::array()).finish();
    let first = list.root().elements().next().and_then(Result::ok);
    let value = first.expect("the list has just been given one value");
    Jsonb::from_stored(value.as_bytes().to_vec())
}

/// The condition on one and the same element of every list that the steps lead through; `last_too` when the last step may
/// be a list whose elements are meant.
pub(crate) fn same_element(steps: &[Step], last_too: bool, condition: &Jsonb) -> Jsonb {
    let cut = steps
        .iter()
        .position(|step| step.many)
        .filter(|at| last_too || at + 1 < steps.len());
    let Some(at) = cut else {
        return self::at(&dotted(steps), condition);
    };
    let (outer, inner) = steps.split_at(at + 1);
    let inside = match inner.is_empty() {
        true => condition.clone(),
        false => same_element(inner, last_too, condition),
    };
    self::at(&dotted(outer), &one("$elemMatch", &inside))
}

/// The steps as a path.
pub(crate) fn dotted(steps: &[Step]) -> String {
    let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    names.join(".")
}
