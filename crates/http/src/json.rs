//! The JSON body of a request, read strictly.
//!
//! The text is checked first (well-formed, no duplicate key, nothing that cannot be stored, not too deep), then read
//! into the handler's type. Only when that fails is it read once more with the path being followed, so the good case
//! does not pay for naming the field.

mod shape;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use jsonb::Jsonb;
use model::{Code, Error};
use serde::de::DeserializeOwned;

use crate::HttpOptions;
use crate::body;
use crate::fault::Fault;
use crate::info::RequestInfo;
use crate::mount::shorten;

/// Extracts a body of type `application/json` (or of no type).
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// Extracts such a body, or `None` if it is empty.
#[derive(Clone, Copy, Debug)]
pub struct OptionalJson<T>(pub Option<T>);

/// Extracts such a body as its checked bytes, for handlers that store it as it is.
#[derive(Clone, Debug)]
pub struct RawJson(pub Bytes);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        let (text, options) = read(request).await?;
        Ok(Self(parse(&non_empty(text)?, &options)?))
    }
}

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        let (text, options) = read(request).await?;
        match is_empty(&text) {
            true => Ok(Self(None)),
            false => Ok(Self(Some(parse(&text, &options)?))),
        }
    }
}

impl<S: Sync> FromRequest<S> for RawJson {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        let (text, options) = read(request).await?;
        let text = non_empty(text)?;
        validate(&text, &options)?;
        Ok(Self(text))
    }
}

/// Reads such a body of up to `limit` bytes, whatever the configured bound is, into its stored form; `None` if it is empty.
///
/// # Errors
/// As the extractors.
pub async fn stored_json(request: Request, limit: usize) -> Result<Option<Jsonb>, Error> {
    let options = std::sync::Arc::clone(RequestInfo::of(&request).options());
    check_type(request.headers())?;
    let (parts, body) = request.into_parts();
    let text = body::read_up_to(limit, &parts.headers, body, &options).await?;
    if is_empty(&text) {
        return Ok(None);
    }
    let limits = jsonb::Limits {
        max_bytes: limit,
        max_depth: options.max_json_depth,
        max_string: limit,
    };
    Jsonb::parse(&text, &limits)
        .map(Some)
        .map_err(|error| bad_json(&error))
}

/// As [`stored_json`], within limits of the caller's own; what an empty body says of its type does not matter.
///
/// # Errors
/// As the extractors.
pub async fn stored_json_within(request: Request, limits: &jsonb::Limits) -> Result<Option<Jsonb>, Error> {
    let options = std::sync::Arc::clone(RequestInfo::of(&request).options());
    let (parts, body) = request.into_parts();
    let text = body::read_up_to(limits.max_bytes, &parts.headers, body, &options).await?;
    if is_empty(&text) {
        return Ok(None);
    }
    check_type(&parts.headers)?;
    let stored = Jsonb::parse(&text, limits).map_err(|error| bad_json(&error))?;
    Ok(Some(stored))
}

async fn read(request: Request) -> Result<(Bytes, std::sync::Arc<HttpOptions>), Error> {
    let options = std::sync::Arc::clone(RequestInfo::of(&request).options());
    check_type(request.headers())?;
    let (parts, body) = request.into_parts();
    let text = body::read(&parts.headers, body, &options).await?;
    Ok((text, options))
}

fn is_empty(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_whitespace)
}

fn non_empty(text: Bytes) -> Result<Bytes, Error> {
    if is_empty(&text) {
        return Err(Error::new(
            Code::BadJson,
            "the body is empty, a JSON document is required",
        ));
    }
    Ok(text)
}

fn check_type(headers: &HeaderMap) -> Result<(), Error> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let full = String::from_utf8_lossy(value.as_bytes());
    let essence = full.split(';').next().unwrap_or_default().trim();
    if essence.is_empty() || essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = format!(
        "the content type {:?} is not supported, only application/json is",
        shorten(&full)
    );
    Err(Error::of_field(
        Code::UnsupportedMedia,
        "content-type".to_owned(),
        message,
    ))
}

/// Checks `text` and reads it; the body of [`Json`] for those who have the bytes already.
pub fn parse<T: DeserializeOwned>(text: &[u8], options: &HttpOptions) -> Result<T, Error> {
    validate(text, options)?;
    if text.trim_ascii_start().starts_with(b"[") && shape::is_object::<T>() {
        return Err(Error::bad_value("body", "body: expected an object, got an array"));
    }
    serde_json::from_slice(text).or_else(|_| parse_with_path(text))
}

fn validate(text: &[u8], options: &HttpOptions) -> Result<(), Error> {
    let limits = jsonb::Limits {
        max_bytes: options.max_body_bytes,
        max_depth: options.max_json_depth,
        max_string: options.max_body_bytes,
    };
    jsonb::validate(text, &limits).map_err(|error| bad_json(&error))
}

fn bad_json(error: &jsonb::ParseError) -> Error {
    Error::new(Code::BadJson, format!("the body is not valid JSON: {error}"))
}

/// Reads the text again to find out which field is wrong.
fn parse_with_path<T: DeserializeOwned>(text: &[u8]) -> Result<T, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        complaint(&path, &error.into_inner().to_string())
    })
}

/// Makes an error out of what the deserializer says, which is the only form in which it says it.
fn complaint(path: &str, text: &str) -> Error {
    let said = text.rsplit_once(" at line ").map_or(text, |(said, _)| said);
    let parent = if path == "." { "" } else { path };
    if let Some(field) = quoted(said, "missing field `") {
        return Error::missing(join(parent, field));
    }
    if let Some(field) = quoted(said, "unknown field `") {
        let field = shorten(&unless_ends_with(parent, field));
        let message = format!("the field {field} is not known");
        return Error::of_field(Code::UnknownField, field, message);
    }
    let field = if parent.is_empty() { "body" } else { parent };
    let field = shorten(field);
    let message = format!("{field}: {}", shorten(&humanly(said)));
    Error::bad_value(field, message)
}

/// Puts what was expected in JSON's words instead of Rust's.
fn humanly(said: &str) -> String {
    let Some((before, expected)) = said.rsplit_once(", expected ") else {
        return said.to_owned();
    };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative and not too large",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number that is not too large",
        "f32" | "f64" => "a number",
        "a map" => "an object",
        "a sequence" => "an array",
        "a boolean" => "true or false",
        "unit" => "null",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    format!("{before}, expected {expected}")
}

fn quoted<'a>(said: &'a str, opening: &str) -> Option<&'a str> {
    said.strip_prefix(opening)?.split('`').next()
}

fn join(parent: &str, field: &str) -> String {
    if parent.is_empty() {
        field.to_owned()
    } else {
        format!("{parent}.{field}")
    }
}

/// The path of an unknown field, whether or not the tracker has followed into it.
fn unless_ends_with(path: &str, field: &str) -> String {
    let followed = path == field || path.strip_suffix(field).is_some_and(|rest| rest.ends_with('.'));
    if followed {
        path.to_owned()
    } else {
        join(path, field)
    }
}

#[cfg(test)]
mod tests {
    use model::Code;
    use serde::Deserialize;

    use super::parse;
    use crate::HttpOptions;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[expect(dead_code, reason = "only read")]
        id: u32,
        #[expect(dead_code, reason = "only read")]
        #[serde(default)]
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[expect(dead_code, reason = "only read")]
        count: u8,
        #[expect(dead_code, reason = "only read")]
        #[serde(default)]
        unit: Option<Unit>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Unit {
        Box,
        Pallet,
    }

    #[test]
    fn errors_name_field_and_value() {
        for (text, code, field, needle) in [
            ("{}", Code::MissingField, "id", "the id field is required"),
            (
                r#"{"id": "x"}"#,
                Code::BadValue,
                "id",
                r#"string "x", expected a whole number"#,
            ),
            (r#"{"id": -1}"#, Code::BadValue, "id", "`-1`"),
            (
                r#"{"id": 1, "color": 2}"#,
                Code::UnknownField,
                "color",
                "the field color",
            ),
            (
                r#"{"id": 1, "lines": [{"count": 300}]}"#,
                Code::BadValue,
                "lines[0].count",
                "`300`",
            ),
            (
                r#"{"id": 1, "lines": [{}]}"#,
                Code::MissingField,
                "lines[0].count",
                "lines[0].count",
            ),
            (
                r#"{"id": 1, "lines": [{"count": 1}, {"count": 1, "x": 1}]}"#,
                Code::UnknownField,
                "lines[1].x",
                "lines[1].x",
            ),
            (
                r#"{"id": 1, "lines": [{"count": 1, "unit": "bag"}]}"#,
                Code::BadValue,
                "lines[0].unit",
                "`bag`",
            ),
            ("[]", Code::BadValue, "body", "expected an object"),
            (
                "[1, []]",
                Code::BadValue,
                "body",
                "expected an object, got an array",
            ),
            (
                r#"{"id": 1, "lines": 5}"#,
                Code::BadValue,
                "lines",
                "integer `5`, expected an array",
            ),
            ("7", Code::BadValue, "body", "`7`"),
        ] {
            let error = parse::<Order>(text.as_bytes(), &HttpOptions::default()).unwrap_err();
            assert_eq!(
                (error.code(), error.field()),
                (code, Some(field)),
                "{text}: {}",
                error.message()
            );
            assert!(error.message().contains(needle), "{text}: {}", error.message());
        }
    }

    #[test]
    fn long_values_are_cut() {
        let text = format!(r#"{{"id": "{}"}}"#, "x".repeat(100_000));
        let error = parse::<Order>(text.as_bytes(), &HttpOptions::default()).unwrap_err();
        assert!(error.message().len() < 300);
    }

    #[test]
    fn text_that_is_not_strict_json_is_refused() {
        let options = HttpOptions {
            max_json_depth: 3,
            ..HttpOptions::default()
        };
        for text in [
            r#"{"id": 1, "id": 2}"#,
            "{\"id\": 1}}",
            "{'id': 1}",
            r#""\u0000""#,
            "[[[[]]]]",
            "1e999",
        ] {
            let error = parse::<serde_json::Value>(text.as_bytes(), &options).unwrap_err();
            assert_eq!(error.code(), Code::BadJson, "{text}");
        }
        assert!(parse::<serde_json::Value>(b"[[[]]]", &options).is_ok());
    }
}
