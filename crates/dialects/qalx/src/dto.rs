//! From what a client sends to what is stored, and from what is stored to what a client reads.

pub(crate) mod fields;
mod file;
pub(crate) mod guids;
pub(crate) mod lists;
pub(crate) mod read;
pub(crate) mod status;
pub(crate) mod write;

use jsonb::{Kind, Value};
use model::Error;

/// What a value is, in JSON's words.
pub(crate) fn kind_word(value: Value<'_>) -> &'static str {
    match value.kind() {
        Kind::Null => "null",
        Kind::True => "true",
        Kind::False => "false",
        Kind::Int | Kind::Float => "a number",
        Kind::Text => "a text",
        Kind::Array => "an array",
        Kind::Object => "an object",
    }
}

/// The complaint about a field that holds something else than it must.
pub(crate) fn wrong_kind(field: &str, expected: &str, value: Value<'_>) -> Error {
    let message = format!("{field}: expected {expected}, got {}", kind_word(value));
    Error::bad_value(field, message)
}

/// A member of an object, null being as good as none.
pub(crate) fn member<'a>(object: Value<'a>, name: &str) -> Result<Option<Value<'a>>, Error> {
    let found = object.get(name).map_err(Error::internal)?;
    Ok(found.filter(|value| value.kind() != Kind::Null))
}

/// A member that must be text, if it is there.
pub(crate) fn text(object: Value<'_>, path: &str) -> Result<Option<String>, Error> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let Some(value) = member(object, name)? else {
        return Ok(None);
    };
    match value.as_str().map_err(Error::internal)? {
        Some(text) => Ok(Some(text.into_owned())),
        None => Err(wrong_kind(path, "a text", value)),
    }
}
