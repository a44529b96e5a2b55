//! Printing stored bytes as canonical JSON text, as SQLite's `json()` prints them.
//!
//! SQLite copies what it finds and can print something that is not JSON when the bytes are damaged. A
//! response is spliced from this output, so here every string and number is checked on the way; what cannot
//! be printed as JSON is [`Damaged`], and the caller's buffer is left as it was.

use crate::error::Damaged;
use crate::escape::{push_escape, push_escaped, skip_plain};
use crate::format::{self, ARRAY, FALSE, FLOAT, FLOAT5, INT, INT5, NULL, TEXT, TEXT5, TEXTJ, TEXTRAW, TRUE};
use crate::limits::MAX_DEPTH;
use crate::number;
use crate::unescape::{Escapes, read_escape};

const BAD_STRING: Damaged = Damaged::new("a string has a character that needs an escape");

/// Appends the element that fills `bytes`.
pub(crate) fn render(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
    let start = out.len();
    out.reserve(bytes.len() + bytes.len() / 4 + 2);
    let result = render_whole(bytes, out).and_then(|()| {
        let text = out.get(start..).unwrap_or_default();
        std::str::from_utf8(text)
            .map(|_| ())
            .map_err(|_| Damaged::new("a string is not utf-8"))
    });
    if result.is_err() {
        out.truncate(start);
    }
    result
}

fn render_whole(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
    match render_element(bytes, out, 0)? {
        [] => Ok(()),
        _ => Err(Damaged::new("bytes follow the body")),
    }
}

/// Appends the first element of `bytes` and returns what follows it. Recursion ends at [`MAX_DEPTH`].
fn render_element<'a>(bytes: &'a [u8], out: &mut Vec<u8>, depth: usize) -> Result<&'a [u8], Damaged> {
    let header = format::read_header(bytes)?;
    let (element, rest) = bytes
        .split_at_checked(header.head + header.size)
        .unwrap_or_default();
    let payload = element.get(header.head..).unwrap_or_default();
    match header.tag {
        TEXT => text(payload, out)?,
        INT => integer(payload, out)?,
        TEXTJ => escaped(payload, out)?,
        NULL => literal(b"null", payload, out)?,
        TRUE => literal(b"true", payload, out)?,
        FALSE => literal(b"false", payload, out)?,
        tag @ (INT5 | FLOAT | FLOAT5) => out.extend_from_slice(number::spelling(tag, payload)?.as_bytes()),
        TEXT5 => json5(payload, out)?,
        TEXTRAW => {
            out.push(b'"');
            push_escaped(out, payload);
            out.push(b'"');
        }
        _ if depth >= MAX_DEPTH => return Err(Damaged::new("nested too deep")),
        ARRAY => array(payload, out, depth + 1)?,
        _ => object(payload, out, depth + 1)?,
    }
    Ok(rest)
}

fn array(mut rest: &[u8], out: &mut Vec<u8>, depth: usize) -> Result<(), Damaged> {
    out.push(b'[');
    let mut first = true;
    while !rest.is_empty() {
        if !first {
            out.push(b',');
        }
        first = false;
        rest = render_element(rest, out, depth)?;
    }
    out.push(b']');
    Ok(())
}

fn object(mut rest: &[u8], out: &mut Vec<u8>, depth: usize) -> Result<(), Damaged> {
    out.push(b'{');
    let mut first = true;
    while let Some(head) = rest.first() {
        if !matches!(head & 0x0f, TEXT..=TEXTRAW) {
            return Err(Damaged::new("an object has a key that is not a string"));
        }
        if !first {
            out.push(b',');
        }
        first = false;
        rest = render_element(rest, out, depth)?;
        out.push(b':');
        rest = render_element(rest, out, depth)?;
    }
    out.push(b'}');
    Ok(())
}

fn literal(word: &[u8], payload: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
    if !payload.is_empty() {
        return Err(Damaged::new("a literal has a payload"));
    }
    out.extend_from_slice(word);
    Ok(())
}

#[inline]
fn text(payload: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
    if skip_plain(payload, 0) < payload.len() {
        return Err(BAD_STRING);
    }
    out.push(b'"');
    out.extend_from_slice(payload);
    out.push(b'"');
    Ok(())
}

#[inline]
fn integer(payload: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
    if !number::is_integer(payload) {
        return Err(Damaged::new("a number is malformed"));
    }
    out.extend_from_slice(payload);
    Ok(())
}

/// A string whose JSON escapes are printed as they are stored.
fn escaped(payload: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
    let mut at = skip_plain(payload, 0);
    while let Some(&byte) = payload.get(at) {
        if byte != b'\\' {
            return Err(BAD_STRING);
        }
        at = skip_plain(payload, at + read_escape(payload, at, Escapes::Json)?.1);
    }
    out.push(b'"');
    out.extend_from_slice(payload);
    out.push(b'"');
    Ok(())
}

/// A string whose JSON5 escapes have to be rewritten.
fn json5(payload: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
    out.push(b'"');
    let mut from = 0;
    loop {
        let at = skip_plain(payload, from);
        out.extend_from_slice(payload.get(from..at).unwrap_or_default());
        from = match payload.get(at) {
            None => break,
            Some(b'\\') => at + json5_escape(payload, at, out)?,
            Some(&byte) => {
                push_escape(out, byte);
                at + 1
            }
        };
    }
    out.push(b'"');
    Ok(())
}

/// Rewrites one escape and returns its stored length.
fn json5_escape(payload: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Damaged> {
    let (_, len) = read_escape(payload, at, Escapes::Json5)?;
    let stored = payload.get(at..at + len).unwrap_or_default();
    match stored {
        [_, b'\'', ..] => out.push(b'\''),
        [_, b'v', ..] => out.extend_from_slice(b"\\u000b"),
        [_, b'0', ..] => out.extend_from_slice(b"\\u0000"),
        [_, b'x', digits @ ..] => {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(digits);
        }
        [_, b'\r' | b'\n' | 0xe2, ..] => {}
        _ => out.extend_from_slice(stored),
    }
    Ok(len)
}
