//! Building bodies from Rust values.
//!
//! The payload grows in a buffer and gets its header at the end. The builder does not look for keys it was
//! given before: give each key once (fields that come from outside belong into [`crate::set_field`]).

use crate::body::Jsonb;
use crate::edit::push_text;
use crate::format::{self, ARRAY, FALSE, FLOAT, INT, NULL, OBJECT, TRUE};
use crate::value::Value;

/// Starts an object.
pub fn object() -> ObjectBuilder {
    ObjectBuilder(Vec::new())
}

/// Starts an array.
pub fn array() -> ArrayBuilder {
    ArrayBuilder(Vec::new())
}

/// An object being built.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct ObjectBuilder(Vec<u8>);

/// An array being built.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct ArrayBuilder(Vec<u8>);

impl ObjectBuilder {
    /// Adds a string.
    pub fn field_str(self, key: &str, value: &str) -> Self {
        self.field(key, |out| push_text(out, value))
    }

    /// Adds an integer.
    pub fn field_i64(self, key: &str, value: i64) -> Self {
        self.field(key, |out| push_i64(out, value))
    }

    /// Adds a number; null for infinities and NaN, which JSON does not have.
    pub fn field_f64(self, key: &str, value: f64) -> Self {
        self.field(key, |out| push_f64(out, value))
    }

    /// Adds `true` or `false`.
    pub fn field_bool(self, key: &str, value: bool) -> Self {
        self.field(key, |out| push_bool(out, value))
    }

    /// Adds `null`.
    pub fn field_null(self, key: &str) -> Self {
        self.field(key, |out| out.push(NULL))
    }

    /// Adds a value as it is stored.
    pub fn field_raw(self, key: &str, value: Value<'_>) -> Self {
        self.field(key, |out| value.push_to(out))
    }

    /// Adds another body.
    pub fn field_body(self, key: &str, value: &Jsonb) -> Self {
        self.field_raw(key, value.root())
    }

    /// The object.
    #[must_use]
    pub fn finish(self) -> Jsonb {
        finish(OBJECT, &self.0)
    }

    fn field(mut self, key: &str, push: impl FnOnce(&mut Vec<u8>)) -> Self {
        push_text(&mut self.0, key);
        push(&mut self.0);
        self
    }
}

impl ArrayBuilder {
    /// Adds a string.
    pub fn item_str(self, value: &str) -> Self {
        self.item(|out| push_text(out, value))
    }

    /// Adds an integer.
    pub fn item_i64(self, value: i64) -> Self {
        self.item(|out| push_i64(out, value))
    }

    /// Adds a number; null for infinities and NaN, which JSON does not have.
    pub fn item_f64(self, value: f64) -> Self {
        self.item(|out| push_f64(out, value))
    }

    /// Adds `true` or `false`.
    pub fn item_bool(self, value: bool) -> Self {
        self.item(|out| push_bool(out, value))
    }

    /// Adds `null`.
    pub fn item_null(self) -> Self {
        self.item(|out| out.push(NULL))
    }

    /// Adds a value as it is stored.
    pub fn item_raw(self, value: Value<'_>) -> Self {
        self.item(|out| value.push_to(out))
    }

    /// Adds another body.
    pub fn item_body(self, value: &Jsonb) -> Self {
        self.item_raw(value.root())
    }

    /// The array.
    #[must_use]
    pub fn finish(self) -> Jsonb {
        finish(ARRAY, &self.0)
    }

    fn item(mut self, push: impl FnOnce(&mut Vec<u8>)) -> Self {
        push(&mut self.0);
        self
    }
}

fn finish(tag: u8, payload: &[u8]) -> Jsonb {
    let mut out = Vec::with_capacity(payload.len() + 9);
    format::push_element(&mut out, tag, payload);
    Jsonb::from_stored(out)
}

fn push_i64(out: &mut Vec<u8>, value: i64) {
    format::push_element(out, INT, value.to_string().as_bytes());
}

fn push_f64(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        // The debug form is the shortest one that always has a point or an exponent.
        format::push_element(out, FLOAT, format!("{value:?}").as_bytes());
    } else {
        out.push(NULL);
    }
}

fn push_bool(out: &mut Vec<u8>, value: bool) {
    out.push(if value { TRUE } else { FALSE });
}
