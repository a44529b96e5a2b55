//! An array of objects, one per line, with values exactly as they are stored and null for what an article lacks.

use jsonb::escape_into;
use model::Error;

use super::{Sheet, is_first};
use crate::exports::{Column, DELETED};
use crate::kinds::export::Checkpoint;
use crate::kinds::export::source::{Entry, Page};

pub(super) fn write(sheet: &Sheet, page: &Page, at: &mut Checkpoint) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    if is_first(at) {
        out.push(b'[');
    }
    for (place, entry) in page.entries.iter().enumerate() {
        let is_first_entry = place == 0 && at.records + at.deleted == 0;
        out.extend_from_slice(if is_first_entry { b"\n{" } else { b",\n{" });
        object(sheet, entry, &mut out)?;
        out.push(b'}');
    }
    if page.is_last {
        out.extend_from_slice(b"\n]\n");
    }
    Ok(out)
}

fn object(sheet: &Sheet, entry: &Entry, out: &mut Vec<u8>) -> Result<(), Error> {
    let Some(body) = &entry.body else {
        key(sheet.mapping.key(), out);
        escape_into(out, &entry.id);
        out.push(b',');
        escape_into(out, DELETED);
        out.extend_from_slice(b":true");
        return Ok(());
    };
    for (place, column) in sheet.columns().iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        key(column, out);
        if column.is_key() {
            escape_into(out, &entry.id);
            continue;
        }
        match body.root().get(&column.field).map_err(Error::internal)? {
            Some(value) => value.render(out).map_err(Error::internal)?,
            None => out.extend_from_slice(b"null"),
        }
    }
    Ok(())
}

fn key(column: &Column, out: &mut Vec<u8>) {
    escape_into(out, &column.name);
    out.push(b':');
}
