//! Duplicate keys, found without quadratic work and almost without memory.
//!
//! Keys are remembered as their places in the text, on one stack for all open objects. A small object keeps a
//! 64-bit bloom filter: most keys set a fresh bit and are done, the rest are compared with the few others.
//! From [`LARGE`] keys on an object has a set of keyed 64-bit hashes (a client cannot aim collisions at it),
//! and only a hash seen before is compared in full. Keys are compared as characters: `"a"` equals `"\u0061"`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::error::{ErrorKind, cut};
use crate::escape::skip_plain;
use crate::unescape::{Escapes, unescape};

use super::frame::Frame;
use super::string::Str;
use super::{Scan, fault};

/// Keys from which an object is looked up by hash.
const LARGE: usize = 32;

/// The hashes of an object's keys.
#[derive(Default)]
pub(super) struct LargeObject {
    state: RandomState,
    seen: HashSet<u64>,
}

/// The keys of all open objects.
pub(super) struct Keys<'t> {
    text: &'t [u8],
    seen: Vec<Seen>,
}

/// A key by its place, with bits of its characters: equal keys have equal bits.
#[derive(Clone, Copy)]
struct Seen {
    /// Where the opening quote is; a text has at most 1 GB.
    start: u32,
    print: u32,
}

impl<'t> Keys<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            seen: Vec::with_capacity(32),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    /// Forgets the keys of an object that ended.
    #[inline]
    pub(super) fn forget(&mut self, len: usize) {
        self.seen.truncate(len);
    }

    /// Remembers the key whose quote is at `start`, unless its object has it already.
    #[inline]
    pub(super) fn add(&mut self, frame: &mut Frame, start: usize, key: &Str<'t>) -> Scan<()> {
        let chars = if key.escaped {
            chars(key.bytes)
        } else {
            Cow::Borrowed(key.bytes)
        };
        let behind = if key.escaped { &chars } else { key.behind };
        let print = fingerprint(&chars, behind);
        let seen = Seen {
            start: start as u32,
            print,
        };
        let bit = 1 << (print >> 26);
        if self.len() - frame.keys_from >= LARGE {
            self.add_large(frame, seen, &chars)?;
        } else if frame.bloom & bit != 0 {
            self.compare(frame, seen, &chars)?;
        }
        frame.bloom |= bit;
        self.seen.push(seen);
        Ok(())
    }

    fn add_large(&self, frame: &mut Frame, seen: Seen, chars: &[u8]) -> Scan<()> {
        let others = self.seen.get(frame.keys_from..).unwrap_or_default();
        let large = frame.large.get_or_insert_with(|| {
            let mut large = Box::new(LargeObject::default());
            for other in others {
                let hash = large.state.hash_one(self.chars_at(other.start).as_ref());
                large.seen.insert(hash);
            }
            large
        });
        let hash = large.state.hash_one(chars);
        if large.seen.insert(hash) {
            return Ok(());
        }
        self.compare(frame, seen, chars)
    }

    /// Compares with every other key of the object.
    fn compare(&self, frame: &Frame, seen: Seen, key: &[u8]) -> Scan<()> {
        let others = self.seen.get(frame.keys_from..).unwrap_or_default();
        let is_twin = |other: &Seen| other.print == seen.print && self.chars_at(other.start).as_ref() == key;
        if others.iter().any(is_twin) {
            let shown = cut(&String::from_utf8_lossy(key), 200);
            return fault(ErrorKind::DuplicateKey(shown), seen.start as usize);
        }
        Ok(())
    }

    fn chars_at(&self, start: u32) -> Cow<'t, [u8]> {
        chars(raw_key(self.text, start as usize))
    }
}

/// The characters of a key that was scanned before.
fn chars(raw: &[u8]) -> Cow<'_, [u8]> {
    match unescape(raw, Escapes::Json) {
        Ok(Cow::Owned(chars)) => Cow::Owned(chars.into_bytes()),
        // Keys were scanned, so an error cannot occur; the spelling would then stand for itself.
        Ok(Cow::Borrowed(_)) | Err(_) => Cow::Borrowed(raw),
    }
}

/// The bytes between the quotes of a string that was scanned before and starts at `start`.
pub(super) fn raw_key(text: &[u8], start: usize) -> &[u8] {
    let mut end = skip_plain(text, start + 1);
    while text.get(end) == Some(&b'\\') {
        end = skip_plain(text, end + 2);
    }
    text.get(start + 1..end.min(text.len())).unwrap_or_default()
}

/// Bits that differ between most keys of one object: from the first eight bytes, the last one and the length.
/// `behind` starts with the key and may go on, so that short keys are read as one masked word too.
#[inline]
fn fingerprint(key: &[u8], behind: &[u8]) -> u32 {
    let word = match behind.first_chunk::<8>() {
        Some(chunk) if key.len() >= 8 => u64::from_le_bytes(*chunk),
        Some(chunk) => u64::from_le_bytes(*chunk) & !(u64::MAX << (8 * key.len())),
        None => key
            .iter()
            .take(8)
            .rev()
            .fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    let last = key.last().map_or(0, |&byte| u64::from(byte));
    let mixed = (word ^ last << 40 ^ (key.len() as u64) << 56).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn a_fingerprint_depends_on_the_key_alone() {
        let text = b"abcdefghijkl\":1,";
        for len in 0..=12 {
            let key = &text[..len];
            assert_eq!(fingerprint(key, text), fingerprint(key, key), "{len} bytes");
        }
    }
}
