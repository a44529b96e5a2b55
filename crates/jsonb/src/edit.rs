//! Changing an object field by field, on its bytes.
//!
//! Untouched fields are copied as they are; nothing is parsed or printed again. A new body is assembled from
//! slices of the old ones, in one allocation. Nesting is not counted here: a value that is placed deeper than
//! [`crate::MAX_DEPTH`] levels can be written but not rendered, so limits on the parts belong to the caller.

use std::collections::HashMap;

use crate::body::Jsonb;
use crate::error::Damaged;
use crate::escape::{is_plain, push_escaped};
use crate::format::{self, OBJECT, TEXT, TEXTJ};
use crate::value::{Kind, Value};

/// `body` with the field `key` set: in its place when it exists, else at the end.
pub fn set_field(body: &Jsonb, key: &str, value: Value<'_>) -> Result<Jsonb, Damaged> {
    value.sound()?;
    let new_key = key_element(key);
    let mut pieces = Vec::new();
    let mut found = false;
    for entry in fields(body.root())? {
        let (name, old) = entry?;
        let hit = !found && name.as_str()?.as_deref() == Some(key);
        found |= hit;
        pieces.extend([
            name.as_bytes(),
            if hit { value.as_bytes() } else { old.as_bytes() },
        ]);
    }
    if !found {
        pieces.extend([new_key.as_slice(), value.as_bytes()]);
    }
    Ok(assemble(&pieces))
}

/// `body` without the field `key`; unchanged when there is none.
pub fn remove_field(body: &Jsonb, key: &str) -> Result<Jsonb, Damaged> {
    let mut pieces = Vec::new();
    let mut found = false;
    for entry in fields(body.root())? {
        let (name, value) = entry?;
        if !found && name.as_str()?.as_deref() == Some(key) {
            found = true;
            continue;
        }
        pieces.extend([name.as_bytes(), value.as_bytes()]);
    }
    Ok(assemble(&pieces))
}

/// The fields of `base` with those of `patch` over them, top level only.
///
/// A field of both keeps its place and takes the patch's value; the others follow in the order of the patch.
pub fn merge_fields(base: Value<'_>, patch: Value<'_>) -> Result<Jsonb, Damaged> {
    let mut pieces = Vec::new();
    let mut places = HashMap::new();
    for entry in fields(base)?.chain(fields(patch)?) {
        let (name, value) = entry?;
        let Some(key) = name.as_str()? else {
            return Err(Damaged::new("an object has a key that is not a string"));
        };
        let place = *places.entry(key).or_insert(pieces.len());
        match pieces.get_mut(place + 1) {
            Some(old) => *old = value.as_bytes(),
            None => pieces.extend([name.as_bytes(), value.as_bytes()]),
        }
    }
    Ok(assemble(&pieces))
}

type Field<'a> = Result<(Value<'a>, Value<'a>), Damaged>;

fn fields(object: Value<'_>) -> Result<impl Iterator<Item = Field<'_>>, Damaged> {
    if object.kind() != Kind::Object {
        return Err(Damaged::new("expected an object"));
    }
    Ok(object.raw_entries().map(|entry| match entry? {
        (key, _) if !key.is_text() => Err(Damaged::new("an object has a key that is not a string")),
        entry => Ok(entry),
    }))
}

fn assemble(pieces: &[&[u8]]) -> Jsonb {
    let size = pieces.iter().map(|piece| piece.len()).sum();
    let mut out = Vec::with_capacity(size + 9);
    format::push_header(&mut out, OBJECT, size);
    for piece in pieces {
        out.extend_from_slice(piece);
    }
    Jsonb::from_stored(out)
}

/// `text` as an element of its own.
fn key_element(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    push_text(&mut out, text);
    out
}

/// How `text` lies in a body that spells it without escapes; none when it cannot be spelled so. Bodies made here have no
/// other form of it.
#[must_use]
pub fn plain_element(text: &str) -> Option<Vec<u8>> {
    is_plain(text.as_bytes()).then(|| key_element(text))
}

/// Appends `text` as a string element: as it is where possible, else with JSON escapes.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    if is_plain(text.as_bytes()) {
        format::push_element(out, TEXT, text.as_bytes());
        return;
    }
    let mut escaped = Vec::with_capacity(text.len() + 16);
    push_escaped(&mut escaped, text.as_bytes());
    format::push_element(out, TEXTJ, &escaped);
}
