//! Files that are not ours, not of this release, or damaged: refused with a clear word and left as they are.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use storage::Error;
use storage::sqlite::{Access, check, open};

use super::kit::{collection, options, put_one, serve};

/// The error of opening in either way; the file must not change.
fn refusal(directory: &Path) -> Error {
    let file = options(directory).database();
    let before = fs::read(&file).unwrap();
    let visit = open(&options(directory), Access::Visit).err().unwrap();
    let served = open(&options(directory), Access::Serve).err().unwrap();
    assert_eq!(visit.to_string(), served.to_string());
    assert!(fs::read(&file).unwrap() == before, "a refused file was changed");
    served
}

/// A closed store with some records.
fn filled(directory: &Path) {
    let server = serve(directory);
    let c = collection(&server.store());
    for n in 0..200 {
        put_one(&server.store(), c, &format!("record {n}"), 3000).unwrap();
    }
}

fn change(directory: &Path, sql: &str) {
    let connection = Connection::open(options(directory).database()).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let text = "no database, but a letter to a friend\n".repeat(500);
    fs::write(options(directory.path()).database(), text).unwrap();
    let error = refusal(directory.path());
    assert!(matches!(error, Error::Foreign { .. }), "{error}");
    assert!(error.to_string().contains("the file is no database"), "{error}");
}

#[test]
fn a_database_of_another_program_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    change(
        directory.path(),
        "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)",
    );
    let error = refusal(directory.path());
    assert!(error.to_string().contains("another program"), "{error}");
}

#[test]
fn an_empty_file_becomes_a_store() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(options(directory.path()).database(), "").unwrap();
    serve(directory.path());
}

#[test]
fn a_newer_store_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    change(
        directory.path(),
        "INSERT INTO migrations VALUES (999, 'future', 'x')",
    );
    let error = refusal(directory.path());
    assert!(matches!(error, Error::Newer { found: 999, .. }), "{error}");
    assert!(matches!(
        check(&options(directory.path()).database()),
        Err(Error::Newer { .. })
    ));
}

#[test]
fn an_edited_step_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    change(
        directory.path(),
        "UPDATE migrations SET checksum = 'x' WHERE version = 1",
    );
    let error = refusal(directory.path());
    assert!(matches!(error, Error::Migration { version: 1, .. }), "{error}");
}

fn finding(directory: &Path) -> String {
    match check(&options(directory).database()) {
        Err(Error::Damaged(what)) => what,
        other => panic!("not found to be damaged: {other:?}"),
    }
}

#[test]
fn a_sound_store_passes_the_check() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    check(&options(directory.path()).database()).unwrap();
}

#[test]
fn a_missing_store_is_no_sound_one() {
    let directory = tempfile::tempdir().unwrap();
    let missing = check(&directory.path().join("none.db"));
    assert!(matches!(missing, Err(Error::Path { .. })), "{missing:?}");
    assert!(!directory.path().join("none.db").exists());
}

#[test]
fn a_cut_file_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let path = options(directory.path()).database();
    let length = fs::metadata(&path).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(length / 2).unwrap();
    finding(directory.path());
}

#[test]
fn an_overwritten_page_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let path = options(directory.path()).database();
    let mut bytes = fs::read(&path).unwrap();
    // Every page behind the schema in turn would do; one in the middle belongs to the records.
    let page = bytes.len() / 4096 / 2;
    bytes[page * 4096..][..4096].fill(0xa5);
    fs::write(path, bytes).unwrap();
    finding(directory.path());
}

#[test]
fn a_body_that_is_no_json_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    change(
        directory.path(),
        "UPDATE r1 SET body = x'ff00' WHERE id = 'record 7'",
    );
    let found = finding(directory.path());
    assert!(found.contains("record 7"), "{found}");
}
