//! Reading the escapes of stored strings: those of JSON (TEXTJ) and the further ones of JSON5 (TEXT5).
//!
//! [`encode`](crate::encode) never lets a lone surrogate in, but SQLite's own `jsonb()` does; such a half has
//! no character and reads as U+FFFD.

use std::borrow::Cow;

use crate::error::Damaged;

const BAD_ESCAPE: Damaged = Damaged::new("a string has a malformed escape");
const NOT_UTF8: Damaged = Damaged::new("a string is not utf-8");

/// Which escapes a string may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    Json,
    Json5,
}

/// What one escape stands for, and the bytes it takes.
pub(crate) enum Escape {
    Char(char),
    /// A line break in the source that is not part of the string.
    Nothing,
}

/// `bytes` as the characters they stand for; borrowed when there is no escape.
pub(crate) fn unescape(bytes: &[u8], escapes: Escapes) -> Result<Cow<'_, str>, Damaged> {
    if memchr::memchr(b'\\', bytes).is_none() {
        return plain(bytes).map(Cow::Borrowed);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let run = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        out.extend_from_slice(rest.get(..run).unwrap_or_default());
        at += run;
        if at < bytes.len() {
            let (escape, len) = read_escape(bytes, at, escapes)?;
            if let Escape::Char(char) = escape {
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
            at += len;
        }
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| NOT_UTF8)
}

/// `bytes` as text that has no escapes.
#[inline]
pub(crate) fn plain(bytes: &[u8]) -> Result<&str, Damaged> {
    std::str::from_utf8(bytes).map_err(|_| NOT_UTF8)
}

/// Reads the escape whose backslash is at `at`.
pub(crate) fn read_escape(bytes: &[u8], at: usize, escapes: Escapes) -> Result<(Escape, usize), Damaged> {
    let char = match bytes.get(at + 1).ok_or(BAD_ESCAPE)? {
        letter @ (b'"' | b'\\' | b'/') => char::from(*letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return read_unicode(bytes, at).map(|(char, len)| (Escape::Char(char), len)),
        _ if escapes == Escapes::Json5 => return read_json5(bytes, at),
        _ => return Err(BAD_ESCAPE),
    };
    Ok((Escape::Char(char), 2))
}

fn read_json5(bytes: &[u8], at: usize) -> Result<(Escape, usize), Damaged> {
    let rest = bytes.get(at + 1..).unwrap_or_default();
    match rest {
        [b'\'', ..] => Ok((Escape::Char('\''), 2)),
        [b'v', ..] => Ok((Escape::Char('\u{b}'), 2)),
        [b'0', next, ..] if next.is_ascii_digit() => Err(BAD_ESCAPE),
        [b'0', ..] => Ok((Escape::Char('\0'), 2)),
        [b'x', high, low, ..] => {
            let byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
            Ok((Escape::Char(char::from_u32(byte).ok_or(BAD_ESCAPE)?), 4))
        }
        [b'\r', b'\n', ..] => Ok((Escape::Nothing, 3)),
        [b'\r' | b'\n', ..] => Ok((Escape::Nothing, 2)),
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => Ok((Escape::Nothing, 4)),
        _ => Err(BAD_ESCAPE),
    }
}

/// Reads `\uXXXX`, or two of them that make a pair.
fn read_unicode(bytes: &[u8], at: usize) -> Result<(char, usize), Damaged> {
    let unit = hex4(bytes, at + 2).ok_or(BAD_ESCAPE)?;
    if (0xd800..0xdc00).contains(&unit)
        && bytes.get(at + 6..at + 8) == Some(b"\\u")
        && let Some(low @ 0xdc00..0xe000) = hex4(bytes, at + 8)
    {
        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        return Ok((char::from_u32(code).ok_or(BAD_ESCAPE)?, 12));
    }
    Ok((char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

/// The four hex digits at `at`.
#[inline]
pub(crate) fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..)?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |value, &digit| {
        Some(value << 4 | char::from(digit).to_digit(16)?)
    })
}

fn hex_digit(byte: u8) -> Result<u32, Damaged> {
    char::from(byte).to_digit(16).ok_or(BAD_ESCAPE)
}
