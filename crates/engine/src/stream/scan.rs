//! Finding where a JSON value ends, across reads, without looking at what it says.

use super::Broken;
use super::window::Window;

/// The offset of the first byte at or after `at` that is no white space; `None` at the end of the file.
pub(super) fn skip_space(window: &mut Window, mut at: usize) -> Result<(usize, Option<u8>), Broken> {
    loop {
        match window.byte(at)? {
            Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
            other => return Ok((at, other)),
        }
    }
}

/// The offset behind the value that begins at `at`.
pub(super) fn skip_value(window: &mut Window, at: usize) -> Result<usize, Broken> {
    match window.byte(at)? {
        Some(b'{' | b'[') => skip_nested(window, at),
        Some(b'"') => skip_string(window, at),
        Some(_) => skip_scalar(window, at),
        None => Err(window.broken(at, "the file ends where a value was expected")),
    }
}

/// The offset behind the string whose opening quote is at `at`.
pub(super) fn skip_string(window: &mut Window, at: usize) -> Result<usize, Broken> {
    let mut next = at + 1;
    loop {
        let rest = window.bytes().get(next..).unwrap_or_default();
        match memchr::memchr2(b'"', b'\\', rest) {
            Some(found) if rest[found] == b'"' => return Ok(next + found + 1),
            // The byte behind a backslash is never the end, whatever it is.
            Some(found) => next += found + 2,
            None => {
                next = next.max(window.bytes().len());
                more(window, at)?;
            }
        }
    }
}

fn skip_nested(window: &mut Window, at: usize) -> Result<usize, Broken> {
    let (mut next, mut depth) = (at, 0_usize);
    loop {
        let Some(byte) = window.bytes().get(next).copied() else {
            more(window, at)?;
            continue;
        };
        match byte {
            b'"' => {
                next = skip_string(window, next)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        next += 1;
        if depth == 0 {
            return Ok(next);
        }
    }
}

fn skip_scalar(window: &mut Window, at: usize) -> Result<usize, Broken> {
    let mut next = at;
    while let Some(byte) = window.byte(next)? {
        if matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r') {
            break;
        }
        next += 1;
    }
    if next == at {
        Err(window.broken(at, "expected a value"))
    } else {
        Ok(next)
    }
}

fn more(window: &mut Window, at: usize) -> Result<(), Broken> {
    if window.read_more()? {
        return Ok(());
    }
    let end = window.bytes().len();
    let (line, column) = window.place_of(at);
    Err(window.broken(
        end,
        format!("the file ends inside the value that begins at line {line}, column {column}"),
    ))
}
