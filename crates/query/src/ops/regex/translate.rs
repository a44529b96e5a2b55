//! From PCRE's spelling to that of our engine, where the same text would mean something else.
//!
//! In PCRE without Unicode properties, as MongoDB runs it, `\d`, `\w`, `\s` and `\b` know ASCII only; inside a class `[`
//! and `&&` are plain characters and `\b` is a backspace; `\Z` allows a last line break.

use std::iter::Peekable;
use std::str::Chars;

/// A pattern for our engine; `spaced` says that the option `x` is set, under which spaces must be spelled out.
pub(super) fn translate(pattern: &str, spaced: bool) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' => escape(chars.next(), &mut out),
            '[' => class(&mut chars, spaced, &mut out),
            _ => out.push(char),
        }
    }
    out
}

fn escape(char: Option<char>, out: &mut String) {
    match char {
        Some('b') => out.push_str(r"(?-u:\b)"),
        Some('Z') => out.push_str(r"(?:\n?\z)"),
        Some('/') => out.push('/'),
        other => shared_escape(other, out),
    }
}

/// Escapes that mean the same inside and outside of a class; the engine lets classes nest.
fn shared_escape(char: Option<char>, out: &mut String) {
    match char {
        Some('d') => out.push_str("[0-9]"),
        Some('D') => out.push_str("[^0-9]"),
        Some('w') => out.push_str("[0-9A-Za-z_]"),
        Some('W') => out.push_str("[^0-9A-Za-z_]"),
        Some('s') => out.push_str(r"[\x20\t-\r]"),
        Some('S') => out.push_str(r"[^\x20\t-\r]"),
        Some('h') => out.push_str(r"[\x20\t]"),
        Some('e') => out.push_str(r"\x1b"),
        // PCRE takes any escaped letterless character for itself, the engine only some of them.
        Some(char) if char.is_ascii_punctuation() && !r"\.+*?()|[]{}^$#&-~".contains(char) => out.push(char),
        Some(char) => out.extend(['\\', char]),
        None => out.push('\\'),
    }
}

fn class(chars: &mut Peekable<Chars<'_>>, spaced: bool, out: &mut String) {
    out.push('[');
    if chars.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    // A bracket that comes first is a plain one.
    if chars.next_if_eq(&']').is_some() {
        out.push_str(r"\]");
    }
    while let Some(char) = chars.next() {
        match char {
            ']' => {
                out.push(']');
                return;
            }
            '\\' => match chars.next() {
                Some('b') => out.push_str(r"\x08"),
                other => shared_escape(other, out),
            },
            '[' if chars.peek() == Some(&':') => named(chars, out),
            '[' | '&' | '~' => out.extend(['\\', char]),
            ' ' | '#' if spaced => out.extend(['\\', char]),
            _ => out.push(char),
        }
    }
}

/// A named class, `[:alpha:]`, up to and including its end.
fn named(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    for char in chars.by_ref() {
        out.push(char);
        if char == ']' {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    #[test]
    fn pcre_spellings_keep_their_meaning() {
        for (pattern, yes, no) in [
            (r"^\d+$", "123", "٣"),
            (r"^\w+$", "ab_1", "é"),
            (r"^[\w-]+$", "a-b", "a b"),
            (r"^[[]$", "[", "]"),
            (r"^[]a]+$", "]a", "b"),
            (r"^[^]]$", "a", "]"),
            (r"^[a&&b]+$", "&", "c"),
            (r"^[[:alpha:]_]+$", "ab_", "1"),
            (r"^a\/b\@c$", "a/b@c", "a/b"),
            (r"a\Z", "a\n", "ab"),
            (r"^[\b]$", "\u{8}", "b"),
            (r"\bcat\b", "a cat.", "cats"),
            (r"^\s\S$", " x", "xx"),
            (r"^[^\d]$", "a", "1"),
        ] {
            let regex = Regex::new(&translate(pattern, false)).unwrap();
            assert!(regex.is_match(yes), "{pattern} {yes:?}");
            assert!(!regex.is_match(no), "{pattern} {no:?}");
        }
    }
}
