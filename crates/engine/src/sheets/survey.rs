//! A first look at a whole file, before any of its rows is taken: nothing of a file that breaks off is imported.
//!
//! It tells the encoding, which the last byte may decide, and how many rows there are; it costs a small part of what the
//! import of the rows does.

use std::io::{Read, Seek, SeekFrom};

use blobs::Content;
use serde::{Deserialize, Serialize};

use super::encoding::{Detector, MARK};
use super::{At, Encoding, Fault, Row, Rows, SheetOptions};
use crate::stream::{Progress, open_gzip_or_plain};

/// What was found out about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Survey {
    pub(crate) encoding: Encoding,
    /// Whether it begins with a mark.
    pub(crate) marked: bool,
    /// Rows without the header.
    pub(crate) rows: u64,
    /// The first row.
    pub(crate) first: At,
    /// The first line that is no UTF-8, if one is not.
    pub(crate) odd_line: Option<u64>,
    /// The first line that ends otherwise than those before it.
    pub(crate) mixed: Option<u64>,
}

/// A file with its header.
pub(crate) struct Head {
    pub(crate) survey: Survey,
    pub(crate) columns: Vec<String>,
}

/// Looks at a file; `may_go_on` is asked now and then.
///
/// # Errors
/// The outer one is that of `may_go_on`, the inner one is what is wrong with the file.
pub(crate) fn survey<E>(
    content: Content,
    options: &SheetOptions,
    may_go_on: impl Fn() -> Result<(), E>,
) -> Result<Result<Head, Fault>, E> {
    let begin = |content| open(content, options);
    let (input, marked) = match begin(content) {
        Ok(opened) => opened,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut rows = Rows::new(input, start(marked), options.bounds());
    let (mut detector, mut row, mut odd_line) = (Detector::default(), Row::default(), None);
    let mut header: Option<Vec<Vec<u8>>> = None;
    let (mut count, mut first) = (0_u64, start(marked));
    loop {
        let more = match rows.next(&mut row, &mut |bytes| detector.see(bytes)) {
            Ok(more) => more,
            Err(fault) => return Ok(Err(fault)),
        };
        if odd_line.is_none() && detector.is_wrong() {
            odd_line = Some(row.line);
        }
        if !more {
            break;
        }
        if header.is_none() {
            header = Some(row.cells().map(<[u8]>::to_vec).collect());
            first = rows.at();
            continue;
        }
        count += 1;
        if count % 4096 == 0 {
            may_go_on()?;
        }
    }
    let survey = Survey {
        encoding: detector.encoding(),
        marked,
        rows: count,
        first,
        odd_line,
        mixed: rows.mixed(),
    };
    Ok(header.map_or_else(|| Err(empty()), |cells| Ok(head(survey, &cells))))
}

fn head(survey: Survey, cells: &[Vec<u8>]) -> Head {
    let columns = cells.iter().map(|cell| survey.encoding.text(cell).into_owned());
    Head {
        survey,
        columns: columns.collect(),
    }
}

impl Survey {
    /// The rows of the file from a place on.
    pub(crate) fn rows(&self, content: Content, at: At, options: &SheetOptions) -> Result<Rows, Fault> {
        let input = reach(content, at, options).map_err(|what| broken(at.line, what))?;
        Ok(Rows::new(input, at, options.bounds()))
    }

    /// Reads the header again.
    pub(crate) fn columns(&self, content: Content, options: &SheetOptions) -> Result<Vec<String>, Fault> {
        let mut rows = self.rows(content, start(self.marked), options)?;
        let mut row = Row::default();
        match rows.next(&mut row, &mut |_| {})? {
            true => Ok(row
                .cells()
                .map(|cell| self.encoding.text(cell).into_owned())
                .collect()),
            false => Err(empty()),
        }
    }
}

/// The content behind its mark, and whether it has one.
fn open(content: Content, options: &SheetOptions) -> Result<(Box<dyn Read + Send>, bool), Fault> {
    let wrong = |error: std::io::Error| broken(1, error.to_string());
    let progress = Progress::default();
    let mut input = open_gzip_or_plain(content.file, options.max_unpacked_bytes, &progress).map_err(wrong)?;
    let mut first = Vec::with_capacity(MARK.len());
    input
        .by_ref()
        .take(MARK.len() as u64)
        .read_to_end(&mut first)
        .map_err(wrong)?;
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        let what = "the file is written in UTF-16; UTF-8 and Windows-1252 are taken here";
        return Err(broken(1, what.to_owned()));
    }
    let marked = first == MARK;
    let first = if marked { Vec::new() } else { first };
    Ok((Box::new(std::io::Cursor::new(first).chain(input)), marked))
}

/// The content from a place on: at once where it is not packed.
fn reach(mut content: Content, at: At, options: &SheetOptions) -> Result<Box<dyn Read + Send>, String> {
    let text = |error: std::io::Error| error.to_string();
    let mut first = [0; 2];
    let length = content.file.read(&mut first).map_err(text)?;
    let packed = first[..length] == [0x1f, 0x8b];
    if !packed {
        content.file.seek(SeekFrom::Start(at.offset)).map_err(text)?;
        return Ok(Box::new(content.file));
    }
    content.file.seek(SeekFrom::Start(0)).map_err(text)?;
    let progress = Progress::default();
    let mut input = open_gzip_or_plain(content.file, options.max_unpacked_bytes, &progress).map_err(text)?;
    let passed = std::io::copy(&mut input.by_ref().take(at.offset), &mut std::io::sink()).map_err(text)?;
    match passed == at.offset {
        true => Ok(input),
        false => Err("the file is shorter than it was".to_owned()),
    }
}

/// Where the header begins.
fn start(marked: bool) -> At {
    At {
        offset: if marked { MARK.len() as u64 } else { 0 },
        line: 1,
    }
}

fn broken(line: u64, what: String) -> Fault {
    Fault {
        line,
        column: 1,
        what,
    }
}

fn empty() -> Fault {
    broken(
        1,
        "the file is empty, its first line has to name the columns".to_owned(),
    )
}
