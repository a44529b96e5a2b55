//! Starting: the first time, again, and where another server is already.

use testdb::only_on_sqlite;

use crate::support::{Client, Server, Start, stockyard};

#[test]
fn the_first_start_prints_an_admin_once() {
    let dir = tempfile::tempdir().unwrap();
    let plain = Start {
        dir: dir.path(),
        command: "serve",
        args: &[],
        env: &[],
    };
    let server = Server::with(&plain);
    let lines = server.first_lines();
    assert_eq!(lines[0], "first start: made the admin admin@localhost");
    let password = lines[1].strip_prefix("password: ").unwrap();
    assert!(password.len() >= 32, "{password}");
    let token = lines[2].strip_prefix("token: ").unwrap();
    let users = Client::new(server.url(), token).get("/api/v1/admin/users");
    assert!(users.text().contains("admin@localhost"), "{users:?}");
    assert!(!server.log().contains(password) && !server.log().contains(token));
    assert!(server.terminate().success());
    assert!(Server::with(&plain).first_lines().is_empty());
}

#[test]
fn the_first_admin_can_be_given() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    assert_eq!(
        server.first_lines(),
        ["first start: made the admin admin@example.com"]
    );
    assert_eq!(server.request("GET", "/api/v1/admin/users").send().status, 200);
}

#[test]
fn it_is_ready_when_it_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let ready = server.request("GET", "/readyz").token(None).send();
    assert_eq!(
        (ready.status, ready.text()),
        (200, r#"{"ready":true,"not_ready":[]}"#)
    );
    for path in ["/openapi/light100.json", "/openapi/fusion.json"] {
        assert_eq!(
            server.request("GET", path).token(None).send().status,
            200,
            "{path}"
        );
    }
}

#[test]
fn a_second_server_on_the_folder_is_refused() {
    if !only_on_sqlite("a folder has one server, a database any number") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let path = dir.path().to_str().unwrap();
    let refusal = stockyard(&["serve", "--listen", "127.0.0.1:0", "--data-dir", path]).refusal();
    assert!(refusal.contains("in use by another process"), "{refusal}");
    let taken = server.url().strip_prefix("http://").unwrap();
    let elsewhere = dir.path().join("other");
    let refusal = stockyard(&[
        "serve",
        "--listen",
        taken,
        "--data-dir",
        elsewhere.to_str().unwrap(),
    ])
    .refusal();
    assert!(
        refusal.contains(&format!("cannot listen on {taken}")),
        "{refusal}"
    );
    assert!(!elsewhere.exists(), "nothing is made before the address is had");
    assert_eq!(server.request("GET", "/readyz").send().status, 200);
}

#[test]
fn an_idle_server_is_small() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let rss = server.rss_kib();
    // The figure of a release build is in the documentation; unoptimised code is larger.
    assert!(rss < 80 << 10, "{rss} KiB");
}
