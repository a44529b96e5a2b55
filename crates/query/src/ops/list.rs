//! `$in`: membership in a list of literals and patterns.

use jsonb::Value;

use super::{Literal, Pattern};
use crate::{Refusal, Val, compare};

/// A list, sorted for search.
#[derive(Debug)]
pub(crate) struct List {
    /// In order.
    pub(crate) values: Vec<Literal>,
    pub(crate) patterns: Vec<Pattern>,
    has_null: bool,
}

/// Up to here each is compared, which needs no reading of the value.
const FEW: usize = 4;

impl List {
    pub(crate) fn new(mut values: Vec<Literal>, patterns: Vec<Pattern>) -> Self {
        values.sort_by(|left, right| compare(&left.val, &right.val));
        values.dedup_by(|left, right| compare(&left.val, &right.val).is_eq());
        let has_null = values.iter().any(|literal| literal.val.is_nullish());
        Self {
            values,
            patterns,
            has_null,
        }
    }

    pub(super) fn has(&self, value: Option<Value<'_>>) -> Result<bool, Refusal> {
        let Some(stored) = value else {
            return Ok(self.has_null);
        };
        for pattern in &self.patterns {
            if pattern.matches(value)? {
                return Ok(true);
            }
        }
        if self.values.len() <= FEW {
            for literal in &self.values {
                if literal.is(value)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let val = Val::of(stored)?;
        Ok(self
            .values
            .binary_search_by(|literal| compare(&literal.val, &val))
            .is_ok())
    }
}
