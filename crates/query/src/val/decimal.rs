//! Decimal numbers by their spelling: exact comparison with each other and with binary numbers.
//!
//! Slow and simple, since decimals are rare: both sides become a sign, decimal digits and an exponent, which can be
//! compared digit by digit. A double has at most 767 significant decimal digits, so its expansion is exact too.

use std::cmp::Ordering;

/// Digits a decimal number may have.
const DIGITS: usize = 34;
/// The exponents of a 128-bit decimal, by the way [`Dec`] counts them.
const MIN_EXPONENT: i64 = -6176;
const MAX_EXPONENT: i64 = 6145;
const DOUBLE_DIGITS: usize = 767;

/// A number as ±0.d₁d₂d₃… · 10^exponent, without leading and trailing zeros; no digits for zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dec {
    NotANumber,
    Infinite {
        negative: bool,
    },
    Finite {
        negative: bool,
        digits: Vec<u8>,
        exponent: i64,
    },
}

/// Reads a spelling; none when it is not a decimal number of at most 34 digits.
pub(crate) fn parse(text: &str) -> Option<Dec> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    match rest.to_ascii_lowercase().as_str() {
        "nan" => Some(Dec::NotANumber),
        "inf" | "infinity" => Some(Dec::Infinite { negative }),
        rest if text.len() <= 100 => finite(negative, rest, DIGITS),
        _ => None,
    }
}

/// Whether a text spells a decimal number that 128 bits hold.
pub(crate) fn is_decimal(text: &str) -> bool {
    match parse(text) {
        Some(Dec::Finite { digits, exponent, .. }) => {
            exponent <= MAX_EXPONENT && exponent - digits.len() as i64 >= MIN_EXPONENT
        }
        other => other.is_some(),
    }
}

fn finite(negative: bool, text: &str, longest: usize) -> Option<Dec> {
    let (mantissa, power) = text.split_once('e').unwrap_or((text, "0"));
    let power: i64 = power.parse().ok().filter(|power: &i64| power.abs() <= 10_000)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let lead = all.iter().take_while(|&&digit| digit == b'0').count();
    let tail = all.iter().rev().take_while(|&&digit| digit == b'0').count();
    let digits = all.get(lead..all.len().saturating_sub(tail)).unwrap_or_default();
    let exponent = power + whole.len() as i64 - lead as i64;
    (digits.len() <= longest).then(|| Dec::Finite {
        negative: negative && !digits.is_empty(),
        digits: digits.to_vec(),
        exponent: if digits.is_empty() { 0 } else { exponent },
    })
}

impl From<f64> for Dec {
    fn from(float: f64) -> Self {
        if float.is_nan() {
            return Self::NotANumber;
        }
        let negative = float.is_sign_negative();
        if float.is_infinite() {
            return Self::Infinite { negative };
        }
        let text = format!("{:.DOUBLE_DIGITS$e}", float.abs());
        finite(negative, &text, DOUBLE_DIGITS + 1).unwrap_or(Self::NotANumber)
    }
}

impl From<i64> for Dec {
    fn from(int: i64) -> Self {
        let text = int.unsigned_abs().to_string();
        finite(int < 0, &text, DIGITS).unwrap_or(Self::NotANumber)
    }
}

impl Dec {
    /// Where its kind stands: NaN, negative infinity, negative, zero, positive, infinity.
    fn class(&self) -> u8 {
        match self {
            Self::NotANumber => 0,
            Self::Infinite { negative: true } => 1,
            Self::Finite { negative: true, .. } => 2,
            Self::Finite { digits, .. } if digits.is_empty() => 3,
            Self::Finite { .. } => 4,
            Self::Infinite { negative: false } => 5,
        }
    }

    fn magnitude(&self) -> (i64, &[u8]) {
        match self {
            Self::Finite { digits, exponent, .. } => (*exponent, digits),
            _ => (0, &[]),
        }
    }
}

impl PartialOrd for Dec {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dec {
    fn cmp(&self, other: &Self) -> Ordering {
        self.class().cmp(&other.class()).then_with(|| {
            let order = self.magnitude().cmp(&other.magnitude());
            if self.class() == 2 { order.reverse() } else { order }
        })
    }
}

/// The nearest double.
pub(super) fn to_f64(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// The value, if it is a whole number of 64 bits.
pub(super) fn to_i64(text: &str) -> Option<i64> {
    let (floor, exact) = split(text)?;
    exact.then_some(floor)
}

/// The greatest whole number that is not greater, if it has 64 bits.
pub(crate) fn floor(text: &str) -> Option<i64> {
    Some(split(text)?.0)
}

/// The floor, and whether it is the value itself.
fn split(text: &str) -> Option<(i64, bool)> {
    let Some(Dec::Finite {
        negative,
        digits,
        exponent,
    }) = parse(text)
    else {
        return None;
    };
    let places = usize::try_from(exponent.max(0))
        .ok()
        .filter(|&places| places <= 19)?;
    let magnitude = (0..places).fold(0i128, |sum, at| {
        sum * 10 + i128::from(digits.get(at).map_or(0, |digit| digit - b'0'))
    });
    let exact = i64::try_from(digits.len()).is_ok_and(|len| len <= exponent) || digits.is_empty();
    let below = i128::from(negative && !exact);
    let floor = if negative { -magnitude - below } else { magnitude };
    Some((i64::try_from(floor).ok()?, exact))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_exactly() {
        let dec = |text| parse(text).unwrap();
        assert_eq!(dec("1.50"), dec("15E-1"));
        assert_eq!(dec("-0"), dec("0E+10"));
        assert!(
            dec("0.1") < Dec::from(0.1),
            "the double is a little more than a tenth"
        );
        assert!(dec("-1e6000") < dec("-1"));
        assert!(dec("NaN") < dec("-Infinity"));
        assert!(dec("9007199254740993") > Dec::from(9_007_199_254_740_992.0));
        assert_eq!(Dec::from(i64::MIN), dec("-9223372036854775808"));
        assert_eq!(Dec::from(5e-324).class(), 4);
        assert_eq!(to_i64("1.2E1"), Some(12));
        assert_eq!(to_i64("1.25E1"), None);
        assert_eq!(to_i64("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(to_i64("9223372036854775808"), None);
        assert_eq!(to_i64("0.00"), Some(0));
        assert_eq!((floor("-0.001"), floor("0.001")), (Some(-1), Some(0)));
        assert_eq!(
            (floor("-12.5"), floor("12.5"), floor("1E2")),
            (Some(-13), Some(12), Some(100))
        );
    }

    #[test]
    fn what_is_not_a_decimal_is_not_read() {
        let many = "1".repeat(35);
        for text in [
            "",
            "-",
            ".",
            "1e",
            "e1",
            "1.2.3",
            "0x1",
            "1e99999",
            "½",
            "-½",
            many.as_str(),
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
