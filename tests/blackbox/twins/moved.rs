//! A server that is moved to PostgreSQL, by a command that is killed again and again: from there on it answers as the one
//! that stays on the embedded store, and the jobs that stood still or were under way go on.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use testdb::{Database, only_on_sqlite};

use super::chance::Chance;
use super::pair::{Ask, Pair};
use super::queue::{FIRST, Gate, answer, hand_in};
use super::{Run, setting, settings};
use crate::support::{command, stockyard};

/// Runs that are killed before one may come to its end.
const KILLS: usize = 12;

fn arguments<'a>(from: &'a str, to: &'a str) -> Vec<&'a str> {
    vec!["migrate", "--from", from, "--to", to, "--rows", "40"]
}

/// Runs it until it has said so many lines, and kills it then; whether it was quicker.
fn killed_after(lines: usize, from: &str, to: &str) -> bool {
    let mut child = command(&arguments(from, to))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let said = said.take(lines).count();
    child.kill().unwrap();
    child.wait().unwrap();
    said < lines
}

/// Moves what is in a folder, killed at random moments.
fn moved(chance: &mut Chance, folder: &Path, database: &Database) {
    let (from, to) = (format!("sqlite:{}", folder.display()), database.address());
    for lines in [2, 3] {
        assert!(
            !killed_after(lines, &from, &to),
            "it came to its end within {lines} lines"
        );
    }
    let path = folder.to_str().unwrap();
    let visit = stockyard(&["user", "list", "--data-dir", path, "--database", &to]).refusal();
    assert!(visit.contains("a store is being moved into it"), "{visit}");
    let kills = (0..KILLS)
        .take_while(|_| !killed_after(chance.below(40), &from, &to))
        .count();
    let said = stockyard(&arguments(&from, &to)).ok();
    if kills == KILLS {
        assert!(said.contains("going on with what was begun"), "{said}");
        assert!(
            said.contains("the same on both sides") && said.contains("moved "),
            "{said}"
        );
    }
    println!(
        "killed {kills} times; the last run said {} lines",
        said.lines().count()
    );
    let again = stockyard(&arguments(&from, &to)).ok();
    assert!(again.contains("it was moved there before"), "{again}");
}

#[test]
fn a_moved_server_answers_as_before_and_goes_on() {
    if !only_on_sqlite("a folder is moved into a database") {
        return;
    }
    let (seed, requests) = (
        setting("STOCKYARD_TWINS_SEED", 1),
        setting("STOCKYARD_MOVED_REQUESTS", 1_500),
    );
    println!("seed {seed}, {requests} requests");
    let (mail, gate) = (tempfile::tempdir().unwrap(), Gate::start());
    let hosts = format!("[\"{}\"]", gate.address);
    let settings = settings(mail.path().to_str().unwrap(), &hosts);
    let mut run = Run::new(seed, Pair::alone(&settings));
    while run.sent < requests {
        run.step();
    }
    let ([call], ids, numbers) = hand_in::<1>(&mut run, &gate);
    run.go(&Ask::new(
        "PUT",
        format!("/prod/runtime/api/status/jobs/{}/stop", ids[1]),
    ));
    let busy = stockyard(&arguments(
        &format!("sqlite:{}", run.pair.folder().display()),
        "postgres://u:secret@127.0.0.1:1/none",
    ));
    let busy = busy.refusal();
    assert!(busy.contains("in use by another process"), "{busy}");
    let mut chance = Chance::new(seed);
    run.pair
        .part(&settings, |folder, database| moved(&mut chance, folder, database));
    drop(call);
    // The job that was under way begins its file anew, on either side.
    for call in gate.calls::<2>() {
        answer(call, FIRST);
    }
    run.go(&Ask::new(
        "PUT",
        format!("/prod/runtime/api/status/jobs/{}/resume", ids[1]),
    ));
    run.pair.settle();
    for number in &numbers {
        run.go(&Ask::new("GET", format!("/api/v2/jobs/{number}")));
        run.go(&Ask::new("GET", format!("/api/v2/jobs/{number}/results")));
    }
    let article = run.go(&Ask::new("GET", "/api/v1/articles/third"));
    assert_eq!(article.status, 200, "{article:?}");
    while run.sent < 2 * requests {
        run.step();
    }
}

#[test]
fn a_database_with_other_data_is_refused() {
    if !only_on_sqlite("a folder is moved into a database") {
        return;
    }
    let (one, other, database) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        Database::new(),
    );
    let make = |folder: &str, database: &[&str]| {
        let user = [
            "user",
            "create",
            "--email",
            "a@example.com",
            "--name",
            "A",
            "--password",
            "correct horse",
        ];
        stockyard(&[&user[..], &["--data-dir", folder], database].concat()).ok();
    };
    let folders = [&one, &other].map(|folder| folder.path().to_str().unwrap());
    folders.iter().for_each(|folder| make(folder, &[]));
    let from = folders.map(|folder| format!("sqlite:{folder}"));
    let to = database.address();
    stockyard(&arguments(&from[0], &to)).ok();
    let refusal = stockyard(&arguments(&from[1], &to)).refusal();
    assert!(refusal.contains("the data of another server"), "{refusal}");
    let used = Database::new();
    make(folders[0], &["--database", &used.address()]);
    let refusal = stockyard(&arguments(&from[0], &used.address())).refusal();
    assert!(refusal.contains("the data of another server"), "{refusal}");
    let gone = stockyard(&arguments("sqlite:/nowhere", &to)).refusal();
    assert!(gone.contains("/nowhere"), "{gone}");
}

#[test]
fn a_source_that_was_changed_meanwhile_is_found_out() {
    if !only_on_sqlite("a folder is moved into a database") {
        return;
    }
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::new());
    let folder = dir.path().to_str().unwrap();
    let user = |name: &str| {
        let email = format!("{name}@example.com");
        let user = [
            "user",
            "create",
            "--email",
            &email,
            "--name",
            name,
            "--password",
            "correct horse",
        ];
        stockyard(&[&user[..], &["--data-dir", folder]].concat()).ok();
    };
    user("ann");
    let (from, to) = (format!("sqlite:{folder}"), database.address());
    // Some lines, so that the tables up to the users' are there.
    let mut lines = 1;
    let is_there =
        "SELECT count(*) FROM pg_tables WHERE tablename = 'transfer_parts' AND schemaname = 'stockyard'";
    while database.sql(is_there).trim() == "0"
        || database
            .sql("SELECT count(*) FROM stockyard.transfer_parts WHERE name = 'users' AND whole")
            .trim()
            == "0"
    {
        assert!(
            !killed_after(lines, &from, &to),
            "it came to its end within {lines} lines"
        );
        lines += 1;
    }
    user("bob");
    let refusal = stockyard(&arguments(&from, &to)).refusal();
    // Either bob is missing when all is compared, or what belongs to him comes without him.
    let is_found = ["table users has", "table tokens has"]
        .iter()
        .any(|table| refusal.contains(table));
    assert!(is_found && refusal.contains("was changed"), "{refusal}");
}
