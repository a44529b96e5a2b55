//! A network that goes dead between a node and its database while the node works on a job.
//!
//! Nothing tells the node that it is cut off: its connections stay open and say nothing. Its lease runs out, another node
//! goes on with the job, and what the first one still had to say arrives when all is done. It must be refused.

use testdb::{Database, Proxy};

use super::kit::{ADMIN, Shared, until};
use crate::support::Client;

const OPERATIONS: u64 = 6_000;
const CONFIG: &str = "[jobs]\nlease = 2\npoll = 1\n[delta]\nchunk_operations = 50\n";

fn delta() -> String {
    let line = |number: u64| {
        let (name, article) = match number.is_multiple_of(2) {
            true => ("add-article", number),
            false => ("replace-article-feature", number - 1),
        };
        format!(
            "{{\"operation\":\"{name}\",\"articleData\":{{\"F_1\":\"A{article}\",\"F_2\":\"{number}\"}}}}\n"
        )
    };
    (0..OPERATIONS).map(line).collect()
}

#[test]
fn the_late_commit_of_a_node_that_was_cut_off_is_refused() {
    let shared = Shared::new(Database::new(), CONFIG);
    let proxy = Proxy::before(&shared.database);
    let cut_off = shared.node_by(&proxy.address());
    let admin = shared.token(ADMIN);
    let job = cut_off.client().delta(&delta());
    let done = || shared.count(&format!("SELECT processed FROM jobs WHERE seq = {job}"));
    until("the job is under way", || done() >= 500);
    proxy.block();
    let (reached, fence) = (done(), format!("SELECT fence FROM jobs WHERE seq = {job}"));
    assert!(reached < OPERATIONS, "the job was over before the cut");
    let first = shared.count(&fence);
    let other = shared.node(&[]);
    until("the other node takes over", || shared.count(&fence) > first);
    // Each time a connection of its own: the server ends those that nobody uses for a while.
    let client = || Client::new(cut_off.url(), &admin);
    let answer = client().get("/readyz");
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(client().get("/healthz").status, 200);
    other.settle(&job);
    proxy.go_on();
    until("the first node finds out", || {
        cut_off.log().contains("left the job as it is in the store")
    });
    // All was done, and nothing twice.
    assert_eq!(done(), OPERATIONS);
    let items = shared.count(&format!("SELECT count(*) FROM job_items WHERE job = {job}"));
    assert_eq!(items, OPERATIONS);
    let articles = shared.count("SELECT id FROM collections WHERE name = 'articles'");
    assert_eq!(
        shared.count(&format!("SELECT count(*) FROM h{articles}")),
        OPERATIONS
    );
    let versions = shared.ask(&format!("SELECT DISTINCT version FROM r{articles}"));
    assert_eq!(versions, "2", "every article was made and changed once");
    // And the first one works as before.
    until("the first node is ready", || {
        client().get("/readyz").status == 200
    });
    let body = r#"{"F_1":"A0","F_2":"after"}"#;
    let client = client();
    let request = client.request("POST", "/api/v1/articles/update");
    let answer = request
        .header("content-type", "application/json")
        .body(body)
        .send();
    assert_eq!(answer.status, 200, "{}", answer.text());
}
