//! `stockyard worker`: works on jobs that servers took in, and nothing else.

use std::time::{Duration, Instant};

use testdb::Database;

use super::kit::{ADMIN, Shared, until};
use crate::support::{Client, Server, Start, stockyard};

const OPERATIONS: u64 = 5_000;

fn worker(shared: &Shared) -> Server {
    Server::with(&Start {
        dir: shared.folder(),
        command: "worker",
        args: &[],
        env: &[],
    })
}

#[test]
fn a_worker_takes_up_what_a_server_has_left_and_stops_when_told() {
    let shared = Shared::new(
        Database::new(),
        "[jobs]\nlease = 1\npoll = 1\n[delta]\nchunk_operations = 100\n",
    );
    let server = shared.node(&[]);
    let line = |number: u64| {
        format!("{{\"operation\":\"add-article\",\"articleData\":{{\"F_1\":\"A{number}\"}}}}\n")
    };
    let job = server
        .client()
        .delta(&(0..OPERATIONS).map(line).collect::<String>());
    let done = || shared.count(&format!("SELECT processed FROM jobs WHERE seq = {job}"));
    until("the job is under way", || done() >= 500);
    server.kill9();
    assert!(done() < OPERATIONS, "the server was too quick");
    let working = worker(&shared);
    until("the worker has gone on", || done() >= 2_000);
    // It has no API, but tells how it is.
    let client = Client::new(working.url(), &shared.token(ADMIN));
    assert_eq!(client.get("/readyz").status, 200);
    assert!(client.get("/metrics").text().contains("jobs_claimed_total"));
    assert_eq!(client.get("/api/v1/jobs/jobs").status, 404);
    let begun = Instant::now();
    assert_eq!(working.terminate().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let status = shared.ask(&format!("SELECT status FROM jobs WHERE seq = {job}"));
    assert!(["pending", "finished"].contains(&status.as_str()), "{status}");
    let _again = worker(&shared);
    let over = format!("SELECT count(*) FROM jobs WHERE seq = {job} AND status = 'finished'");
    until("the job is over", || shared.count(&over) == 1);
    let articles = shared.count("SELECT id FROM collections WHERE name = 'articles'");
    assert_eq!(
        shared.count(&format!("SELECT count(*) FROM h{articles}")),
        OPERATIONS
    );
}

#[test]
fn a_worker_needs_a_database_that_can_be_shared() {
    let dir = tempfile::tempdir().unwrap();
    let refusal = stockyard(&["worker", "--data-dir", dir.path().to_str().unwrap()]).refusal();
    assert!(refusal.contains("--database postgres://"), "{refusal}");
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        0,
        "nothing is made"
    );
}
