//! XML in the form of a Navision XMLport: an `Item` per article, an element per column.
//!
//! In Windows-1252, characters that it does not have are written as references, so nothing is lost. Characters that XML
//! cannot hold at all are left out and counted. A carriage return is a reference too, since readers drop plain ones.

use encoding_rs::WINDOWS_1252;
use model::Error;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::{Sheet, is_first};
use crate::exports::{Column, Encoding};
use crate::kinds::export::Checkpoint;
use crate::kinds::export::source::{Entry, Page};

type Out = Writer<Vec<u8>>;

pub(super) fn write(sheet: &Sheet, page: &Page, at: &mut Checkpoint) -> Result<Vec<u8>, Error> {
    let mut out = Writer::new(Vec::new());
    if is_first(at) {
        let encoding = match sheet.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Windows1252 => "windows-1252",
        };
        put(
            &mut out,
            Event::Decl(BytesDecl::new("1.0", Some(encoding), Some("no"))),
        )?;
        line_end(&mut out)?;
        put(&mut out, Event::Start(BytesStart::new("Items")))?;
        line_end(&mut out)?;
    }
    for entry in &page.entries {
        item(sheet, entry, &mut out, &mut at.removed)?;
        line_end(&mut out)?;
    }
    if page.is_last {
        put(&mut out, Event::End(BytesEnd::new("Items")))?;
        line_end(&mut out)?;
    }
    encoded(out.into_inner(), sheet.encoding)
}

fn item(sheet: &Sheet, entry: &Entry, out: &mut Out, removed: &mut u64) -> Result<(), Error> {
    let mut start = BytesStart::new("Item");
    if entry.body.is_none() {
        start.push_attribute(("Deleted", "true"));
    }
    put(out, Event::Start(start))?;
    match &entry.body {
        None => element(sheet.mapping.key(), entry, out, removed)?,
        Some(_) => {
            for column in sheet.columns() {
                element(column, entry, out, removed)?;
            }
        }
    }
    put(out, Event::End(BytesEnd::new("Item")))
}

fn element(column: &Column, entry: &Entry, out: &mut Out, removed: &mut u64) -> Result<(), Error> {
    let (name, text) = (column.xml_name(), Sheet::text(entry, column)?);
    put(out, Event::Start(BytesStart::new(name.as_str())))?;
    put(out, Event::Text(BytesText::from_escaped(escaped(&text, removed))))?;
    put(out, Event::End(BytesEnd::new(name.as_str())))
}

fn escaped(text: &str, removed: &mut u64) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(character),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => *removed += 1,
            _ => out.push(character),
        }
    }
    out
}

fn encoded(bytes: Vec<u8>, encoding: Encoding) -> Result<Vec<u8>, Error> {
    if encoding == Encoding::Utf8 {
        return Ok(bytes);
    }
    let text = String::from_utf8(bytes).map_err(Error::internal)?;
    // Writes references for what the encoding does not have, as the standard for HTML forms has it.
    Ok(WINDOWS_1252.encode(&text).0.into_owned())
}

fn line_end(out: &mut Out) -> Result<(), Error> {
    put(out, Event::Text(BytesText::from_escaped("\n")))
}

fn put(out: &mut Out, event: Event<'_>) -> Result<(), Error> {
    out.write_event(event).map_err(Error::internal)
}
