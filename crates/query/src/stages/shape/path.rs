//! Changing one value inside stored bytes.

use jsonb::{Jsonb, Kind, Value};

use crate::{Refusal, Text};

/// What to do at a path.
#[derive(Clone, Copy)]
pub(in crate::stages) enum Put<'a> {
    Set(Value<'a>),
    Remove,
    Leave,
}

/// The document with something else at a path; what is on the way and not a document is replaced by one.
pub(in crate::stages) fn with_path(
    document: Value<'_>,
    names: &[Text<'static>],
    put: Put<'_>,
) -> Result<Jsonb, Refusal> {
    let unchanged = || Jsonb::from_stored(document.as_bytes().to_vec());
    let Some((name, rest)) = names.split_first() else {
        return Ok(unchanged());
    };
    if let Put::Leave = put {
        return Ok(unchanged());
    }
    let mut out = jsonb::object();
    let mut found = false;
    for entry in document.entries() {
        let (key, value) = entry?;
        if *key != **name {
            out = out.field_raw(&key, value);
            continue;
        }
        found = true;
        out = match (rest, put) {
            ([], Put::Set(new)) => out.field_raw(name, new),
            ([], _) => out,
            (rest, put) => out.field_body(name, &with_path(document_or_empty(value), rest, put)?),
        };
    }
    if let (false, Put::Set(new)) = (found, put) {
        out = match rest {
            [] => out.field_raw(name, new),
            rest => out.field_body(name, &with_path(document_or_empty(new), rest, put)?),
        };
    }
    Ok(out.finish())
}

/// A document as it is; anything else as if it had no fields.
fn document_or_empty(value: Value<'_>) -> Value<'_> {
    const EMPTY: &[u8] = &[0x0c];
    if value.kind() == Kind::Object {
        value
    } else {
        Value::of(EMPTY)
    }
}
