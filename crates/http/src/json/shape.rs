//! Whether a type is written as a JSON object.
//!
//! The JSON library also takes an array for a struct, its elements for the fields in their order, which no API here
//! means to offer. A type cannot be asked what it is, but it can be watched asking for it.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// Whether `T` asks for a struct or a map.
pub(super) fn is_object<T: DeserializeOwned>() -> bool {
    matches!(T::deserialize(Probe), Err(Asked::ForObject))
}

/// Gives nothing, and reports what was asked for as the error.
struct Probe;

#[derive(Debug)]
enum Asked {
    ForObject,
    ForOther,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Asked {}

impl de::Error for Asked {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::ForOther
    }
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Asked;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked::ForOther)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Asked> {
        Err(Asked::ForObject)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked::ForObject)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Asked> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Asked> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::is_object;

    #[test]
    fn objects_are_told_from_the_rest() {
        #[derive(Deserialize)]
        struct Plain {
            #[expect(dead_code, reason = "only asked for")]
            a: Option<u8>,
        }
        #[derive(Deserialize)]
        struct Wrapped(#[expect(dead_code, reason = "only asked for")] Plain);

        assert!(is_object::<Plain>() && is_object::<Wrapped>() && is_object::<Option<Plain>>());
        assert!(is_object::<HashMap<String, u8>>());
        assert!(!is_object::<Vec<Plain>>() && !is_object::<serde_json::Value>() && !is_object::<(u8, u8)>());
    }
}
