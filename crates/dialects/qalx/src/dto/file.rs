//! The description of a file (`file` of an item, `plan` of a factory) as it is stored: name, name of the key, and
//! whether the file holds the data.
//!
//! Addresses are made when it is read, so `url` and `put_url` that a client sends back are passed over.

use jsonb::{Jsonb, Kind, Value};
use model::Error;

use super::{member, text, wrong_kind};

/// The longest name, in characters.
const MAX_NAME: usize = 1024;

/// The stored form; an empty object says that there is no file.
pub(super) fn stored(field: &str, sent: Value<'_>) -> Result<Jsonb, Error> {
    let none = || jsonb::object().finish();
    if sent.kind() == Kind::Null {
        return Ok(none());
    }
    if sent.kind() != Kind::Object {
        return Err(wrong_kind(field, "an object", sent));
    }
    if sent.is_empty().map_err(Error::internal)? {
        return Ok(none());
    }
    let name_path = format!("{field}.name");
    let name = text(sent, &name_path)?
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Error::missing(&name_path))?;
    let mut stored = jsonb::object().field_str("name", bounded(&name_path, &name)?);
    let key_path = format!("{field}.keyfile");
    if let Some(key) = text(sent, &key_path)? {
        stored = stored.field_str("keyfile", bounded(&key_path, &key)?);
    }
    let as_file = match member(sent, "as_file")? {
        None => false,
        Some(value) => value
            .as_bool()
            .map_err(Error::internal)?
            .ok_or_else(|| wrong_kind(&format!("{field}.as_file"), "true or false", value))?,
    };
    Ok(stored.field_bool("as_file", as_file).finish())
}

fn bounded<'a>(path: &str, text: &'a str) -> Result<&'a str, Error> {
    let length = text.chars().count();
    if length <= MAX_NAME {
        return Ok(text);
    }
    let message = format!("{path}: at most {MAX_NAME} characters, got {length}");
    Err(Error::bad_value(path, message))
}

#[cfg(test)]
mod tests {
    use jsonb::{Jsonb, Limits};

    use super::stored;

    fn of(text: &str) -> Result<String, String> {
        let sent = Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap();
        match stored("file", sent.root()) {
            Ok(stored) => Ok(stored.to_text().unwrap()),
            Err(error) => Err(format!("{} {}", error.field().unwrap(), error.message())),
        }
    }

    #[test]
    fn only_the_description_is_kept() {
        for (sent, kept) in [
            ("null", "{}"),
            ("{}", "{}"),
            (r#"{"name":"a.txt"}"#, r#"{"name":"a.txt","as_file":false}"#),
            (
                r#"{"url":"x","as_file":true,"keyfile":"k","put_url":"y","name":"a","z":1}"#,
                r#"{"name":"a","keyfile":"k","as_file":true}"#,
            ),
            (
                r#"{"name":"a","keyfile":null,"as_file":null}"#,
                r#"{"name":"a","as_file":false}"#,
            ),
        ] {
            assert_eq!(of(sent).as_deref(), Ok(kept), "{sent}");
        }
    }

    #[test]
    fn wrong_descriptions_are_named() {
        for (sent, needle) in [
            ("[]", "file file: expected an object, got an array"),
            (r#"{"url":"x"}"#, "file.name the file.name field is required"),
            (r#"{"name":""}"#, "file.name the file.name field is required"),
            (
                r#"{"name":7}"#,
                "file.name file.name: expected a text, got a number",
            ),
            (
                r#"{"name":"a","keyfile":[]}"#,
                "file.keyfile file.keyfile: expected a text, got an array",
            ),
            (
                r#"{"name":"a","as_file":"yes"}"#,
                "file.as_file file.as_file: expected true or false, got a text",
            ),
        ] {
            assert_eq!(of(sent).unwrap_err(), needle);
        }
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(1025));
        assert!(of(&long).unwrap_err().contains("got 1025"));
    }
}
