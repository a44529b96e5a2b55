//! The body of copy and update: the numbers, and the fields to set.
//!
//! The document's samples send its own placeholders `F_*` and `C_*` as keys. They are taken when they hold the name of a
//! field, and do nothing.

use engine::articles::Fields;
use jsonb::{Jsonb, Kind, Limits, Value};
use model::Error;

use crate::unquote::unquote;

/// What a body of copy or update says.
#[derive(Debug, PartialEq)]
pub(super) struct Form {
    /// `customNumber`, if there is one that is not empty.
    pub(super) number: Option<String>,
    /// `F_1`, likewise.
    pub(super) id: Option<String>,
    /// The other fields.
    pub(super) fields: Fields,
}

impl Form {
    /// Reads a text that is known to be JSON.
    pub(super) fn read(text: &[u8]) -> Result<Self, Error> {
        let limits = Limits {
            max_bytes: text.len(),
            max_string: text.len(),
            ..Limits::default()
        };
        // What a body may not be was refused before; what is left is a fault of ours.
        let body = Jsonb::parse(text, &limits).map_err(Error::internal)?;
        let root = body.root();
        if root.kind() != Kind::Object {
            let message = format!("body: expected an object, got {}", shown(root)?);
            return Err(Error::bad_value("body", message));
        }
        let (mut number, mut id) = (None, None);
        let mut fields = jsonb::object();
        for entry in root.entries() {
            let (name, value) = entry.map_err(Error::internal)?;
            match &*name {
                "customNumber" => number = article_number(&name, value)?,
                "F_1" => id = article_number(&name, value)?,
                "F_*" | "C_*" => check_placeholder(&name, value)?,
                name => {
                    fields = match value.as_str().map_err(Error::internal)? {
                        Some(text) => fields.field_str(name, unquote(&text)),
                        None => fields.field_raw(name, value),
                    }
                }
            }
        }
        let fields = Fields::parse(fields.finish())?;
        Ok(Self { number, id, fields })
    }
}

/// An article number, without surrounding quotes; none for null and the empty string.
fn article_number(name: &str, value: Value<'_>) -> Result<Option<String>, Error> {
    let number = match value.kind() {
        Kind::Text => unquote(&value.as_str().map_err(Error::internal)?.unwrap_or_default()).to_owned(),
        Kind::Int => value
            .number_spelling()
            .map_err(Error::internal)?
            .unwrap_or_default()
            .into_owned(),
        Kind::Null => return Ok(None),
        _ => {
            let message = format!("{name} must be an article number, got {}", shown(value)?);
            return Err(Error::bad_value(name, message));
        }
    };
    Ok((!number.is_empty()).then_some(number))
}

fn check_placeholder(name: &str, value: Value<'_>) -> Result<(), Error> {
    let text = value.as_str().map_err(Error::internal)?;
    if text.is_some_and(|text| Fields::is_name(unquote(&text))) {
        return Ok(());
    }
    let message = format!("{name} must be the name of a field, got {}", shown(value)?);
    Err(Error::bad_value(name, message))
}

/// A value as it may be repeated in a message.
fn shown(value: Value<'_>) -> Result<String, Error> {
    match value.kind() {
        Kind::Object => Ok("an object".to_owned()),
        Kind::Array => Ok("an array".to_owned()),
        _ => {
            let text = value.to_text().map_err(Error::internal)?;
            Ok(text.chars().take(80).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    fn read(text: &str) -> Result<[Option<String>; 3], [String; 2]> {
        let complaint =
            |error: model::Error| [error.field().unwrap_or_default(), error.message()].map(str::to_owned);
        let form = Form::read(text.as_bytes()).map_err(complaint)?;
        Ok([form.number, form.id, Some(form.fields.body().to_text().unwrap())])
    }

    #[test]
    fn quotes_come_off_and_placeholders_do_nothing() {
        let text = r#"{"customNumber":"\"7-copy\"","F_1":"\"7\"","F_*":"\"F_5\"","C_*":"C_75015","F_3":"\"x\"","F_4":"19\" rack","C_5":1.50,"F_6":null}"#;
        let fields = r#"{"F_3":"x","F_4":"19\" rack","C_5":1.50,"F_6":null}"#;
        assert_eq!(
            read(text).unwrap(),
            [Some("7-copy"), Some("7"), Some(fields)].map(|text| text.map(str::to_owned))
        );
        let read = read(r#"{"F_1":12,"customNumber":null}"#).unwrap();
        assert_eq!(read, [None, Some("12".to_owned()), Some("{}".to_owned())]);
    }

    #[test]
    fn refusals_name_field_and_value() {
        for (text, field, message) in [
            ("[1]", "body", "body: expected an object, got an array"),
            (
                r#"{"F_1":true}"#,
                "F_1",
                "F_1 must be an article number, got true",
            ),
            (
                r#"{"customNumber":{}}"#,
                "customNumber",
                "customNumber must be an article number, got an object",
            ),
            (
                r#"{"F_*":"\"x\""}"#,
                "F_*",
                r#"F_* must be the name of a field, got "\"x\"""#,
            ),
            (r#"{"C_*":5}"#, "C_*", "C_* must be the name of a field, got 5"),
            (
                r#"{"F_1":"7","colour":1}"#,
                "colour",
                r#"unknown field "colour": fields are F_<n> and C_<n>"#,
            ),
            (
                r#"{"F_2":[]}"#,
                "F_2",
                "field F_2 must be a string, a number or null, got an array",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), [field, message], "{text}");
        }
    }
}
