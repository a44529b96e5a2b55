//! Equality with a literal.
//!
//! The common literals are compared with stored bytes as they lie there; everything else is read and compared by value.

use jsonb::{Kind, Value};

use crate::{Refusal, Val, compare, extended};

/// A value given in a query.
#[derive(Debug, Clone)]
pub(crate) struct Literal {
    pub(crate) val: Val<'static>,
    fast: Fast,
}

/// How stored bytes can be compared without reading them.
#[derive(Debug, Clone)]
enum Fast {
    /// Equal digits are equal integers; other digits of the same type are other integers.
    Int(Box<[u8]>),
    Text(Box<str>),
    Bool(bool),
    Null,
    /// Hexadecimal digits at the end of a wrapper: the same digits, however spelled.
    Digits(Box<[u8]>),
    /// Equal bytes are equal values, others need a look.
    Bytes(Box<[u8]>),
}

impl Literal {
    /// Takes a value of a query; its extended JSON may have any form.
    ///
    /// # Errors
    /// A [`Refusal`] when it only looks like an extended JSON scalar, or nests too deep.
    pub(crate) fn parse(value: Value<'_>) -> Result<Self, Refusal> {
        let stored = extended::normalise(value)?;
        let val = Val::of(stored.root())?.into_owned()?;
        let fast = match &val {
            Val::Int(int) => Fast::Int(int.to_string().into_bytes().into()),
            Val::Str(text) => Fast::Text((**text).into()),
            Val::Bool(bool) => Fast::Bool(*bool),
            Val::Null => Fast::Null,
            Val::Uuid(_) | Val::ObjectId(_) => Fast::Digits(stored.into_bytes().into()),
            _ => Fast::Bytes(stored.into_bytes().into()),
        };
        Ok(Self { val, fast })
    }

    /// Whether a stored value, or a missing one, is equal. Missing is equal to null.
    #[inline]
    pub(crate) fn is(&self, value: Option<Value<'_>>) -> Result<bool, Refusal> {
        let Some(value) = value else {
            return Ok(matches!(self.fast, Fast::Null));
        };
        match (&self.fast, value.kind()) {
            (Fast::Text(text), Kind::Text) => Ok(value.is_key(text)?),
            (Fast::Int(digits), Kind::Int) => Ok(match value.number_bytes() {
                Some(stored) => stored == &**digits || (stored == b"-0" && **digits == *b"0"),
                None => self.is_slowly(value)?,
            }),
            (Fast::Int(_), Kind::Float | Kind::Object) => self.is_slowly(value),
            (Fast::Bool(bool), kind) => Ok(kind == if *bool { Kind::True } else { Kind::False }),
            (Fast::Null, kind) => Ok(kind == Kind::Null || (kind == Kind::Object && self.is_slowly(value)?)),
            (Fast::Digits(bytes), Kind::Object) => match same_digits(bytes, value.as_bytes()) {
                Some(same) => Ok(same),
                None => self.is_slowly(value),
            },
            (Fast::Digits(_), _) => Ok(false),
            (Fast::Bytes(bytes), _) => Ok(value.as_bytes() == &**bytes || self.is_slowly(value)?),
            (Fast::Text(_), Kind::Object) => self.is_slowly(value),
            (Fast::Int(_) | Fast::Text(_), _) => Ok(false),
        }
    }

    #[cold]
    fn is_slowly(&self, value: Value<'_>) -> Result<bool, Refusal> {
        let value = Val::of(value)?;
        Ok(value.rank() == self.val.rank() && compare(&value, &self.val).is_eq())
    }
}

/// Whether two wrappers of one kind, like `{"$uuid": …}`, have the same digits; none when they are not of one shape.
///
/// Up to the digits their bytes are the same, headers included, and the rest has the same length.
#[inline]
fn same_digits(wanted: &[u8], stored: &[u8]) -> Option<bool> {
    /// Header of the object, key with header, header of the text: as long for both kinds, since all are short.
    const UUID_HEAD: usize = 10;
    const ID_HEAD: usize = 9;
    let head = if wanted.len() > 40 { UUID_HEAD } else { ID_HEAD };
    if wanted.len() != stored.len() || wanted.get(..head) != stored.get(..head) {
        return None;
    }
    let (wanted, stored) = (wanted.get(head..)?, stored.get(head..)?);
    Some(wanted.eq_ignore_ascii_case(stored))
}
