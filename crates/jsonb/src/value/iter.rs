//! Walking the children of a container; an iterator ends after its first error.

use std::borrow::Cow;
use std::iter::FusedIterator;

use crate::error::Damaged;
use crate::format;

use super::Value;

/// The elements of an array.
#[derive(Clone)]
pub struct Elements<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Elements<'a> {
    #[inline]
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest, broken: false }
    }

    /// Gives one error.
    pub(super) fn broken() -> Self {
        Self {
            rest: &[],
            broken: true,
        }
    }

    /// What there is at the end.
    fn end(&mut self) -> Option<Damaged> {
        std::mem::take(&mut self.broken).then_some(Damaged::new("the header of the body cannot be read"))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Value<'a>, Damaged>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return self.end().map(Err);
        }
        match split(self.rest) {
            Ok((value, rest)) => {
                self.rest = rest;
                Some(Ok(value))
            }
            Err(damaged) => {
                self.rest = &[];
                Some(Err(damaged))
            }
        }
    }
}

impl FusedIterator for Elements<'_> {}

/// The keys and values of an object as elements.
#[derive(Clone)]
pub struct RawEntries<'a>(pub(super) Elements<'a>);

impl<'a> Iterator for RawEntries<'a> {
    type Item = Result<(Value<'a>, Value<'a>), Damaged>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.rest.is_empty() {
            return self.0.end().map(Err);
        }
        match split_entry(self.0.rest) {
            Ok((key, value, rest)) => {
                self.0.rest = rest;
                Some(Ok((key, value)))
            }
            Err(damaged) => {
                self.0.rest = &[];
                Some(Err(damaged))
            }
        }
    }
}

impl FusedIterator for RawEntries<'_> {}

/// The keys and values of an object.
#[derive(Clone)]
pub struct Entries<'a>(pub(super) RawEntries<'a>);

impl<'a> Iterator for Entries<'a> {
    type Item = Result<(Cow<'a, str>, Value<'a>), Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.0.next()?;
        Some(entry.and_then(|(key, value)| match key.as_str()? {
            Some(name) => Ok((name, value)),
            None => Err(Damaged::new("an object has a key that is not a string")),
        }))
    }
}

impl FusedIterator for Entries<'_> {}

/// The key and the value at the start of `bytes`, and what follows them. Like [`split`] always inlined: handing the
/// parts over through memory would take longer than reading them.
#[inline(always)]
pub(super) fn split_entry(bytes: &[u8]) -> Result<(Value<'_>, Value<'_>, &[u8]), Damaged> {
    let (name, rest) = split(bytes)?;
    if rest.is_empty() {
        return Err(Damaged::new("an object has a key without a value"));
    }
    let (value, rest) = split(rest)?;
    Ok((name, value, rest))
}

/// The first element of `bytes` and what follows it.
#[inline(always)]
pub(super) fn split(bytes: &[u8]) -> Result<(Value<'_>, &[u8]), Damaged> {
    let header = format::read_header(bytes)?;
    let Some((raw, rest)) = bytes.split_at_checked(header.head + header.size) else {
        return Err(Damaged::new("an element is cut off"));
    };
    Ok((
        Value {
            raw,
            head: header.head as u8,
            tag: header.tag,
        },
        rest,
    ))
}
