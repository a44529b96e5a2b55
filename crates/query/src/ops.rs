//! The conditions of filters, one family per file.
//!
//! A [`Leaf`] looks at one value; [`Test`]s combine leaves on the same path. Negations are of the whole path: `$ne` holds
//! when *no* value there is equal.

mod compare;
mod distance;
mod elements;
mod kinds;
mod list;
mod literal;
mod modulo;
mod regex;

use std::sync::Arc;

use jsonb::{Kind, Value};

use crate::Refusal;
use crate::filter::Node;

pub(crate) use compare::{Compare, Op};
pub(crate) use distance::Distance;
pub(crate) use elements::size;
pub(crate) use kinds::Kinds;
pub(crate) use list::List;
pub(crate) use literal::Literal;
pub(crate) use modulo::Modulo;
pub use regex::Pattern;

/// A condition on what a path leads to.
#[derive(Debug)]
pub(crate) enum Test {
    /// One of the values fulfils it.
    Leaf(Leaf),
    /// The condition does not hold.
    Not(Box<Test>),
    /// Each holds, perhaps by different values.
    All(Vec<Test>),
}

/// A condition on one value.
#[derive(Debug)]
pub(crate) enum Leaf {
    /// Equal to a literal.
    Equal(Literal),
    /// Greater or less than a literal.
    Compare(Compare),
    /// One of a list.
    In(List),
    /// A string that a pattern is found in.
    Regex(Box<Pattern>),
    /// A number with this remainder.
    Modulo(Modulo),
    /// A place within a distance of another.
    Distance(Box<Distance>),
    /// Of one of these types.
    Type(Kinds),
    /// Is there.
    Exists,
    /// An array of this many elements.
    Size(usize),
    /// An array with a document that matches.
    ElementDocument(Arc<Node>),
    /// An array with an element that passes.
    Element(Box<Test>),
}

impl Leaf {
    /// Whether it looks at the elements of an array at the end of its path, besides the array.
    #[inline]
    pub(crate) fn unfolds(&self) -> bool {
        !matches!(
            self,
            Self::Exists | Self::Size(_) | Self::ElementDocument(_) | Self::Element(_)
        )
    }

    /// Whether one value, or a missing one, fulfils it.
    #[inline]
    pub(crate) fn matches(&self, value: Option<Value<'_>>) -> Result<bool, Refusal> {
        match self {
            Self::Equal(literal) => literal.is(value),
            Self::Compare(compare) => compare.matches(value),
            Self::In(list) => list.has(value),
            Self::Regex(pattern) => pattern.matches(value),
            Self::Modulo(modulo) => modulo.matches(value),
            Self::Distance(distance) => distance.matches(value),
            Self::Type(kinds) => kinds.has(value),
            Self::Exists => Ok(value.is_some()),
            Self::Size(size) => elements::has_size(*size, value),
            Self::ElementDocument(node) => elements::any_document(node, value),
            Self::Element(test) => elements::any_element(test, value),
        }
    }
}

impl Test {
    /// Whether one value passes, without looking into arrays.
    pub(crate) fn passes(&self, value: Value<'_>) -> Result<bool, Refusal> {
        match self {
            Self::Leaf(leaf) => leaf.matches(Some(value)),
            Self::Not(test) => Ok(!test.passes(value)?),
            Self::All(tests) => {
                for test in tests {
                    if !test.passes(value)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }

    /// The negation.
    pub(crate) fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

/// What `value` is called in a message.
pub(crate) fn called(value: Value<'_>) -> &'static str {
    match value.kind() {
        Kind::Null => "null",
        Kind::True | Kind::False => "a boolean",
        Kind::Int | Kind::Float => "a number",
        Kind::Text => "a string",
        Kind::Array => "an array",
        Kind::Object => "an object",
    }
}
