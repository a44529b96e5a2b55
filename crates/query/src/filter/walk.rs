//! Following a path through one document, arrays included.
//!
//! A condition holds when one of the values at the end of the path fulfils it. An array on the way contributes what its
//! documents have there, and its element at the position that the step may name; documents without the field contribute
//! "missing", other elements nothing. An array at the end contributes each element and then itself, but only itself to
//! conditions on whole arrays; one found by its position is not unfolded again. These are the rules of MongoDB's own
//! matcher. Recursion goes one step of the path deeper each time.

use jsonb::{Kind, Value};

use crate::ops::{Leaf, Test};
use crate::path::Step;
use crate::{Refusal, extended};

type Answer = Result<bool, Refusal>;

/// Whether the values behind `rest`, starting at `value`, fulfil the test.
#[inline]
pub(crate) fn matches(test: &Test, value: Option<Value<'_>>, rest: &[Step]) -> Answer {
    match test {
        Test::Leaf(leaf) => any(leaf, value, rest),
        Test::Not(test) => Ok(!matches(test, value, rest)?),
        Test::All(tests) => {
            for test in tests {
                if !matches(test, value, rest)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

#[inline]
fn any(leaf: &Leaf, value: Option<Value<'_>>, rest: &[Step]) -> Answer {
    let mut value = value;
    let mut rest = rest;
    loop {
        let Some(here) = value else {
            return leaf.matches(None);
        };
        let Some((step, behind)) = rest.split_first() else {
            return at_end(leaf, here);
        };
        match here.kind() {
            Kind::Object if step.is_reserved() && extended::scalar(here)?.is_some() => value = None,
            Kind::Object => (value, rest) = (here.get(&step.name)?, behind),
            Kind::Array => return in_array(leaf, here, step, behind),
            _ => value = None,
        }
    }
}

#[inline]
fn at_end(leaf: &Leaf, value: Value<'_>) -> Answer {
    if value.kind() == Kind::Array && leaf.unfolds() {
        for element in value.elements() {
            if leaf.matches(Some(element?))? {
                return Ok(true);
            }
        }
    }
    leaf.matches(Some(value))
}

/// An array with at least one more step to go.
fn in_array(leaf: &Leaf, array: Value<'_>, step: &Step, behind: &[Step]) -> Answer {
    for (at, element) in array.elements().enumerate() {
        let element = element?;
        if element.kind() == Kind::Object && in_document(leaf, element, step, behind)? {
            return Ok(true);
        }
        if step.index == Some(at) && at_position(leaf, element, behind)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn in_document(leaf: &Leaf, element: Value<'_>, step: &Step, behind: &[Step]) -> Answer {
    match element.get(&step.name)? {
        Some(inner) if !step.is_reserved() => any(leaf, Some(inner), behind),
        // A scalar in an array has no fields, not even missing ones.
        _ if extended::scalar(element)?.is_some() => Ok(false),
        inner => any(leaf, inner, behind),
    }
}

fn at_position(leaf: &Leaf, element: Value<'_>, behind: &[Step]) -> Answer {
    match (behind.split_first(), element.kind()) {
        (None, _) => leaf.matches(Some(element)),
        (Some((step, behind)), Kind::Array) => in_array(leaf, element, step, behind),
        (Some(_), Kind::Object) => any(leaf, Some(element), behind),
        _ => Ok(false),
    }
}
