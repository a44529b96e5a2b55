//! Delta files that are taken as files and fail as jobs: with a sentence that says what is wrong and where, and without
//! changing anything.

use super::bed::Bed;
use super::encodings::gzip;
use super::row::{Call, DELTA};

/// How the job ends.
#[derive(Clone, Copy)]
enum End {
    /// The file cannot be read on.
    Broken,
    /// It was read to its end; its operations failed.
    Failed,
}
use End::{Broken, Failed};

type Case = (&'static str, Vec<u8>, End, &'static str);

pub(crate) fn run(bed: &Bed) -> Vec<String> {
    let cases = files().into_iter().chain(operations());
    cases
        .filter_map(|case| {
            check(bed, &case)
                .err()
                .map(|complaint| format!("{}: {complaint}", case.0))
        })
        .collect()
}

fn check(bed: &Bed, (_, content, end, says): &Case) -> Result<(), String> {
    // What fails of an article blocks the next try, which is not what is asked here.
    bed.ask(Call::user("POST", "/api/v1/jobs/flush").body(""));
    let call = Call::user("POST", DELTA)
        .header("content-type: application/octet-stream")
        .body(content.clone());
    let job = bed.ended(bed.hand_in(call)?);
    let status = match end {
        Broken => "fail_to_process",
        Failed => "complete",
    };
    if job["status"] != status || job["result"] != "Failure" {
        return Err(format!("expected {status}, got {job}"));
    }
    let errors = bed
        .json(&format!("/api/v2/jobs/{}/errors", job["id"]))
        .to_string();
    if !errors.contains(says) {
        return Err(format!(
            "does not say {says:?}: {}",
            errors.chars().take(700).collect::<String>()
        ));
    }
    if errors.len() > 10_000 {
        return Err(format!("{} bytes of errors", errors.len()));
    }
    Ok(())
}

fn gone(number: &str) -> String {
    format!(r#"{{"operation":"delete-article","articleData":{{"F_1":"{number}"}}}}"#)
}

/// Files that break.
fn files() -> Vec<Case> {
    let text = |text: &str| text.as_bytes().to_vec();
    let utf16 = |bytes: fn(u16) -> [u8; 2]| "\u{feff}[]".encode_utf16().flat_map(bytes).collect();
    let whole = format!("[{}]", gone("none"));
    let packed = gzip(whole.as_bytes());
    let endless = format!("[{}", format!("{},", gone("none")).repeat(5));
    let cut = format!("[\n{},\n{}", gone("none"), &gone("none")[..20]);
    vec![
        (
            "CSV",
            text("F_1;F_3\r\n1;code\r\n"),
            Broken,
            "must begin with { or [ at line 1, column 1",
        ),
        (
            "XML",
            text("<Items/>"),
            Broken,
            "must begin with { or [ at line 1, column 1",
        ),
        ("blanks", text(" \r\n "), Broken, "the file is empty at line 2"),
        (
            "NULs",
            vec![0; 1 << 20],
            Broken,
            "must begin with { or [ at line 1, column 1",
        ),
        (
            "a program",
            b"\x7fELF\x02\x01\x01\0".to_vec(),
            Broken,
            "must begin with { or [",
        ),
        (
            "a zip",
            b"PK\x03\x04\x14\0\0\0".to_vec(),
            Broken,
            "must begin with { or [",
        ),
        ("a byte order mark", text("\u{feff}[]"), Broken, "byte order mark"),
        (
            "UTF-16, little end first",
            utf16(u16::to_le_bytes),
            Broken,
            "utf-16",
        ),
        ("UTF-16, big end first", utf16(u16::to_be_bytes), Broken, "utf-16"),
        (
            "half of gzip",
            packed[..packed.len() / 2].to_vec(),
            Broken,
            "line 1",
        ),
        ("a gzip head", packed[..10].to_vec(), Broken, "line 1"),
        ("a gzip magic", packed[..2].to_vec(), Broken, "line 1"),
        ("gzip in gzip", gzip(&packed), Broken, "must begin with { or ["),
        (
            "a zip bomb of blanks",
            gzip(&[&b"["[..], &vec![b' '; 40 << 20]].concat()),
            Broken,
            "more than 1048576 bytes",
        ),
        (
            "a zip bomb of operations",
            gzip(format!("[{}", format!("{{}},{}", " ".repeat(1_000_000)).repeat(40)).as_bytes()),
            Broken,
            "unpacks to more",
        ),
        (
            "a string of 10 MB",
            text(&format!(
                r#"[{{"operation":"add-article","articleData":{{"F_1":"x","F_3":"{}"}}}}]"#,
                "x".repeat(10 << 20)
            )),
            Broken,
            "more than 1048576 bytes in one element",
        ),
        (
            "one operation of 10 MB",
            text(&format!(
                r#"[{{"operation":"add-article","articleData":{{"F_1":"x"{}}}}}]"#,
                r#","F_3":"x""#.repeat(1 << 20)
            )),
            Broken,
            "more than 1048576 bytes in one element",
        ),
        (
            "5 MB of brackets",
            vec![b'['; 5 << 20],
            Broken,
            "more than 1048576 bytes in one element",
        ),
        ("an array that never ends", text(&endless), Broken, "line 1"),
        (
            "an operation that is cut",
            text(&cut),
            Broken,
            "the file ends inside the value that begins at line 3, column 1",
        ),
        (
            "a comma before the end",
            text(&format!("[{},]", gone("none"))),
            Broken,
            "line 1",
        ),
        (
            "no comma",
            text(&format!("[{}\n{}]", gone("none"), gone("none"))),
            Broken,
            "expected , or ] at line 2, column 1",
        ),
        (
            "text behind the end",
            text(&format!("{whole}\nx")),
            Broken,
            "unexpected data after the end at line 2, column 1",
        ),
        ("a bad literal", text("[tru]"), Broken, "line 1"),
        (
            "a bad number",
            text(r#"[{"operation":"add-article","articleData":{"F_1":01}}]"#),
            Broken,
            "line 1",
        ),
        (
            "a byte that is no UTF-8",
            b"[{\"operation\":\"add-article\",\"articleData\":{\"F_1\":\"\xff\"}}]".to_vec(),
            Broken,
            "utf-8",
        ),
        (
            "a NUL between operations",
            text(&format!("[{},\0]", gone("none"))),
            Broken,
            "line 1",
        ),
        (
            "a later version",
            text(r#"{"version":2,"operations":[]}"#),
            Broken,
            "version 2 of delta files is not known",
        ),
        (
            "a version of text",
            text(r#"{"version":"1","operations":[]}"#),
            Broken,
            "version",
        ),
        (
            "operations that are no array",
            text(r#"{"operations":{}}"#),
            Broken,
            "operations must be an array",
        ),
        (
            "operations twice",
            text(r#"{"operations":[],"operations":[]}"#),
            Broken,
            "duplicate key \\\"operations\\\"",
        ),
        (
            "a version twice",
            text(r#"{"version":1,"operations":[],"version":1}"#),
            Broken,
            "duplicate key",
        ),
        (
            "2 MB around the operations",
            text(&format!(r#"{{"x":"{}","operations":[]}}"#, "x".repeat(2 << 20))),
            Broken,
            "bytes",
        ),
        (
            "10,000 objects without end",
            text(&r#"{"a":"#.repeat(10_000)),
            Broken,
            "line 1",
        ),
    ]
}

/// Files whose operations fail.
fn operations() -> Vec<Case> {
    let op = |data: &str| format!(r#"[{{"operation":"add-article","articleData":{data}}}]"#).into_bytes();
    let deep = format!(
        r#"{{"F_1":"x","F_3":{}{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let long = "n".repeat(100_000);
    vec![
        ("10,000 levels", op(&deep), Failed, "nested deeper than 16 levels"),
        (
            "an array as operation",
            b"[[1,2]]".to_vec(),
            Failed,
            "an operation must be an object, got an array",
        ),
        (
            "a number as operation",
            b"[7]".to_vec(),
            Failed,
            "an operation must be an object, got 7",
        ),
        (
            "null as operation",
            b"[null]".to_vec(),
            Failed,
            "an operation must be an object, got null",
        ),
        (
            "an empty operation",
            b"[{}]".to_vec(),
            Failed,
            "operation is missing",
        ),
        (
            "an unknown operation",
            br#"[{"operation":"drop-table","articleData":{"F_1":"x"}}]"#.to_vec(),
            Failed,
            "unknown operation: \\\"drop-table\\\"",
        ),
        (
            "an operation of 100 kB",
            format!(r#"[{{"operation":"{long}","articleData":{{"F_1":"x"}}}}]"#).into(),
            Failed,
            "unknown operation",
        ),
        (
            "an operation of a list",
            br#"[{"operation":["add-article"],"articleData":{"F_1":"x"}}]"#.to_vec(),
            Failed,
            "unknown operation: an array",
        ),
        (
            "an unknown key",
            br#"[{"operation":"add-article","articleData":{"F_1":"x"},"sudo":true}]"#.to_vec(),
            Failed,
            "unknown key",
        ),
        (
            "no data",
            br#"[{"operation":"add-article"}]"#.to_vec(),
            Failed,
            "articleData is missing",
        ),
        (
            "data that are a list",
            op("[]"),
            Failed,
            "articleData must be an object, got an array",
        ),
        (
            "no number",
            op("{}"),
            Failed,
            "F_1, the article number, is missing",
        ),
        (
            "an empty number",
            op(r#"{"F_1":""}"#),
            Failed,
            "F_1, the article number, is empty",
        ),
        (
            "null as number",
            op(r#"{"F_1":null}"#),
            Failed,
            "F_1, the article number, must be a string, got null",
        ),
        (
            "an object as number",
            op(r#"{"F_1":{"$ne":1}}"#),
            Failed,
            "field F_1 must be a string, a number or null, got an object",
        ),
        (
            "a number of 100 kB",
            op(&format!(r#"{{"F_1":"{long}"}}"#)),
            Failed,
            "longer than 256 bytes",
        ),
        (
            "a number with a control character",
            op(r#"{"F_1":"a\u0007"}"#),
            Failed,
            "control character",
        ),
        (
            "an unknown field",
            op(r#"{"F_1":"x","name":"y"}"#),
            Failed,
            "unknown field",
        ),
        (
            "a field of 100 kB",
            op(&format!(r#"{{"F_1":"x","{long}":"y"}}"#)),
            Failed,
            "unknown field",
        ),
        (
            "a field twice",
            op(r#"{"F_1":"x","F_3":"a","F_3":"b"}"#),
            Failed,
            "duplicate key",
        ),
        (
            "an escaped NUL",
            op(r#"{"F_1":"x","F_3":"\u0000"}"#),
            Failed,
            "U+0000",
        ),
        (
            "half a pair",
            op(r#"{"F_1":"x","F_3":"\ud800"}"#),
            Failed,
            "half of a surrogate pair",
        ),
        (
            "a number out of range",
            op(r#"{"F_1":"x","F_3":1e999}"#),
            Failed,
            "1e999 is out of range",
        ),
        (
            "a long number",
            op(&format!(r#"{{"F_1":"x","F_3":{}}}"#, "9".repeat(100_000))),
            Failed,
            "out of range",
        ),
        (
            "an article that is there",
            op(r#"{"F_1":"100","F_3":"x"}"#),
            Failed,
            "Trying to add an article that already exists: 100",
        ),
    ]
}
