//! Percent-decoding that refuses instead of guessing.

/// Decodes a name or value of a query or form, where `+` is a space.
pub(crate) fn decode_form(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let (byte, tail) = match first {
            b'%' => escape(tail)?,
            b'+' => (b' ', tail),
            plain => (plain, tail),
        };
        if byte == 0 {
            return Err("has a NUL character");
        }
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8(bytes).map_err(|_| "is not valid UTF-8")
}

/// Checks that every escape in `path` is complete and none is NUL; whether it is UTF-8 is found out on decoding.
pub(crate) fn check(path: &str) -> Result<(), &'static str> {
    let mut rest = path.as_bytes();
    while let Some(place) = rest.iter().position(|byte| *byte == b'%') {
        let (byte, tail) = escape(&rest[place + 1..])?;
        if byte == 0 {
            return Err("has a NUL character");
        }
        rest = tail;
    }
    Ok(())
}

/// The byte that two hex digits stand for, and what follows them.
fn escape(tail: &[u8]) -> Result<(u8, &[u8]), &'static str> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match tail {
        [high, low, tail @ ..] => match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => Ok(((high << 4 | low) as u8, tail)),
            _ => Err("has an incomplete escape"),
        },
        _ => Err("has an incomplete escape"),
    }
}
