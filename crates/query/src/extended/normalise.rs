//! Turning what a client sent into the one stored form.

use jsonb::{Jsonb, Kind, Value};

use super::{NAMES, readable};
use crate::val::MAX_NESTING;
use crate::{Refusal, Val, cut};

/// The same value with every extended JSON scalar in its stored form; the rest is copied as it is.
///
/// # Errors
/// A [`Refusal`] that names the place, for an object that has a key like `$date` or `$uuid` but is not such a scalar, and
/// for one that clients could not read back.
pub fn normalise(value: Value<'_>) -> Result<Jsonb, Refusal> {
    let changed = changed(value, 0)?;
    Ok(changed.unwrap_or_else(|| Jsonb::from_stored(value.as_bytes().to_vec())))
}

/// The value in stored form if that differs from what is there.
fn changed(value: Value<'_>, depth: usize) -> Result<Option<Jsonb>, Refusal> {
    if depth > MAX_NESTING {
        return Err(Refusal::new(format!("nests deeper than {MAX_NESTING} levels")));
    }
    match value.kind() {
        Kind::Array => changed_array(value, depth),
        Kind::Object => match Val::of(value)? {
            Val::Document(_) => changed_object(value, depth),
            scalar => {
                readable::check(&scalar)?;
                let stored = scalar.to_jsonb()?;
                Ok((stored.as_bytes() != value.as_bytes()).then_some(stored))
            }
        },
        _ => Ok(None),
    }
}

fn changed_array(array: Value<'_>, depth: usize) -> Result<Option<Jsonb>, Refusal> {
    let mut parts = Vec::new();
    for (at, element) in array.elements().enumerate() {
        let element = element?;
        let new = changed(element, depth + 1).map_err(|refusal| refusal.under(at))?;
        parts.push((element, new));
    }
    if parts.iter().all(|(_, new)| new.is_none()) {
        return Ok(None);
    }
    let built = parts.iter().fold(jsonb::array(), |out, (old, new)| match new {
        Some(new) => out.item_body(new),
        None => out.item_raw(*old),
    });
    Ok(Some(built.finish()))
}

fn changed_object(object: Value<'_>, depth: usize) -> Result<Option<Jsonb>, Refusal> {
    readable::check_document(object)?;
    let mut parts = Vec::new();
    for entry in object.entries() {
        let (key, value) = entry?;
        if NAMES.contains(&&*key) {
            return Err(mistaken(&key, object));
        }
        let new = changed(value, depth + 1).map_err(|refusal| refusal.under(&key))?;
        parts.push((key, value, new));
    }
    if parts.iter().all(|(_, _, new)| new.is_none()) {
        return Ok(None);
    }
    let built = parts
        .iter()
        .fold(jsonb::object(), |out, (key, old, new)| match new {
            Some(new) => out.field_body(key, new),
            None => out.field_raw(key, *old),
        });
    Ok(Some(built.finish()))
}

/// Why an object with the key of a scalar is none.
pub(crate) fn mistaken(key: &str, object: Value<'_>) -> Refusal {
    let form = match key {
        "$date" => {
            r#"{"$date": milliseconds, "$zone": name or null, "$offset": null or {"total_seconds": n}}"#
        }
        "$uuid" => r#"{"$uuid": "32 hexadecimal digits"}"#,
        "$oid" => r#"{"$oid": "24 hexadecimal digits"}"#,
        "$binary" => r#"{"$binary": base64, "$type": "hexadecimal subtype"}"#,
        "$timestamp" => r#"{"$timestamp": {"t": seconds, "i": counter}}"#,
        "$regex" => r#"{"$regex": pattern, "$options": options}"#,
        "$ref" => {
            r#"{"$ref": collection, "$id": id}; with another key like "$comment" beside it, it is an ordinary one"#
        }
        "$dbPointer" => "nothing: it is not supported",
        _ => "the form that extended JSON gives it",
    };
    let found = object.to_text().unwrap_or_default();
    Refusal::new(format!(
        "the key `{key}` is reserved for {form}; found {}",
        cut(&found)
    ))
}
