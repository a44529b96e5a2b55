//! Reading and printing stored numbers, including the JSON5 spellings SQLite may have kept.
//!
//! A number is stored as it was spelled. JSON spellings are checked and passed through; hexadecimal integers
//! (INT5) and floats with a bare point (FLOAT5) are rewritten exactly as SQLite's `json()` rewrites them.

use std::borrow::Cow;

use crate::error::Damaged;
use crate::format::{FLOAT, INT, INT5};

const BAD_NUMBER: Damaged = Damaged::new("a number is malformed");

/// The JSON spelling of a stored number of type `tag`.
pub(crate) fn spelling(tag: u8, payload: &[u8]) -> Result<Cow<'_, str>, Damaged> {
    let text = std::str::from_utf8(payload).map_err(|_| BAD_NUMBER)?;
    match tag {
        INT if !is_integer(payload) => Err(BAD_NUMBER),
        INT | FLOAT => Ok(Cow::Borrowed(text)),
        INT5 => hexadecimal(text).map(Cow::Owned),
        _ => Ok(Cow::Owned(pad_point(text))),
    }
    .and_then(|spelling| match number_len(spelling.as_bytes()) {
        Some(len) if len == spelling.len() => Ok(spelling),
        _ => Err(BAD_NUMBER),
    })
}

/// The value of an integer of few digits in its usual spelling; none for what takes a closer look.
#[inline]
pub(crate) fn short(tag: u8, payload: &[u8]) -> Option<i64> {
    let (sign, digits) = match payload {
        [b'-', digits @ ..] => (-1, digits),
        digits => (1, digits),
    };
    let spelled = match digits {
        [b'0', _, ..] => false,
        // So many always fit.
        _ => (1..=18).contains(&digits.len()) && tag == INT,
    };
    if !spelled {
        return None;
    }
    let mut value = 0;
    for digit in digits {
        match digit.wrapping_sub(b'0') {
            digit @ 0..=9 => value = value * 10 + i64::from(digit),
            _ => return None,
        }
    }
    Some(sign * value)
}

fn hexadecimal(text: &str) -> Result<String, Damaged> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let digits = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
        .ok_or(BAD_NUMBER)?;
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(BAD_NUMBER);
    }
    Ok(match u64::from_str_radix(digits, 16) {
        Ok(value) => format!("{sign}{value}"),
        // SQLite's spelling of a hexadecimal integer beyond 64 bits: larger than any double.
        Err(_) => format!("{sign}9.0e999"),
    })
}

/// Puts a zero on the empty side of a decimal point.
fn pad_point(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let mut out = String::with_capacity(text.len() + 2);
    out.push_str(sign);
    if digits.starts_with('.') {
        out.push('0');
    }
    let mut chars = digits.chars().peekable();
    while let Some(char) = chars.next() {
        out.push(char);
        if char == '.' && !chars.peek().is_some_and(char::is_ascii_digit) {
            out.push('0');
        }
    }
    out
}

/// Whether `bytes` are a JSON number without fraction and exponent.
#[inline]
pub(crate) fn is_integer(bytes: &[u8]) -> bool {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    match digits {
        [] => false,
        [b'0', _, ..] => false,
        _ => digits.iter().all(u8::is_ascii_digit),
    }
}

/// Bytes of the JSON number at the start of `bytes`, if there is one.
pub(crate) fn number_len(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let start = usize::from(bytes.first() == Some(&b'-'));
    let mut end = digits(start);
    if end == start || (end > start + 1 && bytes.get(start) == Some(&b'0')) {
        return None;
    }
    if bytes.get(end) == Some(&b'.') {
        let fraction = end + 1;
        end = digits(fraction);
        if end == fraction {
            return None;
        }
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        end = digits(exponent);
        if end == exponent {
            return None;
        }
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::FLOAT5;

    #[test]
    fn short_integers_read_as_their_spelling_does() {
        let many = "9".repeat(18);
        let less = format!("-{many}");
        for text in ["0", "-0", "7", "-7", "10", "1234567890", &many, &less] {
            let spelled = spelling(INT, text.as_bytes()).unwrap();
            assert_eq!(short(INT, text.as_bytes()), spelled.parse().ok(), "{text}");
        }
        let more = format!("{many}9");
        for text in [
            "", "-", "--1", "+1", "00", "-01", "1a", "1 ", "1.5", "1:", "/1", &more,
        ] {
            assert_eq!(short(INT, text.as_bytes()), None, "{text}");
        }
        assert_eq!(short(INT5, b"1"), None);
    }

    #[test]
    fn json5_spellings_become_json() {
        for (tag, stored, json) in [
            (INT5, "0x1F", "31"),
            (INT5, "-0Xff", "-255"),
            (INT5, "0xffffffffffffffff", "18446744073709551615"),
            (INT5, "-0x10000000000000000", "-9.0e999"),
            (FLOAT5, ".5", "0.5"),
            (FLOAT5, "-.5e3", "-0.5e3"),
            (FLOAT5, "5.", "5.0"),
            (FLOAT5, "5.e1", "5.0e1"),
        ] {
            assert_eq!(spelling(tag, stored.as_bytes()).unwrap(), json);
        }
    }

    #[test]
    fn what_is_not_a_number_is_damage() {
        let ints = ["", "-", "01", "1a", "+1", "1 ", "1.5", "1e5"].map(|text| (INT, text));
        let hex = ["", "-", "0x", "1f", "0xg", "+0x1", "-0x"].map(|text| (INT5, text));
        let floats = ["", "-", ".", "e5", "1.", "1.e5", "1e", "1.5.5", "nan"].map(|text| (FLOAT, text));
        let bare = ["", "-", "e5", "00.5", "1.5.", "1e5.", "inf"].map(|text| (FLOAT5, text));
        for (tag, text) in ints.into_iter().chain(hex).chain(floats).chain(bare) {
            assert_eq!(spelling(tag, text.as_bytes()), Err(BAD_NUMBER), "{text:?}");
        }
    }
}
