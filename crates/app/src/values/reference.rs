//! References as clients write them: to records, groups and files. Whom they mean is found out later, where the
//! records are.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jsonb::Value;

use crate::Field;
use crate::fault::{FaultCode, Problem};
use crate::values::input::{Input, damaged};

/// Most bytes of a file that comes inside JSON; larger ones are uploaded.
pub const MAX_INLINE_FILE: usize = 8 << 20;
/// Longest file name, in characters.
const MAX_NAME: usize = 255;

/// A reference to a record or group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReferenceInput {
    /// By its id.
    Id(String),
    /// By its label.
    Label(String),
    /// By a unique field of it.
    Lookup {
        /// Which field, where it was said; of a group `name`.
        field: Option<String>,
        /// The value, as text.
        value: String,
    },
    /// By any of them: its id, else its label, else a value of a lookup field.
    Text(String),
}

/// A file that a field is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileInput {
    /// One that was uploaded before.
    Id(String),
    /// One that comes along.
    Content {
        /// Its name.
        name: String,
        /// Its media type.
        content_type: String,
        /// Its bytes.
        content: Vec<u8>,
    },
}

/// Reads a reference of a relationship or group field; none is empty.
///
/// An object is read by priority: `id`, `label`, else the one other key that has a value.
pub fn read_reference(_field: &Field, input: Value<'_>) -> Result<Option<ReferenceInput>, Problem> {
    let input = Input::of(input)?;
    match &input {
        Input::Empty => Ok(None),
        Input::Text(text) | Input::Number(text) => Ok(Some(ReferenceInput::Text(text.clone().into_owned()))),
        Input::Object(value) => from_object(*value, &input).map(Some),
        _ => Err(structure(
            &input,
            "Must be a reference: an id, a label, or an object with one of them",
        )),
    }
}

fn from_object(value: Value<'_>, input: &Input<'_>) -> Result<ReferenceInput, Problem> {
    let malformed = || structure(input, "A reference must have an id, a label or one lookup field");
    let mut label = None;
    let mut other = Vec::new();
    for entry in value.entries() {
        let (key, value) = entry.map_err(damaged)?;
        let text = match Input::of(value)? {
            Input::Empty => continue,
            Input::Text(text) | Input::Number(text) => Some(text.into_owned()),
            Input::Bool(value) => Some(value.to_string()),
            _ => None,
        };
        match &*key {
            "id" => return text.map(ReferenceInput::Id).ok_or_else(malformed),
            "label" => label = Some(text),
            // What answers have besides, and sent back says nothing.
            "link" | "entity" | "version" => {}
            _ => other.push((key.into_owned(), text)),
        }
    }
    if let Some(label) = label {
        return label.map(ReferenceInput::Label).ok_or_else(malformed);
    }
    match other.pop() {
        Some((field, Some(value))) if other.is_empty() => Ok(ReferenceInput::Lookup {
            field: Some(field),
            value,
        }),
        _ => Err(malformed()),
    }
}

/// Reads what a file field is to have; none is empty.
pub fn read_file(_field: &Field, input: Value<'_>) -> Result<Option<FileInput>, Problem> {
    let input = Input::of(input)?;
    match &input {
        Input::Empty => Ok(None),
        Input::Text(id) => Ok(Some(FileInput::Id(id.clone().into_owned()))),
        Input::Object(value) => match value
            .get("id")
            .map_err(damaged)?
            .map_or(Ok(Input::Empty), Input::of)?
        {
            Input::Text(id) => Ok(Some(FileInput::Id(id.into_owned()))),
            Input::Empty => content(*value, &input).map(Some),
            other => Err(other.invalid("The id of a file must be a string")),
        },
        _ => Err(structure(
            &input,
            "Must be a file: an id, or an object with an id or with name, contentType and content",
        )),
    }
}

fn content(value: Value<'_>, input: &Input<'_>) -> Result<FileInput, Problem> {
    let text = |key: &str, what: &str| -> Result<String, Problem> {
        match value
            .get(key)
            .map_err(damaged)?
            .map_or(Ok(Input::Empty), Input::of)?
        {
            Input::Text(text) => Ok(text.into_owned()),
            _ => Err(Problem::new(
                FaultCode::Invalid,
                format!("{what} is required when uploading a file and must be a string"),
            )),
        }
    };
    let name = text("name", "Name")?;
    if name.chars().count() > MAX_NAME || name.chars().any(|char| char.is_control() || "/\\".contains(char)) {
        return Err(Problem::new(FaultCode::Invalid, "Not a valid file name").of(input.shown()));
    }
    let content_type = text("contentType", "Content type")?;
    let spelled =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !content_type
        .split_once('/')
        .is_some_and(|(kind, sort)| spelled(kind) && spelled(sort))
    {
        return Err(Problem::new(FaultCode::Invalid, "Not a valid content type").of(content_type));
    }
    let content = decode(&text("content", "Content")?)?;
    Ok(FileInput::Content {
        name,
        content_type,
        content,
    })
}

fn decode(text: &str) -> Result<Vec<u8>, Problem> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    // Four characters make three bytes; line breaks, which some encoders write, are not counted.
    let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if packed.len() / 4 * 3 > MAX_INLINE_FILE {
        let megabytes = MAX_INLINE_FILE >> 20;
        let message = format!("Content must not have more than {megabytes} MiB; upload the file instead");
        return Err(Problem::new(FaultCode::Invalid, message));
    }
    let decoded = GeneralPurpose::new(&STANDARD, lenient).decode(packed);
    decoded.map_err(|_| Problem::new(FaultCode::Invalid, "Content must be encoded as base64"))
}

fn structure(input: &Input<'_>, message: &str) -> Problem {
    Problem::new(FaultCode::InvalidStructure, message).of(input.shown())
}
