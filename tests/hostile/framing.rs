//! Where a body ends: lengths and chunks that contradict each other, as smugglers send them. There is one answer, a
//! refusal, and what stands behind the request is never read as a second one.

use super::answer::Form;
use super::row::{Row, UPDATE};

/// What a smuggler would like to be read as a request.
const SECOND: &str = "POST /api/v1/articles/delete/100 HTTP/1.1\r\nhost: x\r\n\r\n";

fn head(lines: &str) -> String {
    format!(
        "POST {UPDATE} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {{user}}\r\ncontent-type: application/json\r\n{lines}\r\n"
    )
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = lengths();
    rows.extend(encodings());
    rows.extend(chunks());
    rows
}

fn lengths() -> Vec<Row> {
    [
        "-1",
        "+5",
        "5a",
        "0x5",
        "5.0",
        "5 5",
        "5,6",
        "5, 5",
        "",
        "18446744073709551616",
        "99999999999999999999",
        "٥",
    ]
    .iter()
    .map(|length| {
        let request = format!("{}{{}}{SECOND}", head(&format!("content-length: {length}\r\n")));
        Row::raw(format!("content-length {length:?}"), request, 400, Form::Bare)
    })
    .chain([
        Row::raw(
            "two lengths",
            format!(
                "{}{{}}{SECOND}",
                head("content-length: 2\r\ncontent-length: 60\r\n")
            ),
            400,
            Form::Bare,
        ),
        Row::raw(
            "9 GB announced",
            head("connection: close\r\ncontent-length: 9663676416\r\n"),
            413,
            Form::Article,
        )
        .says("1048576"),
        Row::raw(
            "9 GB of delta announced",
            head("connection: close\r\ncontent-length: 9663676416\r\n").replace("update", "delta-update"),
            413,
            Form::Article,
        )
        .says("8589934592"),
        Row::raw(
            "too much, awaiting leave",
            head("connection: close\r\nexpect: 100-continue\r\ncontent-length: 2000000\r\n"),
            413,
            Form::Article,
        )
        .says("1048576"),
    ])
    .collect()
}

fn encodings() -> Vec<Row> {
    [
        "xchunked",
        "chunked, identity",
        "identity",
        "chunked, gzip",
        "gzip",
        "chunked;q=1",
        "\u{b}chunked",
        "chunked\r\ntransfer-encoding: x",
        "x\r\ntransfer-encoding: y",
    ]
    .iter()
    .map(|encoding| {
        let lines = format!("transfer-encoding: {encoding}\r\n");
        Row::raw(
            format!("transfer-encoding {encoding:?}"),
            format!("{}0\r\n\r\n{SECOND}", head(&lines)),
            400,
            Form::Bare,
        )
    })
    .chain([
        // The chunks rule, of which there are none here, and the connection ends with this answer.
        Row::raw(
            "chunks and a length",
            format!(
                "{}0\r\n\r\n{SECOND}",
                head("content-length: 4\r\ntransfer-encoding: chunked\r\n")
            ),
            400,
            Form::Article,
        )
        .says("the body is empty"),
        Row::raw(
            "a length and chunks",
            format!(
                "{}0\r\n\r\n{SECOND}",
                head("transfer-encoding: chunked\r\ncontent-length: 4\r\n")
            ),
            400,
            Form::Article,
        )
        .says("the body is empty"),
        Row::raw(
            "chunks in HTTP/1.0",
            format!(
                "{}0\r\n\r\n{SECOND}",
                head("transfer-encoding: chunked\r\n").replace("HTTP/1.1", "HTTP/1.0")
            ),
            400,
            Form::Bare,
        ),
    ])
    .collect()
}

fn chunks() -> Vec<Row> {
    let long = format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(100_000));
    let trailers = format!("2\r\n{{}}\r\n0\r\n{}\r\n", "x: y\r\n".repeat(10_000));
    [
        ("no number", "zz\r\n{}\r\n0\r\n\r\n"),
        ("a negative number", "-2\r\n{}\r\n0\r\n\r\n"),
        ("a prefixed number", "0x2\r\n{}\r\n0\r\n\r\n"),
        ("a number of 17 digits", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ("more than announced", "2\r\n{}xx\r\n0\r\n\r\n"),
        ("a missing line break", "2\r\n{}0\r\n\r\n"),
        ("a line break without CR", "2\n{}\n0\n\n"),
        ("an extension of 100 kB", &long),
        ("10,000 trailers", &trailers),
        ("a bare CR", "2\r{}\r\n0\r\n\r\n"),
    ]
    .iter()
    .map(|(name, body)| {
        let request = format!("{}{body}{SECOND}", head("transfer-encoding: chunked\r\n"));
        Row::raw(format!("chunks: {name}"), request, 400, Form::Article).says("the body")
    })
    .collect()
}
