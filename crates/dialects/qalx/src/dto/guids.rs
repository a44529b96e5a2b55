//! Guids come as text or as `{"$uuid": …}` and are stored as the latter, so that queries find them.

use jsonb::{Jsonb, Kind, Value};
use model::{Error, Uuid};

use super::{kind_word, wrong_kind};

/// A guid as it is stored.
pub(crate) fn wrapper(guid: Uuid) -> Jsonb {
    jsonb::object()
        .field_str("$uuid", &guid.simple().to_string())
        .finish()
}

/// The guid that a value is.
pub(crate) fn guid_of(value: Value<'_>) -> Result<Option<Uuid>, Error> {
    let text = match value.kind() {
        Kind::Object => value.get("$uuid").map_err(Error::internal)?,
        _ => Some(value),
    };
    let text = text.map(Value::as_str).transpose().map_err(Error::internal)?;
    Ok(text.flatten().and_then(|text| text.parse().ok()))
}

/// A map of guids: the items of a set, the sets of a group.
pub(super) fn map(field: &str, sent: Value<'_>) -> Result<Jsonb, Error> {
    if sent.kind() != Kind::Object {
        return Err(wrong_kind(field, "an object", sent));
    }
    let mut stored = jsonb::object();
    for entry in sent.entries() {
        let (key, value) = entry.map_err(Error::internal)?;
        let path = || format!("{field}.{key}");
        let guid = guid_of(value)?.ok_or_else(|| not_a_guid(&path(), value))?;
        stored = stored.field_body(&key, &wrapper(guid));
    }
    Ok(stored.finish())
}

/// The bots of a factory: pairs of guids.
pub(super) fn pairs(field: &str, sent: Value<'_>) -> Result<Jsonb, Error> {
    if sent.kind() != Kind::Array {
        return Err(wrong_kind(field, "an array", sent));
    }
    let mut stored = jsonb::array();
    for (number, pair) in sent.elements().enumerate() {
        let pair = pair.map_err(Error::internal)?;
        let path = format!("{field}.{number}");
        if pair.kind() != Kind::Object {
            return Err(wrong_kind(&path, "an object", pair));
        }
        let mut kept = jsonb::object();
        for name in ["bot", "code"] {
            let path = format!("{path}.{name}");
            let value = super::member(pair, name)?.ok_or_else(|| Error::missing(&path))?;
            let guid = guid_of(value)?.ok_or_else(|| not_a_guid(&path, value))?;
            kept = kept.field_body(name, &wrapper(guid));
        }
        stored = stored.item_body(&kept.finish());
    }
    Ok(stored.finish())
}

/// The complaint about a value that should be a guid.
pub(crate) fn not_a_guid(path: &str, value: Value<'_>) -> Error {
    let shown = match value.as_str() {
        Ok(Some(text)) => format!("{:?}", query::cut(&text)),
        _ => kind_word(value).to_owned(),
    };
    Error::bad_value(path, format!("{path}: expected a guid, got {shown}"))
}
