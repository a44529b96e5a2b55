//! A server on PostgreSQL: the same answers as on the embedded store, for its clients and its commands.

use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;
use testdb::{Database, only_on_sqlite};

use crate::support::{Server, stockyard};

/// Method, path, type of the body, body.
type Call = (&'static str, &'static str, &'static str, &'static str);

const JSON: &str = "application/json";
const DELTA: &str = r#"{"operation":"add-article","articleData":{"F_1":"A1","F_2":"Ä \"x\" 1e2","F_3":"10"}}
{"operation":"add-article","articleData":{"F_1":"A2","F_3":"20"}}
{"operation":"update-article","articleData":{"F_1":"A1","F_3":"11"}}
{"operation":"update-article","articleData":{"F_1":"missing","F_3":"11"}}
{"operation":"delete-article","articleData":{"F_1":"A2"}}"#;

/// Calls of every article route that changes or shows something, of the jobs they make, and of calculations.
const CALLS: &[Call] = &[
    ("GET", "/api/v1/articles/A1", "", ""),
    ("GET", "/api/v1/articles/A2", "", ""),
    ("GET", "/api/v1/articles/missing", "", ""),
    (
        "POST",
        "/api/v1/articles",
        JSON,
        r#"{"F_1":"A1","customNumber":"B1"}"#,
    ),
    (
        "POST",
        "/api/v1/articles",
        JSON,
        r#"{"F_1":"none","customNumber":"B2"}"#,
    ),
    ("GET", "/api/v1/articles/B1", "", ""),
    (
        "POST",
        "/api/v1/articles/update",
        JSON,
        r#"{"F_1":"B1","F_3":"2"}"#,
    ),
    ("GET", "/api/v1/articles/B1", "", ""),
    ("GET", "/api/v1/articles/delete/B1", "", ""),
    ("GET", "/api/v1/articles/delete/B1", "", ""),
    ("GET", "/api/v1/articles/B1", "", ""),
    ("GET", "/api/v1/jobs/jobs", "", ""),
    ("GET", "/api/v1/jobs/files", "", ""),
    ("GET", "/api/v1/jobs/failedjobs", "", ""),
    ("GET", "/api/v1/jobs/failedarticles", "", ""),
    ("GET", "/api/v1/jobs/failedfiles", "", ""),
    ("GET", "/api/v1/jobs/successfulfiles", "", ""),
    ("GET", "/api/v1/admin/users", "", ""),
    ("GET", "/api/v2/jobs", "", ""),
    ("GET", "/api/v2/jobs?status=Pending", "", ""),
    (
        "POST",
        "/qalx/item",
        JSON,
        r#"{"data":{"height":1.50,"tags":["a","b"]},"meta":{"n":1}}"#,
    ),
    (
        "POST",
        "/qalx/item",
        JSON,
        r#"{"data":{"height":2},"meta":{"n":2}}"#,
    ),
    ("GET", "/qalx/item?query={\"data.height\":{\"$gt\":1.75}}", "", ""),
    ("GET", "/qalx/item?sort=-data.height", "", ""),
    ("GET", "/qalx/item?query={\"data.tags\":\"b\"}", "", ""),
    ("POST", "/qalx/item", JSON, "[]"),
    ("GET", "/api/v1/jobs/clear", "", ""),
    ("GET", "/api/v1/jobs/failedarticles", "", ""),
];

/// An answer without what differs from server to server: ids, times, the address.
fn plain(value: &mut Value, url: &str) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| plain(value, url)),
        Value::Object(map) => map.values_mut().for_each(|value| plain(value, url)),
        Value::String(text) => {
            let hex = |text: &str| text.bytes().filter(u8::is_ascii_hexdigit).count() >= 20;
            let time = text.len() >= 19 && text.as_bytes()[4] == b'-' && text.contains(':');
            if time || (hex(text) && !text.contains(' ')) {
                *text = "…".to_owned();
            } else {
                *text = text.replace(url, "…");
            }
        }
        Value::Number(number) if number.as_u64().is_some_and(|number| number > 1 << 40) => {
            *value = Value::Null
        }
        _ => {}
    }
}

fn answers(server: &Server) -> Vec<String> {
    let job = server.client().delta(DELTA);
    server.settle(&job);
    let token = server.token_of("admin@example.com");
    let call = |(method, path, kind, body): &Call| {
        let mut request = server.request(method, path);
        if path.starts_with("/qalx") {
            request = request
                .token(None)
                .header("authorization", &format!("Token {token}"));
        }
        if !kind.is_empty() {
            request = request.header("content-type", kind).body(*body);
        }
        let answer = request.send();
        let mut shown =
            serde_json::from_slice(&answer.body).unwrap_or(Value::String(answer.text().to_owned()));
        plain(&mut shown, server.url());
        format!("{method} {path}: {} {shown}", answer.status)
    };
    CALLS.iter().map(call).collect()
}

/// A data folder whose configuration names this database.
fn folder(database: &Database) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let config = format!("database = \"{}\"\n", database.address());
    std::fs::write(dir.path().join("stockyard.toml"), config).unwrap();
    dir
}

#[test]
fn it_answers_as_one_on_the_embedded_store() {
    if !only_on_sqlite("it has a server on each store") {
        return;
    }
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::new());
    let elsewhere = folder(&database);
    let (embedded, other) = (
        Server::start(dir.path(), &[]),
        Server::start(elsewhere.path(), &[]),
    );
    for (expected, found) in answers(&embedded).iter().zip(answers(&other)) {
        assert_eq!(*expected, found);
    }
    let good = answers(&other)
        .iter()
        .filter(|call| call.contains(": 200 "))
        .count();
    assert!(
        good > CALLS.len() / 2,
        "{good} of {} calls are answered well",
        CALLS.len()
    );
    assert!(!elsewhere.path().join("stockyard.db").exists());
    assert!(other.terminate().success());
}

#[test]
fn it_reaches_the_database_through_tls() {
    let (dir, key) = (tempfile::tempdir().unwrap(), KeyPair::generate().unwrap());
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let database = Database::with_tls(&certificate, &key.serialize_pem());
    let file = dir.path().join("server.pem");
    std::fs::write(&file, certificate).unwrap();
    let address = |host: &str| {
        let address = database.address_at(host).replace('@', ":secret@");
        format!("{address}?sslmode=verify-full&sslrootcert={}", file.display())
    };
    let config = format!(
        "database = \"{}\"\n[log]\nlevel = \"debug\"\n",
        address("localhost")
    );
    std::fs::write(dir.path().join("stockyard.toml"), config).unwrap();
    let server = Server::start(dir.path(), &[]);
    let job = server.client().delta(DELTA);
    server.settle(&job);
    assert_eq!(server.request("GET", "/api/v1/articles/A1").send().status, 200);
    let plain = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'stockyard' AND NOT ssl";
    assert_eq!(database.sql(plain).trim(), "0");
    server.signal(rustix::process::Signal::TERM);
    let (status, log) = server.wait();
    assert!(status.success() && !log.contains("secret"), "{log}");
    let folder = dir.path().to_str().unwrap();
    let wrong = [
        "user",
        "list",
        "--data-dir",
        folder,
        "--database",
        &address("127.0.0.1"),
    ];
    let refusal = stockyard(&wrong).refusal();
    assert!(
        refusal.contains("not valid for name") && !refusal.contains("secret"),
        "{refusal}"
    );
}

#[test]
fn what_was_written_is_there_after_a_kill() {
    let database = Database::new();
    let dir = folder(&database);
    let server = Server::start(dir.path(), &[]);
    let job = server.client().delta(DELTA);
    server.settle(&job);
    server.kill9();
    let again = Server::start(dir.path(), &[]);
    assert!(again.first_lines().is_empty());
    assert_eq!(again.request("GET", "/api/v1/articles/A1").send().status, 200);
}

#[test]
fn commands_take_the_address_too() {
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::new());
    let (folder, address) = (dir.path().to_str().unwrap(), database.address());
    let place = ["--data-dir", folder, "--database", &address];
    let make = [
        "user",
        "create",
        "--email",
        "ann@example.com",
        "--name",
        "Ann",
        "--password",
        "correct horse",
    ];
    let made = stockyard(&[&make[..], &place].concat()).ok();
    assert!(made.contains("token: "), "{made}");
    let listed = stockyard(&[&["user", "list"][..], &place].concat()).ok();
    assert!(listed.contains("ann@example.com"), "{listed}");
    let refusal = stockyard(&[&["backup", "--to", folder][..], &place].concat()).refusal();
    assert!(refusal.contains("pg_dump"), "{refusal}");
    let gone = [
        "user",
        "list",
        "--data-dir",
        folder,
        "--database",
        "postgres://u:secret@127.0.0.1:1/none",
    ];
    let refusal = stockyard(&gone).refusal();
    assert!(
        refusal.contains("away") && !refusal.contains("secret"),
        "{refusal}"
    );
}
