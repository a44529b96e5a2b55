//! Which fields an article may have and which values they take.

use jsonb::{Jsonb, Kind, Value};
use model::Error;

/// The longest article number, in bytes.
pub const MAX_ID_BYTES: usize = 256;

/// Fields of an article as a client gave them: every name is `F_<n>` or `C_<n>`, every value a string, number or null.
#[derive(Clone, Debug, PartialEq)]
pub struct Fields(Jsonb);

impl Fields {
    /// Takes an object of fields.
    ///
    /// # Errors
    /// `bad-value` that names the first field that is not one or whose value is not taken.
    pub fn parse(body: Jsonb) -> Result<Self, Error> {
        match complaint(body.root()).map_err(Error::internal)? {
            None => Ok(Self(body)),
            Some((field, message)) => Err(Error::bad_value(field, message)),
        }
    }

    /// Whether `name` can be the name of a field.
    pub fn is_name(name: &str) -> bool {
        is_field(name)
    }

    /// The fields as an object.
    pub fn body(&self) -> &Jsonb {
        &self.0
    }
}

/// Whether `name` is `F_` or `C_` and a number.
pub(super) fn is_field(name: &str) -> bool {
    let number = name
        .strip_prefix("F_")
        .or_else(|| name.strip_prefix("C_"))
        .unwrap_or_default();
    (1..=9).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}

/// What is wrong with these fields: the first bad one and a sentence.
pub(super) fn complaint(fields: Value<'_>) -> Result<Option<(String, String)>, jsonb::Damaged> {
    if fields.kind() != Kind::Object {
        let what = format!("articleData must be an object, got {}", shown(fields)?);
        return Ok(Some(("articleData".to_owned(), what)));
    }
    for entry in fields.entries() {
        let (name, value) = entry?;
        if !is_field(&name) {
            let what = format!(
                "unknown field {}: fields are F_<n> and C_<n>",
                cut(&format!("{name:?}"))
            );
            return Ok(Some((cut(&name), what)));
        }
        if !matches!(value.kind(), Kind::Text | Kind::Int | Kind::Float | Kind::Null) {
            let what = format!(
                "field {name} must be a string, a number or null, got {}",
                shown(value)?
            );
            return Ok(Some((name.into_owned(), what)));
        }
    }
    Ok(None)
}

/// The article number in `F_1`: a non-empty string, or an integer as it is spelled.
pub(crate) fn article_id(fields: Value<'_>) -> Result<Result<String, String>, jsonb::Damaged> {
    let Some(value) = fields.get("F_1")? else {
        return Ok(Err("F_1, the article number, is missing".to_owned()));
    };
    let id = match value.kind() {
        Kind::Text => value.as_str()?.unwrap_or_default().into_owned(),
        Kind::Int => value.number_spelling()?.unwrap_or_default().into_owned(),
        _ => {
            return Ok(Err(format!(
                "F_1, the article number, must be a string, got {}",
                shown(value)?
            )));
        }
    };
    Ok(check_id(id))
}

/// An article number that can be stored and put into a path.
pub(super) fn check_id(id: String) -> Result<String, String> {
    check_key("F_1, the article number,", id)
}

/// A key that can be stored and put into a path; `what` says in messages which one it is.
pub(crate) fn check_key(what: &str, key: String) -> Result<String, String> {
    if key.is_empty() {
        return Err(format!("{what} is empty"));
    }
    if key.len() > MAX_ID_BYTES {
        return Err(format!(
            "{what} is longer than {MAX_ID_BYTES} bytes: {}",
            cut(&key)
        ));
    }
    if key.chars().any(char::is_control) {
        return Err(format!("{what} has a control character: {key:?}"));
    }
    Ok(key)
}

/// A value as it may be repeated in a message.
pub(crate) fn shown(value: Value<'_>) -> Result<String, jsonb::Damaged> {
    match value.kind() {
        Kind::Object => Ok("an object".to_owned()),
        Kind::Array => Ok("an array".to_owned()),
        _ => Ok(cut(&value.to_text()?)),
    }
}

/// At most 80 characters of a text.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_field;

    #[test]
    fn fields_are_a_letter_and_a_number() {
        for good in ["F_1", "F_80004", "C_75000", "F_123456789"] {
            assert!(is_field(good), "{good}");
        }
        for bad in [
            "",
            "F_",
            "F_x",
            "f_1",
            "F1",
            "G_1",
            "F_1 ",
            "F_-1",
            "F_1234567890",
            "id",
            "F_１",
        ] {
            assert!(!is_field(bad), "{bad}");
        }
    }
}
