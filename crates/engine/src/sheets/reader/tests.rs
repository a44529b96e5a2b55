//! Rows read, and faults with their places.

use std::io::{Cursor, Read};

use proptest::prelude::*;

use super::{At, Bounds, Row, Rows};

const BOUNDS: Bounds = Bounds {
    columns: 5,
    cell: 8,
    row: 20,
};

/// Gives a few bytes at a time.
struct Slow(Cursor<Vec<u8>>, usize);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = self.1.min(buffer.len());
        self.0.read(&mut buffer[..most])
    }
}

fn read_with(text: &[u8], bounds: Bounds, step: usize) -> Result<Vec<(u64, Vec<String>)>, String> {
    let start = At { offset: 0, line: 1 };
    let mut rows = Rows::new(Box::new(Slow(Cursor::new(text.to_vec()), step)), start, bounds);
    let (mut row, mut all) = (Row::default(), Vec::new());
    while rows
        .next(&mut row, &mut |_| {})
        .map_err(|fault| fault.to_string())?
    {
        let cells = row.cells().map(|cell| String::from_utf8_lossy(cell).into_owned());
        all.push((row.line, cells.collect()));
    }
    assert_eq!(rows.at().offset, text.len() as u64);
    Ok(all)
}

fn read(text: &str) -> Result<Vec<(u64, Vec<String>)>, String> {
    let found = read_with(text.as_bytes(), BOUNDS, 1000);
    assert_eq!(found, read_with(text.as_bytes(), BOUNDS, 1), "{text:?}");
    found
}

fn rows(rows: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
    let text = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
    rows.iter().map(|(line, cells)| (*line, text(cells))).collect()
}

#[test]
fn rows_have_their_cells_and_lines() {
    let found = read("a,b\r\n1,\"x,\"\"y\n\"\n\n,\n\"\"\nlast").unwrap();
    let expected = rows(&[
        (1, &["a", "b"]),
        (2, &["1", "x,\"y\n"]),
        (5, &["", ""]),
        (6, &[""]),
        (7, &["last"]),
    ]);
    assert_eq!(found, expected);
    assert_eq!(read("").unwrap(), []);
    assert_eq!(read("\n\r\n").unwrap(), []);
}

#[test]
fn faults_name_line_and_column() {
    for (text, expected) in [
        (
            "a,b\n1,x\"y\n",
            "line 2, column 2: there is a quote inside of a cell that does not begin with one",
        ),
        (
            "a\n\"x\"y\n",
            "line 2, column 1: there is text behind a closing quote",
        ),
        (
            "a,b\n1,\"x\n\n",
            "line 2, column 2: the quote that begins here is never closed",
        ),
        (
            "a\rb\n",
            "line 1, column 1: there is a carriage return without a line feed",
        ),
        (
            "a\n1\r",
            "line 2, column 1: there is a carriage return without a line feed",
        ),
        (
            "a,b,c,d,e,f\n",
            "line 1, column 6: more than 5 columns in one row",
        ),
        (
            "a\n123456789\n",
            "line 2, column 1: the cell has more than 8 bytes",
        ),
        (
            "a\n12345678,12345678,12345\n",
            "line 2, column 3: the row has more than 20 bytes",
        ),
    ] {
        assert_eq!(read(text).unwrap_err(), expected, "{text:?}");
    }
}

#[test]
fn a_cell_without_end_is_refused_where_it_gets_too_long() {
    for begin in ["a,b\n1,", "a,b\n1,\""] {
        let endless = Cursor::new(begin.as_bytes().to_vec()).chain(std::io::repeat(b'x'));
        let start = At { offset: 0, line: 1 };
        let mut rows = Rows::new(Box::new(endless), start, BOUNDS);
        let mut row = Row::default();
        assert!(rows.next(&mut row, &mut |_| {}).unwrap());
        let fault = rows.next(&mut row, &mut |_| {}).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "line 2, column 2: the cell has more than 8 bytes",
            "{begin:?}"
        );
    }
}

#[test]
fn ends_of_lines_may_be_mixed_and_that_is_known() {
    let text = b"a\r\n1\r\n2\n3\r\n";
    let start = At { offset: 0, line: 1 };
    let mut rows = Rows::new(Box::new(Cursor::new(text.to_vec())), start, BOUNDS);
    let mut row = Row::default();
    while rows.next(&mut row, &mut |_| {}).unwrap() {}
    assert_eq!(rows.mixed(), Some(3));
}

proptest! {
    /// What another writer wrote is read as it was meant, however it is cut, and from any row on.
    #[test]
    fn what_is_written_is_read(
        table in prop::collection::vec(prop::collection::vec("[a\",\n\r é]{0,6}", 2..4), 1..6),
        crlf: bool, step in 1_usize..40,
    ) {
        let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().flexible(true).terminator(end).from_writer(Vec::new());
        for row in &table {
            writer.write_record(row).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let bounds = Bounds { columns: 10, cell: 100, row: 1000 };
        let found = read_with(&text, bounds, step).unwrap();
        let cells: Vec<_> = found.iter().map(|(_, cells)| cells.clone()).collect();
        prop_assert_eq!(cells, table);

        let start = At { offset: 0, line: 1 };
        let mut rows = Rows::new(Box::new(Cursor::new(text.clone())), start, bounds);
        let mut row = Row::default();
        rows.next(&mut row, &mut |_| {}).unwrap();
        let at = rows.at();
        let mut rest = Rows::new(Box::new(Cursor::new(text[at.offset as usize..].to_vec())), at, bounds);
        for (line, _) in &found[1..] {
            let more = rest.next(&mut row, &mut |_| {}).unwrap();
            prop_assert!(more);
            prop_assert_eq!(row.line, *line);
        }
        let more = rest.next(&mut row, &mut |_| {}).unwrap();
        prop_assert!(!more);
    }
}
