//! From PCRE's spelling to that of our engine, where the same text would mean something else.
//!
//! In PCRE without Unicode properties, as MongoDB runs it, `\d`, `\w`, `\s` and `\b` know ASCII only; inside a class `[`
//! and `&&` are plain characters and `\b` is a backspace; `\Z` allows a last line break.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use crate::Refusal;

/// A pattern for our engine.
///
/// # Errors
/// A [`Refusal`] for a possessive quantifier (`a++`), which the engine would read as another one.
pub(super) fn translate(pattern: &str) -> Result<String, Refusal> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut quantified = false;
    while let Some(char) = chars.next() {
        if quantified && char == '+' {
            return Err(Refusal::new(
                "possessive quantifiers, like `a++`, are not supported",
            ));
        }
        quantified = match char {
            '*' | '+' | '?' => !quantified && !out.ends_with('('),
            '}' => out.ends_with(|last: char| last.is_ascii_digit() || last == ','),
            _ => false,
        };
        match char {
            '\\' => escape(chars.next(), &mut out),
            '[' => class(&mut chars, &mut out),
            _ => out.push(char),
        }
    }
    Ok(out)
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

fn class(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
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
            // Under the option `x` the engine would leave these out.
            char if char.is_whitespace() || char == '#' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\x{{{:x}}}", u32::from(char));
            }
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
            (r"(?x) ^ [ #]$", "#", "x"),
            (r"^a\++b+?$", "a++b", "ab"),
            (r"^(?:a{2})+$", "aaaa", "a"),
            (r"^\<a\>$", "<a>", "a"),
        ] {
            let regex = Regex::new(&translate(pattern).unwrap()).unwrap();
            assert!(regex.is_match(yes), "{pattern} {yes:?}");
            assert!(!regex.is_match(no), "{pattern} {no:?}");
        }
    }

    #[test]
    fn possessive_quantifiers_are_refused() {
        for pattern in ["a++", "a*+", "a?+", "a{2}+", "a{2,}+b", "(a)++"] {
            assert!(translate(pattern).is_err(), "{pattern}");
        }
    }
}
