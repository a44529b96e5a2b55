//! The JSON bodies of admin calls, read leniently: what is missing is empty and complained of like that, so that one
//! answer can name all fields that are wrong. Fields that are not known are ignored.

use edge::OptionalJson;
use model::Error;
use serde_json::{Map, Value};

/// The extractor; no body at all is an empty one.
pub(crate) type Body = OptionalJson<Map<String, Value>>;

/// The fields of a body.
pub(super) struct Form(Map<String, Value>);

impl Form {
    pub(super) fn new(OptionalJson(body): Body) -> Self {
        Self(body.unwrap_or_default())
    }

    /// The text of a field; empty when it is missing or no text.
    pub(super) fn text(&self, field: &str) -> &str {
        self.0.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// The text of a field that must be there.
    pub(super) fn required(&self, field: &str) -> Result<&str, Error> {
        if let Some(complaint) = self.wrong_type(field) {
            return Err(Error::bad_value(field, complaint));
        }
        match self.text(field).trim() {
            "" => Err(Error::missing(field)),
            text => Ok(text),
        }
    }

    /// The complaints of `checked`, where `fields` are texts; of the others that they are none. In the order of `fields`.
    pub(super) fn check(&self, fields: &[&str], checked: Result<(), Error>) -> Result<(), Error> {
        let checked = checked.err();
        let details = checked.as_ref().map(Error::details).unwrap_or_default();
        let complaints = fields.iter().filter_map(|field| {
            let of_field = || {
                Some(
                    details
                        .iter()
                        .find(|detail| detail.field == *field)?
                        .message
                        .clone(),
                )
            };
            Some((*field, self.wrong_type(field).or_else(of_field)?))
        });
        let all = complaints.fold(None, |error: Option<Error>, (field, complaint)| {
            Some(match error {
                None => Error::bad_value(field, complaint),
                Some(error) => error.with_detail(field, complaint),
            })
        });
        all.or(checked).map_or(Ok(()), Err)
    }

    fn wrong_type(&self, field: &str) -> Option<String> {
        let given = match self.0.get(field)? {
            Value::String(_) | Value::Null => return None,
            Value::Object(_) => "an object".to_owned(),
            Value::Array(_) => "an array".to_owned(),
            other => other.to_string(),
        };
        Some(format!("the {field} must be a string, got {given}"))
    }
}
