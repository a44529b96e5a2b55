//! CSV as Navision reads it: `;` between fields, CRLF after lines, quotes only where they are needed.
//!
//! The last column of an export since a place says `Yes` for deletions. Windows-1252 gets `?` for what it does not have.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use model::Error;

use super::{Sheet, is_first};
use crate::exports::{DELETED, Encoding};
use crate::kinds::export::Checkpoint;
use crate::kinds::export::source::{Entry, Page};

pub(super) fn write(sheet: &Sheet, page: &Page, at: &mut Checkpoint) -> Result<Vec<u8>, Error> {
    let mut lines = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if is_first(at) {
        let names = sheet.columns().iter().map(|column| column.name.clone());
        let mark = sheet.marks_deletions.then(|| DELETED.to_owned());
        line(sheet, &mut lines, names.chain(mark), at)?;
    }
    for entry in &page.entries {
        let cells = cells(sheet, entry)?;
        line(sheet, &mut lines, cells.into_iter(), at)?;
    }
    lines.into_inner().map_err(Error::internal)
}

fn cells(sheet: &Sheet, entry: &Entry) -> Result<Vec<String>, Error> {
    let texts = sheet.columns().iter().map(|column| Sheet::text(entry, column));
    let mut cells = texts.collect::<Result<Vec<_>, _>>()?;
    if sheet.marks_deletions {
        cells.push(if entry.body.is_none() { "Yes" } else { "" }.to_owned());
    }
    Ok(cells)
}

fn line(
    sheet: &Sheet,
    lines: &mut csv::Writer<Vec<u8>>,
    cells: impl Iterator<Item = String>,
    at: &mut Checkpoint,
) -> Result<(), Error> {
    for cell in cells {
        let bytes = match sheet.encoding {
            Encoding::Utf8 => Cow::Borrowed(cell.as_bytes()),
            Encoding::Windows1252 => in_windows_1252(&cell, &mut at.replaced),
        };
        lines.write_field(&bytes).map_err(Error::internal)?;
    }
    lines.write_record(None::<&[u8]>).map_err(Error::internal)
}

fn in_windows_1252<'a>(text: &'a str, replaced: &mut u64) -> Cow<'a, [u8]> {
    let (bytes, _, is_lossy) = WINDOWS_1252.encode(text);
    if !is_lossy {
        return bytes;
    }
    let mut out = Vec::with_capacity(text.len());
    for character in text.chars() {
        let mut buffer = [0; 4];
        let (bytes, _, is_lossy) = WINDOWS_1252.encode(character.encode_utf8(&mut buffer));
        if is_lossy {
            *replaced += 1;
            out.push(b'?');
        } else {
            out.extend_from_slice(&bytes);
        }
    }
    Cow::Owned(out)
}
