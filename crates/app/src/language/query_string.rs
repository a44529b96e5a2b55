//! A whole query string: field filters, `_query` and system parameters.

use crate::Condition;

use super::expression::expression;
use super::parameters::parameters;
use super::system::{System, is_system};
use super::{DEFAULT_SIZE, Flags, Format, LanguageError, MAX_SIZE, MOST_CONDITIONS, Offset, nested, value};

/// What a query string asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Which records; the field filters and `_query` together.
    pub condition: Condition,
    /// Records of a page as given; see [`Request::page_size`].
    pub size: Option<u64>,
    /// Where the page begins.
    pub offset: Option<Offset>,
    /// The field to sort by; none: the id.
    pub sort_field: Option<String>,
    /// Whether the least comes first.
    pub ascending: bool,
    /// The fields to show; none: all.
    pub fields: Option<Vec<String>>,
    /// Relationships whose records are to be put in place.
    pub relationships_to_fetch: Vec<String>,
    /// How values are given.
    pub format: Format,
    /// Whose settings count for plain text: id or mail address.
    pub format_for_user: Option<String>,
    /// How something is carried out.
    pub flags: Flags,
}

impl Request {
    /// Records of a page: what was given, or [`DEFAULT_SIZE`].
    ///
    /// # Errors
    /// A [`LanguageError`] for more than [`MAX_SIZE`], which only jobs may work on.
    pub fn page_size(&self) -> Result<u32, LanguageError> {
        match self.size {
            None => Ok(DEFAULT_SIZE),
            Some(size) => u32::try_from(size)
                .ok()
                .filter(|size| *size <= MAX_SIZE)
                .ok_or_else(|| {
                    let why = format!(
                        "must be at most {MAX_SIZE}; for more use an operation with `_async`, or pages"
                    );
                    LanguageError::new("_size", &size.to_string(), why)
                }),
        }
    }
}

/// Reads a raw query string, percent-encoded or not.
///
/// # Errors
/// A [`LanguageError`] that names the parameter and its value.
pub fn parse(raw: impl AsRef<[u8]>) -> Result<Request, LanguageError> {
    let mut system = System::default();
    let mut conditions = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (name, text) in parameters(raw.as_ref())? {
        let refused = |why: String| LanguageError::new(&name, &text, why);
        if name == "_query" {
            if !text.trim().is_empty() {
                conditions.push(expression(&text).map_err(refused)?);
            }
        } else if is_system(&name) {
            if seen.contains(&name) {
                return Err(refused("is given twice".to_owned()));
            }
            system.take(&name, &text)?;
            seen.push(name);
        } else if !text.trim().is_empty() {
            conditions.push(test(&name, &text).map_err(refused)?);
        }
        if conditions.len() + seen.len() > MOST_CONDITIONS {
            let why = format!("there are more than {MOST_CONDITIONS} parameters");
            return Err(LanguageError::new("query", "", why));
        }
    }
    Ok(request(conditions, system))
}

fn request(conditions: Vec<Condition>, system: System) -> Request {
    Request {
        condition: together(conditions),
        size: system.size,
        offset: system.offset,
        sort_field: system.sort_field,
        ascending: system.ascending,
        fields: system.fields,
        relationships_to_fetch: system.fetch,
        format: system.format,
        format_for_user: system.format_for,
        flags: system.flags,
    }
}

/// All of them; one alone is itself.
pub(super) fn together(mut conditions: Vec<Condition>) -> Condition {
    match conditions.len() {
        1 => conditions.remove(0),
        _ => Condition::And(conditions),
    }
}

/// One field filter.
pub(super) fn test(path: &str, text: &str) -> Result<Condition, String> {
    if nested::is_object(text) {
        return nested::text(path, text);
    }
    let (operator, values) = value::value(text)?;
    Ok(Condition::Test {
        path: path.to_owned(),
        operator,
        values,
    })
}

#[cfg(test)]
mod tests;
