//! [`Refusal`]: why a query is not run, and where in it the reason stands.
//!
//! The place is put together on the way out: whoever passes a refusal on adds its own step in front
//! ([`Refusal::under`]), so parsers need not carry a path along.

use std::fmt;

/// What sort of reason it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The query cannot be read, or asks for what is not supported.
    Query,
    /// The query asks for more than a limit allows.
    Limit,
    /// Stored bytes make no sense: not the client's fault.
    Damaged,
}

/// Why a query was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where in the query, like `$and.3.name.$regex`; empty for the whole.
    pub at: String,
    /// The reason, a sentence without full stop.
    pub why: String,
    /// Whose fault it is.
    pub cause: Cause,
}

impl Refusal {
    /// A query that cannot be read or is not supported.
    pub fn new(why: impl Into<String>) -> Self {
        Self::of(Cause::Query, why.into())
    }

    /// A query beyond a limit; `setting` names it (a field of [`crate::Limits`]).
    pub fn beyond(what: impl fmt::Display, setting: &str) -> Self {
        Self::of(Cause::Limit, format!("{what} (limit `{setting}`)"))
    }

    fn of(cause: Cause, why: String) -> Self {
        Self {
            at: String::new(),
            why,
            cause,
        }
    }

    /// The same refusal, seen from one step further out.
    #[must_use]
    pub fn under(mut self, step: impl fmt::Display) -> Self {
        const LONGEST: usize = 400;
        self.at = match self.at.as_str() {
            "" => cut(&step.to_string()),
            // The steps come from the client too: the inner ones say most.
            at if at.starts_with("...") => return self,
            at if at.len() > LONGEST => format!("....{at}"),
            at => format!("{}.{at}", cut(&step.to_string())),
        };
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at.as_str() {
            "" => f.write_str(&self.why),
            at => write!(f, "{at}: {}", self.why),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<jsonb::Damaged> for Refusal {
    #[cold]
    fn from(damaged: jsonb::Damaged) -> Self {
        Self::of(Cause::Damaged, damaged.to_string())
    }
}

/// `text` for use inside a message: not longer than a line.
pub fn cut(text: &str) -> String {
    const LONGEST: usize = 80;
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(LONGEST);
    format!("{}...", text.get(..end).unwrap_or_default())
}
