//! Every form of file, read in pieces of every size, and every way in which one can be broken.

use std::io::{self, Read};

use super::{Reader, Shape};
use crate::stream::Broken;

const SHAPE: Shape = Shape {
    path: &["operations"],
    bare_array: true,
    element_keys: &["operation", "articleData"],
    max_element_bytes: 1000,
};
const NESTED: Shape = Shape {
    path: &["job", "data"],
    bare_array: false,
    element_keys: &[],
    max_element_bytes: 1000,
};

/// Gives `step` bytes at a time, so that every boundary falls between two reads once.
struct Pieces {
    text: Vec<u8>,
    at: usize,
    step: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = (self.at + self.step.min(buffer.len())).min(self.text.len());
        let count = end - self.at;
        buffer[..count].copy_from_slice(&self.text[self.at..end]);
        self.at = end;
        Ok(count)
    }
}

/// An element's text, line and column.
type Found = (String, u64, u64);
/// What was found, or how many were found before the break.
type Outcome = Result<Vec<Found>, (usize, Broken)>;

fn read(text: &str, shape: Shape, step: usize) -> Outcome {
    let mut reader = Reader::new(
        Box::new(Pieces {
            text: text.into(),
            at: 0,
            step,
        }),
        shape,
    );
    let mut found = Vec::new();
    loop {
        match reader.next_element() {
            Ok(Some(element)) => {
                assert_eq!(element.number, found.len() as u64);
                found.push((
                    String::from_utf8(element.bytes.to_vec()).unwrap(),
                    element.line,
                    element.column,
                ));
            }
            Ok(None) => return Ok(found),
            Err(broken) => return Err((found.len(), broken)),
        }
    }
}

/// The same at every step, which is the point.
fn read_all_ways(text: &str, shape: Shape) -> Outcome {
    let whole = read(text, shape, usize::MAX);
    for step in 1..=text.len().clamp(1, 20) {
        assert_eq!(read(text, shape, step), whole, "in steps of {step}: {text}");
    }
    whole
}

fn texts(text: &str, shape: Shape) -> Vec<String> {
    read_all_ways(text, shape)
        .unwrap()
        .into_iter()
        .map(|(text, ..)| text)
        .collect()
}

#[test]
fn reads_a_bare_array() {
    assert_eq!(
        texts(r#" [ {"a":1} , 2,"x,]}\"",[[]] ,null] "#, SHAPE),
        [r#"{"a":1}"#, "2", r#""x,]}\"""#, "[[]]", "null"]
    );
    assert!(texts("[]", SHAPE).is_empty());
}

#[test]
fn reads_a_member_of_an_object() {
    let text = r#"{"version": 1, "x": {"operations": [9]}, "operations": [{"a":"]"}, {}], "after": [1,{}]}"#;
    assert_eq!(texts(text, SHAPE), [r#"{"a":"]"}"#, "{}"]);
    assert_eq!(
        texts(
            r#"{"job":{"entity":"A","data":[1,2],"operation":"insert"}}"#,
            NESTED
        ),
        ["1", "2"]
    );
}

#[test]
fn keeps_the_members_around_the_array() {
    let text = r#"{"a":1,"job":{"entity":"A","data":[1],"operation":"insert"},"z":[]}"#;
    let mut reader = Reader::new(Box::new(io::Cursor::new(text)), NESTED);
    while reader.next_element().unwrap().is_some() {}
    let fields: Vec<_> = reader
        .fields()
        .iter()
        .map(|(name, text)| (name.as_str(), &text[..]))
        .collect();
    assert_eq!(
        fields,
        [
            ("a", &b"1"[..]),
            ("job.entity", b"\"A\""),
            ("job.operation", b"\"insert\""),
            ("z", b"[]")
        ]
    );
}

#[test]
fn reads_one_object_after_another() {
    let text = "{\"operation\":\"x\",\"articleData\":{}}\n\n{\"n\":2}\r\n {\"n\":3}";
    let found = read_all_ways(text, SHAPE).unwrap();
    let places: Vec<_> = found.iter().map(|(_, line, column)| (*line, *column)).collect();
    assert_eq!((found.len(), places), (3, vec![(1, 1), (3, 1), (4, 2)]));
    assert_eq!(texts("{\"x\":1}", SHAPE), ["{\"x\":1}"]);
    assert_eq!(texts("{}", SHAPE), ["{}"]);
}

/// A text, its form, how many elements come before the break, and the break.
const BREAKS: [(&str, Shape, usize, &str); 24] = [
    (
        "{\"operations\":[1],\n\"operations\":[2]}",
        SHAPE,
        1,
        "duplicate key \"operations\" at line 2, column 1",
    ),
    (
        "{\"job\":{\"data\":[1],\"data\":[2]}}",
        NESTED,
        1,
        "duplicate key \"data\" at line 1, column 20",
    ),
    (
        "{\"job\":{\"data\":[1]},\"job\":{\"x\":1}}",
        NESTED,
        1,
        "duplicate key \"job\" at line 1, column 21",
    ),
    (
        "{\"job\":{\"x\":1},\"job\":{\"data\":[1]}}",
        NESTED,
        0,
        "duplicate key \"job\" at line 1, column 16",
    ),
    (
        "\u{feff}[1]",
        SHAPE,
        0,
        "the text begins with a byte order mark, only utf-8 without one is taken at line 1, column 1",
    ),
    ("", SHAPE, 0, "the file is empty at line 1, column 1"),
    (" \n ", SHAPE, 0, "the file is empty at line 2, column 2"),
    (
        "7",
        SHAPE,
        0,
        "the file must begin with { or [ at line 1, column 1",
    ),
    ("[1 2]", SHAPE, 1, "expected , or ] at line 1, column 4"),
    ("[1,\n2,]", SHAPE, 2, "expected a value at line 2, column 3"),
    ("[,1]", SHAPE, 0, "expected a value at line 1, column 2"),
    (
        "[1",
        SHAPE,
        1,
        "the file ends inside the array at line 1, column 3",
    ),
    (
        "[1,",
        SHAPE,
        1,
        "the file ends where a value was expected at line 1, column 4",
    ),
    (
        "[1] x",
        SHAPE,
        1,
        "unexpected data after the end at line 1, column 5",
    ),
    (
        "[{\"a\":[1}",
        SHAPE,
        0,
        "the file ends inside the value that begins at line 1, column 2 at line 1, column 10",
    ),
    (
        "[\"abc",
        SHAPE,
        0,
        "the file ends inside the value that begins at line 1, column 2 at line 1, column 6",
    ),
    (
        "{\"operations\":{}}",
        SHAPE,
        0,
        "operations must be an array at line 1, column 15",
    ),
    (
        "{\"operations\":[1],}",
        SHAPE,
        1,
        "expected a key in double quotes at line 1, column 19",
    ),
    (
        "{\"operations\":[1]",
        SHAPE,
        1,
        "expected , or } at line 1, column 18",
    ),
    (
        "{\"operations\" [1]}",
        SHAPE,
        0,
        "expected : at line 1, column 15",
    ),
    (
        "{operations:[1]}",
        SHAPE,
        0,
        "expected a key in double quotes at line 1, column 2",
    ),
    (
        "{\"operation\":1}\n[]",
        SHAPE,
        1,
        "expected an object at line 2, column 1",
    ),
    ("{\"x\":1}", NESTED, 0, "job.data is missing at line 1, column 1"),
    ("[1]", NESTED, 0, "the file must begin with { at line 1, column 1"),
];

#[test]
fn says_where_a_file_breaks() {
    for (text, shape, before, message) in BREAKS {
        let (count, broken) = read_all_ways(text, shape).expect_err(text);
        assert_eq!((count, broken.to_string().as_str()), (before, message), "{text}");
    }
}

#[test]
fn an_element_is_bounded() {
    let long = format!("[1,\"{}\",2]", "x".repeat(2000));
    let (count, broken) = read(&long, SHAPE, 7).expect_err("too long");
    assert_eq!(
        (count, broken.what.as_str()),
        (1, "more than 1000 bytes in one element")
    );
}

#[test]
fn an_error_inside_an_element_is_placed_in_the_file() {
    let mut reader = Reader::new(Box::new(io::Cursor::new("[\n  {\"a\":\n x}]")), SHAPE);
    let element = reader.next_element().unwrap().unwrap();
    assert_eq!(
        element.broken("oops".into(), 2, 2).to_string(),
        "oops at line 3, column 2"
    );
    assert_eq!(
        element.broken("oops".into(), 1, 2).to_string(),
        "oops at line 2, column 4"
    );
}
