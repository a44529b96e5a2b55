//! Tells a JSON body that names addresses from one that is a delta file.
//!
//! No more than a body with addresses may have is read ahead. A longer one, one that begins with `[`, and one whose first
//! level has the key `operations` (or `operation`, as lines of single operations have) is a delta file, broken or not: a
//! broken one is to fail as a job that says where.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use futures_util::stream::{self, StreamExt};
use model::{Code, Error};

use super::{Pieces, head};

/// The first bytes of gzip.
pub(super) const GZIP: &[u8] = &[0x1f, 0x8b];

/// What a JSON body is.
pub(super) enum Sent {
    /// The whole text, unpacked, of a body that names addresses.
    Addresses(Bytes),
    /// A delta file as it was sent.
    Delta(Pieces),
}

/// Looks into a body, `most` bytes far.
pub(super) async fn look(mut pieces: Pieces, most: usize) -> Result<Sent, Error> {
    let (head, whole) = head(&mut pieces, most).await?;
    let head = head.freeze();
    let text = match (whole, head.starts_with(GZIP)) {
        (false, _) => None,
        (true, false) => Some(head.clone()),
        (true, true) => unpack(&head, most)?,
    };
    match text {
        Some(text) if !is_delta(&text) => {
            if text.iter().all(u8::is_ascii_whitespace) {
                let message = "the body is empty, a JSON document is required";
                return Err(Error::new(Code::BadJson, message));
            }
            Ok(Sent::Addresses(text))
        }
        _ => Ok(Sent::Delta(Box::pin(
            stream::once(async { Ok(head) }).chain(pieces),
        ))),
    }
}

/// The unpacked text, unless it is longer than `most`.
fn unpack(packed: &[u8], most: usize) -> Result<Option<Bytes>, Error> {
    let mut text = Vec::new();
    MultiGzDecoder::new(packed)
        .take(most as u64 + 1)
        .read_to_end(&mut text)
        .map_err(|cause| Error::new(Code::BadEncoding, format!("the body is not valid gzip: {cause}")))?;
    Ok((text.len() <= most).then(|| text.into()))
}

fn is_delta(text: &[u8]) -> bool {
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => true,
        Some(b'{') => has_key(text, &[b"operations", b"operation"]),
        _ => false,
    }
}

/// Whether one of `keys` is a key of the object that `text` begins with. Looks at strings and brackets only, so it finds
/// keys in front of whatever is broken.
fn has_key(text: &[u8], keys: &[&[u8]]) -> bool {
    let (mut depth, mut at) = (0_usize, 0);
    // Whether the next string on the first level is a key.
    let mut key = false;
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => {
                depth += 1;
                key = depth == 1;
            }
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return false;
                }
            }
            b',' => key = depth == 1,
            b'"' => {
                let end = at + string_length(text.get(at..).unwrap_or_default());
                if key && keys.contains(&text.get(at..end).unwrap_or_default()) {
                    return true;
                }
                (key, at) = (false, end + 1);
            }
            _ => {}
        }
    }
    false
}

/// How many bytes are before the quote that ends a string.
fn string_length(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = rest.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if rest.get(at) == Some(&b'"') {
            return at;
        }
        at += 2;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::is_delta;

    #[test]
    fn deltas_are_told_from_addresses() {
        for delta in [
            "[]",
            " [{",
            r#"{"operations":[]}"#,
            r#"{"version":1,"x":{"a":[1,"}"]},"operations":"#,
            r#"{"a":"\"","operations":[{"#,
            "{\"operation\":\"delete-article\",\"articleData\":{}}\n{",
        ] {
            assert!(is_delta(delta.as_bytes()), "{delta}");
        }
        for other in [
            "",
            "7",
            "\"operations\"",
            "{}",
            r#"{"file":"operations"}"#,
            r#"{"files":["operations"]}"#,
            r#"{"x":{"operations":[]}}"#,
            r#"{"file":"http://a/1"} {"operations":1}"#,
            r#"{"file":"\"#,
            "}}}",
        ] {
            assert!(!is_delta(other.as_bytes()), "{other}");
        }
    }
}
