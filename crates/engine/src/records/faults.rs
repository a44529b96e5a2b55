//! What is wrong with a body: all of it, in the order in which it was found. What was refused of a sensitive field is not
//! repeated: answers end up in the logs of clients.

use std::borrow::Cow;

use app::Field;
use app::fault::{Problem, REQUIRED};
use jsonb::Value;
use model::{Detail, Error, Validation};

/// The longest value that a complaint repeats, in characters.
const LONGEST: usize = 256;

/// What stands for a sensitive value.
pub(super) const MASK: &str = "***";

/// Complaints about one body.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Detail>);

impl Faults {
    /// A complaint about the field at `path` (with indexes: `addresses[1].zipCode`).
    pub(super) fn add(
        &mut self,
        path: &str,
        field: Option<&Field>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        rejected: Option<String>,
    ) {
        let mut detail = Detail::new(path, message);
        detail.validation = Some(Validation {
            label: field.map(|field| field.label.clone()),
            code: code.into(),
            rejected: match field {
                Some(field) if field.sensitive => rejected.map(|_| MASK.to_owned()),
                _ => rejected,
            },
        });
        self.0.push(detail);
    }

    /// What is wrong with a value of a field.
    pub(super) fn problem(&mut self, path: &str, field: &Field, problem: Problem) {
        let code = problem.code.as_str().to_owned();
        self.add(path, Some(field), code, problem.message, problem.rejected);
    }

    /// A field that is needed is not there. Of one whose value was refused it was said already what is wrong.
    pub(super) fn required(&mut self, path: &str, field: &Field) {
        if self.0.iter().any(|detail| detail.field == path) {
            return;
        }
        self.add(path, Some(field), "required", REQUIRED, None);
    }

    /// A part of the body has not the form that it should have.
    pub(super) fn structure(&mut self, path: &str, field: Option<&Field>, message: impl Into<String>) {
        self.add(path, field, "invalidStructure", message, None);
    }

    /// Nothing, or the error of all of them.
    pub(super) fn into_result(self) -> Result<(), Error> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Error::invalid(self.0)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A value as a complaint repeats it: strings as they are, anything else as JSON, cut.
pub(super) fn rejected(value: Value<'_>) -> Option<String> {
    let text = match value.as_str().ok()? {
        Some(text) => text.into_owned(),
        None => value.to_text().ok()?,
    };
    Some(match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    })
}
