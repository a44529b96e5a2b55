//! Rows of a CSV file (RFC 4180), strictly and in bounded memory.
//!
//! What is ambiguous is no guess but a fault with its line and column: a quote inside of a bare cell, text behind a closing
//! quote, a quote that is never closed, a carriage return by itself. Lines end with LF or CRLF, also in turns. A column is
//! the number of a cell in its row, from 1; a line is one of the file, so a row whose cells have line breaks has several.

use std::fmt;
use std::io::{BufRead, BufReader, ErrorKind, Read};

use serde::{Deserialize, Serialize};

/// So much of a row is kept as the file has it, in bytes.
const RAW: usize = 2048;

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The line, from 1.
    pub(crate) line: u64,
    /// The cell in its row, from 1.
    pub(crate) column: usize,
    /// What is wrong.
    pub(crate) what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

/// A place between two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct At {
    /// Bytes before it, of the unpacked file.
    pub(crate) offset: u64,
    /// The line that begins there.
    pub(crate) line: u64,
}

/// How large things may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) columns: usize,
    pub(crate) cell: usize,
    pub(crate) row: usize,
}

/// One row: its cells one behind the other, and where each ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// How it begins in the file.
    raw: Vec<u8>,
    /// Where it begins.
    pub(crate) line: u64,
    /// Where it begins, in bytes.
    pub(crate) offset: u64,
    /// Whether any cell was quoted.
    quoted: bool,
}

impl Row {
    /// How many cells it has.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A cell; empty where there is none.
    pub(crate) fn cell(&self, number: usize) -> &[u8] {
        let Some(end) = self.ends.get(number) else {
            return &[];
        };
        let start = match number {
            0 => 0,
            number => self.ends[number - 1],
        };
        &self.text[start..*end]
    }

    /// The cells.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|number| self.cell(number))
    }

    /// The row as the file has it, or the first part of a long one.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// How many bytes it has.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + self.ends.len()
    }

    /// An empty line is no row.
    fn is_blank(&self) -> bool {
        self.ends.len() <= 1 && self.text.is_empty() && !self.quoted
    }
}

/// Where in a row the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a cell.
    Start,
    /// In a bare cell.
    Bare,
    /// In a quoted cell.
    Quoted,
    /// Behind a quote in a quoted cell.
    Closed,
    /// Behind a carriage return.
    Return,
}

/// See the module.
pub(crate) struct Rows {
    input: BufReader<Box<dyn Read + Send>>,
    bounds: Bounds,
    at: At,
    /// How the last line ended, and the first line that ended otherwise.
    crlf: Option<bool>,
    mixed: Option<u64>,
}

impl Rows {
    /// Reads on at a place to which the input has been brought.
    pub(crate) fn new(input: Box<dyn Read + Send>, at: At, bounds: Bounds) -> Self {
        Self {
            input: BufReader::with_capacity(128 << 10, input),
            bounds,
            at,
            crlf: None,
            mixed: None,
        }
    }

    /// The place behind the last row.
    pub(crate) fn at(&self) -> At {
        self.at
    }

    /// The first line whose end is another one than those before.
    pub(crate) fn mixed(&self) -> Option<u64> {
        self.mixed
    }

    /// Reads the next row into `row`; `false` at the end of the file. `seen` is shown every byte.
    ///
    /// # Errors
    /// A [`Fault`].
    pub(crate) fn next(&mut self, row: &mut Row, seen: &mut dyn FnMut(&[u8])) -> Result<bool, Fault> {
        loop {
            *row = Row {
                text: std::mem::take(&mut row.text),
                ends: std::mem::take(&mut row.ends),
                raw: std::mem::take(&mut row.raw),
                line: self.at.line,
                offset: self.at.offset,
                quoted: false,
            };
            row.text.clear();
            row.ends.clear();
            row.raw.clear();
            let more = self.one(row, seen)?;
            if !row.is_blank() {
                return Ok(true);
            }
            if !more {
                return Ok(false);
            }
        }
    }

    /// Reads one line, or several where cells have line breaks; `false` when the file ends with it.
    fn one(&mut self, row: &mut Row, seen: &mut dyn FnMut(&[u8])) -> Result<bool, Fault> {
        let (mut state, mut opened) = (State::Start, row.line);
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(fault(row, self.at.line, format!("cannot read the file: {error}")));
                }
            };
            if buffer.is_empty() {
                return self.ended(row, state, opened).map(|()| false);
            }
            let mut line = self.at.line;
            let mut used = 0;
            let mut done = None;
            for byte in buffer {
                used += 1;
                let next = step(row, state, *byte, &self.bounds, line)?;
                if state != State::Quoted && next == Some(State::Quoted) {
                    opened = line;
                }
                line += u64::from(*byte == b'\n');
                match next {
                    Some(next) => state = next,
                    None => {
                        done = Some(state == State::Return);
                        break;
                    }
                }
            }
            seen(&buffer[..used]);
            let shown = RAW.saturating_sub(row.raw.len()).min(used);
            row.raw.extend_from_slice(&buffer[..shown]);
            self.input.consume(used);
            self.at.offset += used as u64;
            self.at.line = line;
            if let Some(crlf) = done {
                self.note_end(crlf);
                return Ok(true);
            }
        }
    }

    fn note_end(&mut self, crlf: bool) {
        if self.crlf.is_some_and(|before| before != crlf) && self.mixed.is_none() {
            self.mixed = Some(self.at.line - 1);
        }
        self.crlf = Some(crlf);
    }

    fn ended(&self, row: &mut Row, state: State, opened: u64) -> Result<(), Fault> {
        match state {
            State::Quoted => {
                let mut wrong = fault(row, opened, "the quote that begins here is never closed");
                wrong.column = row.ends.len() + 1;
                Err(wrong)
            }
            State::Return => Err(lone_return(row, self.at.line)),
            State::Start if row.ends.is_empty() => Ok(()),
            State::Start | State::Bare | State::Closed => {
                row.ends.push(row.text.len());
                Ok(())
            }
        }
    }
}

/// Takes one byte; the state behind it, or none behind the row.
fn step(row: &mut Row, state: State, byte: u8, bounds: &Bounds, line: u64) -> Result<Option<State>, Fault> {
    let next = match (state, byte) {
        (State::Return, b'\n') => return Ok(None),
        (State::Return, _) => return Err(lone_return(row, line)),
        (State::Quoted, b'"') => State::Closed,
        (State::Quoted, byte) => return taken(row, byte, bounds, line).map(|()| Some(State::Quoted)),
        (State::Closed, b'"') => return taken(row, byte, bounds, line).map(|()| Some(State::Quoted)),
        (_, b',') => {
            row.ends.push(row.text.len());
            if row.ends.len() >= bounds.columns {
                let what = format!("more than {} columns in one row", bounds.columns);
                return Err(fault(row, line, what));
            }
            State::Start
        }
        (_, b'\n') => {
            row.ends.push(row.text.len());
            return Ok(None);
        }
        (_, b'\r') => {
            row.ends.push(row.text.len());
            State::Return
        }
        (State::Start, b'"') => {
            row.quoted = true;
            State::Quoted
        }
        (State::Closed, _) => return Err(fault(row, line, "there is text behind a closing quote")),
        (_, b'"') => {
            let what = "there is a quote inside of a cell that does not begin with one";
            return Err(fault(row, line, what));
        }
        (_, byte) => return taken(row, byte, bounds, line).map(|()| Some(State::Bare)),
    };
    Ok(Some(next))
}

fn taken(row: &mut Row, byte: u8, bounds: &Bounds, line: u64) -> Result<(), Fault> {
    let begin = row.ends.last().copied().unwrap_or(0);
    if row.text.len() - begin >= bounds.cell {
        return Err(fault(
            row,
            line,
            format!("the cell has more than {} bytes", bounds.cell),
        ));
    }
    if row.text.len() >= bounds.row {
        return Err(fault(
            row,
            line,
            format!("the row has more than {} bytes", bounds.row),
        ));
    }
    row.text.push(byte);
    Ok(())
}

fn lone_return(row: &Row, line: u64) -> Fault {
    let mut wrong = fault(row, line, "there is a carriage return without a line feed");
    wrong.column = row.ends.len().max(1);
    wrong
}

fn fault(row: &Row, line: u64, what: impl Into<String>) -> Fault {
    Fault {
        line,
        column: row.ends.len() + 1,
        what: what.into(),
    }
}

#[cfg(test)]
mod tests;
