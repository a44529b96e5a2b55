//! What one node has answered as done counts at once on the others: nothing that they keep in memory outlives it.

use serde_json::json;
use testdb::Database;

use super::kit::{ADMIN, Shared, until};
use crate::support::{Client, Server};

const JSON: &str = "application/json";
const PASSWORD: &str = "correct horse battery 1";
const USERS: &str = "/prod/runtime/api/users";
const THINGS: &str = "/prod/runtime/api/data/things";

const THING: &str = "name: things\nlabel: Things\nrecordLabel: fields/code\nfields:\n  \
    - {name: code, label: Code, type: text}\n";
const GROUP: &str =
    "name: keepers\nlabel: Keepers\nentityPermissions:\n  - {entity: things, read: always, create: always}\n";

/// Two nodes of one server with an app, and the admin's token.
struct Pair {
    shared: Shared,
    one: Server,
    other: Server,
    admin: String,
}

impl Pair {
    fn new() -> Self {
        let shared = Shared::new(Database::new(), "");
        let app = shared.define(&[("entities/things.yaml", THING), ("groups/keepers.yaml", GROUP)]);
        let one = shared.node(&["--app", app.to_str().unwrap()]);
        let other = shared.node(&[]);
        let admin = shared.token(ADMIN);
        Self {
            shared,
            one,
            other,
            admin,
        }
    }

    fn keeper(&self, email: &str) -> String {
        self.shared.user(email, PASSWORD, &["--group", "keepers"])
    }

    /// Has the admin change something by way of the first node.
    #[track_caller]
    fn change(&self, method: &str, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let client = Client::new(self.one.url(), &self.admin);
        let request = client.request(method, path).header("content-type", JSON);
        let answer = request.body(body.to_string()).send();
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        answer.json()
    }

    /// What the second node answers.
    fn status(&self, token: &str, path: &str) -> u16 {
        Client::new(self.other.url(), token).get(path).status
    }

    /// What a node answers to a log-in.
    fn log_in(server: &Server, email: &str, password: &str) -> (u16, String) {
        let client = Client::new(server.url(), "");
        let request = client.request("POST", "/prod/runtime/api/auth/login").token(None);
        let body = json!({ "email": email, "password": password }).to_string();
        let answer = request.header("content-type", JSON).body(body).send();
        let token = answer.json()["token"].as_str().unwrap_or_default().to_owned();
        (answer.status, token)
    }

    fn apply(&self, files: &[(&str, &str)]) -> String {
        let app = self.shared.define(files);
        self.shared.command(&["app", "apply", app.to_str().unwrap()])
    }
}

#[test]
fn a_token_that_is_revoked_and_a_user_who_is_deleted_are_refused_at_once() {
    let pair = Pair::new();
    let mut token = pair.keeper("ann@example.com");
    for _ in 0..20 {
        assert_eq!(pair.status(&token, "/api/v1/jobs/jobs"), 200);
        let renewed = pair.change(
            "POST",
            "/api/v1/admin/user/renew",
            &json!({ "email": "ann@example.com" }),
        );
        assert_eq!(pair.status(&token, "/api/v1/jobs/jobs"), 401, "it was revoked");
        token = renewed["token"].as_str().unwrap().to_owned();
    }
    assert_eq!(pair.status(&token, "/api/v1/jobs/jobs"), 200);
    pair.change(
        "DELETE",
        "/api/v1/admin/user",
        &json!({ "email": "ann@example.com" }),
    );
    assert_eq!(pair.status(&token, "/api/v1/jobs/jobs"), 401, "he is gone");
}

#[test]
fn sessions_passwords_and_groups_are_the_same_on_all_nodes() {
    let pair = Pair::new();
    pair.keeper("ann@example.com");
    let (status, session) = Pair::log_in(&pair.one, "ann@example.com", PASSWORD);
    assert_eq!((status, pair.status(&session, THINGS)), (200, 200));
    // Out on one, out on the other.
    let client = Client::new(pair.one.url(), &session);
    assert_eq!(
        client
            .request("POST", "/prod/runtime/api/auth/logout")
            .send()
            .status,
        200
    );
    assert_eq!(pair.status(&session, THINGS), 401, "the session was ended");
    // A new password counts, and the old one does not.
    let (status, session) = Pair::log_in(&pair.other, "ann@example.com", PASSWORD);
    assert_eq!((status, pair.status(&session, THINGS)), (200, 200));
    let ann = format!("{USERS}/ann@example.com");
    pair.change("PUT", &ann, &json!({ "password": "another long one 2" }));
    assert_eq!(Pair::log_in(&pair.other, "ann@example.com", PASSWORD).0, 401);
    let (status, session) = Pair::log_in(&pair.other, "ann@example.com", "another long one 2");
    assert_eq!((status, pair.status(&session, THINGS)), (200, 200));
    // Without his group he may do nothing any more.
    pair.change("PUT", &format!("{ann}/removeGroup/keepers"), &json!({}));
    let refused = pair.status(&session, THINGS);
    assert_eq!(refused, 403, "he may not see things any more");
    pair.change("PUT", &format!("{ann}/deactivate"), &json!({}));
    assert_eq!(pair.status(&session, THINGS), 401, "he is not active");
}

#[test]
fn a_definition_that_was_applied_counts_at_once() {
    let pair = Pair::new();
    let token = pair.keeper("ann@example.com");
    let others = "/prod/runtime/api/data/others";
    assert_eq!(
        (pair.status(&token, THINGS), pair.status(&token, others)),
        (200, 404)
    );
    // An entity more, and the right to see it.
    let other = THING.replace("things", "others");
    let group = format!("{GROUP}  - {{entity: others, read: always, create: always}}\n");
    let said = pair.apply(&[("entities/others.yaml", &other), ("groups/keepers.yaml", &group)]);
    assert!(said.contains("is in force"), "{said}");
    assert_eq!(
        (pair.status(&token, THINGS), pair.status(&token, others)),
        (200, 200)
    );
    // Rights that are taken away.
    let without = group.replace(
        "{entity: things, read: always, create: always}",
        "{entity: things}",
    );
    pair.apply(&[("groups/keepers.yaml", &without)]);
    assert_eq!(pair.status(&token, THINGS), 403);
    pair.apply(&[("groups/keepers.yaml", &group)]);
    assert_eq!(pair.status(&token, THINGS), 200);
}

#[test]
fn an_index_that_was_made_by_one_node_is_kept_by_the_others() {
    let pair = Pair::new();
    let token = pair.keeper("ann@example.com");
    let create = |server: &Server, code: &str| {
        let client = Client::new(server.url(), &token);
        let body = json!({ "code": code }).to_string();
        let request = client.request("POST", THINGS).header("content-type", JSON);
        request.body(body).send().status
    };
    for number in 0..20 {
        assert_eq!(create(&pair.other, &format!("c{number}")), 200);
    }
    let unique = THING.replace("type: text}", "type: text, unique: true}");
    pair.apply(&[("entities/things.yaml", &unique)]);
    until("the job of the definition", || {
        pair.shared.count("SELECT count(*) FROM jobs WHERE ended IS NULL") == 0
    });
    for server in [&pair.other, &pair.one] {
        assert_eq!(create(server, "c7"), 400, "it is taken");
    }
    assert_eq!(create(&pair.other, "new"), 200);
    assert_eq!(
        create(&pair.one, "new"),
        400,
        "it was taken by the other node just now"
    );
    let found = Client::new(pair.one.url(), &token).get(&format!("{THINGS}?code=c7"));
    assert_eq!(found.json()["total"], 1, "{}", found.text());
}
