//! Reading a stored value.

use jsonb::{Kind, Value};

use super::{Arr, Doc, Val};
use crate::{Refusal, extended};

impl<'a> Val<'a> {
    /// The value that these bytes stand for; extended JSON objects become the scalars they mean.
    ///
    /// # Errors
    /// A [`Refusal`] when the bytes are damaged.
    pub fn of(value: Value<'a>) -> Result<Self, Refusal> {
        Ok(match value.kind() {
            Kind::Null => Self::Null,
            Kind::True => Self::Bool(true),
            Kind::False => Self::Bool(false),
            Kind::Int => match value.as_i64()? {
                Some(int) => Self::Int(int),
                None => Self::Double(value.as_f64()?.unwrap_or_default()),
            },
            Kind::Float => Self::Double(value.as_f64()?.unwrap_or_default()),
            Kind::Text => Self::Str(value.as_str()?.unwrap_or_default().into()),
            Kind::Array => Self::Array(Arr::Stored(value)),
            Kind::Object => match extended::scalar(value)? {
                Some(scalar) => scalar,
                None => Self::Document(Doc::Stored(value)),
            },
        })
    }
}
