//! The doctor: what is fine, what is odd, what is broken.

use testdb::only_on_sqlite;

use crate::support::{Server, stockyard};

#[test]
fn a_fresh_machine_is_well() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("new");
    let report = stockyard(&[
        "doctor",
        "--data-dir",
        data.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ])
    .ok();
    assert!(!report.contains("FAIL"), "{report}");
    assert_eq!(report.lines().count(), 9, "{report}");
    assert!(!data.exists(), "it makes nothing");
}

#[test]
fn it_runs_beside_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let listen = server.url().strip_prefix("http://").unwrap();
    let report = stockyard(&[
        "doctor",
        "--data-dir",
        dir.path().to_str().unwrap(),
        "--listen",
        listen,
    ])
    .ok();
    for needle in [
        "of this release",
        "is in use; fine if that is this server",
        "ms (median of",
    ] {
        assert!(report.contains(needle), "{needle}: {report}");
    }
}

#[test]
fn a_damaged_store_fails() {
    if !only_on_sqlite("the file is damaged") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    assert!(Server::start(dir.path(), &[]).terminate().success());
    let database = dir.path().join("stockyard.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xa5);
    std::fs::write(&database, bytes).unwrap();
    let output = stockyard(&[
        "doctor",
        "--data-dir",
        dir.path().to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line = output
        .stdout
        .lines()
        .find(|line| line.contains("  store"))
        .unwrap();
    assert!(
        line.starts_with("FAIL") && line.contains("stockyard restore"),
        "{line}"
    );
}
