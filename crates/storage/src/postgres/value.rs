//! Values on their way to and from PostgreSQL.
//!
//! A text of PostgreSQL cannot hold a NUL, while one of ours may. So U+0000 and U+0001 are stored as U+0001 with a mark
//! behind it, which no other text becomes and which keeps the order of bytes: whatever SQLite takes and sorts is taken
//! and sorted alike here.

pub(super) use crate::numbers::signed;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;

use bytes::BytesMut;
use jsonb::Jsonb;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::{Error, Result};

/// What stands for U+0000; [`ONE`] for U+0001. The marks are no characters, so no search hits one by chance.
const NUL: &str = "\u{1}\u{fffe}";
const ONE: &str = "\u{1}\u{ffff}";

/// A parameter of a statement.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    /// Nothing, of any type.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A fraction.
    Real(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// A list of whole numbers.
    Ints(Vec<i64>),
    /// A list of whole numbers and gaps.
    OptInts(Vec<Option<i64>>),
    /// A list of truth values.
    Bools(Vec<bool>),
    /// A list of texts.
    Texts(Vec<Option<Cow<'a, str>>>),
    /// A list of bodies.
    Bodies(Vec<Arc<Jsonb>>),
    /// A list of byte strings.
    Blobs(Vec<Option<Cow<'a, [u8]>>>),
}

/// A list of texts.
pub(super) fn texts<'a>(list: impl IntoIterator<Item = &'a str>) -> Value<'a> {
    Value::Texts(list.into_iter().map(|text| Some(Cow::Borrowed(text))).collect())
}

macro_rules! from {
    ($($type:ty, $value:ident => $made:expr;)+) => {
        $(impl<'a> From<$type> for Value<'a> {
            fn from($value: $type) -> Self {
                $made
            }
        })+
    };
}

from! {
    bool, truth => Value::Bool(truth);
    i64, number => Value::Int(number);
    i32, number => Value::Int(number.into());
    u32, number => Value::Int(number.into());
    &'a i64, number => Value::Int(*number);
    f64, number => Value::Real(number);
    &'a str, text => Value::Text(Cow::Borrowed(text));
    &'a String, text => Value::Text(Cow::Borrowed(text));
    String, text => Value::Text(Cow::Owned(text));
    &'a [u8], bytes => Value::Bytes(Cow::Borrowed(bytes));
    &'a Vec<u8>, bytes => Value::Bytes(Cow::Borrowed(bytes));
    Vec<u8>, bytes => Value::Bytes(Cow::Owned(bytes));
    Vec<i64>, numbers => Value::Ints(numbers);
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().into()
    }
}

/// Parameters from whatever can be one.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(crate::postgres::value::Value::from($value)),*]
    };
}
pub(super) use params;

type Encoded = Result<IsNull, Box<dyn StdError + Sync + Send>>;

/// A text as it is stored.
#[derive(Debug)]
struct Text<'a>(&'a str);

impl ToSql for Text<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Encoded {
        escaped(self.0).as_ref().to_sql(ty, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Encoded {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(truth) => truth.to_sql(ty, out),
            Self::Int(number) => integer(*number, ty, out),
            Self::Real(number) => number.to_sql(ty, out),
            Self::Text(text) => Text(text).to_sql(ty, out),
            Self::Bytes(bytes) => bytes.as_ref().to_sql(ty, out),
            Self::Ints(numbers) => numbers.to_sql(ty, out),
            Self::OptInts(numbers) => numbers.to_sql(ty, out),
            Self::Bools(truths) => truths.to_sql(ty, out),
            Self::Bodies(bodies) => {
                let bodies: Vec<_> = bodies.iter().map(|body| body.as_bytes()).collect();
                bodies.to_sql(ty, out)
            }
            Self::Texts(texts) => {
                let texts: Vec<_> = texts.iter().map(|text| text.as_deref().map(Text)).collect();
                texts.to_sql(ty, out)
            }
            Self::Blobs(blobs) => {
                let blobs: Vec<_> = blobs.iter().map(Option::as_deref).collect();
                blobs.to_sql(ty, out)
            }
        }
    }

    /// Statements and their parameters are written together; what does not fit is said by the server.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value as it travels, for a statement that is sent later than it is asked for.
#[derive(Debug)]
pub(super) struct Ready(Option<BytesMut>);

impl Ready {
    /// The parameters of a statement that takes these types.
    pub(super) fn all(values: &[Value<'_>], types: &[Type]) -> Result<Vec<Self>> {
        let pairs = values.iter().zip(types);
        pairs.map(|(value, ty)| Self::of(value, ty)).collect()
    }

    fn of(value: &Value<'_>, ty: &Type) -> Result<Self> {
        let mut bytes = BytesMut::new();
        match value.to_sql(ty, &mut bytes) {
            Ok(IsNull::No) => Ok(Self(Some(bytes))),
            Ok(IsNull::Yes) => Ok(Self(None)),
            Err(error) => Err(Error::Backend(error.to_string())),
        }
    }
}

impl ToSql for Ready {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Encoded {
        match &self.0 {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn integer(number: i64, ty: &Type, out: &mut BytesMut) -> Encoded {
    match *ty {
        Type::INT4 => i32::try_from(number)?.to_sql(ty, out),
        _ => number.to_sql(ty, out),
    }
}

fn escaped(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte > 1) {
        return Cow::Borrowed(text);
    }
    let mut stored = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\0' => stored.push_str(NUL),
            '\u{1}' => stored.push_str(ONE),
            other => stored.push(other),
        }
    }
    Cow::Owned(stored)
}

fn unescaped(stored: &str) -> String {
    if stored.contains('\u{1}') {
        stored.replace(NUL, "\0").replace(ONE, "\u{1}")
    } else {
        stored.to_owned()
    }
}

/// The columns of a row, by their numbers.
pub(super) struct Cells<'r>(pub(super) &'r Row);

impl<'r> Cells<'r> {
    fn get<T: FromSql<'r>>(&self, column: usize) -> Result<T> {
        let wrong = |error: tokio_postgres::Error| Error::Damaged(format!("column {column}: {error}"));
        self.0.try_get(column).map_err(wrong)
    }

    pub(super) fn int(&self, column: usize) -> Result<i64> {
        self.get(column)
    }

    pub(super) fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        self.get(column)
    }

    /// A number that is never negative.
    pub(super) fn count(&self, column: usize) -> Result<u64> {
        let number = self.int(column)?;
        u64::try_from(number).map_err(|_| Error::Damaged(format!("column {column} is {number}")))
    }

    pub(super) fn bool(&self, column: usize) -> Result<bool> {
        self.get(column)
    }

    pub(super) fn opt_bool(&self, column: usize) -> Result<Option<bool>> {
        self.get(column)
    }

    pub(super) fn opt_real(&self, column: usize) -> Result<Option<f64>> {
        self.get(column)
    }

    pub(super) fn real(&self, column: usize) -> Result<f64> {
        self.get(column)
    }

    pub(super) fn text(&self, column: usize) -> Result<String> {
        self.get(column).map(unescaped)
    }

    pub(super) fn opt_text(&self, column: usize) -> Result<Option<String>> {
        let stored: Option<&str> = self.get(column)?;
        Ok(stored.map(unescaped))
    }

    pub(super) fn bytes(&self, column: usize) -> Result<&'r [u8]> {
        self.get(column)
    }

    pub(super) fn opt_bytes(&self, column: usize) -> Result<Option<&'r [u8]>> {
        self.get(column)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{escaped, unescaped};

    fn text() -> impl Strategy<Value = String> {
        let character = prop_oneof![
            Just('\0'),
            Just('\u{1}'),
            Just('\u{2}'),
            Just('a'),
            Just('\u{fffe}'),
            Just('\u{ffff}'),
            any::<char>(),
        ];
        proptest::collection::vec(character, 0..6).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn any_text_comes_back_and_keeps_its_place(one in text(), other in text()) {
            prop_assert!(!escaped(&one).contains('\0'));
            prop_assert_eq!(unescaped(&escaped(&one)), one.as_str());
            prop_assert_eq!(escaped(&one).as_bytes().cmp(escaped(&other).as_bytes()), one.cmp(&other));
        }
    }
}
