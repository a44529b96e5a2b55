//! Backup and restore: under load, with damage, into the wrong place.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use serde_json::Value;

use testdb::only_on_sqlite;

use crate::support::{Client, Server, stockyard};

fn add(number: u32) -> String {
    format!(r#"{{"operation":"add-article","articleData":{{"F_1":"A{number}","F_3":"{number}"}}}}"#)
}

fn back_up(data: &Path, to: &Path) -> crate::support::Output {
    stockyard(&[
        "backup",
        "--data-dir",
        data.to_str().unwrap(),
        "--to",
        to.to_str().unwrap(),
    ])
}

fn restore(from: &Path, data: &Path) -> crate::support::Output {
    stockyard(&[
        "restore",
        "--from",
        from.to_str().unwrap(),
        "--data-dir",
        data.to_str().unwrap(),
    ])
}

/// A folder with a stopped server's data: one job, whose file is a content.
fn filled(dir: &Path) -> PathBuf {
    let data = dir.join("data");
    let server = Server::start(&data, &[]);
    let job = server.client().delta(&add(1));
    server.settle(&job);
    assert!(server.terminate().success());
    data
}

fn contents(data: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![data.join("blobs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false if entry.file_name().len() == 64 => found.push(entry.path()),
                false => {}
            }
        }
    }
    found
}

#[test]
fn a_backup_under_load_is_one_moment() {
    if !only_on_sqlite("a backup copies the file; PostgreSQL has its own") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (data, copy, again) = (
        dir.path().join("data"),
        dir.path().join("copy"),
        dir.path().join("again"),
    );
    let server = Server::start(&data, &[]);
    let settled = server
        .client()
        .delta(&(0..500).map(add).collect::<Vec<_>>().join("\n"));
    server.settle(&settled);
    let (token, url) = (server.token_of("admin@example.com"), server.url());
    let (done, (begun, first)) = (AtomicBool::new(false), mpsc::channel());
    let sent = thread::scope(|scope| {
        let load = scope.spawn(|| {
            let client = Client::new(url, &token);
            let mut number = 500;
            while !done.load(Ordering::Relaxed) {
                client.delta(&add(number));
                number += 1;
                // Only the first is waited for.
                let _ = begun.send(());
            }
            number
        });
        first.recv().unwrap();
        let report = back_up(&data, &copy);
        done.store(true, Ordering::Relaxed);
        let sent = load.join().unwrap();
        assert!(report.ok().starts_with("backed up the database and "));
        sent
    });
    assert!(sent > 501, "there was load all the time");
    restore(&copy, &again).ok();
    let restored = Server::start(&again, &[]);
    assert_eq!(
        restored
            .request("GET", "/readyz")
            .token(Some(&token))
            .send()
            .status,
        200
    );
    for number in [0, 250, 499] {
        let path = format!("/api/v1/articles/A{number}");
        let [before, after] = [&server, &restored].map(|server| server.request("GET", &path).send());
        assert_eq!((before.status, before.text()), (200, after.text()));
    }
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(copy.join("manifest.json")).unwrap()).unwrap();
    let blobs = manifest["blobs"].as_array().unwrap().len();
    assert_eq!(contents(&again).len(), blobs);
    // What was accepted by then is in it, and goes on where it was.
    let jobs = restored.request("GET", "/api/v2/jobs?per_page=1").send().json();
    assert_eq!(jobs["total_entries"].as_u64(), Some(blobs as u64));
    let last = jobs["entries"][0]["id"].to_string();
    restored.settle(&last);
    let path = format!("/api/v1/articles/A{}", 500 + blobs - 2);
    assert_eq!(restored.request("GET", &path).send().status, 200);
}

#[test]
fn missing_content_is_told_and_the_rest_is_saved() {
    if !only_on_sqlite("a backup copies the file; PostgreSQL has its own") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let data = filled(dir.path());
    let content = contents(&data).pop().unwrap();
    std::fs::write(&content, "not what it was").unwrap();
    let (copy, again) = (dir.path().join("copy"), dir.path().join("again"));
    let refusal = back_up(&data, &copy).refusal();
    let id = content.file_name().unwrap().to_str().unwrap();
    assert!(
        refusal.contains(&format!("content {id} is missing or damaged")),
        "{refusal}"
    );
    let output = restore(&copy, &again);
    assert!(
        output.stderr.contains("was missing when the backup was made"),
        "{output:?}"
    );
    output.ok();
    let server = Server::start(&again, &[]);
    assert_eq!(server.request("GET", "/api/v1/articles/A1").send().status, 200);
}

#[test]
fn a_damaged_backup_is_refused_and_leaves_nothing() {
    if !only_on_sqlite("a backup copies the file; PostgreSQL has its own") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let data = filled(dir.path());
    let copy = dir.path().join("copy");
    back_up(&data, &copy).ok();
    let blob = contents(&copy).pop().unwrap();
    for file in [blob, copy.join("stockyard.db")] {
        let again = dir.path().join("again");
        let whole = std::fs::read(&file).unwrap();
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(&file, &changed).unwrap();
        let refusal = restore(&copy, &again).refusal();
        assert!(
            refusal.contains(&format!("{} is damaged", file.display())),
            "{refusal}"
        );
        assert!(!again.exists());
        std::fs::write(&file, whole).unwrap();
    }
    std::fs::remove_file(copy.join("manifest.json")).unwrap();
    let refusal = restore(&copy, &dir.path().join("again")).refusal();
    assert!(refusal.contains("is no complete backup"), "{refusal}");
}

#[test]
fn nothing_is_written_over() {
    if !only_on_sqlite("a backup copies the file; PostgreSQL has its own") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let data = filled(dir.path());
    let copy = dir.path().join("copy");
    back_up(&data, &copy).ok();
    for refusal in [
        back_up(&data, &copy),
        back_up(&data, &data),
        restore(&copy, &data),
    ] {
        let refusal = refusal.refusal();
        assert!(refusal.contains("is not empty"), "{refusal}");
    }
    restore(&copy, &dir.path().join("again")).ok();
}
