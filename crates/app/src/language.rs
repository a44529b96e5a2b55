//! The query language: its URL form and its map form, read into [`Condition`](crate::Condition)s.
//!
//! Reading knows nothing of entities: paths and values are checked when a condition is lowered ([`crate::lower`]). What
//! comes in is a client's text, so depth and number of conditions are bounded and nothing here panics. The language is
//! described in `contracts/slingr.md` §2.

mod error;
mod expression;
pub mod map;
mod nested;
mod parameters;
pub mod query_string;
mod quoted;
mod system;
pub mod value;

pub use error::LanguageError;
pub use query_string::{Request, parse};
pub use system::{DEFAULT_SIZE, Flags, Format, MAX_SIZE, Offset};

/// Conditions that one query may have.
pub(crate) const MOST_CONDITIONS: usize = 2000;
/// Levels that `or`, `and`, `_or` and `_and` may nest.
pub(crate) const DEEPEST: usize = 32;
