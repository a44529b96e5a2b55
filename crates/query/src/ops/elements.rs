//! `$size` and `$elemMatch`: conditions on arrays as a whole.

use jsonb::{Kind, Value};

use super::Test;
use crate::filter::Node;
use crate::{Refusal, Val, cut, extended};

/// Reads the operand of `$size`.
pub(crate) fn size(value: Value<'_>) -> Result<usize, Refusal> {
    let number = Val::of(value)?
        .as_i64()
        .and_then(|size| usize::try_from(size).ok());
    match number {
        Some(size) => Ok(size),
        None => {
            let text = cut(&value.to_text()?);
            Err(Refusal::new(format!(
                "`$size` needs a whole number from 0, found {text}"
            )))
        }
    }
}

pub(super) fn has_size(size: usize, value: Option<Value<'_>>) -> Result<bool, Refusal> {
    match value {
        Some(array) if array.kind() == Kind::Array => Ok(array.len()? == size),
        _ => Ok(false),
    }
}

/// Whether a document (or array, seen as one) among the elements matches.
pub(super) fn any_document(node: &Node, value: Option<Value<'_>>) -> Result<bool, Refusal> {
    for element in elements(value) {
        let element = element?;
        let candidate = match element.kind() {
            Kind::Array => true,
            Kind::Object => extended::scalar(element)?.is_none(),
            _ => false,
        };
        if candidate && node.matches(element)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an element passes, itself and not what it may hold.
pub(super) fn any_element(test: &Test, value: Option<Value<'_>>) -> Result<bool, Refusal> {
    for element in elements(value) {
        if test.passes(element?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn elements(value: Option<Value<'_>>) -> impl Iterator<Item = Result<Value<'_>, jsonb::Damaged>> {
    let array = value.filter(|value| value.kind() == Kind::Array);
    array.into_iter().flat_map(Value::elements)
}
