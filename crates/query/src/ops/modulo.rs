//! `$mod`: the remainder of a division. Fractions are cut off on both sides, as in MongoDB.

use jsonb::{Kind, Value};

use super::called;
use crate::{Refusal, Val};

/// A divisor, not zero, and a remainder.
#[derive(Debug)]
pub(crate) struct Modulo {
    divisor: i64,
    remainder: i64,
}

impl Modulo {
    /// Reads `[divisor, remainder]`.
    pub(crate) fn parse(value: Value<'_>) -> Result<Self, Refusal> {
        if value.kind() != Kind::Array || value.len()? != 2 {
            let found = called(value);
            return Err(Refusal::new(format!(
                "`$mod` needs an array of two numbers, found {found}"
            )));
        }
        let part = |at: usize, name: &str| -> Result<i64, Refusal> {
            let number = value
                .index(at)?
                .map(Val::of)
                .transpose()?
                .and_then(|val| whole(&val));
            number.ok_or_else(|| Refusal::new(format!("the {name} of `$mod` must be a number of 64 bits")))
        };
        let (divisor, remainder) = (part(0, "divisor")?, part(1, "remainder")?);
        if divisor == 0 {
            return Err(Refusal::new("the divisor of `$mod` must not be 0"));
        }
        Ok(Self { divisor, remainder })
    }

    pub(super) fn matches(&self, value: Option<Value<'_>>) -> Result<bool, Refusal> {
        let Some(stored) = value else {
            return Ok(false);
        };
        let number = whole(&Val::of(stored)?);
        Ok(number.is_some_and(|number| number.wrapping_rem(self.divisor) == self.remainder))
    }
}

/// A number without its fraction, if that has 64 bits.
fn whole(val: &Val<'_>) -> Option<i64> {
    match val {
        Val::Double(float) => Val::Double(float.trunc()).as_i64(),
        Val::Decimal(text) => val.as_i64().or_else(|| {
            let floor = crate::val::floor(text)?;
            // The floor of a negative fraction is one too far.
            Some(if val.as_f64()? < 0.0 { floor + 1 } else { floor })
        }),
        _ => val.as_i64(),
    }
}
