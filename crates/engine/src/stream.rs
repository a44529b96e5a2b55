//! Reading a JSON file element by element in bounded memory.
//!
//! A [`Reader`] finds the elements of one array – the whole file, or a member of wrapping objects – or the objects of a
//! file with one per line, and hands them out as bytes with their place. It looks only for boundaries; each element is
//! checked by whoever encodes it. Gzip is recognised by content. What breaks a file is said with line and column.

mod input;
mod reader;
mod scan;
mod shape;
mod window;

pub use input::{Progress, open_gzip_or_plain};
pub use reader::{Element, Reader};
pub use shape::Shape;

use std::fmt;

/// Why and where a file cannot be read on. What came before was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What is wrong.
    pub what: String,
    /// The line, from 1.
    pub line: u64,
    /// The byte in the line, from 1.
    pub column: u64,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}, column {}", self.what, self.line, self.column)
    }
}
