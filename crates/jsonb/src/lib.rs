//! JSON bodies as bytes in SQLite's documented JSONB format.

/// A JSON body in its stored form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jsonb(Vec<u8>);

impl Jsonb {
    /// Wraps bytes that come from the database.
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The stored bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
