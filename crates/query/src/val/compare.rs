//! BSON's order of values: types first, then content.
//!
//! Numbers compare by value whatever their type, and exactly. NaN is less than all other numbers and equal to itself, so
//! this is a total order. Documents compare field by field: type, then name, then value; the shorter is less.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::decimal::{self, Dec};
use super::{Arr, Doc, MAX_NESTING, Val};

/// How two values are ordered. Missing stands just before null.
#[must_use]
pub fn compare(left: &Val<'_>, right: &Val<'_>) -> Ordering {
    compare_at(left, right, 0)
}

/// Whether two values are the same to a query: `1` and `1.0` are, documents with fields in another order are not.
#[must_use]
pub fn equal(left: &Val<'_>, right: &Val<'_>) -> bool {
    match (left, right) {
        (Val::Str(left), Val::Str(right)) => **left == **right,
        _ => compare(left, right).is_eq(),
    }
}

fn compare_at(left: &Val<'_>, right: &Val<'_>, depth: usize) -> Ordering {
    use Val::{
        Array, Binary, Bool, Code, Date, Document, Double, Int, ObjectId, Regex, Str, Timestamp, Uuid,
    };
    match (left, right) {
        (Int(left), Int(right)) => left.cmp(right),
        (Double(left), Double(right)) => floats(*left, *right),
        (Int(left), Double(right)) => int_float(*left, *right),
        (Double(left), Int(right)) => int_float(*right, *left).reverse(),
        (Str(left), Str(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Bool(left), Bool(right)) => left.cmp(right),
        (Date(left), Date(right)) => left.ms.cmp(&right.ms),
        (Uuid(left), Uuid(right)) => left.cmp(right),
        (ObjectId(left), ObjectId(right)) => left.cmp(right),
        (Timestamp(left, low), Timestamp(right, high)) => (left, low).cmp(&(right, high)),
        (Regex(left, low), Regex(right, high)) => (&**left, &**low).cmp(&(&**right, &**high)),
        (Code(left), Code(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Document(left), Document(right)) => documents(left, right, depth),
        (Array(left), Array(right)) => arrays(left, right, depth),
        (Uuid(_) | Binary(..), Uuid(_) | Binary(..)) => binary(left).cmp(&binary(right)),
        _ if left.is_number() && right.is_number() => dec(left).cmp(&dec(right)),
        _ => left.rank().cmp(&right.rank()),
    }
}

/// The order of doubles: NaN first, both zeros one.
fn floats(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right)
        .unwrap_or_else(|| right.is_nan().cmp(&left.is_nan()))
}

/// The exact order of an integer and a double.
pub(crate) fn int_float(int: i64, float: f64) -> Ordering {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() || float < -END {
        return Ordering::Greater;
    }
    if float >= END {
        return Ordering::Less;
    }
    let whole = float.trunc();
    int.cmp(&(whole as i64)).then_with(|| floats(whole, float))
}

fn dec(number: &Val<'_>) -> Dec {
    match number {
        Val::Int(int) => Dec::from(*int),
        Val::Double(float) => Dec::from(*float),
        Val::Decimal(text) => decimal::parse(text).unwrap_or(Dec::NotANumber),
        _ => Dec::NotANumber,
    }
}

/// Length, subtype, bytes: the order of binary values.
fn binary(value: &Val<'_>) -> (usize, u8, Vec<u8>) {
    let (bytes, subtype) = match value {
        Val::Uuid(bytes) => (bytes.to_vec(), 4),
        Val::Binary(text, subtype) => (STANDARD.decode(text.as_bytes()).unwrap_or_default(), *subtype),
        _ => (Vec::new(), 0),
    };
    (bytes.len(), subtype, bytes)
}

fn documents(left: &Doc<'_>, right: &Doc<'_>, depth: usize) -> Ordering {
    if depth >= MAX_NESTING || same_bytes(left, right) {
        return Ordering::Equal;
    }
    let (mut lefts, mut rights) = (left.iter(), right.iter());
    loop {
        // Damage ends a document here; whoever reads it for output reports it.
        let pair = (
            lefts.next().and_then(Result::ok),
            rights.next().and_then(Result::ok),
        );
        let ((name, value), (other_name, other)) = match pair {
            (None, None) => return Ordering::Equal,
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(left), Some(right)) => (left, right),
        };
        let order = value
            .rank()
            .cmp(&other.rank())
            .then_with(|| name.as_bytes().cmp(other_name.as_bytes()))
            .then_with(|| compare_at(&value, &other, depth + 1));
        if order.is_ne() {
            return order;
        }
    }
}

fn same_bytes(left: &Doc<'_>, right: &Doc<'_>) -> bool {
    matches!((left, right), (Doc::Stored(left), Doc::Stored(right)) if left.as_bytes() == right.as_bytes())
}

fn arrays(left: &Arr<'_>, right: &Arr<'_>, depth: usize) -> Ordering {
    if depth >= MAX_NESTING {
        return Ordering::Equal;
    }
    let (mut lefts, mut rights) = (left.iter(), right.iter());
    loop {
        let pair = (
            lefts.next().and_then(Result::ok),
            rights.next().and_then(Result::ok),
        );
        let order = match pair {
            (None, None) => return Ordering::Equal,
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(left), Some(right)) => compare_at(&left, &right, depth + 1),
        };
        if order.is_ne() {
            return order;
        }
    }
}
