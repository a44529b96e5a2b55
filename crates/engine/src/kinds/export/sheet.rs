//! Pages of articles as bytes of a file, in each format.
//!
//! What is written depends on the entries and the checkpoint before them alone, so a run that goes on after a crash
//! writes what the first one would have. Values are written as they are stored, also where a spreadsheet would take one
//! for a formula: the reader is an ERP, and it must get the exact data.

mod cell;
mod csv;
mod json;
mod xml;

use model::Error;

use super::source::{Entry, Page};
use super::{Checkpoint, Params};
use crate::exports::{Column, Encoding, Format, Mapping};

pub(super) use cell::plain_number;

/// The form of one file.
pub(super) struct Sheet {
    format: Format,
    encoding: Encoding,
    mapping: Mapping,
    marks_deletions: bool,
}

impl Sheet {
    pub(super) fn new(params: &Params) -> Self {
        Self {
            format: params.format,
            encoding: params.encoding,
            mapping: params.mapping.clone(),
            marks_deletions: params.since.is_some(),
        }
    }

    /// A page as bytes: with the head of the file if nothing is written yet, with its foot if it is the last. Counts
    /// characters that could not be written.
    pub(super) fn write(&self, page: &Page, at: &mut Checkpoint) -> Result<Vec<u8>, Error> {
        match self.format {
            Format::Csv => csv::write(self, page, at),
            Format::Xml => xml::write(self, page, at),
            Format::Json => json::write(self, page, at),
        }
    }

    fn columns(&self) -> &[Column] {
        self.mapping.columns()
    }

    /// The text of an entry in a column; empty for what it does not have.
    fn text(entry: &Entry, column: &Column) -> Result<String, Error> {
        match &entry.body {
            _ if column.is_key() => Ok(entry.id.clone()),
            None => Ok(String::new()),
            Some(body) => cell::text(body.root(), &column.field).map_err(Error::internal),
        }
    }
}

fn is_first(at: &Checkpoint) -> bool {
    at.length == 0
}
