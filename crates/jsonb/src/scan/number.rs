//! Numbers: the grammar, and the range both databases and most clients can hold.
//!
//! Integers must fit 64 signed bits and floats must be finite as a double; the spelling is kept. Nearly every
//! number is decided by the count of its digits, so the slow conversions run only near the edges.

use crate::error::{ErrorKind, cut};

use super::sink::Sink;
use super::{Scan, Scanner, fault, syntax};

/// A scanned number.
pub(super) struct Number<'t> {
    pub(super) bytes: &'t [u8],
    /// The text from there on.
    pub(super) behind: &'t [u8],
    pub(super) float: bool,
}

/// Integers with at most this many digits always fit.
const SAFE_DIGITS: usize = 18;
/// Floats with at most this many integer digits and an exponent of two digits are always finite.
const SAFE_FLOAT_DIGITS: usize = 200;

impl<'t, S: Sink> Scanner<'t, S> {
    /// Reads the number whose first byte is here.
    #[inline]
    pub(super) fn number(&mut self) -> Scan<Number<'t>> {
        let start = self.at;
        let first = start + usize::from(self.peek() == Some(b'-'));
        let integer_end = self.digits(first);
        match integer_end - first {
            0 => return syntax("expected a digit", integer_end),
            1 => {}
            _ if self.text.get(first) == Some(&b'0') => {
                return syntax("a number may not have a leading zero", first);
            }
            _ => {}
        }
        let mut end = integer_end;
        let mut exponent_digits = 0;
        if self.text.get(end) == Some(&b'.') {
            end = self.digits(end + 1);
            if end == integer_end + 1 {
                return syntax("expected a digit after the decimal point", end);
            }
        }
        if let Some(b'e' | b'E') = self.text.get(end) {
            let sign = usize::from(matches!(self.text.get(end + 1), Some(b'+' | b'-')));
            let exponent = end + 1 + sign;
            end = self.digits(exponent);
            exponent_digits = end - exponent;
            if exponent_digits == 0 {
                return syntax("expected a digit in the exponent", end);
            }
        }
        let behind = self.text.get(start..).unwrap_or_default();
        let bytes = behind.get(..end - start).unwrap_or_default();
        let float = end > integer_end;
        let safe = if float { SAFE_FLOAT_DIGITS } else { SAFE_DIGITS };
        if integer_end - first > safe || exponent_digits > 2 {
            check_range(bytes, float, start)?;
        }
        self.at = end;
        Ok(Number { bytes, behind, float })
    }

    #[inline]
    fn digits(&self, mut at: usize) -> usize {
        while let Some(b'0'..=b'9') = self.text.get(at) {
            at += 1;
        }
        at
    }
}

#[cold]
fn check_range(bytes: &[u8], float: bool, at: usize) -> Scan<()> {
    let spelling = std::str::from_utf8(bytes).unwrap_or_default();
    let fits = if float {
        spelling.parse::<f64>().is_ok_and(f64::is_finite)
    } else {
        spelling.parse::<i64>().is_ok()
    };
    if fits {
        Ok(())
    } else {
        fault(ErrorKind::NumberOutOfRange(cut(spelling, 60)), at)
    }
}
