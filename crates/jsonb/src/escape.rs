//! Finding and writing the characters that JSON strings must escape.
//!
//! Most strings need no escape at all, so the search for the first special byte is the hot loop of encoding
//! and of printing; it looks at eight bytes at a time.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// High bits set where `word` has a quote, a backslash or a control character. Bits above the lowest set one
/// may be wrong (a borrow can run upwards), the lowest is exact.
#[inline]
fn special_bytes(word: u64) -> u64 {
    let zero_byte = |masked: u64| masked.wrapping_sub(ONES) & !masked;
    let quote = zero_byte(word ^ (ONES * b'"' as u64));
    let backslash = zero_byte(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & HIGHS
}

/// The first index from `at` on whose byte is a quote, a backslash or a control character; else the length.
#[inline]
pub(crate) fn skip_plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let found = special_bytes(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x20 || byte == b'"' || byte == b'\\' {
            break;
        }
        at += 1;
    }
    at
}

/// Whether no character of `bytes` needs an escape.
#[inline]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    skip_plain(bytes, 0) >= bytes.len()
}

/// Appends `bytes` with the characters escaped that JSON strings may not hold as they are.
pub(crate) fn push_escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut from = 0;
    loop {
        let at = skip_plain(bytes, from);
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        let Some(&byte) = bytes.get(at) else { return };
        push_escape(out, byte);
        from = at + 1;
    }
}

/// Appends the shortest escape for a quote, a backslash or a control character.
pub(crate) fn push_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends `text` as a JSON string literal, with its quotes.
pub fn escape_into(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    push_escaped(out, text.as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place() {
        for byte in 0..=255u8 {
            for place in 0..20 {
                let mut bytes = [b'x'; 20];
                bytes[place] = byte;
                let special = byte < 0x20 || byte == b'"' || byte == b'\\';
                assert_eq!(
                    skip_plain(&bytes, 0),
                    if special { place } else { 20 },
                    "{byte} at {place}"
                );
            }
        }
    }

    #[test]
    fn literals_are_read_back_by_another_parser() {
        let all: String = (0..0x300u32)
            .filter_map(char::from_u32)
            .chain("😀\u{2028}".chars())
            .collect();
        let mut out = Vec::new();
        escape_into(&mut out, &all);
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), all);
    }
}
