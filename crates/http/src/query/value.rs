//! The part of serde's data model that query parameters have: text that is read as a number, a truth value, a name
//! out of a list, or a list of these.

use std::fmt;

use model::{Code, Error};
use serde::de::value::{SeqDeserializer, StringDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::mount::shorten;

/// The shared error in the clothes of serde.
#[derive(Debug)]
pub(super) struct Failure(pub(super) Error);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.message())
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Error::new(Code::BadValue, message.to_string()))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        let field = shorten(field);
        let message = format!("the parameter {field} is not known");
        Self(Error::of_field(Code::UnknownField, field, message))
    }

    fn missing_field(field: &'static str) -> Self {
        Self(Error::missing(field))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("expected one of {}", expected.join(", ")))
    }
}

/// A parameter's name.
pub(super) struct Name(pub(super) String);

impl IntoDeserializer<'_, Failure> for Name {
    type Deserializer = StringDeserializer<Failure>;

    fn into_deserializer(self) -> Self::Deserializer {
        self.0.into_deserializer()
    }
}

/// All values given for one name.
pub(super) struct Values {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

impl IntoDeserializer<'_, Failure> for Values {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl Values {
    fn complain(&self, message: impl fmt::Display) -> Failure {
        let name = shorten(&self.name);
        let message = format!("{name}: {message}");
        Failure(Error::bad_value(name, message))
    }

    fn single(&self) -> Result<&str, Failure> {
        match self.values.as_slice() {
            [value] => Ok(value),
            values => Err(self.complain(format_args!("given {} times, once is allowed", values.len()))),
        }
    }

    fn expected(&self, what: impl fmt::Display) -> Failure {
        let given = self
            .values
            .first()
            .map(|value| shorten(value))
            .unwrap_or_default();
        self.complain(format_args!("expected {what}, got {given:?}"))
    }

    /// Gives a complaint of the handler's type, which knows neither name nor value, both.
    fn named(&self, failure: Failure) -> Failure {
        if failure.0.field().is_some() {
            return failure;
        }
        let given = self
            .values
            .first()
            .map(|value| shorten(value))
            .unwrap_or_default();
        self.complain(format_args!("{}, got {given:?}", failure.0.message()))
    }
}

macro_rules! integers {
    ($($method:ident => $visit:ident: $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            let number = self.single()?.parse::<$type>().map_err(|_| {
                self.expected(format_args!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX))
            })?;
            visitor.$visit(number).map_err(|failure| self.named(failure))
        }
    )*};
}

impl<'de> Deserializer<'de> for Values {
    type Error = Failure;

    integers! {
        deserialize_u8 => visit_u8: u8;
        deserialize_u16 => visit_u16: u16;
        deserialize_u32 => visit_u32: u32;
        deserialize_u64 => visit_u64: u64;
        deserialize_i8 => visit_i8: i8;
        deserialize_i16 => visit_i16: i16;
        deserialize_i32 => visit_i32: i32;
        deserialize_i64 => visit_i64: i64;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let value = self.single()?;
        visitor.visit_str(value).map_err(|failure| self.named(failure))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.single()? {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(self.expected("true or false")),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.single()?.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => Err(self.expected("a number")),
        }
    }

    /// A parameter that the handler does not know may be given as often as one likes.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let value = self.single()?.to_owned();
        let variant: StringDeserializer<Failure> = value.into_deserializer();
        visitor.visit_enum(variant).map_err(|failure| self.named(failure))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let one = |value: String| Values {
            name: self.name.clone(),
            values: vec![value],
        };
        visitor.visit_seq(SeqDeserializer::new(self.values.into_iter().map(one)))
    }

    forward_to_deserialize_any! {
        f32 i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier
    }
}
