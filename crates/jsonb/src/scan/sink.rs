//! Where scanned elements go: into JSONB bytes, or nowhere.
//!
//! A container's size is known only at its end, so the writer leaves room for the header it expects and moves
//! the payload by a few bytes when it guessed wrong. The guess is made so that moving stays cheap: in small
//! texts a wrong guess moves little, and in large ones the remaining length is taken at its word, as SQLite
//! does.

use crate::format::{header, header_len, push_header};

/// Receives the elements of a text in order.
pub(super) trait Sink {
    /// A complete element. `behind` starts with the payload and goes on to the end of the text.
    fn leaf(&mut self, tag: u8, payload: &[u8], behind: &[u8]);
    /// The start of a container, with `remaining` bytes of text to come.
    fn open(&mut self, tag: u8, remaining: usize) -> Mark;
    /// The end of the container.
    fn close(&mut self, mark: Mark);
}

/// A container whose size is not known yet.
#[derive(Clone, Copy, Default)]
pub(super) struct Mark {
    start: usize,
    reserved: u8,
    tag: u8,
}

/// Drops everything.
pub(super) struct Nothing;

impl Sink for Nothing {
    fn leaf(&mut self, _tag: u8, _payload: &[u8], _behind: &[u8]) {}

    fn open(&mut self, _tag: u8, _remaining: usize) -> Mark {
        Mark::default()
    }

    fn close(&mut self, _mark: Mark) {}
}

/// Appends JSONB.
pub(super) struct Writer<'o> {
    out: &'o mut Vec<u8>,
    base: usize,
}

/// Up to this much remaining text a wrong guess is cheap, whatever the nesting.
const SMALL: usize = 64 << 10;

impl<'o> Writer<'o> {
    /// A writer behind what `out` has, with room for a text of `text_len` bytes.
    pub(super) fn new(out: &'o mut Vec<u8>, text_len: usize) -> Self {
        out.reserve(text_len + 32);
        let base = out.len();
        Self { out, base }
    }

    fn guess(&self, remaining: usize) -> usize {
        if self.out.len() == self.base {
            // The whole body; JSONB takes about six sevenths of the text.
            return header_len(remaining - remaining / 7);
        }
        if remaining <= SMALL { 2 } else { 5 }
    }
}

impl Sink for Writer<'_> {
    #[inline]
    fn leaf(&mut self, tag: u8, payload: &[u8], behind: &[u8]) {
        push_header(self.out, tag, payload.len());
        match behind.first_chunk::<16>() {
            // Most payloads are short: a copy of fixed size, cut afterwards, costs less than one of any size.
            Some(chunk) if payload.len() <= chunk.len() => {
                let end = self.out.len() + payload.len();
                self.out.extend_from_slice(chunk);
                self.out.truncate(end);
            }
            _ => self.out.extend_from_slice(payload),
        }
    }

    #[inline]
    fn open(&mut self, tag: u8, remaining: usize) -> Mark {
        let start = self.out.len();
        let reserved = self.guess(remaining);
        self.out.extend_from_slice(&[0; 9][..reserved]);
        Mark {
            start,
            reserved: reserved as u8,
            tag,
        }
    }

    #[inline]
    fn close(&mut self, mark: Mark) {
        let payload = mark.start + usize::from(mark.reserved);
        let end = self.out.len();
        let (bytes, len) = header(mark.tag, end - payload);
        let moved = mark.start + len;
        if moved > payload {
            self.out.resize(end + (moved - payload), 0);
        }
        if moved != payload {
            self.out.copy_within(payload..end, moved);
            self.out.truncate(moved + (end - payload));
        }
        self.out[mark.start..moved].copy_from_slice(&bytes[..len]);
    }
}
