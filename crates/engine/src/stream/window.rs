//! A sliding window over the input: what has been read and not yet given away, with its place in the file.

use std::io::{ErrorKind, Read};

use super::Broken;

const READ: usize = 128 << 10;

/// See the module. Offsets are relative to the start of the window.
pub(super) struct Window {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
    limit: usize,
    ended: bool,
    line: u64,
    column: u64,
}

impl Window {
    pub(super) fn new(input: Box<dyn Read + Send>, limit: usize) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            filled: 0,
            limit,
            ended: false,
            line: 1,
            column: 1,
        }
    }

    /// The bytes that are there.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.filled]
    }

    /// Line and column, from 1, of the window's start.
    pub(super) fn place(&self) -> (u64, u64) {
        (self.line, self.column)
    }

    /// The byte at `at`, reading on if needed; `None` at the end of the file.
    pub(super) fn byte(&mut self, at: usize) -> Result<Option<u8>, Broken> {
        while at >= self.filled - self.start {
            if !self.read_more()? {
                return Ok(None);
            }
        }
        Ok(Some(self.buffer[self.start + at]))
    }

    /// Reads on; `false` at the end of the file.
    pub(super) fn read_more(&mut self) -> Result<bool, Broken> {
        if self.ended {
            return Ok(false);
        }
        if self.filled - self.start > self.limit {
            return Err(self.broken(
                self.limit,
                format!("more than {} bytes in one element", self.limit),
            ));
        }
        self.make_room();
        loop {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(
                        self.broken(self.filled - self.start, format!("cannot read the file: {error}"))
                    );
                }
            }
            return Ok(!self.ended);
        }
    }

    fn make_room(&mut self) {
        if self.start > 0 && self.buffer.len() - self.filled < READ {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.filled < READ {
            self.buffer.resize(self.filled + 2 * READ, 0);
        }
    }

    /// Gives away the first `count` bytes.
    pub(super) fn consume(&mut self, count: usize) {
        let (line, column) = self.place_of(count);
        (self.line, self.column) = (line, column);
        self.start += count;
    }

    /// Line and column of the byte at `at`.
    pub(super) fn place_of(&self, at: usize) -> (u64, u64) {
        let before = &self.bytes()[..at.min(self.bytes().len())];
        match memchr::memrchr(b'\n', before) {
            None => (self.line, self.column + before.len() as u64),
            Some(last) => {
                let breaks = memchr::memchr_iter(b'\n', before).count() as u64;
                (self.line + breaks, (before.len() - last) as u64)
            }
        }
    }

    /// An error at the byte at `at`.
    pub(super) fn broken(&self, at: usize, what: impl Into<String>) -> Broken {
        let (line, column) = self.place_of(at);
        Broken {
            what: what.into(),
            line,
            column,
        }
    }
}
