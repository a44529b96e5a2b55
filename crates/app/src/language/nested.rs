//! JSON objects as values: one element of a group of nested fields that has all these values.

use jsonb::{Jsonb, Kind, Value};

use crate::{Condition, Literal};

/// Whether a value in a query string is meant as a JSON object.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Reads a JSON object that is the value of `path`.
pub(super) fn text(path: &str, text: &str) -> Result<Condition, String> {
    let limits = jsonb::Limits {
        max_depth: 4,
        ..jsonb::Limits::default()
    };
    let object = Jsonb::parse(text.trim().as_bytes(), &limits).map_err(|error| {
        format!("is not a JSON object: {error}; text that begins with a brace needs double quotes")
    })?;
    element(path, object.root())
}

/// The condition that an object stands for.
pub(super) fn element(path: &str, object: Value<'_>) -> Result<Condition, String> {
    let mut fields = Vec::new();
    for entry in object.entries() {
        let (name, value) = entry.map_err(|damaged| damaged.to_string())?;
        let literal = match value.kind() {
            Kind::Array | Kind::Object => {
                return Err(format!("`{name}` must be a plain value, not a list or an object"));
            }
            Kind::Text => Literal::Text(string(value)?),
            _ => Literal::Json(Jsonb::from_stored(value.as_bytes().to_vec())),
        };
        fields.push((name.into_owned(), literal));
    }
    match fields.is_empty() {
        true => Err("the object has no fields".to_owned()),
        false => Ok(Condition::Element {
            path: path.to_owned(),
            fields,
        }),
    }
}

/// The characters of a string.
pub(super) fn string(value: Value<'_>) -> Result<String, String> {
    let text = value.as_str().map_err(|damaged| damaged.to_string())?;
    Ok(text.unwrap_or_default().into_owned())
}
