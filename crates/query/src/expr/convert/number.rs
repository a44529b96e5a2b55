//! Conversion to numbers.

use super::{Kind, unsupported};
use crate::{Refusal, Val, cut};

/// `$toDouble`.
pub(super) fn double<'a>(value: &Val<'a>) -> Result<Val<'a>, Refusal> {
    Ok(Val::Double(match value {
        Val::Bool(bool) => f64::from(u8::from(*bool)),
        Val::Date(date) => date.ms as f64,
        Val::Str(text) => read_double(text)?,
        other => other.as_f64().ok_or_else(|| unsupported(other, Kind::Double))?,
    }))
}

/// `$toInt`.
pub(super) fn int<'a>(value: &Val<'a>) -> Result<Val<'a>, Refusal> {
    if let Val::Date(_) = value {
        return Err(unsupported(value, Kind::Int));
    }
    let whole = whole(value, Kind::Int)?;
    match i32::try_from(whole) {
        Ok(_) => Ok(Val::Int(whole)),
        Err(_) => Err(Refusal::new(format!("{whole} does not fit in an int of 32 bits"))),
    }
}

/// `$toLong`.
pub(super) fn long<'a>(value: &Val<'a>) -> Result<Val<'a>, Refusal> {
    whole(value, Kind::Long).map(Val::Int)
}

fn whole(value: &Val<'_>, kind: Kind) -> Result<i64, Refusal> {
    match value {
        Val::Bool(bool) => Ok(i64::from(*bool)),
        Val::Int(int) => Ok(*int),
        Val::Date(date) => Ok(date.ms),
        Val::Str(text) => read_whole(text),
        other => {
            let double = other.as_f64().ok_or_else(|| unsupported(other, kind))?;
            // Cut towards zero, as a number or as the decimal it is.
            let cut = Val::Double(double.trunc()).as_i64();
            other
                .as_i64()
                .or(cut)
                .ok_or_else(|| Refusal::new(format!("{double} does not fit in a long of 64 bits")))
        }
    }
}

fn read_whole(text: &str) -> Result<i64, Refusal> {
    text.parse()
        .map_err(|_| Refusal::new(format!("`{}` is not a whole number of 64 bits", cut(text))))
}

fn read_double(text: &str) -> Result<f64, Refusal> {
    let first = text.bytes().find(|byte| !matches!(byte, b'+' | b'-'));
    let numeric = first.is_some_and(|byte| byte.is_ascii_digit() || byte == b'.');
    let named = matches!(text, "NaN" | "Infinity" | "-Infinity");
    let double: Option<f64> = text.parse().ok().filter(|_| numeric || named);
    double
        .filter(|double| double.is_finite() || named)
        .ok_or_else(|| Refusal::new(format!("`{}` is not a number", cut(text))))
}
