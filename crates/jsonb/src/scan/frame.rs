//! The containers that are open at a place in the text, and the path they spell.

use crate::error::cut;
use crate::unescape::{Escapes, unescape};

use super::keys::{LargeObject, raw_key};
use super::sink::Mark;

/// One open container.
pub(super) struct Frame {
    pub(super) object: bool,
    pub(super) mark: Mark,
    /// In an array, the element being read.
    pub(super) index: usize,
    /// In an object, where the key being read starts.
    pub(super) key: Option<usize>,
    /// How many keys of outer objects are remembered.
    pub(super) keys_from: usize,
    /// One bit per remembered key, chosen by its bytes: a clear bit proves that a key is new.
    pub(super) bloom: u64,
    pub(super) large: Option<Box<LargeObject>>,
}

impl Frame {
    pub(super) fn new(object: bool, mark: Mark, keys_from: usize) -> Self {
        Self {
            object,
            mark,
            index: 0,
            key: None,
            keys_from,
            bloom: 0,
            large: None,
        }
    }
}

/// Longest path that is spelled out, about.
const MAX_PATH: usize = 400;
/// Longest key shown in a path.
const MAX_KEY: usize = 60;

/// The path of the value being read: `$.items[3].name`.
pub(super) fn path(frames: &[Frame], text: &[u8]) -> String {
    let mut path = String::from("$");
    for frame in frames {
        if path.len() > MAX_PATH {
            path.push_str("...");
            break;
        }
        if !frame.object {
            path.push_str(&format!("[{}]", frame.index));
        } else if let Some(start) = frame.key {
            push_key(&mut path, raw_key(text, start));
        }
    }
    path
}

fn push_key(path: &mut String, raw: &[u8]) {
    let key = unescape(raw, Escapes::Json).unwrap_or_default();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !key.is_empty() && key.len() <= MAX_KEY && key.bytes().all(word) {
        path.push('.');
        path.push_str(&key);
    } else {
        path.push_str(&format!("[{:?}]", cut(&key, MAX_KEY)));
    }
}
