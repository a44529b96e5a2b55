//! Walking the children of a container; an iterator ends after its first error.

use std::borrow::Cow;
use std::iter::FusedIterator;

use crate::error::Damaged;

use super::{Value, split};

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
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Value<'a>, Damaged>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return std::mem::take(&mut self.broken)
                .then_some(Err(Damaged::new("the header of the body cannot be read")));
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
        let entry = self.0.next()?.and_then(|key| match self.0.next() {
            Some(value) => Ok((key, value?)),
            None => Err(Damaged::new("an object has a key without a value")),
        });
        if entry.is_err() {
            self.0.rest = &[];
        }
        Some(entry)
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
