//! Strings: plain runs are skipped eight bytes at a time, escapes are checked one by one.

use crate::error::ErrorKind;
use crate::escape::skip_plain;
use crate::unescape::hex4;

use super::sink::Sink;
use super::{Scan, Scanner, fault, syntax};

/// A scanned string.
pub(super) struct Str<'t> {
    /// What stands between the quotes.
    pub(super) bytes: &'t [u8],
    /// The text from there on.
    pub(super) behind: &'t [u8],
    pub(super) escaped: bool,
}

impl<'t, S: Sink> Scanner<'t, S> {
    /// Reads the string whose opening quote is here.
    #[inline]
    pub(super) fn string(&mut self) -> Scan<Str<'t>> {
        let start = self.at + 1;
        let mut escaped = false;
        let mut end = skip_plain(self.text, start);
        loop {
            match self.text.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    end = skip_plain(self.text, self.escape(end)?);
                }
                Some(0) => return fault(ErrorKind::NulCharacter, end),
                Some(_) => return syntax("a string may not contain a raw control character", end),
                None => return syntax("the text ends inside a string", self.text.len()),
            }
        }
        if end - start > self.max_string {
            return fault(ErrorKind::StringTooLong(self.max_string), self.at);
        }
        self.at = end + 1;
        let behind = self.text.get(start..).unwrap_or_default();
        let bytes = behind.get(..end - start).unwrap_or_default();
        Ok(Str {
            bytes,
            behind,
            escaped,
        })
    }

    /// Checks the escape whose backslash is at `at` and returns where it ends.
    fn escape(&self, at: usize) -> Scan<usize> {
        match self.text.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => self.unicode(at),
            Some(_) => syntax("a string has an unknown escape", at),
            None => syntax("the text ends inside a string", self.text.len()),
        }
    }

    fn unicode(&self, at: usize) -> Scan<usize> {
        let cut_off = self.text.len() < at + 6;
        match hex4(self.text, at + 2) {
            None if cut_off => syntax("the text ends inside a string", self.text.len()),
            None => syntax("expected four hexadecimal digits after \\u", at),
            Some(0) => fault(ErrorKind::NulCharacter, at),
            Some(0xd800..0xdc00)
                if self.text.get(at + 6..at + 8) == Some(b"\\u")
                    && matches!(hex4(self.text, at + 8), Some(0xdc00..0xe000)) =>
            {
                Ok(at + 12)
            }
            Some(0xd800..0xe000) => fault(ErrorKind::LoneSurrogate, at),
            Some(_) => Ok(at + 6),
        }
    }
}
