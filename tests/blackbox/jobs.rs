//! The job commands against a running server.

use serde_json::Value;

use crate::support::{Output, Server, stockyard};

fn jobs(server: &Server, args: &[&str]) -> Output {
    let token = server.token_of("admin@example.com");
    stockyard(&[&["jobs"], args, &["--url", server.url(), "--token", &token]].concat())
}

#[test]
fn a_job_is_watched_listed_and_shown() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let add = |number| format!(r#"{{"operation":"add-article","articleData":{{"F_1":"{number}"}}}}"#);
    let good = server.client().delta(&add("A"));
    let watched = jobs(&server, &["watch", &good]);
    assert!(watched.status.success(), "{watched:?}");
    let last = watched.stdout.lines().last().unwrap();
    assert_eq!(last, "  100 %  complete, 0 failed");
    let bad = server.client().delta(&format!("{}\n{}", add("A"), add("B")));
    assert_eq!(jobs(&server, &["watch", &bad]).status.code(), Some(1));
    let list = jobs(&server, &["list", "--created-by", "admin@example.com"]).ok();
    let rows: Vec<Vec<_>> = list
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(rows[1][..6], [bad.as_str(), "complete", "100", "%", "1", "delta"]);
    assert_eq!(
        rows[2][..6],
        [good.as_str(), "complete", "100", "%", "0", "delta"]
    );
    assert_eq!(list.lines().last(), Some("page 1 of 1, 2 jobs"));
    let none = jobs(&server, &["list", "--created-by", "a+b@x.de", "--json"]).ok();
    assert_eq!(serde_json::from_str::<Value>(&none).unwrap()["total_entries"], 0);
    let shown = jobs(&server, &["show", &bad]).ok();
    for needle in [
        "result             Failure",
        "failures:",
        "Trying to add an article that already exists: A",
        "log:",
    ] {
        assert!(shown.contains(needle), "{needle}: {shown}");
    }
}

#[test]
fn refusals_are_the_servers_own_words() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let done = server
        .client()
        .delta(r#"{"operation":"delete-article","articleData":{"F_1":"A"}}"#);
    server.settle(&done);
    for (args, needle) in [
        (["show", "999"], "999"),
        (["stop", &done], "finished"),
        (["resume", &done], "finished"),
        (["show", "../x"], "job not found: ../x"),
    ] {
        let refusal = jobs(&server, &args).refusal();
        assert!(refusal.contains(needle), "{args:?}: {refusal}");
    }
    let output = stockyard(&["jobs", "list", "--url", server.url(), "--token", "wrong"]);
    assert!(output.refusal().contains("401"));
    let url = "http://127.0.0.1:1";
    let refusal = stockyard(&["jobs", "list", "--url", url, "--token", "x"]).refusal();
    assert!(refusal.contains(&format!("cannot reach {url}")), "{refusal}");
}
