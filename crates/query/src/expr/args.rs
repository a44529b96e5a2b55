//! [`Args`]: the values an operator is called with, and readers that say what was expected.

use crate::{Arr, Doc, Refusal, Text, Val};

/// The arguments' values in the order of the operator's parameters; none where an optional one was not given.
#[derive(Clone, Copy)]
pub(crate) struct Args<'v, 'a>(pub(crate) &'v [Option<Val<'a>>]);

impl<'v, 'a> Args<'v, 'a> {
    /// The argument at `index`; missing when it was not given.
    pub(crate) fn at(self, index: usize) -> &'v Val<'a> {
        self.given(index).unwrap_or(&Val::Missing)
    }

    /// The argument at `index`, if it was given.
    pub(crate) fn given(self, index: usize) -> Option<&'v Val<'a>> {
        self.0.get(index)?.as_ref()
    }

    /// All arguments.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'v Val<'a>> {
        self.0.iter().flatten()
    }

    /// Whether any argument is null or missing.
    pub(crate) fn any_nullish(self) -> bool {
        self.iter().any(Val::is_nullish)
    }
}

/// Says that `what` should have been something else.
#[cold]
pub(crate) fn expected(what: &str, wanted: &str, found: &Val<'_>) -> Refusal {
    Refusal::new(format!("{what} must be {wanted}, not {}", found.type_name()))
}

/// The characters of a string.
pub(crate) fn string<'v>(value: &'v Val<'_>, what: &str) -> Result<&'v str, Refusal> {
    value.as_str().ok_or_else(|| expected(what, "a string", value))
}

/// The text of a string.
pub(crate) fn text<'a>(value: &Val<'a>, what: &str) -> Result<Text<'a>, Refusal> {
    match value {
        Val::Str(text) => Ok(text.clone()),
        other => Err(expected(what, "a string", other)),
    }
}

/// An array.
pub(crate) fn array<'a>(value: &Val<'a>, what: &str) -> Result<Arr<'a>, Refusal> {
    match value {
        Val::Array(array) => Ok(array.clone()),
        other => Err(expected(what, "an array", other)),
    }
}

/// The elements of an array.
pub(crate) fn elements<'a>(value: &Val<'a>, what: &str) -> Result<Vec<Val<'a>>, Refusal> {
    array(value, what)?.iter().collect()
}

/// A document.
pub(crate) fn document<'a>(value: &Val<'a>, what: &str) -> Result<Doc<'a>, Refusal> {
    match value {
        Val::Document(document) => Ok(document.clone()),
        other => Err(expected(what, "a document", other)),
    }
}

/// A whole number; a double without fraction is one.
pub(crate) fn whole(value: &Val<'_>, what: &str) -> Result<i64, Refusal> {
    value
        .as_i64()
        .ok_or_else(|| expected(what, "a whole number", value))
}

/// A whole number of 32 bits.
pub(crate) fn whole32(value: &Val<'_>, what: &str) -> Result<i32, Refusal> {
    let number = whole(value, what)?;
    i32::try_from(number).map_err(|_| Refusal::new(format!("{what} must fit in 32 bits, not {number}")))
}

/// A whole number from 1 up.
pub(crate) fn positive(value: &Val<'_>, what: &str) -> Result<usize, Refusal> {
    let number = whole(value, what)?;
    usize::try_from(number)
        .ok()
        .filter(|&number| number > 0)
        .ok_or_else(|| Refusal::new(format!("{what} must be at least 1, not {number}")))
}

/// A number that is not a decimal, as a double.
pub(crate) fn number(value: &Val<'_>, what: &str) -> Result<f64, Refusal> {
    match value {
        Val::Int(int) => Ok(*int as f64),
        Val::Double(double) => Ok(*double),
        Val::Decimal(_) => Err(no_decimals()),
        other => Err(expected(what, "a number", other)),
    }
}

/// Refuses to compute with decimals, which doubles would round.
#[cold]
pub(crate) fn no_decimals() -> Refusal {
    Refusal::new("computing with decimals is not supported; convert them with $toDouble first")
}
