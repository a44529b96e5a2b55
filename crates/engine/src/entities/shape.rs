//! What a body must be like for its kind: which fields it needs, and what they may hold.
//!
//! Fields that a kind does not know are kept as they are: a dialect decides what it lets through.

use jsonb::{Damaged, Jsonb, Kind, Value};
use model::{Error, Uuid};

use super::{EntityKind, schema};

/// The largest entity, in bytes as it is stored.
const MAX_BYTES: usize = 16 << 20;
/// The most fields at the top of what is sent.
const MAX_FIELDS: usize = 100;
/// The longest name, in characters.
const MAX_NAME: usize = 1024;

/// What a field may hold.
#[derive(Clone, Copy)]
enum Holds {
    /// An object.
    Object,
    /// An object or null.
    ObjectOrNull,
    /// A text that is not empty.
    Name,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An object whose values are uuids.
    Guids,
    /// An array of objects.
    Objects,
    /// A JSON Schema.
    Schema,
}

/// A field of a kind: its name, what it may hold, and whether it must be there.
type Field = (&'static str, Holds, bool);

const STATES: Holds = Holds::Word(&["idle", "active", "stopped", "terminated"]);
const STATUSES: Holds = Holds::Word(&["deploying", "deployed", "updating", "deleting"]);

fn fields(kind: EntityKind) -> &'static [Field] {
    match kind {
        EntityKind::Item => &[("data", Holds::Object, true), ("file", Holds::Object, true)],
        EntityKind::Set => &[("items", Holds::Guids, true)],
        EntityKind::Group => &[("sets", Holds::Guids, true)],
        EntityKind::Blueprint => &[
            ("name", Holds::Name, true),
            ("schema", Holds::Schema, true),
            ("entity_type", Holds::Word(&["item", "set"]), true),
        ],
        EntityKind::Bot => &[
            ("name", Holds::Name, true),
            ("config", Holds::Object, true),
            ("host", Holds::ObjectOrNull, false),
            ("state", STATES, false),
            ("workers", Holds::Objects, false),
        ],
        EntityKind::Queue => &[("name", Holds::Name, true), ("parameters", Holds::Object, true)],
        EntityKind::Factory => &[
            ("name", Holds::Name, true),
            ("stage", Holds::Name, true),
            ("plan", Holds::Object, true),
            ("status", STATUSES, false),
            ("stacks", Holds::ObjectOrNull, false),
            ("bots", Holds::Objects, false),
        ],
    }
}

/// Refuses fields that the kind does not take so, and more of them than an entity may have.
pub(super) fn check_fields(kind: EntityKind, sent: Value<'_>) -> Result<(), Error> {
    let count = sent.len().map_err(Error::internal)?;
    if count > MAX_FIELDS {
        let message = format!("an entity may have {MAX_FIELDS} fields at the top, got {count}");
        return Err(Error::bad_value("fields", message));
    }
    for (name, holds, _) in fields(kind) {
        if let Some(value) = sent.get(name).map_err(Error::internal)? {
            check_field(name, *holds, value)?;
        }
    }
    Ok(())
}

/// Refuses metadata that is no object.
pub(super) fn check_meta(meta: Value<'_>) -> Result<(), Error> {
    if meta.kind() == Kind::Object {
        return Ok(());
    }
    Err(refused("meta", "must be an object", Some(meta)))
}

/// Refuses a body that lacks a field of its kind, or is too large.
pub(super) fn check_whole(kind: EntityKind, body: &Jsonb) -> Result<(), Error> {
    let size = body.as_bytes().len();
    if size > MAX_BYTES {
        let message = format!("an entity may take {MAX_BYTES} bytes, this one takes {size}");
        return Err(Error::new(model::Code::TooLarge, message));
    }
    for (name, _, required) in fields(kind) {
        if *required && body.root().get(name).map_err(Error::internal)?.is_none() {
            return Err(Error::missing(*name));
        }
    }
    Ok(())
}

fn check_field(name: &str, holds: Holds, value: Value<'_>) -> Result<(), Error> {
    let is = |kind| value.kind() == kind;
    let complaint = match holds {
        Holds::Object | Holds::Schema if !is(Kind::Object) => "must be an object",
        Holds::ObjectOrNull if !is(Kind::Object) && !is(Kind::Null) => "must be an object or null",
        Holds::Schema => return schema::check(name, value),
        Holds::Name => return check_name(name, value),
        Holds::Word(words) => return check_word(name, words, value),
        Holds::Guids => return check_guids(name, value),
        Holds::Objects => return check_objects(name, value),
        _ => return Ok(()),
    };
    Err(refused(name, complaint, Some(value)))
}

fn check_name(field: &str, value: Value<'_>) -> Result<(), Error> {
    let Some(name) = value.as_str().map_err(Error::internal)? else {
        return Err(refused(field, "must be a text", Some(value)));
    };
    let length = name.chars().count();
    match length {
        0 => Err(refused(field, "must not be empty", Some(value))),
        _ if length > MAX_NAME => {
            let message =
                format!("the {field} field must not be longer than {MAX_NAME} characters, got {length}");
            Err(Error::bad_value(field, message))
        }
        _ => Ok(()),
    }
}

fn check_word(field: &str, words: &[&str], value: Value<'_>) -> Result<(), Error> {
    let word = value.as_str().map_err(Error::internal)?;
    if word.is_some_and(|word| words.contains(&word.as_ref())) {
        return Ok(());
    }
    let complaint = format!("must be one of {}", words.join(", "));
    Err(refused(field, &complaint, Some(value)))
}

fn check_guids(field: &str, value: Value<'_>) -> Result<(), Error> {
    if value.kind() != Kind::Object {
        return Err(refused(field, "must be an object", Some(value)));
    }
    for entry in value.entries() {
        let (key, guid) = entry.map_err(Error::internal)?;
        if guid_of(guid).map_err(Error::internal)?.is_none() {
            return Err(refused(&format!("{field}.{key}"), "must be a uuid", Some(guid)));
        }
    }
    Ok(())
}

fn check_objects(field: &str, value: Value<'_>) -> Result<(), Error> {
    if value.kind() != Kind::Array {
        return Err(refused(field, "must be an array", Some(value)));
    }
    for (number, element) in value.elements().enumerate() {
        let element = element.map_err(Error::internal)?;
        if element.kind() != Kind::Object {
            return Err(refused(
                &format!("{field}.{number}"),
                "must be an object",
                Some(element),
            ));
        }
    }
    Ok(())
}

/// The uuid that a value in canonical extended JSON is.
pub(super) fn guid_of(value: Value<'_>) -> Result<Option<Uuid>, Damaged> {
    let digits = value.get("$uuid")?.map(Value::as_str).transpose()?.flatten();
    Ok(digits.and_then(|digits| digits.parse().ok()))
}

/// `bad-value` that shows the value, as far as it is short.
fn refused(field: &str, complaint: &str, value: Option<Value<'_>>) -> Error {
    let shown = value.map_or_else(|| "nothing".to_owned(), |value| short(&format!("{value:?}")));
    Error::bad_value(field, format!("the {field} field {complaint}, got {shown}"))
}

/// The beginning of a text that may be long.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
