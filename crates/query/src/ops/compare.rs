//! `$gt`, `$gte`, `$lt`, `$lte`: order, within one type.
//!
//! A value of another type than the literal's is neither greater nor less (types are bracketed), but the ends of the
//! order, MinKey and MaxKey, compare with everything.

use std::cmp::Ordering;

use jsonb::{Kind, Value};

use super::Literal;
use crate::val::int_float;
use crate::{Refusal, Val, compare};

/// Which order is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// An order and the literal to be compared with.
#[derive(Debug)]
pub(crate) struct Compare {
    pub(crate) op: Op,
    pub(crate) with: Literal,
}

impl Op {
    #[inline]
    fn takes(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    /// Whether equal values are taken.
    pub(crate) fn is_inclusive(self) -> bool {
        self.takes(Ordering::Equal)
    }

    /// Whether lesser values are taken.
    pub(crate) fn is_less(self) -> bool {
        self.takes(Ordering::Less)
    }
}

impl Compare {
    #[inline]
    pub(super) fn matches(&self, value: Option<Value<'_>>) -> Result<bool, Refusal> {
        let Some(stored) = value else {
            return Ok(self.with.val.is_nullish() && self.op.is_inclusive());
        };
        let order = match (stored.kind(), &self.with.val) {
            (Kind::Int, Val::Int(int)) => small(stored).map(|stored| stored.cmp(int)),
            (Kind::Int, Val::Double(float)) if !float.is_nan() => {
                small(stored).map(|stored| int_float(stored, *float))
            }
            (Kind::Text, Val::Str(text)) => stored.plain_bytes().map(|stored| stored.cmp(text.as_bytes())),
            (Kind::Text, Val::Int(_) | Val::Double(_)) | (Kind::Int | Kind::Float, Val::Str(_)) => {
                return Ok(false);
            }
            _ => None,
        };
        match order {
            Some(order) => Ok(self.op.takes(order)),
            None => self.matches_slowly(stored),
        }
    }

    fn matches_slowly(&self, stored: Value<'_>) -> Result<bool, Refusal> {
        let value = Val::of(stored)?;
        let with = &self.with.val;
        let nan = |val: &Val<'_>| val.is_number() && val.as_f64().is_some_and(f64::is_nan);
        if value.is_number() && with.is_number() && (nan(&value) || nan(with)) {
            return Ok(self.op.is_inclusive() && nan(&value) && nan(with));
        }
        let ends = matches!(with, Val::MinKey | Val::MaxKey);
        if !ends && value.rank() != with.rank() {
            return Ok(false);
        }
        Ok(self.op.takes(compare(&value, with)))
    }
}

/// A stored integer of up to 18 digits, the usual case, without the checks of a full read.
#[inline]
fn small(stored: Value<'_>) -> Option<i64> {
    let bytes = stored.number_bytes()?;
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut sum = 0i64;
    for &digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        sum = sum * 10 + i64::from(digit);
    }
    Some(if negative { -sum } else { sum })
}
