//! [`Val`]: one value as MongoDB sees it.
//!
//! What comes from storage is borrowed and read lazily: a document or array is its bytes until somebody asks for its
//! parts. What is computed is owned and shared, so a clone never copies content. The nesting of computed values is
//! bounded by [`MAX_NESTING`], which bounds every recursion over them.

mod compare;
mod decimal;
mod doc;
mod of;
mod text;
mod write;

use std::sync::Arc;

use jsonb::{Jsonb, Value};

use crate::Refusal;

pub(crate) use compare::int_float;
pub use compare::{compare, equal};
pub(crate) use decimal::{floor, is_decimal};
pub use doc::{Arr, ArrIter, Doc, DocIter};
pub use text::Text;

/// Levels that a computed value may have, and that a stored one is followed to.
pub const MAX_NESTING: usize = 200;

/// One value.
#[derive(Debug, Clone)]
pub enum Val<'a> {
    /// There is no value: the field does not exist.
    Missing,
    /// Less than everything.
    MinKey,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number; its BSON type is int where 32 bits hold it, else long.
    Int(i64),
    /// A double, NaN and the infinities included.
    Double(f64),
    /// A decimal number in its own spelling; read it as [`Val::as_f64`] or compare it.
    Decimal(Text<'a>),
    /// A string.
    Str(Text<'a>),
    /// A document: fields in order.
    Document(Doc<'a>),
    /// An array.
    Array(Arr<'a>),
    /// Bytes (base64, standard alphabet, padded) and their subtype.
    Binary(Text<'a>, u8),
    /// A UUID.
    Uuid([u8; 16]),
    /// An object id.
    ObjectId([u8; 12]),
    /// A point in time.
    Date(Date<'a>),
    /// An internal timestamp: seconds and a counter.
    Timestamp(u32, u32),
    /// A regular expression: pattern and options.
    Regex(Text<'a>, Text<'a>),
    /// JavaScript, as text; never run.
    Code(Text<'a>),
    /// Greater than everything.
    MaxKey,
}

/// A point in time, with the zone it was written in.
#[derive(Debug, Clone)]
pub struct Date<'a> {
    /// Milliseconds since 1970 in UTC.
    pub ms: i64,
    /// The zone, which takes no part in comparisons.
    pub zone: Zone<'a>,
}

/// The zone a date was written in.
#[derive(Debug, Clone)]
pub enum Zone<'a> {
    /// `"UTC"`: what computed dates have.
    Utc,
    /// None: a naive date.
    Naive,
    /// As in this stored wrapper object.
    Stored(Value<'a>),
    /// As in this wrapper object.
    Shared(Arc<Jsonb>),
}

impl<'a> Val<'a> {
    /// A date in UTC.
    #[must_use]
    pub fn date(ms: i64) -> Self {
        Self::Date(Date { ms, zone: Zone::Utc })
    }

    /// A string.
    #[must_use]
    pub fn str(text: impl Into<Text<'a>>) -> Self {
        Self::Str(text.into())
    }

    /// An array of computed values; missing ones become null when it is written.
    ///
    /// # Errors
    /// A [`Refusal`] when it nests too deep.
    pub fn array(items: Vec<Val<'a>>) -> Result<Self, Refusal> {
        Ok(Self::Array(Arr::built(items)?))
    }

    /// A document of computed fields; missing ones are left out when it is written. Give each key once.
    ///
    /// # Errors
    /// A [`Refusal`] when it nests too deep.
    pub fn document(fields: Vec<(Text<'a>, Val<'a>)>) -> Result<Self, Refusal> {
        Ok(Self::Document(Doc::built(fields)?))
    }

    /// The field `key` of a document; missing when there is none or this is not a document.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged.
    pub fn get(&self, key: &str) -> Result<Val<'a>, Refusal> {
        match self {
            Self::Document(doc) => doc.get(key),
            _ => Ok(Self::Missing),
        }
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// Whether there is no value or it is null.
    #[must_use]
    pub fn is_nullish(&self) -> bool {
        matches!(self, Self::Missing | Self::Null)
    }

    /// Whether it is a number of any type.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Double(_) | Self::Decimal(_))
    }

    /// A number as the nearest double; none for other values.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(int) => Some(*int as f64),
            Self::Double(float) => Some(*float),
            Self::Decimal(text) => Some(decimal::to_f64(text)),
            _ => None,
        }
    }

    /// A number whose value is a whole one of 64 bits; none for other values.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            Self::Double(float) => whole(*float),
            Self::Decimal(text) => decimal::to_i64(text),
            _ => None,
        }
    }

    /// A string's characters; none for other values.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a condition takes it for true: all but false, null, missing and zero.
    #[must_use]
    pub fn is_true(&self) -> bool {
        match self {
            Self::Missing | Self::Null | Self::Bool(false) | Self::Int(0) => false,
            Self::Double(float) => *float != 0.0,
            Self::Decimal(text) => decimal::to_f64(text) != 0.0,
            _ => true,
        }
    }

    /// The name of its BSON type, as `$type` gives it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::MinKey => "minKey",
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(int) if i32::try_from(*int).is_ok() => "int",
            Self::Int(_) => "long",
            Self::Double(_) => "double",
            Self::Decimal(_) => "decimal",
            Self::Str(_) => "string",
            Self::Document(_) => "object",
            Self::Array(_) => "array",
            Self::Binary(..) | Self::Uuid(_) => "binData",
            Self::ObjectId(_) => "objectId",
            Self::Date(_) => "date",
            Self::Timestamp(..) => "timestamp",
            Self::Regex(..) => "regex",
            Self::Code(_) => "javascript",
            Self::MaxKey => "maxKey",
        }
    }

    /// The place of its type in BSON's order; values of one rank compare with each other.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Self::MinKey => 0,
            Self::Missing => 1,
            Self::Null => 2,
            Self::Int(_) | Self::Double(_) | Self::Decimal(_) => 3,
            Self::Str(_) => 4,
            Self::Document(_) => 5,
            Self::Array(_) => 6,
            Self::Binary(..) | Self::Uuid(_) => 7,
            Self::ObjectId(_) => 8,
            Self::Bool(_) => 9,
            Self::Date(_) => 10,
            Self::Timestamp(..) => 11,
            Self::Regex(..) => 12,
            Self::Code(_) => 13,
            Self::MaxKey => 14,
        }
    }

    /// About how many bytes it holds in memory, for the limit on memory.
    #[must_use]
    pub fn weight(&self) -> usize {
        let inner = match self {
            Self::Str(text) | Self::Decimal(text) | Self::Binary(text, _) | Self::Code(text) => text.len(),
            Self::Regex(pattern, options) => pattern.len() + options.len(),
            Self::Document(doc) => doc.weight(),
            Self::Array(arr) => arr.weight(),
            _ => 0,
        };
        size_of::<Self>() + inner
    }

    /// The same value without borrowed parts.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged or nest too deep.
    pub fn into_owned(self) -> Result<Val<'static>, Refusal> {
        Ok(match self {
            Self::Missing => Val::Missing,
            Self::MinKey => Val::MinKey,
            Self::Null => Val::Null,
            Self::Bool(bool) => Val::Bool(bool),
            Self::Int(int) => Val::Int(int),
            Self::Double(float) => Val::Double(float),
            Self::Decimal(text) => Val::Decimal(text.into_owned()),
            Self::Str(text) => Val::Str(text.into_owned()),
            Self::Document(doc) => Val::Document(doc.into_owned()?),
            Self::Array(arr) => Val::Array(arr.into_owned()?),
            Self::Binary(text, subtype) => Val::Binary(text.into_owned(), subtype),
            Self::Uuid(bytes) => Val::Uuid(bytes),
            Self::ObjectId(bytes) => Val::ObjectId(bytes),
            Self::Date(date) => Val::Date(date.into_owned()),
            Self::Timestamp(seconds, counter) => Val::Timestamp(seconds, counter),
            Self::Regex(pattern, options) => Val::Regex(pattern.into_owned(), options.into_owned()),
            Self::Code(text) => Val::Code(text.into_owned()),
            Self::MaxKey => Val::MaxKey,
        })
    }

    /// Levels of computed nesting; 0 for scalars and stored values.
    fn nesting(&self) -> usize {
        match self {
            Self::Document(doc) => doc.nesting(),
            Self::Array(arr) => arr.nesting(),
            _ => 0,
        }
    }
}

impl Date<'_> {
    fn into_owned(self) -> Date<'static> {
        let zone = match self.zone {
            Zone::Utc => Zone::Utc,
            Zone::Naive => Zone::Naive,
            Zone::Stored(value) => Zone::Shared(Arc::new(Jsonb::from_stored(value.as_bytes().to_vec()))),
            Zone::Shared(shared) => Zone::Shared(shared),
        };
        Date { ms: self.ms, zone }
    }
}

/// A double that is exactly a whole number of 64 bits.
fn whole(float: f64) -> Option<i64> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    (float.trunc() == float && (-END..END).contains(&float)).then_some(float as i64)
}
