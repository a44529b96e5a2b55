//! [`AggregateError`]: why an aggregate cannot be run.

use std::fmt;

/// An operation that cannot be read or does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AggregateError {
    /// Its place among the operations, from 1; 0 when the whole is meant.
    pub place: usize,
    /// Its name.
    pub operation: String,
    /// Why, with the value.
    pub why: String,
}

impl AggregateError {
    pub(super) fn new(place: usize, operation: &str, why: impl Into<String>) -> Self {
        Self {
            place,
            operation: query::cut(operation),
            why: why.into(),
        }
    }
}

impl fmt::Display for AggregateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place, self.operation.as_str()) {
            (0, _) => f.write_str(&self.why),
            (place, "") => write!(f, "operation {place}: {}", self.why),
            (place, operation) => write!(f, "operation {place}, `{operation}`: {}", self.why),
        }
    }
}

impl std::error::Error for AggregateError {}
