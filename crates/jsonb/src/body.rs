//! [`Jsonb`]: one body, owned.

use std::fmt;

use crate::error::{Damaged, ParseError};
use crate::limits::Limits;
use crate::scan;
use crate::value::Value;

/// A JSON body in SQLite's JSONB format.
///
/// From [`Jsonb::parse`] it is sound by construction; from [`Jsonb::from_stored`] it is whatever the database
/// held, and the readers find out.
#[derive(Clone, PartialEq, Eq)]
pub struct Jsonb(Vec<u8>);

impl Jsonb {
    /// Encodes a strict JSON text; see [`crate::encode`].
    pub fn parse(text: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        let mut bytes = Vec::new();
        scan::encode(text, limits, &mut bytes)?;
        Ok(Self(bytes))
    }

    /// Takes bytes as the database gave them, without looking at them.
    #[must_use]
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to store, without copying them.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The whole body as a value; see [`Value::of`] for a body whose first header is damaged.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        Value::of(&self.0)
    }

    /// Appends the body as canonical JSON text, as SQLite's `json()` prints it; appends nothing on an error.
    pub fn render(&self, out: &mut Vec<u8>) -> Result<(), Damaged> {
        self.root().render(out)
    }

    /// The body as canonical JSON text.
    pub fn to_text(&self) -> Result<String, Damaged> {
        self.root().to_text()
    }
}

impl AsRef<[u8]> for Jsonb {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Jsonb {
    /// The text, where it can be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_text() {
            Ok(text) => write!(f, "Jsonb({text})"),
            Err(damaged) => write!(f, "Jsonb({damaged}, {} bytes)", self.0.len()),
        }
    }
}
