//! Index keys: values as bytes whose plain byte order is the order of the values.
//!
//! A tag for the type, in the order in which types sort, then the value. The same keys serve every backend, because
//! each can compare bytes. Numbers are ordered as numbers whatever their spelling; integers beyond the exact range of a
//! float are told apart by their own bytes behind it.

use jsonb::{Kind, Value};

use crate::{Error, Result};

const NULL: u8 = 0x10;
const NUMBER: u8 = 0x20;
const TEXT: u8 = 0x30;
const OBJECT: u8 = 0x40;
const ARRAY: u8 = 0x50;
const FALSE: u8 = 0x60;
const TRUE: u8 = 0x61;

/// The key of one value.
///
/// # Errors
/// [`Error::Damaged`] when the value's bytes make no sense.
pub fn index_key(value: Value<'_>) -> Result<Vec<u8>> {
    let mut key = Vec::with_capacity(17);
    match value.kind() {
        Kind::Null => key.push(NULL),
        Kind::False => key.push(FALSE),
        Kind::True => key.push(TRUE),
        Kind::Int | Kind::Float => number_key(value, &mut key)?,
        Kind::Text => text_key(value, &mut key)?,
        Kind::Object => rendered_key(OBJECT, value, &mut key)?,
        Kind::Array => rendered_key(ARRAY, value, &mut key)?,
    }
    Ok(key)
}

/// The keys under which a body is found at a dotted `path`: one for a scalar, one for each element of an array and of
/// arrays on the way; none when the path is not there or ends in an empty array. Without repetition, in order.
///
/// # Errors
/// [`Error::Damaged`] when the body's bytes make no sense.
pub fn index_keys(root: Value<'_>, path: &str) -> Result<Vec<Vec<u8>>> {
    let mut keys = Vec::new();
    collect(root, path, &mut keys)?;
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

fn collect(value: Value<'_>, path: &str, keys: &mut Vec<Vec<u8>>) -> Result<()> {
    if value.kind() == Kind::Array {
        for element in value.elements() {
            let element = element.map_err(damaged)?;
            // An array inside an array is not unfolded: it is a value itself, and has no fields.
            if path.is_empty() {
                keys.push(index_key(element)?);
            } else if element.kind() != Kind::Array {
                collect(element, path, keys)?;
            }
        }
        return Ok(());
    }
    if path.is_empty() {
        keys.push(index_key(value)?);
        return Ok(());
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    match value.get(name).map_err(damaged)? {
        Some(inner) => collect(inner, rest, keys),
        None => Ok(()),
    }
}

fn number_key(value: Value<'_>, key: &mut Vec<u8>) -> Result<()> {
    let float = value.as_f64().map_err(damaged)?.unwrap_or_default();
    key.push(NUMBER);
    key.extend_from_slice(&sortable(float).to_be_bytes());
    // Behind the float: how far the exact integer is from it, so that neighbours beyond 2^53 keep their order.
    let exact = value
        .as_i64()
        .map_err(damaged)?
        .map_or(0, |int| i128::from(int) - float as i128);
    let rest = i64::try_from(exact).unwrap_or_default();
    key.extend_from_slice(&(rest.cast_unsigned() ^ (1 << 63)).to_be_bytes());
    Ok(())
}

/// A float's bits, turned so that they sort as the float does; both zeros are one.
fn sortable(float: f64) -> u64 {
    let bits = if float == 0.0 { 0 } else { float.to_bits() };
    if bits >> 63 == 1 { !bits } else { bits | (1 << 63) }
}

fn text_key(value: Value<'_>, key: &mut Vec<u8>) -> Result<()> {
    key.push(TEXT);
    if let Some(text) = value.as_str().map_err(damaged)? {
        key.extend_from_slice(text.as_bytes());
    }
    Ok(())
}

fn rendered_key(tag: u8, value: Value<'_>, key: &mut Vec<u8>) -> Result<()> {
    key.push(tag);
    value.render(key).map_err(damaged)
}

fn damaged(error: jsonb::Damaged) -> Error {
    Error::Damaged(error.to_string())
}
