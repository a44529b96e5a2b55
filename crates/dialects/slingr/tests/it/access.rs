//! Every route by every kind of caller, and by those whose token is none, over, or another's.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::PASSWORD;
use testkit::document::operations;

use crate::support::{Crm, Who, crm, id, upload};

/// Method, path, and the statuses for [`Who::ALL`]: nobody, a stranger, a reader, a seller, a manager, a developer, an
/// admin, who is what the original calls a system user where it comes to files. `{active}` and `{pending}` are companies, `{file}` is a file of the first, `{none}` is an id of nothing.
#[rustfmt::skip]
const ROUTES: &[(&str, &str, [u16; 7])] = &[
    ("GET", "/data/companies", [401, 403, 200, 200, 200, 200, 403]),
    ("GET", "/data/companies/{active}", [401, 403, 200, 200, 200, 200, 403]),
    ("GET", "/data/companies/{pending}", [401, 403, 403, 200, 200, 200, 403]),
    ("GET", "/data/companies/{none}", [401, 403, 404, 404, 404, 404, 403]),
    ("GET", "/data/companies?notes=x", [401, 403, 403, 403, 200, 200, 403]),
    ("GET", "/data/crm.opportunities", [401, 403, 403, 403, 200, 200, 403]),
    ("POST", "/data/companies", [401, 403, 403, 200, 200, 200, 403]),
    ("PUT", "/data/companies/{active}", [401, 403, 403, 200, 200, 200, 403]),
    ("PUT", "/data/companies/countEmployees", [401, 403, 403, 403, 200, 200, 403]),
    ("PUT", "/data/companies/{active}/logSomething", [401, 403, 403, 200, 200, 200, 403]),
    ("PUT", "/data/companies/{active},{pending}/logSomething", [401, 403, 403, 200, 200, 200, 403]),
    ("PUT", "/data/companies/aggregate", [401, 403, 200, 200, 200, 200, 403]),
    ("POST", "/data/companies/import", [401, 403, 403, 400, 400, 400, 403]),
    ("PUT", "/data/companies/export", [401, 403, 403, 200, 200, 200, 403]),
    ("DELETE", "/data/companies/{none}", [401, 403, 403, 403, 404, 404, 403]),
    ("DELETE", "/data/companies/{none},{none}", [401, 403, 403, 403, 200, 200, 403]),
    ("DELETE", "/data/companies?name=nothing", [401, 403, 403, 403, 200, 200, 403]),
    ("GET", "/data/companies/history", [401, 403, 403, 200, 200, 200, 403]),
    ("GET", "/data/companies/{active}/history", [401, 403, 403, 200, 200, 200, 403]),
    ("GET", "/data/companies/{active}/files/{file}", [401, 403, 200, 200, 200, 200, 403]),
    ("POST", "/files", [401, 403, 403, 400, 400, 400, 403]),
    ("GET", "/files/{file}", [401, 403, 403, 403, 403, 200, 200]),
    ("PUT", "/files/{file}/share", [401, 403, 403, 403, 200, 200, 200]),
    ("GET", "/files/shared/{none}", [404, 404, 404, 404, 404, 404, 404]),
    ("GET", "/status/jobs", [401, 403, 403, 200, 200, 200, 403]),
    ("GET", "/status/jobs/{none}", [401, 403, 403, 404, 404, 404, 403]),
    ("GET", "/status/job/{none}", [401, 403, 403, 404, 404, 404, 403]),
    ("GET", "/status/jobs/{none}/logs", [401, 403, 403, 404, 404, 404, 403]),
    ("GET", "/status/jobs/{none}/errors", [401, 403, 403, 404, 404, 404, 403]),
    ("PUT", "/status/jobs/{none}/retry", [401, 403, 403, 404, 404, 404, 403]),
    ("PUT", "/status/jobs/{none}/undo", [401, 403, 403, 404, 404, 404, 403]),
    ("GET", "/status/job/{none}/logs", [401, 403, 403, 404, 404, 404, 403]),
    ("PUT", "/status/jobs/{none}/stop", [401, 403, 403, 404, 404, 404, 403]),
    ("PUT", "/status/jobs/{none}/forceStop", [401, 403, 403, 404, 404, 404, 403]),
    ("PUT", "/status/jobs/{none}/cancel", [401, 403, 403, 404, 404, 404, 403]),
    ("PUT", "/status/jobs/{none}/resume", [401, 403, 403, 404, 404, 404, 403]),
    ("GET", "/status/logs", [401, 403, 403, 403, 403, 200, 403]),
    ("POST", "/status/logs", [401, 403, 403, 403, 403, 400, 403]),
    ("GET", "/users", [401, 200, 200, 200, 200, 200, 200]),
    ("GET", "/users/current", [401, 200, 200, 200, 200, 200, 200]),
    ("GET", "/users/currentGroups", [401, 200, 200, 200, 200, 200, 200]),
    ("GET", "/users/{none}", [401, 404, 404, 404, 404, 404, 404]),
    ("POST", "/users", [401, 403, 403, 403, 403, 400, 400]),
    ("PUT", "/users/{none}", [401, 403, 403, 403, 403, 404, 404]),
    ("DELETE", "/users/{none}", [401, 403, 403, 403, 403, 404, 404]),
    ("PUT", "/users/{none}/deactivate", [401, 403, 403, 403, 403, 404, 404]),
    ("PUT", "/users/{none}/reactivate", [401, 403, 403, 403, 403, 404, 404]),
    ("PUT", "/users/{none}/unblock", [401, 403, 403, 403, 403, 404, 404]),
    ("PUT", "/users/{none}/addGroup", [401, 403, 403, 403, 403, 404, 404]),
    ("PUT", "/users/{none}/removeGroup/sales", [401, 403, 403, 403, 403, 404, 404]),
    ("PUT", "/users/{none}/addIdentityProvider", [401, 403, 403, 403, 403, 404, 404]),
    ("PUT", "/users/{none}/removeIdentityProvider/x", [401, 403, 403, 403, 403, 404, 404]),
    ("POST", "/auth/logout", [401, 200, 200, 200, 200, 200, 200]),
    ("POST", "/auth/login", [400, 400, 400, 400, 400, 400, 400]),
];

/// The path of a row or of the document without what differs from call to call.
fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let given = [
        "companies",
        "crm.opportunities",
        "sales",
        "x",
        "countEmployees",
        "logSomething",
    ];
    let segments =
        path.split('/').map(
            |segment| match segment.starts_with('{') || given.contains(&segment) {
                true => "{}",
                false => segment,
            },
        );
    segments.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_operation_of_the_document_is_in_the_table() {
    let crm = crm().await;
    let document = crm.app.get("/openapi/slingr.json").await.json();
    let rows: BTreeSet<_> = ROUTES
        .iter()
        .map(|(method, path, _)| (method.to_lowercase(), shape(path)))
        .collect();
    let operations: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| (method, shape(path.strip_prefix("/{env}/runtime/api").unwrap())))
        .collect();
    assert_eq!(rows, operations);
}

/// What the table's paths stand for.
struct Places {
    active: String,
    pending: String,
    file: String,
}

const NONE: &str = "588775f63b063a0007604f4c";

impl Places {
    async fn of(crm: &Crm) -> Self {
        let file = upload(crm, Who::Manager, "a.txt").await;
        let make = async |body: Value| {
            id(&crm
                .expect(Who::Manager, 200, "POST", "/data/companies", body)
                .await)
        };
        Self {
            active: make(json!({ "name": "A", "type": "a", "state": "active", "logo": file })).await,
            pending: make(json!({ "name": "P", "type": "a" })).await,
            file,
        }
    }

    fn path(&self, pattern: &str) -> String {
        let path = pattern
            .replace("{active}", &self.active)
            .replace("{pending}", &self.pending);
        path.replace("{file}", &self.file).replace("{none}", NONE)
    }
}

/// A body that is enough to come as far as rights are asked.
fn body(method: &str, pattern: &str, caller: usize) -> Value {
    match (method, pattern) {
        ("POST", "/data/companies") => json!({ "name": format!("N{caller}"), "type": "a" }),
        ("PUT", "/data/companies/aggregate") => json!([{ "count": "n" }]),
        (_, pattern) if pattern.ends_with("/logSomething") => json!({ "param1": "x" }),
        (_, "/users/{none}/addGroup") => json!({ "name": "sales" }),
        (_, "/users/{none}/addIdentityProvider") => json!({ "name": "x" }),
        ("GET" | "DELETE", _) => Value::Null,
        _ => json!({}),
    }
}

#[tokio::test]
async fn every_route_by_every_caller() {
    let crm = crm().await;
    let places = Places::of(&crm).await;
    for (method, pattern, expected) in ROUTES {
        for (place, (who, expected)) in Who::ALL.into_iter().zip(expected).enumerate() {
            let path = places.path(pattern);
            let answer = crm.call(who, method, &path, body(method, pattern, place)).await;
            assert_eq!(
                answer.status.as_u16(),
                *expected,
                "{method} {path} by {who:?}: {}",
                answer.text()
            );
            if *expected >= 400 {
                assert!(answer.json()["code"].is_string() && answer.json()["message"].is_string());
            } else {
                assert!(
                    answer.header("content-type") != "application/json"
                        || answer.json().get("message").is_none()
                );
            }
        }
    }
}

#[tokio::test]
async fn nobody_comes_in_without_a_valid_token() {
    let crm = crm().await;
    let session = json!({ "email": "developer@example.com", "password": PASSWORD });
    let session = crm.expect(Who::Nobody, 200, "POST", "/auth/login", session).await;
    let over = session["token"].as_str().unwrap().to_owned();
    crm.app.clock.advance(Duration::from_secs(9 * 3600));
    let guarded = ROUTES.iter().filter(|(_, _, expected)| expected[0] == 401);
    for (method, pattern, _) in guarded {
        let path = pattern.replace(['{', '}'], "");
        for token in ["", "wrong", &over, "a b"] {
            let answer = crm
                .call_with(token, method, &path, body(method, pattern, 0))
                .await;
            assert_eq!(answer.status.as_u16(), 401, "{method} {path} {token}");
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(message.starts_with("Invalid token."), "{message}");
        }
    }
}

#[tokio::test]
async fn one_who_acts_as_another_has_the_rights_of_the_other() {
    let crm = crm().await;
    let places = Places::of(&crm).await;
    let body_of = |other: Who| json!({ "email": "developer@example.com", "password": PASSWORD, "emailImpersonatedUser": other.email() });
    for (place, who) in Who::ALL.into_iter().enumerate().skip(1) {
        let session = crm
            .expect(Who::Nobody, 200, "POST", "/auth/login", body_of(who))
            .await;
        let token = session["token"].as_str().unwrap();
        for (method, pattern, expected) in ROUTES {
            let path = places.path(pattern);
            let answer = crm
                .call_with(token, method, &path, body(method, pattern, 100 + place))
                .await;
            assert_eq!(
                answer.status.as_u16(),
                expected[place],
                "{method} {path} as {who:?}: {}",
                answer.text()
            );
        }
    }
}
