//! The addresses in a body: `file` is one, `files` several in any of three spellings.
//!
//! The documented `files` is a text of addresses without quotes, `"[url, url]"`; a JSON array and a text that holds one
//! are taken as well. An address with a comma in it has to come in an array.

use model::Error;
use serde_json::Value;

use super::Addresses;
use crate::unquote::unquote;

/// The addresses, `file` first.
pub(super) fn of(body: Addresses) -> Result<Vec<String>, Error> {
    let mut urls = Vec::new();
    match body.file {
        Value::Null => {}
        Value::String(url) => urls.extend(non_empty(&url)),
        other => return Err(wrong("file", "a URL as text", &other)),
    }
    match body.files {
        Value::Null => {}
        Value::Array(list) => add_array(list, &mut urls)?,
        Value::String(text) => add_text(&text, &mut urls)?,
        other => return Err(wrong("files", "an array of URLs", &other)),
    }
    if urls.is_empty() {
        return Err(Error::missing("file"));
    }
    Ok(urls)
}

fn add_array(list: Vec<Value>, urls: &mut Vec<String>) -> Result<(), Error> {
    for (place, entry) in list.into_iter().enumerate() {
        let field = format!("files[{place}]");
        match entry {
            Value::String(url) => match non_empty(&url) {
                Some(url) => urls.push(url),
                None => return Err(wrong(&field, "a URL as text", &Value::String(url))),
            },
            other => return Err(wrong(&field, "a URL as text", &other)),
        }
    }
    Ok(())
}

fn add_text(text: &str, urls: &mut Vec<String>) -> Result<(), Error> {
    let text = unquote(text.trim()).trim();
    if let Ok(Value::Array(list)) = serde_json::from_str(text) {
        return add_array(list, urls);
    }
    let list = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let Some(list) = list else {
        urls.extend(non_empty(text));
        return Ok(());
    };
    for (place, url) in list.split(',').enumerate() {
        match non_empty(url) {
            Some(url) => urls.push(url),
            None => {
                return Err(wrong(
                    &format!("files[{place}]"),
                    "a URL",
                    &Value::String(url.to_owned()),
                ));
            }
        }
    }
    Ok(())
}

/// The address without surrounding blanks and quotes, if anything is left.
fn non_empty(url: &str) -> Option<String> {
    let url = unquote(url.trim()).trim();
    (!url.is_empty()).then(|| url.to_owned())
}

fn wrong(field: &str, expected: &str, given: &Value) -> Error {
    let given = match given {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        other => other.to_string().chars().take(80).collect(),
    };
    Error::bad_value(field, format!("{field}: expected {expected}, got {given}"))
}

#[cfg(test)]
mod tests {
    use super::of;

    fn read(text: &str) -> Result<Vec<String>, String> {
        of(serde_json::from_str(text).unwrap()).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn every_spelling_is_read() {
        for (text, expected) in [
            (r#"{"file":"\"http://a/1\""}"#, &["http://a/1"][..]),
            (
                r#"{"files":["http://a/1","\"http://a/2,3\""]}"#,
                &["http://a/1", "http://a/2,3"],
            ),
            (
                r#"{"files":"[\"http://a/1\", \"http://a/2,3\"]"}"#,
                &["http://a/1", "http://a/2,3"],
            ),
            (
                r#"{"files":"\"[http://a/1, http://a/2]\""}"#,
                &["http://a/1", "http://a/2"],
            ),
            (
                r#"{"files":" [ http://a/1,http://a/2 ] "}"#,
                &["http://a/1", "http://a/2"],
            ),
            (r#"{"files":"http://a/1"}"#, &["http://a/1"]),
            (
                r#"{"files":["http://a/2"],"file":"http://a/1"}"#,
                &["http://a/1", "http://a/2"],
            ),
            (r#"{"file":null,"files":["http://a/2"]}"#, &["http://a/2"]),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn refusals_name_the_place() {
        for (text, message) in [
            ("{}", "the file field is required"),
            (r#"{"file":"","files":[]}"#, "the file field is required"),
            (r#"{"file":5}"#, "file: expected a URL as text, got 5"),
            (
                r#"{"files":{}}"#,
                "files: expected an array of URLs, got an object",
            ),
            (
                r#"{"files":["http://a",7]}"#,
                "files[1]: expected a URL as text, got 7",
            ),
            (
                r#"{"files":"[http://a, ]"}"#,
                r#"files[1]: expected a URL, got " ""#,
            ),
            (r#"{"files":"[]"}"#, "the file field is required"),
        ] {
            assert_eq!(read(text).unwrap_err(), message, "{text}");
        }
    }
}
