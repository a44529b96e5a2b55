//! An app: its definition given at the start, its API used as real clients use it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Server, stockyard};

fn crm() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/crm")
}

fn start(dir: &Path, more: &[&str]) -> Server {
    let folder = crm();
    let mut args = vec!["--app", folder.to_str().unwrap()];
    args.extend(more);
    Server::start(dir, &args)
}

/// A user with all rights on records, and a token of his.
fn manager(dir: &Path) -> String {
    let folder = dir.to_str().unwrap();
    let user = [
        "user",
        "create",
        "--data-dir",
        folder,
        "--email",
        "ann@example.com",
        "--name",
        "Ann Bee",
        "--password",
        "correct horse battery 1",
        "--group",
        "managers",
    ];
    stockyard(&user).ok();
    let token = [
        "token",
        "create",
        "--data-dir",
        folder,
        "--user",
        "ann@example.com",
    ];
    stockyard(&token).ok().trim().to_owned()
}

/// What is answered to bytes that are sent as they are; the server ends the connection.
fn raw(server: &Server, request: &str) -> (u16, Value) {
    let address = server.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (
        status,
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}")),
    )
}

#[test]
fn a_session_works_on_records_that_outlive_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &[]);
    manager(dir.path());
    let login = json!({ "email": "ann@example.com", "password": "correct horse battery 1" });
    let request = server.request("POST", "/prod/runtime/api/auth/login").token(None);
    let session = request
        .header("content-type", "application/json")
        .body(login.to_string())
        .send();
    assert_eq!(session.status, 200, "{session:?}");
    let session: Value = serde_json::from_str(session.text()).unwrap();
    assert_eq!(
        (&session["app"], &session["userName"]),
        (&json!("crm"), &json!("Ann Bee"))
    );
    let token = session["token"].as_str().unwrap();
    let company = json!({ "name": "Test 1", "type": "a" }).to_string();
    let request = server
        .request("POST", "/prod/runtime/api/data/companies")
        .token(None);
    let made = request.header("token", token).body(company).send();
    assert_eq!(made.status, 200, "{made:?}");
    let made: Value = serde_json::from_str(made.text()).unwrap();
    assert!(server.terminate().success());
    let server = start(dir.path(), &[]);
    let path = format!("/api/data/companies/{}", made["id"].as_str().unwrap());
    let found = server
        .request("GET", &path)
        .token(None)
        .header("token", token)
        .send();
    assert_eq!(serde_json::from_str::<Value>(found.text()).unwrap(), made);
}

#[test]
fn requests_are_taken_as_clients_send_them() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &[]);
    let token = manager(dir.path());
    let head = |line: &str, more: &str| {
        format!("{line} HTTP/1.1\r\nHost: x\r\nToken: {token}\r\nConnection: close\r\n{more}\r\n")
    };
    let chunked = |body: &str| format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let kind = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    for name in ["ACME, Inc", "Zürich {1}", "plain"] {
        let body = json!({ "name": name, "type": "a" }).to_string();
        let (status, made) = raw(
            &server,
            &(head("POST /api/data/companies", kind) + &chunked(&body)),
        );
        assert_eq!((status, &made["label"]), (200, &json!(name)), "{made}");
    }
    for (query, total) in [
        ("name=\"ACME, Inc\"", 1),
        ("name=like(\"me, I\")", 1),
        ("name=Zürich {1}", 1),
        (
            "_query=or(filter('name','plain'), filter('name','like(rich {)'))",
            2,
        ),
        ("addresses={\"state\":\"NV\"}", 0),
    ] {
        let (status, page) = raw(
            &server,
            &head(&format!("GET /prod/runtime/api/data/companies?{query}"), ""),
        );
        assert_eq!((status, &page["total"]), (200, &json!(total)), "{query}: {page}");
    }
}

#[test]
fn a_wrong_definition_is_refused_with_every_place() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("app");
    std::fs::create_dir_all(folder.join("entities")).unwrap();
    std::fs::write(folder.join("app.yaml"), "name: shop\ncolour: red\n").unwrap();
    std::fs::write(
        folder.join("entities/things.yaml"),
        "name: things\nlabel: Things\n",
    )
    .unwrap();
    let data = dir.path().join("data");
    let args = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        data.to_str().unwrap(),
        "--app",
        folder.to_str().unwrap(),
    ];
    let refusal = stockyard(&args).refusal();
    for needle in ["app.yaml:2: colour", "entities/things.yaml"] {
        assert!(refusal.contains(needle), "{refusal}");
    }
}

#[test]
fn the_environment_is_what_the_command_line_says() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &["--environment", "dev"]);
    let status = |path: &str| server.request("GET", path).token(None).send().status;
    assert_eq!(status("/dev/runtime/api/users/current"), 401);
    assert_eq!(status("/prod/runtime/api/users/current"), 404);
    assert_eq!(status("/api/users/current"), 401);
}
