//! Conditions lowered onto stored records: [`Condition`] and entity become a [`query::Filter`].
//!
//! Here paths are resolved (`path`), operators are checked against types by one table (`table`), and values become what
//! is stored. Stored records keep some fields beside their value in a form that compares (`~.rating`, see
//! `path::Target::compared`). What a condition means is decided in `contracts/slingr.md` §2 and §12: a list matches by any
//! element, `notEquals` also matches what is empty, the empty text is empty.

pub(crate) mod document;
mod element;
mod error;
mod near;
pub(crate) mod operands;
pub(crate) mod path;
mod references;
pub(crate) mod sort;
pub(crate) mod table;
mod test;

use jiff::tz::TimeZone;
use jsonb::Jsonb;
use query::{Filter, Limits};

use crate::{App, Condition, Entity, Fields};

pub use error::LowerError;
pub use near::{Near, near};
pub use sort::sort;
pub use table::allows;

/// What a condition is lowered with.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The app.
    pub app: &'a App,
    /// The entity whose records are asked for.
    pub entity: &'a Entity,
    /// The zone of dates without one.
    pub zone: &'a TimeZone,
    /// Who asks.
    pub user: &'a dyn CurrentUser,
}

/// The fields of whoever asks.
pub trait CurrentUser {
    /// The values of a field (`id`, `email`, `fullName`, `firstName`, `lastName`, `groups` …); none when users have no
    /// such field.
    fn values(&self, path: &str) -> Option<Vec<String>>;
}

/// The fields that paths begin at, and who asks.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) app: &'a App,
    pub(crate) zone: &'a TimeZone,
    pub(crate) user: &'a dyn CurrentUser,
    pub(crate) fields: &'a Fields,
    /// Whether there are `id`, `label` and `version`, in this order.
    pub(crate) own: [bool; 3],
}

impl<'a> Scope<'a> {
    pub(crate) fn frame(&self) -> Frame<'a> {
        Frame {
            app: self.app,
            zone: self.zone,
            user: self.user,
            fields: &self.entity.fields,
            own: [true; 3],
        }
    }
}

/// The filter of a condition on records.
///
/// # Errors
/// A [`LowerError`] that names field, operator, value and why.
pub fn filter(scope: &Scope<'_>, condition: &Condition) -> Result<Filter, LowerError> {
    let document = lowered(&scope.frame(), condition)?;
    Filter::parse(&document.root(), &Limits::default()).map_err(LowerError::of_query)
}

/// The filter in the query core's own language.
pub(crate) fn lowered(frame: &Frame<'_>, condition: &Condition) -> Result<Jsonb, LowerError> {
    match condition {
        Condition::And(parts) if parts.is_empty() => Ok(document::all()),
        Condition::Or(parts) if parts.is_empty() => Ok(document::none()),
        Condition::And(parts) => Ok(document::list("$and", documents(frame, parts)?)),
        Condition::Or(parts) => Ok(document::list("$or", documents(frame, parts)?)),
        Condition::Test {
            path,
            operator,
            values,
        } => test::lower(frame, path, *operator, values),
        Condition::Element { path, fields } => element::lower(frame, path, fields),
    }
}

fn documents(frame: &Frame<'_>, parts: &[Condition]) -> Result<Vec<Jsonb>, LowerError> {
    parts.iter().map(|part| lowered(frame, part)).collect()
}

/// The paths that a condition looks at, each once, as they are written.
#[must_use]
pub fn fields_used(condition: &Condition) -> Vec<String> {
    let mut paths = Vec::new();
    collect(condition, &mut paths);
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn collect(condition: &Condition, paths: &mut Vec<String>) {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| collect(part, paths)),
        Condition::Test { path, .. } => paths.push(path.clone()),
        Condition::Element { path, fields } => {
            paths.extend(fields.iter().map(|(name, _)| format!("{path}.{name}")));
        }
    }
}

#[cfg(test)]
mod tests;
