//! Bodies that fusion cannot take: 422 with a job in `fail_to_receive`, recorded so that the client can look it up, and
//! what is wrong by field.

use super::answer::Form;
use super::encodings::gzip;
use super::row::{Call, JOBS, Row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, body, says) in members().into_iter().chain(broken()) {
        let call = Call::user("POST", JOBS)
            .header("content-type: application/json")
            .body(body);
        rows.push(call.refused(name, 422, Form::Rejected).says(says));
    }
    rows
}

type Body = (String, Vec<u8>, &'static str);

/// JSON that asks for what cannot be done.
fn members() -> Vec<Body> {
    let long = format!(
        r#"{{"job":{{"entity":"{}","operation":"insert","data":[]}}}}"#,
        "x".repeat(500_000)
    );
    let texts: Vec<(&str, &str)> = vec![
        ("{}", "job.entity"),
        (r#"{"job":{}}"#, "job.operation"),
        (r#"{"job":[]}"#, "job"),
        (r#"{"job":5}"#, "job"),
        (r#"{"job":null}"#, "job"),
        (r#"{"job":{"entity":"Article","operation":"insert"}}"#, "data"),
        (
            r#"{"job":{"entity":"Article","operation":"insert","data":{}}}"#,
            "data must be an array",
        ),
        (
            r#"{"job":{"entity":"Article","operation":"insert","data":null}}"#,
            "data must be an array",
        ),
        (
            r#"{"job":{"entity":"Article","operation":"insert","data":"[]"}}"#,
            "data must be an array",
        ),
        (
            r#"{"job":{"operation":"insert","data":[]}}"#,
            "job.entity field is required",
        ),
        (
            r#"{"job":{"entity":"","operation":"insert","data":[]}}"#,
            "job.entity",
        ),
        (
            r#"{"job":{"entity":5,"operation":"insert","data":[]}}"#,
            "job.entity must be a name, got 5",
        ),
        (
            r#"{"job":{"entity":{"$gt":""},"operation":"insert","data":[]}}"#,
            "job.entity must be a name",
        ),
        (
            r#"{"job":{"entity":"users","operation":"delete","data":[]}}"#,
            r#"unknown entity "users""#,
        ),
        (
            r#"{"job":{"entity":"tokens; DROP TABLE users","operation":"insert","data":[]}}"#,
            "unknown entity",
        ),
        (
            r#"{"job":{"entity":"../../etc/passwd","operation":"insert","data":[]}}"#,
            "unknown entity",
        ),
        (
            r#"{"job":{"entity":"r1","operation":"insert","data":[]}}"#,
            r#"unknown entity "r1""#,
        ),
        (
            r#"{"job":{"entity":"Article","data":[]}}"#,
            "job.operation field is required",
        ),
        (
            r#"{"job":{"entity":"Article","operation":"truncate","data":[]}}"#,
            r#"unknown operation "truncate""#,
        ),
        (
            r#"{"job":{"entity":"Article","operation":"INSERT","data":[]}}"#,
            r#"unknown operation "INSERT""#,
        ),
        (
            r#"{"job":{"entity":"Article","operation":["insert"],"data":[]}}"#,
            "job.operation must be a name",
        ),
        (
            r#"{"job":{"entity":"Article","operation":"insert","options":[],"data":[]}}"#,
            "job.options must be an object",
        ),
        (
            r#"{"job":{"entity":"Article","operation":"insert","options":{"object_in_response":"yes"},"data":[]}}"#,
            "object_in_response must be true or false",
        ),
        (
            r#"{"request_id":5,"job":{"entity":"Article","operation":"insert","data":[]}}"#,
            "request_id must be a UUID, got 5",
        ),
        (
            r#"{"request_id":"x","job":{"entity":"Article","operation":"insert","data":[]}}"#,
            "request_id must be a UUID",
        ),
        (
            r#"{"job":{"request_id":"00000000","entity":"Article","operation":"insert","data":[]}}"#,
            "request_id must be a UUID",
        ),
        (
            r#"{"job":{"entity":"Article","entity":"Article","operation":"insert","data":[]}}"#,
            "given more than once",
        ),
        (
            r#"{"job":{"entity":"Article","operation":"insert","data":[]},"job":{"entity":"users"}}"#,
            r#"duplicate key "job""#,
        ),
        (
            r#"{"job":{"entity":"Article","operation":"insert","data":[],"data":[{"F_1":"100"}]}}"#,
            r#"duplicate key "data""#,
        ),
        (
            r#"{"job":{"entity":"A\u0000","operation":"insert","data":[]}}"#,
            "U+0000",
        ),
        (
            r#"{"job":{"entity":"\ud800","operation":"insert","data":[]}}"#,
            "half of a surrogate pair",
        ),
        (
            r#"{"x":{"a":1,"a":2},"job":{"entity":"Article","operation":"insert","data":[]}}"#,
            "duplicate key",
        ),
        (
            r#"{"x":1e999,"job":{"entity":"Article","operation":"insert","data":[]}}"#,
            "out of range",
        ),
    ];
    let mut all: Vec<Body> = texts
        .into_iter()
        .map(|(text, says)| (text.to_owned(), text.into(), says))
        .collect();
    all.push(("an entity of 500 kB".to_owned(), long.into(), "unknown entity"));
    all
}

/// Around these records.
fn records(data: &str) -> Vec<u8> {
    format!(r#"{{"job":{{"entity":"Article","operation":"insert","data":{data}}}}}"#).into()
}

/// What is no JSON, or too much of it.
fn broken() -> Vec<Body> {
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let whole = records(r#"[{"F_1":"900"}]"#);
    let packed = gzip(&whole);
    let blanks = gzip(&[&b"{"[..], &vec![b' '; 40 << 20]].concat());
    let deep = format!("[{}{}]", "[".repeat(10_000), "]".repeat(9_999));
    let around = format!(
        r#"{{"x":"{}","job":{{"entity":"Article","operation":"insert","data":[]}}}}"#,
        "x".repeat(2 << 20)
    );
    let bodies: Vec<(&str, Vec<u8>, &'static str)> = vec![
        ("nothing", Vec::new(), "the file is empty"),
        ("blanks", b" \r\n\t ".to_vec(), "the file is empty"),
        ("an array", b"[]".to_vec(), "must begin with {"),
        ("a number", b"7".to_vec(), "must begin with {"),
        ("CSV", b"id;name\r\n1;x\r\n".to_vec(), "must begin with {"),
        ("XML", b"<job/>".to_vec(), "must begin with {"),
        ("NULs", vec![0; 100_000], "must begin with {"),
        ("a picture", b"\x89PNG\r\n\x1a\n".to_vec(), "must begin with {"),
        (
            "a byte order mark",
            [&b"\xef\xbb\xbf"[..], &whole].concat(),
            "byte order mark",
        ),
        ("UTF-16", utf16, "utf-16"),
        ("an open object", b"{".to_vec(), "line 1"),
        (
            "a body without its end",
            whole[..whole.len() - 2].to_vec(),
            "line 1",
        ),
        ("a cut record", records(r#"[{"F_1":"#)[..60].to_vec(), "line 1"),
        ("a cut string", records(r#"[{"F_1":"9"#)[..63].to_vec(), "line 1"),
        (
            "text behind the end",
            [&whole[..], b"x"].concat(),
            "unexpected data after the end",
        ),
        ("a comma before the end", records(r#"[{"F_1":"900"},]"#), "line 1"),
        (
            "no comma",
            records(r#"[{"F_1":"900"}{"F_1":"901"}]"#),
            "expected , or ]",
        ),
        ("a bare key", records("[{F_1:1}]"), "line 1"),
        ("a bad literal", records("[tru]"), "line 1"),
        ("a bad number", records("[{\"F_1\":01}]"), "line 1"),
        (
            "a byte that is no UTF-8",
            records("[{\"F_1\":\"?\"}]")
                .iter()
                .map(|b| if *b == b'?' { 0xff } else { *b })
                .collect(),
            "utf-8",
        ),
        (
            "a string of 10 MB",
            records(&format!(r#"[{{"F_1":"900","F_3":"{}"}}]"#, "x".repeat(10 << 20))),
            "bytes in one element",
        ),
        (
            "an array that never ends",
            records(&format!("[{}", "1,".repeat(1_000_000)))[..2_000_000].to_vec(),
            "line 1",
        ),
        (
            "10,000 levels, unbalanced",
            records(&deep[..deep.len() - 1]),
            "line 1",
        ),
        (
            "5 MB of brackets",
            records(&"[".repeat(5 << 20)),
            "bytes in one element",
        ),
        (
            "2 MB around the records",
            around.into(),
            "more than 1048576 bytes",
        ),
        ("half of gzip", packed[..packed.len() / 2].to_vec(), "line 1"),
        ("a gzip head", packed[..10].to_vec(), "line 1"),
        ("gzip in gzip", gzip(&packed), "must begin with {"),
        ("a zip bomb", blanks, "bytes"),
    ];
    bodies
        .into_iter()
        .map(|(name, body, says)| (name.to_owned(), body, says))
        .collect()
}
