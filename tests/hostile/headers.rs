//! Floods of headers, headers that are none, and credentials in every wrong shape.

use super::answer::Form;
use super::row::{Call, JOBS, Row};

const LIST: &str = "/api/v1/jobs/jobs";
const USERS: &str = "/api/v1/admin/users";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = floods();
    rows.extend(malformed());
    rows.extend(credentials());
    rows.extend(hosts());
    rows
}

fn floods() -> Vec<Row> {
    let many = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let flood = |name: &str, lines: &str| {
        let request = format!("GET {LIST} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{lines}\r\n");
        Row::raw(name, request, 431, Form::Bare)
    };
    vec![
        flood("101 headers", &many(99)),
        flood("1,000 headers", &many(1000)),
        flood("100,000 headers", &many(100_000)),
        flood("a header of 40 kB", &format!("x: {}\r\n", "y".repeat(40_000))),
        flood("a header of 10 MB", &format!("x: {}\r\n", "y".repeat(10 << 20))),
        flood("a name of 40 kB", &format!("{}: y\r\n", "x".repeat(40_000))),
        flood(
            "90 headers of 1 kB",
            &many(90).replace(": 1", &format!(": {}", "y".repeat(1000))),
        ),
        flood(
            "a token of 40 kB",
            &format!("authorization: Bearer {}\r\n", "y".repeat(40_000)),
        ),
        flood(
            "cookies of 100 kB",
            &"cookie: a=b; c=d; e=f; g=h; i=j; k=l; m=n; o=p; q=r; s=t\r\n".repeat(1700),
        ),
    ]
}

fn malformed() -> Vec<Row> {
    let with = |name: &str, line: &[u8]| {
        let head = format!(
            "GET {LIST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {{user}}\r\nconnection: close\r\n"
        );
        Row::raw(
            name,
            [head.as_bytes(), line, b"\r\n\r\n"].concat(),
            400,
            Form::Bare,
        )
    };
    let first = |name: &str, line: &str| {
        let request = format!("{line}\r\nhost: x\r\nconnection: close\r\n\r\n");
        Row::raw(name, request, 400, Form::Bare)
    };
    vec![
        with("no colon", b"nonsense"),
        with("no name", b": x"),
        with("a blank in a name", b"x y: 1"),
        with("a blank before the colon", b"content-length : 5"),
        with("a folded line", b"x: 1\r\n folded"),
        with("a leading blank", b" x: 1"),
        with("a NUL in a value", b"x: a\0b"),
        with("a control character in a value", b"x: a\x01b"),
        with("a bare CR in a value", b"x: a\rb: c"),
        with("a byte that is no ASCII in a name", b"\xfc: 1"),
        with("brackets in a name", b"(x): 1"),
        first("no version", &format!("GET {LIST}")),
        first("HTTP/0.9", &format!("GET {LIST} HTTP/0.9")),
        first("HTTP/1.2", &format!("GET {LIST} HTTP/1.2")),
        first("HTTP/2.0", &format!("GET {LIST} HTTP/2.0")),
        first("HTTP/3", &format!("GET {LIST} HTTP/3")),
        first("HTTP/1.10", &format!("GET {LIST} HTTP/1.10")),
        first("a small http", &format!("GET {LIST} http/1.1")),
        first("another protocol", &format!("GET {LIST} RTSP/1.0")),
        first("too many words", &format!("GET {LIST} x HTTP/1.1")),
        first("no method", &format!(" {LIST} HTTP/1.1")),
        first("a comma as method", &format!("GE,T {LIST} HTTP/1.1")),
        first("one word", "NONSENSE"),
        first("a mail server's greeting", "EHLO evil.example"),
        first("SSH", "SSH-2.0-OpenSSH_9.6"),
        first("Redis", "*1\r\n$8\r\nFLUSHALL"),
        Row::raw(
            "TLS",
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03tls hello\r\n\r\n".to_vec(),
            400,
            Form::Bare,
        ),
        Row::raw("NULs", vec![0; 4096], 400, Form::Bare),
    ]
}

/// All of these are `unauthenticated`, in each dialect's form.
fn credentials() -> Vec<Row> {
    let mut rows = Vec::new();
    let long = format!("authorization: Bearer {}", "y".repeat(5000));
    for (name, lines) in [
        ("no token", ""),
        ("an empty header", "authorization: "),
        ("only a scheme", "authorization: Bearer"),
        ("an empty token", "authorization: Bearer "),
        (
            "an unknown token",
            "authorization: Bearer sy_0000000000000000000000000000000000000000000",
        ),
        ("a token behind two blanks", "authorization: Bearer  {user}"),
        ("a token behind a tab", "authorization: Bearer\t{user}"),
        ("a token and a word", "authorization: Bearer {user} x"),
        ("a token and a letter", "authorization: Bearer {user}x"),
        ("a token in quotes", "authorization: Bearer \"{user}\""),
        ("a token alone", "authorization: {user}"),
        ("a token of 5 kB", &long),
        (
            "basic",
            "authorization: Basic YWRtaW5AZXhhbXBsZS5jb206Y29ycmVjdCBob3JzZQ==",
        ),
        ("digest", "authorization: Digest username=\"admin\""),
        (
            "two tokens",
            "authorization: Bearer {user}\r\nauthorization: Bearer {admin}",
        ),
        (
            "a good one and a bad one",
            "authorization: Bearer {user}\r\nauthorization: Bearer x",
        ),
        ("SQL", "authorization: Bearer 'OR'1'='1"),
        ("a proxy's header", "proxy-authorization: Bearer {user}"),
        ("another dialect's header", "token: {user}"),
        ("a cookie", "cookie: token={user}"),
        ("a byte that is no ASCII", "authorization: Bearer \u{fc}"),
        ("a user beside nothing", "x-forwarded-user: admin@example.com"),
    ] {
        for (path, form) in [(LIST, Form::Article), (USERS, Form::Admin), (JOBS, Form::Fusion)] {
            let call = Call::new("GET", path);
            let call = if lines.is_empty() {
                call
            } else {
                call.header(lines)
            };
            rows.push(call.refused(format!("{name} to {path}"), 401, form));
        }
    }
    for (name, line) in [
        ("a token without email", "authorization: Token token={user}"),
        (
            "a token of another",
            "authorization: Token token={user},email=admin@example.com",
        ),
        (
            "two tokens in one",
            "authorization: Token token={user},token={user},email=user@example.com",
        ),
        (
            "an email without token",
            "authorization: Token email=user@example.com",
        ),
        (
            "a pair without equals",
            "authorization: Token {user},user@example.com",
        ),
    ] {
        rows.push(
            Call::new("GET", JOBS)
                .header(line)
                .refused(name, 401, Form::Fusion),
        );
    }
    // Who is not let in learns nothing of what is wrong with a body, and need not send it.
    let body = Call::new("POST", "/api/v1/articles/update").json(vec![b'x'; 10 << 20]);
    rows.push(body.refused("10 MB without a token", 401, Form::Article));
    rows
}

/// The protocol wants exactly one host of a request of its version 1.1.
fn hosts() -> Vec<Row> {
    let with = |name: &str, lines: &str| {
        let request = format!(
            "GET {LIST} HTTP/1.1\r\n{lines}authorization: Bearer {{user}}\r\nconnection: close\r\n\r\n"
        );
        Row::raw(name, request, 400, Form::Article).says("Host")
    };
    vec![
        with("no host", ""),
        with("two hosts", "host: x\r\nhost: y\r\n"),
        with("the same host twice", "host: x\r\nhost: x\r\n"),
    ]
}
