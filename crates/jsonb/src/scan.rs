//! The one pass over JSON text: checks everything the store promises and hands each element to a [`Sink`].
//!
//! The grammar is RFC 8259 and nothing else. The scanner keeps its own stack instead of recursing, so depth
//! costs memory only up to the limit, and at the moment of an error the stack *is* the path. UTF-8 is checked
//! in one sweep first, since that is far faster than checking it string by string.

mod frame;
mod keys;
mod number;
mod sink;
mod string;

use crate::error::{ErrorKind, ParseError};
use crate::format::{ARRAY, FALSE, FLOAT, INT, NULL, OBJECT, TEXT, TEXTJ, TRUE};
use crate::limits::{Limits, MAX_DEPTH, MAX_TEXT};

use frame::Frame;
use keys::Keys;
use sink::{Nothing, Sink, Writer};

/// What is wrong, and the byte where; boxed because it is rare and results are returned often.
struct Fault {
    kind: ErrorKind,
    at: usize,
}

type Scan<T> = Result<T, Box<Fault>>;

#[cold]
fn fault<T>(kind: ErrorKind, at: usize) -> Scan<T> {
    Err(Box::new(Fault { kind, at }))
}

#[cold]
fn syntax<T>(what: &'static str, at: usize) -> Scan<T> {
    fault(ErrorKind::Syntax(what), at)
}

/// Appends `text` to `out` in JSONB and returns the number of bytes appended; on an error `out` is unchanged.
///
/// The bytes are those of SQLite's `jsonb(text)`: shortest headers, number spellings and escapes as written.
pub fn encode(text: &[u8], limits: &Limits, out: &mut Vec<u8>) -> Result<usize, ParseError> {
    let start = out.len();
    scan(text, limits, Writer::new(out, text.len().min(limits.max_bytes)))
        .inspect_err(|_| out.truncate(start))?;
    Ok(out.len() - start)
}

/// Checks `text` exactly as [`encode`] does, without producing anything.
pub fn validate(text: &[u8], limits: &Limits) -> Result<(), ParseError> {
    scan(text, limits, Nothing)
}

fn scan<S: Sink>(text: &[u8], limits: &Limits, sink: S) -> Result<(), ParseError> {
    let max_bytes = limits.max_bytes.min(MAX_TEXT);
    if text.len() > max_bytes {
        return Err(ParseError::at(
            ErrorKind::TooLong(max_bytes),
            text,
            max_bytes,
            "$".to_owned(),
        ));
    }
    if let Err(error) = std::str::from_utf8(text) {
        return Err(not_utf8(text, error.valid_up_to(), limits));
    }
    let mut scanner = Scanner::new(text, limits, sink);
    scanner.document().map_err(|fault| scanner.explain(*fault))
}

/// Scans the sound part again to learn whether another error comes first, and else the path of the bad byte.
#[cold]
fn not_utf8(text: &[u8], valid: usize, limits: &Limits) -> ParseError {
    let mut scanner = Scanner::new(text.get(..valid).unwrap_or_default(), limits, Nothing);
    match scanner.document() {
        Err(fault) if fault.at < valid => scanner.explain(*fault),
        _ => ParseError::at(ErrorKind::InvalidUtf8, text, valid, scanner.path()),
    }
}

struct Scanner<'t, S> {
    text: &'t [u8],
    at: usize,
    max_depth: usize,
    max_string: usize,
    sink: S,
    frames: Vec<Frame>,
    keys: Keys<'t>,
}

impl<'t, S: Sink> Scanner<'t, S> {
    fn new(text: &'t [u8], limits: &Limits, sink: S) -> Self {
        let max_depth = limits.max_depth.min(MAX_DEPTH);
        let frames = Vec::with_capacity(8);
        Self {
            text,
            at: 0,
            max_depth,
            max_string: limits.max_string,
            sink,
            frames,
            keys: Keys::new(text),
        }
    }

    fn document(&mut self) -> Scan<()> {
        self.skip_space();
        if self.at == self.text.len() {
            return fault(ErrorKind::Empty, self.at);
        }
        while self.value()? {}
        if self.at < self.text.len() {
            return fault(ErrorKind::TrailingData, self.at);
        }
        Ok(())
    }

    /// Reads one value, or the start of a container, and what follows up to the next value. Says whether
    /// there is one.
    #[inline]
    fn value(&mut self) -> Scan<bool> {
        match self.peek() {
            Some(b'"') => {
                let string = self.string()?;
                let tag = if string.escaped { TEXTJ } else { TEXT };
                self.sink.leaf(tag, string.bytes, string.behind);
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.number()?;
                let tag = if number.float { FLOAT } else { INT };
                self.sink.leaf(tag, number.bytes, number.behind);
            }
            Some(b'{') => {
                if self.open_object()? {
                    return Ok(true);
                }
            }
            Some(b'[') => {
                if self.open_array()? {
                    return Ok(true);
                }
            }
            Some(b't') => self.literal(b"true", TRUE)?,
            Some(b'f') => self.literal(b"false", FALSE)?,
            Some(b'n') => self.literal(b"null", NULL)?,
            Some(_) => return syntax("expected a json value", self.at),
            None => return syntax("the text ends where a value was expected", self.at),
        }
        self.after_value()
    }

    /// Closes what ends here; true when another value follows in the container that is open then.
    #[inline]
    fn after_value(&mut self) -> Scan<bool> {
        loop {
            self.skip_space();
            let Some(frame) = self.frames.last_mut() else {
                return Ok(false);
            };
            match (self.text.get(self.at), frame.object) {
                (Some(b','), true) => {
                    frame.key = None;
                    self.at += 1;
                    self.skip_space();
                    self.key()?;
                    return Ok(true);
                }
                (Some(b','), false) => {
                    frame.index += 1;
                    self.at += 1;
                    self.skip_space();
                    return Ok(true);
                }
                (Some(b'}'), true) | (Some(b']'), false) => self.close(),
                (Some(_), true) => return syntax("expected a comma or a closing brace", self.at),
                (Some(_), false) => return syntax("expected a comma or a closing bracket", self.at),
                (None, true) => return syntax("the text ends inside an object", self.at),
                (None, false) => return syntax("the text ends inside an array", self.at),
            }
        }
    }

    /// True when the object has a first key, which is then read.
    fn open_object(&mut self) -> Scan<bool> {
        self.open(OBJECT)?;
        if self.peek() == Some(b'}') {
            self.close();
            return Ok(false);
        }
        self.key()?;
        Ok(true)
    }

    /// True when the array has a first value.
    fn open_array(&mut self) -> Scan<bool> {
        self.open(ARRAY)?;
        if self.peek() == Some(b']') {
            self.close();
            return Ok(false);
        }
        Ok(true)
    }

    fn open(&mut self, tag: u8) -> Scan<()> {
        if self.frames.len() >= self.max_depth {
            return fault(ErrorKind::TooDeep(self.max_depth), self.at);
        }
        let mark = self.sink.open(tag, self.text.len() - self.at);
        self.frames.push(Frame::new(tag == OBJECT, mark, self.keys.len()));
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn close(&mut self) {
        self.at += 1;
        if let Some(frame) = self.frames.pop() {
            self.keys.forget(frame.keys_from);
            self.sink.close(frame.mark);
        }
    }

    /// Reads a key, its colon and the space around it.
    #[inline]
    fn key(&mut self) -> Scan<()> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {}
            Some(_) => return syntax("expected a key in double quotes", start),
            None => return syntax("the text ends where a key was expected", start),
        }
        let key = self.string()?;
        if let Some(frame) = self.frames.last_mut() {
            frame.key = Some(start);
            self.keys.add(frame, start, &key)?;
        }
        self.sink
            .leaf(if key.escaped { TEXTJ } else { TEXT }, key.bytes, key.behind);
        self.skip_space();
        if self.peek() != Some(b':') {
            return syntax("expected a colon after the key", self.at);
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    #[inline]
    fn literal(&mut self, word: &[u8], tag: u8) -> Scan<()> {
        let end = self.at + word.len();
        if self.text.get(self.at..end) != Some(word) {
            return syntax("expected a json value", self.at);
        }
        self.sink.leaf(tag, b"", b"");
        self.at = end;
        Ok(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    fn path(&self) -> String {
        frame::path(&self.frames, self.text)
    }

    #[cold]
    fn explain(&self, fault: Fault) -> ParseError {
        ParseError::at(fault.kind, self.text, fault.at, self.path())
    }
}
