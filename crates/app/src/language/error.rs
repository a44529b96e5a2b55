//! [`LanguageError`]: what cannot be read, and where.

use std::fmt;

/// A part of a query that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageError {
    /// The parameter, or the key of a map.
    pub parameter: String,
    /// Its value as it came, shortened.
    pub value: String,
    /// Why.
    pub why: String,
}

impl LanguageError {
    pub(crate) fn new(parameter: &str, value: &str, why: impl Into<String>) -> Self {
        Self {
            parameter: query::cut(parameter),
            value: query::cut(value),
            why: why.into(),
        }
    }
}

impl fmt::Display for LanguageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {:?}: {}", self.parameter, self.value, self.why)
    }
}

impl std::error::Error for LanguageError {}
