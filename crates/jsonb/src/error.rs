//! What can be wrong: with a client's text ([`ParseError`]) and with stored bytes ([`Damaged`]).
//!
//! A parse error is shown to clients, so it names what is wrong, the value, and the place twice: as line and
//! column for people and as a path for programs. Quoted parts are cut, so that an error stays small however
//! large the input is.

use std::fmt;

/// What is wrong with a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text does not follow RFC 8259; says what was expected or found.
    Syntax(&'static str),
    /// An object has this key more than once (compared after resolving escapes).
    DuplicateKey(String),
    /// A string contains U+0000, which not every database can store.
    NulCharacter,
    /// A `\u` escape names half of a surrogate pair.
    LoneSurrogate,
    /// An integer outside the signed 64 bits, or a number too large for a double; as it was spelled.
    NumberOutOfRange(String),
    /// The text is not UTF-8.
    InvalidUtf8,
    /// More nested arrays and objects than this.
    TooDeep(usize),
    /// The text has more bytes than this.
    TooLong(usize),
    /// A string or key has more bytes than this.
    StringTooLong(usize),
    /// Something follows the value.
    TrailingData,
    /// There is no value at all.
    Empty,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(what) => f.write_str(what),
            Self::DuplicateKey(key) => write!(f, "duplicate key {key:?}"),
            Self::NulCharacter => f.write_str("a string may not contain the character U+0000"),
            Self::LoneSurrogate => f.write_str("a \\u escape is half of a surrogate pair"),
            Self::NumberOutOfRange(spelling) => write!(f, "number {spelling} is out of range"),
            Self::InvalidUtf8 => f.write_str("the text is not valid utf-8"),
            Self::TooDeep(limit) => write!(f, "nested deeper than {limit} levels"),
            Self::TooLong(limit) => write!(f, "the text is longer than {limit} bytes"),
            Self::StringTooLong(limit) => write!(f, "a string is longer than {limit} bytes"),
            Self::TrailingData => f.write_str("unexpected data after the json value"),
            Self::Empty => f.write_str("empty text where a json value was expected"),
        }
    }
}

/// Why and where a JSON text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at line {line}, column {column} (in {path})")]
pub struct ParseError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Bytes before the place.
    pub offset: usize,
    /// Line of the place, from 1.
    pub line: usize,
    /// Column of the place in characters, from 1.
    pub column: usize,
    /// The value being read there, like `$.a[3].b`; best effort.
    pub path: String,
}

impl ParseError {
    /// Locates `offset` in `text` and completes the error.
    pub(crate) fn at(kind: ErrorKind, text: &[u8], offset: usize, path: String) -> Self {
        let kind = match byte_order_mark(text).filter(|_| offset == 0) {
            Some(what) => ErrorKind::Syntax(what),
            None => kind,
        };
        let before = text.get(..offset).unwrap_or(text);
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let in_line = before.get(line_start..).unwrap_or_default();
        // Continuation bytes do not start a character.
        let column = in_line.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() + 1;
        Self {
            kind,
            offset,
            line,
            column,
            path,
        }
    }
}

/// Stored bytes that are not sound JSONB, or not of the shape an operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("damaged json body: {what}")]
pub struct Damaged {
    /// What was found.
    pub what: &'static str,
}

impl Damaged {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what }
    }
}

/// Says of a text how it begins, if that is like text of Windows programs in other encodings than plain UTF-8 does.
pub fn byte_order_mark(text: &[u8]) -> Option<&'static str> {
    match text {
        [0xef, 0xbb, 0xbf, ..] => {
            Some("the text begins with a byte order mark, only utf-8 without one is taken")
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("the text is utf-16, only utf-8 is taken"),
        _ => None,
    }
}

/// `text` for use inside a message: cut to `limit` bytes, at a character boundary.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limit);
    format!("{}...", text.get(..end).unwrap_or_default())
}
