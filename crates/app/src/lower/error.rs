//! [`LowerError`]: why a condition does not fit its entity.

use std::fmt;

use crate::{Literal, Operator};

/// A condition, sort or path that does not fit the entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowerError {
    /// The path as it was written; empty when the whole condition is meant.
    pub field: String,
    /// The operator's name, where there is one.
    pub operator: Option<&'static str>,
    /// The value that does not fit, shortened.
    pub value: Option<String>,
    /// Why.
    pub why: String,
}

impl LowerError {
    pub(crate) fn new(field: &str, why: impl Into<String>) -> Self {
        Self {
            field: query::cut(field),
            operator: None,
            value: None,
            why: why.into(),
        }
    }

    pub(crate) fn with(mut self, operator: Operator) -> Self {
        self.operator = Some(name(operator));
        self
    }

    pub(crate) fn about(mut self, literal: &Literal) -> Self {
        self.value = Some(query::cut(&shown(literal)));
        self
    }

    /// What the query core refuses, mostly for its limits.
    pub(crate) fn of_query(refusal: query::Refusal) -> Self {
        Self::new("", refusal.why)
    }
}

/// The operator's name in the language.
pub(crate) fn name(operator: Operator) -> &'static str {
    let found = Operator::ALL.iter().find(|(known, _)| *known == operator);
    found.map_or("", |(_, name)| name)
}

/// A literal as it was written.
pub(crate) fn shown(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => text.clone(),
        Literal::Json(value) => value.to_text().unwrap_or_default(),
        Literal::CurrentUser(path) => format!("currentUser({path})"),
    }
}

impl fmt::Display for LowerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "field `{}`", self.field)?;
            if let Some(operator) = self.operator {
                write!(f, ", operator `{operator}`")?;
            }
            if let Some(value) = &self.value {
                write!(f, ", value {value:?}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.why)
    }
}

impl std::error::Error for LowerError {}
