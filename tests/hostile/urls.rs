//! Addresses that the server must not fetch: `address-refused`, 422, naming the address, and no job is made.
//!
//! Allowed are one port of 127.0.0.1, where a server of the test waits, and the web ports of `files.example.com`.

use super::answer::Form;
use super::row::{Call, DELTA, Row};

/// Addresses and what the refusal names.
const REFUSED: &[(&str, &str)] = &[
    (
        "http://169.254.169.254/latest/meta-data/",
        "link-local address 169.254.169.254",
    ),
    ("http://[::ffff:169.254.169.254]/", "169.254.169.254"),
    ("http://[::ffff:a9fe:a9fe]/", "169.254.169.254"),
    ("http://[::1]/", "address ::1"),
    ("http://[::]/", "address ::"),
    ("http://[fd00::1]/", "address fd00::1"),
    ("http://[fe80::1]/", "address fe80::1"),
    ("http://[64:ff9b::a9fe:a9fe]/", "64:ff9b::"),
    ("http://[2002:a9fe:a9fe::]/", "2002:a9fe:a9fe::"),
    ("http://127.0.0.1:22/", "port 22"),
    ("http://127.0.0.1/", "port 80"),
    ("https://127.0.0.1/", "port 443"),
    ("http://127.0.0.1:0/", "port 0"),
    ("http://127.1/", "127.0.0.1"),
    ("http://2130706433/", "127.0.0.1"),
    ("http://0x7f000001/", "127.0.0.1"),
    ("http://0177.0.0.1/", "127.0.0.1"),
    ("http://127。0。0。1/", "127.0.0.1"),
    ("http://①②⑦.⓪.⓪.①/", "127.0.0.1"),
    ("http://127.0.0.2/", "loopback address 127.0.0.2"),
    ("http://0.0.0.0/", "address 0.0.0.0"),
    ("http://0/", "address 0.0.0.0"),
    ("http://10.0.0.1/", "private address 10.0.0.1"),
    ("http://172.16.0.1/", "private address 172.16.0.1"),
    ("http://192.168.1.1/", "private address 192.168.1.1"),
    ("http://100.64.0.1/", "address 100.64.0.1"),
    ("http://198.18.0.1/", "address 198.18.0.1"),
    ("http://224.0.0.1/", "address 224.0.0.1"),
    ("http://255.255.255.255/", "address 255.255.255.255"),
    ("http://8.8.8.8/", "8.8.8.8"),
    ("http://localhost/", "localhost"),
    ("http://localhost./", "localhost"),
    ("http://LOCALHOST/", "localhost"),
    ("http://metadata.google.internal/", "metadata.google.internal"),
    ("http://evil.example/", "evil.example"),
    (
        "http://files.example.com.evil.example/",
        "files.example.com.evil.example",
    ),
    ("http://sub.files.example.com/", "sub.files.example.com"),
    ("http://example.com/", "example.com"),
    ("http://fıles.example.com/", "xn--"),
    ("http://files.example.com:8080/", "port 8080"),
    ("http://files.example.com:22/", "port 22"),
    ("http://evil.example#@files.example.com/", "evil.example"),
    ("http://evil.example\\\\@files.example.com/", "evil.example"),
    (
        "http://files.example.com@evil.example/",
        "user name or a password",
    ),
    ("http://user:s3cret@files.example.com/", "user name or a password"),
    ("http://files.example.com:99999/", "port"),
    ("file:///etc/passwd", "file"),
    ("FILE:///etc/passwd", "file"),
    ("ftp://files.example.com/a.json", "ftp"),
    ("gopher://127.0.0.1:6379/_FLUSHALL", "gopher"),
    ("data:application/json,[]", "data"),
    ("javascript:alert(1)", "javascript"),
    ("unix:/run/docker.sock", "unix"),
    ("jar:http://files.example.com/a!/b", "jar"),
    ("http+unix://%2Frun%2Fdocker.sock/", "http+unix"),
    ("//files.example.com/a.json", "//files.example.com"),
    ("/etc/passwd", "/etc/passwd"),
    ("a.json", "a.json"),
    ("http://", "http://"),
    ("http://[::1", "[::1"),
    ("http://%00/", "http://"),
    ("http://files.example.com%00.evil.example/", "http://"),
    ("http://a b/", "http://"),
];

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (url, says) in REFUSED {
        for body in [
            format!(r#"{{"file":"{url}"}}"#),
            format!(r#"{{"files":["http://files.example.com/a","{url}"]}}"#),
        ] {
            let call = Call::user("POST", DELTA).json(body.clone());
            rows.push(call.refused(body, 422, Form::Article).says(*says));
        }
    }
    let long = format!(r#"{{"file":"http://files.example.com/{}"}}"#, "x".repeat(100_000));
    rows.push(
        Call::user("POST", DELTA)
            .json(long)
            .refused("an address of 100 kB", 422, Form::Article)
            .says("8192"),
    );
    let garbage = format!(r#"{{"file":"{}"}}"#, "x".repeat(100_000));
    rows.push(
        Call::user("POST", DELTA)
            .json(garbage)
            .refused("100 kB of no address", 422, Form::Article)
            .says("8192"),
    );
    let many: Vec<_> = (0..1001)
        .map(|n| format!(r#""http://files.example.com/{n}""#))
        .collect();
    let many = many.join(",");
    let many = Call::user("POST", DELTA).json(format!(r#"{{"files":[{many}]}}"#));
    rows.push(
        many.refused("1001 files", 422, Form::Article)
            .says("at most 1000 files"),
    );
    rows
}
