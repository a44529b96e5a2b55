//! Index keys: values as bytes whose plain byte order is the order of the values.
//!
//! A tag for the type, in the order in which types sort, then the value. The same keys serve every backend, because
//! each can compare bytes. Numbers are ordered as numbers whatever their spelling; integers beyond the exact range of a
//! float are told apart by their own bytes behind it. Extended JSON scalars have tags of their own. Two kinds of key are
//! coarser than the values: decimals between two doubles may share one, and documents and arrays have keys by their
//! spelling, which serve no order; whoever reads an index checks the records it names.

use jsonb::{Jsonb, Kind, Value};

use crate::val::{Date, Val};
use crate::{Refusal, Text};

const MIN: u8 = 0x01;
const NULL: u8 = 0x10;
const NUMBER: u8 = 0x20;
const TEXT: u8 = 0x30;
const OBJECT: u8 = 0x40;
const ARRAY: u8 = 0x50;
const BINARY: u8 = 0x58;
const OBJECT_ID: u8 = 0x5c;
const FALSE: u8 = 0x60;
const TRUE: u8 = 0x61;
const DATE: u8 = 0x70;
const TIMESTAMP: u8 = 0x78;
const REGEX: u8 = 0x80;
const CODE: u8 = 0x88;
const MAX: u8 = 0xf0;

/// The key of null.
pub const NULL_KEY: &[u8] = &[NULL];

/// The key of one stored value.
///
/// # Errors
/// A [`Refusal`] when the value's bytes make no sense.
pub fn index_key(value: Value<'_>) -> Result<Vec<u8>, Refusal> {
    value_key(&Val::of(value)?)
}

/// The key of one value; the empty key for a missing one.
///
/// # Errors
/// A [`Refusal`] when the value's bytes make no sense.
pub fn value_key(value: &Val<'_>) -> Result<Vec<u8>, Refusal> {
    let mut key = Vec::with_capacity(17);
    match value {
        Val::Missing => {}
        Val::MinKey => key.push(MIN),
        Val::Null => key.push(NULL),
        Val::Bool(false) => key.push(FALSE),
        Val::Bool(true) => key.push(TRUE),
        Val::Int(int) => number_key(*int as f64, i128::from(*int), &mut key),
        Val::Double(float) => number_key(*float, *float as i128, &mut key),
        Val::Decimal(text) => decimal_key(text, value.as_f64().unwrap_or_default(), &mut key),
        Val::Str(text) => tagged(TEXT, text.as_bytes(), &mut key),
        Val::Code(text) => tagged(CODE, text.as_bytes(), &mut key),
        Val::Document(_) => rendered_key(OBJECT, &value.to_jsonb()?, &mut key)?,
        Val::Array(_) => rendered_key(ARRAY, &value.to_jsonb()?, &mut key)?,
        Val::Uuid(bytes) => binary_key(4, bytes, &mut key),
        Val::Binary(base64, subtype) => binary_key(*subtype, &crate::extended::bytes(base64), &mut key),
        Val::ObjectId(bytes) => tagged(OBJECT_ID, bytes, &mut key),
        Val::Date(Date { ms, .. }) => tagged(DATE, &signed(*ms), &mut key),
        Val::Timestamp(seconds, counter) => {
            tagged(TIMESTAMP, &seconds.to_be_bytes(), &mut key);
            key.extend_from_slice(&counter.to_be_bytes());
        }
        Val::Regex(pattern, options) => regex_key(pattern, options, &mut key),
        Val::MaxKey => key.push(MAX),
    }
    Ok(key)
}

/// The first key of a value's type and the first behind them; none for types whose keys have no order.
pub(crate) fn bracket(value: &Val<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let (low, high) = match value {
        Val::Int(_) | Val::Double(_) | Val::Decimal(_) => (NUMBER, NUMBER + 1),
        Val::Str(_) => (TEXT, TEXT + 1),
        Val::Uuid(_) | Val::Binary(..) => (BINARY, BINARY + 1),
        Val::ObjectId(_) => (OBJECT_ID, OBJECT_ID + 1),
        Val::Bool(_) => (FALSE, TRUE + 1),
        Val::Date(_) => (DATE, DATE + 1),
        Val::Timestamp(..) => (TIMESTAMP, TIMESTAMP + 1),
        _ => return None,
    };
    Some((vec![low], vec![high]))
}

/// The keys of texts that begin with `prefix`: from the first, up to but not including the second.
pub(crate) fn prefixed(prefix: &str) -> (Vec<u8>, Vec<u8>) {
    let mut low = vec![TEXT];
    low.extend_from_slice(prefix.as_bytes());
    // No byte of UTF-8 is 0xff, nor is the tag, so there is always a byte that can be raised.
    let mut high = low.clone();
    if let Some(last) = high.last_mut() {
        *last += 1;
    }
    (low, high)
}

/// The keys of stored patterns.
pub(crate) fn patterns() -> (Vec<u8>, Vec<u8>) {
    (vec![REGEX], vec![REGEX + 1])
}

/// The text that a key stands for, if it does for one.
pub(crate) fn text_of(key: &[u8]) -> Option<&[u8]> {
    key.strip_prefix(&[TEXT])
}

/// The keys under which a body is found at a dotted `path`: one for a scalar, one for each element of an array and of
/// arrays on the way; none when the path is not there or ends in an empty array. Without repetition, in order.
///
/// # Errors
/// A [`Refusal`] when the body's bytes make no sense.
pub fn index_keys(root: Value<'_>, path: &str) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut keys = Vec::new();
    collect(root, path, &mut keys)?;
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

fn collect(mut value: Value<'_>, mut path: &str, keys: &mut Vec<Vec<u8>>) -> Result<(), Refusal> {
    loop {
        if value.kind() == Kind::Array {
            return collect_elements(value, path, keys);
        }
        if path.is_empty() {
            keys.push(index_key(value)?);
            return Ok(());
        }
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        match value.get(name)? {
            Some(inner) => (value, path) = (inner, rest),
            None => return Ok(()),
        }
    }
}

/// An array inside an array is not unfolded: it is a value itself, and has no fields. So this recurses once per step of
/// the path, whatever the document nests.
fn collect_elements(array: Value<'_>, path: &str, keys: &mut Vec<Vec<u8>>) -> Result<(), Refusal> {
    for element in array.elements() {
        let element = element?;
        if path.is_empty() {
            keys.push(index_key(element)?);
        } else if element.kind() != Kind::Array {
            collect(element, path, keys)?;
        }
    }
    Ok(())
}

/// `whole` is the exact whole part where that can differ from the float's.
fn number_key(float: f64, whole: i128, key: &mut Vec<u8>) {
    key.push(NUMBER);
    key.extend_from_slice(&sortable(float).to_be_bytes());
    // Behind the float: how far the exact integer is from it, so that neighbours beyond 2^53 keep their order.
    let rest = i64::try_from(whole - float as i128).unwrap_or_default();
    key.extend_from_slice(&signed(rest));
}

fn decimal_key(text: &Text<'_>, float: f64, key: &mut Vec<u8>) {
    // Near a whole float, decimals are told from it as integers are: by their own whole part.
    match crate::val::floor(text) {
        Some(floor) if float.trunc() == float => number_key(float, i128::from(floor), key),
        _ => number_key(float, float as i128, key),
    }
}

/// A float's bits, turned so that they sort as the float does; both zeros are one, NaN is least.
fn sortable(float: f64) -> u64 {
    if float.is_nan() {
        return 0;
    }
    let bits = if float == 0.0 { 0 } else { float.to_bits() };
    if bits >> 63 == 1 { !bits } else { bits | (1 << 63) }
}

fn signed(int: i64) -> [u8; 8] {
    (int.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

fn tagged(tag: u8, bytes: &[u8], key: &mut Vec<u8>) {
    key.push(tag);
    key.extend_from_slice(bytes);
}

fn binary_key(subtype: u8, bytes: &[u8], key: &mut Vec<u8>) {
    tagged(BINARY, &(bytes.len() as u64).to_be_bytes(), key);
    tagged(subtype, bytes, key);
}

fn regex_key(pattern: &Text<'_>, options: &Text<'_>, key: &mut Vec<u8>) {
    tagged(REGEX, pattern.as_bytes(), key);
    // Stored strings have no U+0000, so it ends the pattern.
    tagged(0, options.as_bytes(), key);
}

fn rendered_key(tag: u8, value: &Jsonb, key: &mut Vec<u8>) -> Result<(), Refusal> {
    key.push(tag);
    Ok(value.render(key)?)
}
