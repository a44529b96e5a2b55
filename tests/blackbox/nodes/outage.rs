//! A database that goes away under a node and comes back.

use testdb::Database;

use super::kit::{Shared, until};
use crate::support::Server;

/// Status of an answer, whether it says when to come again, and its text.
type Said = (u16, bool, String);

const OPERATIONS: u64 = 4_000;

fn update(server: &Server, value: &str) -> Said {
    let body = format!(r#"{{"F_1":"A1","F_2":"{value}"}}"#);
    let request = server.request("POST", "/api/v1/articles/update");
    let answer = request
        .header("content-type", "application/json")
        .body(body)
        .send();
    let text = answer.text().to_owned();
    (answer.status, answer.headers.contains_key("retry-after"), text)
}

fn read(server: &Server) -> Said {
    let answer = server.request("GET", "/api/v1/articles/A1").send();
    let text = answer.text().to_owned();
    (answer.status, answer.headers.contains_key("retry-after"), text)
}

#[test]
fn it_says_so_while_the_store_is_away_and_goes_on_by_itself() {
    let config = "[jobs]\nlease = 2\npoll = 1\n[delta]\nchunk_operations = 50\n";
    let shared = Shared::new(Database::apart(), config);
    let node = shared.node(&[]);
    let line = |number: u64| {
        format!("{{\"operation\":\"add-article\",\"articleData\":{{\"F_1\":\"A{number}\"}}}}\n")
    };
    let job = node
        .client()
        .delta(&(0..OPERATIONS).map(line).collect::<String>());
    let done = || shared.count(&format!("SELECT processed FROM jobs WHERE seq = {job}"));
    until("the job is under way", || done() >= 300);
    assert_eq!(node.request("GET", "/readyz").send().status, 200);
    for round in 0..2 {
        shared.database.stop_server();
        let ready = node.request("GET", "/readyz").send();
        assert_eq!(ready.status, 503, "{}", ready.text());
        assert!(ready.text().contains("store"), "{}", ready.text());
        assert_eq!(node.request("GET", "/healthz").send().status, 200);
        for (status, again, text) in [read(&node), update(&node, "lost")] {
            assert!(status == 503 && again, "{status} {again} {text}");
        }
        shared.database.start_server();
        until("it is ready again", || {
            node.request("GET", "/readyz").send().status == 200
        });
        let value = format!("round {round}");
        assert_eq!(update(&node, &value).0, 200);
        let (_, _, text) = read(&node);
        assert!(text.contains(&value), "{text}");
    }
    node.settle(&job);
    assert_eq!(done(), OPERATIONS);
    let articles = shared.count("SELECT id FROM collections WHERE name = 'articles'");
    let lines = shared.count(&format!("SELECT count(*) FROM h{articles}"));
    assert_eq!(
        lines,
        OPERATIONS + 2,
        "each operation and both changes, once each"
    );
}
