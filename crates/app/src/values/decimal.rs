//! Decimal numbers as they are written, exactly: compared, cut and rounded on their digits, never as doubles.
//!
//! [`Decimal::key`] is the text that stands for a number where a database compares text byte by byte.

use std::cmp::Ordering;

use crate::Rounding;

/// Longest spelling that is read: enough for the plain spelling of every number within the other bounds.
const MAX_LENGTH: usize = 4_096;
/// Most digits.
const MAX_DIGITS: usize = 1_000;
/// Greatest power of ten, either way; a double ends at 308.
const MAX_EXPONENT: i32 = 1_000;

/// A decimal number: its digits times a power of ten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(super) negative: bool,
    /// ASCII digits, neither first nor last a zero; none for zero.
    pub(super) digits: Vec<u8>,
    /// Power of ten of the last digit.
    pub(super) exponent: i32,
}

impl Decimal {
    /// Nothing.
    pub(crate) const ZERO: Self = Self {
        negative: false,
        digits: Vec::new(),
        exponent: 0,
    };

    /// Reads what JSON takes for a number, and also a plus sign and zeros in front.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let number = Self::unbounded(text)?;
        let bounded = number.digits.len() <= MAX_DIGITS && number.magnitude().abs() <= MAX_EXPONENT;
        bounded.then_some(number)
    }

    /// The same however long: what sums of such numbers come to.
    pub(crate) fn unbounded(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (mantissa, exponent) = match rest.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (rest.get(..at)?, read_exponent(rest.get(at + 1..)?)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.iter().position(|&byte| byte == b'.') {
            Some(at) => (mantissa.get(..at)?, Some(mantissa.get(at + 1..)?)),
            None => (mantissa, None),
        };
        let digits_only = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        if !digits_only(whole) || fraction.is_some_and(|fraction| !digits_only(fraction)) {
            return None;
        }
        let fraction = fraction.unwrap_or_default();
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        Some(Self::new(negative, [whole, fraction].concat(), exponent))
    }

    pub(super) fn new(negative: bool, mut digits: Vec<u8>, mut exponent: i32) -> Self {
        let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
        digits.drain(..zeros);
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent += 1;
        }
        let zero = digits.is_empty();
        Self {
            negative: negative && !zero,
            digits,
            exponent: if zero { 0 } else { exponent },
        }
    }

    /// Digits that matter.
    pub(crate) fn significant(&self) -> usize {
        self.digits.len()
    }

    /// Digits behind the point.
    fn decimals(&self) -> usize {
        usize::try_from(-self.exponent).unwrap_or(0)
    }

    /// The power of ten just above it: 0.1 to 0.9 have 0.
    fn magnitude(&self) -> i32 {
        self.exponent.saturating_add(self.digits.len() as i32)
    }

    /// It with at most so many decimals; none when nothing has to change, an error when more are refused.
    pub(crate) fn limited(&self, decimals: u8, rounding: Rounding) -> Result<Option<Self>, TooManyDecimals> {
        let excess = self.decimals().saturating_sub(usize::from(decimals));
        if excess == 0 {
            return Ok(None);
        }
        if rounding == Rounding::Refuse {
            return Err(TooManyDecimals);
        }
        // As many zeros in front as it takes to have a digit before the cut.
        let pad = (excess + 1).saturating_sub(self.digits.len());
        let mut digits = [vec![b'0'; pad], self.digits.clone()].concat();
        let cut = digits.split_off(digits.len() - excess);
        if rounding == Rounding::Round && cut.first().is_some_and(|&digit| digit >= b'5') {
            increment(&mut digits);
        }
        Ok(Some(Self::new(self.negative, digits, -i32::from(decimals))))
    }

    /// The nearest one with at most so many digits that matter, halves away from zero.
    pub(crate) fn significant_only(mut self, most: usize) -> Self {
        if self.digits.len() <= most {
            return self;
        }
        let cut = self.digits.split_off(most);
        if cut.first().is_some_and(|&digit| digit >= b'5') {
            increment(&mut self.digits);
        }
        let exponent = self.exponent + cut.len() as i32;
        Self::new(self.negative, self.digits, exponent)
    }

    /// It times a power of ten.
    pub(crate) fn shifted(&self, places: i32) -> Self {
        Self::new(
            self.negative,
            self.digits.clone(),
            self.exponent.saturating_add(places),
        )
    }

    /// It without exponent, as JSON.
    pub(crate) fn plain(&self) -> String {
        self.with_decimals(0)
    }

    /// It without exponent, with at least so many decimals.
    pub(crate) fn with_decimals(&self, least: usize) -> String {
        let decimals = self.decimals();
        let mut digits = vec![b'0'; (decimals + 1).saturating_sub(self.digits.len())];
        digits.extend_from_slice(&self.digits);
        digits.resize(digits.len() + usize::try_from(self.exponent).unwrap_or(0), b'0');
        let fraction = digits.split_off(digits.len() - decimals);
        let mut out = String::with_capacity(digits.len() + fraction.len() + 2);
        if self.negative {
            out.push('-');
        }
        out.extend(digits.iter().map(|&digit| char::from(digit)));
        if decimals.max(least) > 0 {
            out.push('.');
            out.extend(fraction.iter().map(|&digit| char::from(digit)));
            out.extend(std::iter::repeat_n('0', least.saturating_sub(decimals)));
        }
        out
    }

    /// Its digits and their power of ten: short, however great or small it is.
    pub(crate) fn scientific(&self) -> String {
        let digits: String = self.digits.iter().map(|&digit| char::from(digit)).collect();
        let sign = if self.negative { "-" } else { "" };
        match (digits.is_empty(), self.exponent) {
            (true, _) => "0".to_owned(),
            (false, 0) => format!("{sign}{digits}"),
            (false, exponent) => format!("{sign}{digits}e{exponent}"),
        }
    }

    /// Its value, where it is a whole number of 64 bits.
    pub(crate) fn to_i64(&self) -> Option<i64> {
        (self.exponent >= 0 && self.magnitude() <= 19).then(|| self.plain().parse().ok())?
    }

    /// Text that sorts by bytes as numbers sort by value: the sign, the magnitude, the digits.
    ///
    /// Below zero magnitude and digits are complemented, and a last character that is greater than all digits puts
    /// -0.12 above -0.123.
    pub(crate) fn key(&self) -> String {
        if self.digits.is_empty() {
            return "1".to_owned();
        }
        let magnitude = format!("{:05}", self.magnitude() + 10_000);
        let all = magnitude.bytes().chain(self.digits.iter().copied());
        if self.negative {
            let complement = all.map(|digit| char::from(b'0' + b'9' - digit));
            return std::iter::once('0')
                .chain(complement)
                .chain(std::iter::once('~'))
                .collect();
        }
        std::iter::once('2').chain(all.map(char::from)).collect()
    }
}

/// A number has more decimals than it may have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyDecimals;

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let size = || {
            self.magnitude()
                .cmp(&other.magnitude())
                .then_with(|| self.digits.cmp(&other.digits))
        };
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            1 => size(),
            _ => size().reverse(),
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn read_exponent(text: &[u8]) -> Option<i32> {
    let digits = text
        .strip_prefix(b"+")
        .or_else(|| text.strip_prefix(b"-"))
        .unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let exponent: i32 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (exponent.abs() <= 100_000).then_some(exponent)
}

/// Adds one to the last digit.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn decimals_are_limited_on_their_digits() {
        for (text, decimals, round, truncate) in [
            ("1.005", 2, "1.01", "1"),
            ("-1.005", 2, "-1.01", "-1"),
            ("2.675", 2, "2.68", "2.67"),
            ("0.5", 0, "1", "0"),
            ("0.49", 0, "0", "0"),
            ("-0.4", 0, "0", "0"),
            ("9.999", 2, "10", "9.99"),
            ("99.5", 0, "100", "99"),
            ("0.05", 1, "0.1", "0"),
            ("0.005", 1, "0", "0"),
            ("1e-5", 4, "0", "0"),
            ("5e-5", 4, "0.0001", "0"),
            (
                "12345678901234567890.55",
                1,
                "12345678901234567890.6",
                "12345678901234567890.5",
            ),
        ] {
            let with = |rounding| {
                decimal(text)
                    .limited(decimals, rounding)
                    .unwrap()
                    .unwrap()
                    .plain()
            };
            assert_eq!(with(Rounding::Round), round, "{text}");
            assert_eq!(with(Rounding::Truncate), truncate, "{text}");
            assert_eq!(
                decimal(text).limited(decimals, Rounding::Refuse),
                Err(TooManyDecimals),
                "{text}"
            );
        }
        for (text, decimals) in [("1.10", 1), ("100", 0), ("1e3", 0), ("0.00", 0), ("1.5", 4)] {
            assert_eq!(
                decimal(text).limited(decimals, Rounding::Refuse),
                Ok(None),
                "{text}"
            );
        }
    }

    #[test]
    fn spellings_are_read_strictly() {
        for text in [
            "", "-", "+", ".", ".5", "5.", "1e", "1e+", "1e5.5", "1 ", "1,5", "0x1", "nan", "1e99999", "--1",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
        assert_eq!(Decimal::parse(&"1".repeat(1_001)), None);
        assert_eq!(Decimal::parse(&"0".repeat(5_000)), None);
        for (text, plain) in [
            ("+007.50", "7.5"),
            ("-0", "0"),
            ("1e3", "1000"),
            ("12e-3", "0.012"),
            ("0e9", "0"),
        ] {
            assert_eq!(decimal(text).plain(), plain);
        }
        assert_eq!(decimal("1.5").with_decimals(2), "1.50");
        assert_eq!(decimal("-3").with_decimals(2), "-3.00");
    }

    #[test]
    fn whole_numbers_of_64_bits_have_a_value() {
        for (text, value) in [
            ("5.0", Some(5)),
            ("1e3", Some(1000)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("5.5", None),
            ("1e300", None),
        ] {
            assert_eq!(decimal(text).to_i64(), value, "{text}");
        }
    }

    fn spellings() -> impl Strategy<Value = String> {
        prop_oneof![
            "-?(0|[1-9][0-9]{0,18})(\\.[0-9]{1,15})?(e-?[0-8]?[0-9]{1,2})?",
            "-?[0-9]{1,2}(\\.[0-9]{1,2})?",
            "-?0\\.0{0,3}[0-9]{1,2}",
        ]
    }

    proptest! {
        #[test]
        fn keys_sort_as_the_numbers_do(left in spellings(), right in spellings()) {
            let (left, right) = (decimal(&left), decimal(&right));
            prop_assert_eq!(left.key().as_bytes().cmp(right.key().as_bytes()), left.cmp(&right));
        }

        #[test]
        fn integers_sort_as_integers(left: i64, right: i64) {
            let key = |value: i64| decimal(&value.to_string()).key();
            prop_assert_eq!(key(left).cmp(&key(right)), left.cmp(&right));
            prop_assert_eq!(decimal(&left.to_string()).to_i64(), Some(left));
        }

        #[test]
        fn fractions_sort_as_doubles(left in -1e6f64..1e6, right in -1e6f64..1e6) {
            let key = |value: f64| decimal(&value.to_string()).key();
            prop_assert_eq!(key(left).cmp(&key(right)), left.partial_cmp(&right).unwrap());
        }

        #[test]
        fn plain_spellings_are_the_same_number(text in spellings()) {
            let number = decimal(&text);
            prop_assert_eq!(decimal(&number.plain()), number);
        }
    }
}
