//! Forms that are broken, flooded, or hold something else than one file.

use super::answer::Form;
use super::row::{Call, DELTA, Row};

fn part(disposition: &str, content: &str) -> String {
    format!("--xyz\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
}

fn send(name: &str, kind: &str, body: impl Into<Vec<u8>>, status: u16, says: &str) -> Row {
    let call = Call::user("POST", DELTA)
        .header(&format!("content-type: {kind}"))
        .body(body);
    call.refused(name, status, Form::Article).says(says)
}

pub(crate) fn rows() -> Vec<Row> {
    const KIND: &str = "multipart/form-data; boundary=xyz";
    const END: &str = "--xyz--\r\n";
    let whole = part(r#"name="file""#, "[]") + END;
    let file = |disposition: &str| part(disposition, "[]") + END;
    let wide = format!("multipart/form-data; boundary={}", "x".repeat(71));
    let boundary = "needs a boundary of 1 to 70 characters";
    let long = "n".repeat(300);
    let flood = (0..10_000)
        .map(|n| part(&format!(r#"name="f{n}""#), "x"))
        .collect::<String>()
        + END;
    let mut rows = vec![
        send("no boundary", "multipart/form-data", whole.clone(), 400, boundary),
        send(
            "an empty boundary",
            "multipart/form-data; boundary=",
            whole.clone(),
            400,
            boundary,
        ),
        send("a boundary of 71", &wide, whole.clone(), 400, boundary),
        send(
            "a boundary that is no ASCII",
            "multipart/form-data; boundary=\u{fc}",
            whole.clone(),
            400,
            boundary,
        ),
        send(
            "another boundary",
            "multipart/form-data; boundary=abc",
            whole.clone(),
            400,
            "ends before its last boundary",
        ),
        send("nothing", KIND, "", 400, "ends before its last boundary"),
        send("only the end", KIND, END, 422, "file"),
        send(
            "no end",
            KIND,
            part(r#"name="file""#, "[]"),
            400,
            "ends before its last boundary",
        ),
        send(
            "10 MB before the first part",
            KIND,
            vec![b'x'; 10 << 20],
            400,
            "ends before its last boundary",
        ),
        send(
            "10 MB of boundaries",
            KIND,
            "--xyz\r\n".repeat(1_500_000),
            400,
            "",
        ),
        send(
            "a boundary with text",
            KIND,
            whole.replacen("--xyz", "--xyzz", 1),
            400,
            "followed by text",
        ),
        send(
            "headers of 20 kB",
            KIND,
            whole.replacen("\r\n\r\n", &format!("\r\nx: {}\r\n\r\n", "y".repeat(20_000)), 1),
            400,
            "8192",
        ),
        send(
            "headers that are no UTF-8",
            KIND,
            [&b"--xyz\r\nx: \xff\r\n\r\n"[..], END.as_bytes()].concat(),
            400,
            "not UTF-8",
        ),
        send(
            "no disposition",
            KIND,
            "--xyz\r\n\r\n[]\r\n--xyz--\r\n",
            422,
            "is not known",
        ),
        send(
            "another name",
            KIND,
            file(r#"name="upload""#),
            422,
            r#"the part "upload" of the form is not known"#,
        ),
        send(
            "a long name",
            KIND,
            file(&format!(r#"name="{}""#, "n".repeat(7000))),
            422,
            "the part",
        ),
        send("no name", KIND, file(r#"filename="a.json""#), 422, "is not known"),
        send(
            "two files",
            KIND,
            part(r#"name="file""#, "[]") + &whole,
            422,
            "file: sent more than once",
        ),
        send(
            "a file and a field",
            KIND,
            part(r#"name="file""#, "[]") + &part(r#"name="x""#, "1") + END,
            422,
            r#""x""#,
        ),
        send("10,000 fields", KIND, flood, 422, r#"the part "f0""#),
        send(
            "an empty file",
            KIND,
            part(r#"name="file""#, "") + END,
            422,
            "file",
        ),
        send(
            "a name of 300 characters",
            KIND,
            file(&format!(r#"name="file"; filename="{long}""#)),
            422,
            "longer than 255",
        ),
        send(
            "a name with a NUL",
            KIND,
            file("name=\"file\"; filename=\"a\0b\""),
            422,
            "printable",
        ),
        send(
            "a name with an escape code",
            KIND,
            file("name=\"file\"; filename=\"\x1b[2J\""),
            422,
            "printable",
        ),
    ];
    for (name, value, says) in [
        ("a header name with a tab", "a\tb", "printable"),
        ("a header name of 300 characters", &long, "longer than 255"),
    ] {
        let call = Call::user("POST", DELTA)
            .header(&format!("x-file-name: {value}"))
            .json("[]");
        rows.push(call.refused(name, 422, Form::Article).says(says));
    }
    let mut latin = Call::user("POST", DELTA).json("[]").bytes();
    let at = latin
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("there is a head");
    latin.splice(at..at, *b"\r\nx-file-name: \xfc");
    rows.push(Row::raw("a header name that is no UTF-8", latin, 422, Form::Article).says("UTF-8"));
    rows
}
