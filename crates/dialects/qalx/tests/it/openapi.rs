//! The API document names every route with its answers.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::document::{check_operations, check_schemas, operations};

use crate::support::{KINDS, app};

/// Method, path and the status of success.
fn routes() -> Vec<(&'static str, String, &'static str)> {
    let mut routes = Vec::new();
    for kind in KINDS {
        routes.extend([
            ("get", format!("/qalx/{kind}"), "200"),
            ("post", format!("/qalx/{kind}"), "201"),
            ("post", format!("/qalx/{kind}/aggregate"), "200"),
            ("get", format!("/qalx/{kind}/{{guid}}"), "200"),
            ("put", format!("/qalx/{kind}/{{guid}}"), "200"),
            ("patch", format!("/qalx/{kind}/{{guid}}"), "200"),
            ("delete", format!("/qalx/{kind}/{{guid}}"), "204"),
            ("patch", format!("/qalx/{kind}/{{guid}}/archive"), "200"),
            ("patch", format!("/qalx/{kind}/{{guid}}/unarchive"), "200"),
        ]);
    }
    for (method, path, status) in [
        ("patch", "/qalx/bot/{guid}/replace-workers", "200"),
        ("get", "/qalx/bot/{guid}/worker/{worker_guid}", "200"),
        ("patch", "/qalx/bot/{guid}/worker/{worker_guid}", "200"),
        ("post", "/qalx/queue/{guid}/complete", "201"),
        ("post", "/qalx/factory/validate", "200"),
        ("post", "/qalx/tags/validate", "200"),
        ("post", "/qalx/notification", "201"),
        ("get", "/qalx/file/{guid}", "200"),
        ("put", "/qalx/file/{guid}", "200"),
        ("get", "/qalx/project", "200"),
        ("post", "/qalx/project", "201"),
        ("patch", "/qalx/project/{name}", "200"),
        ("delete", "/qalx/project/{name}", "204"),
    ] {
        routes.push((method, path.to_owned(), status));
    }
    routes
}

async fn document() -> Value {
    app().await.get("/openapi/qalx.json").await.json()
}

#[tokio::test]
async fn every_route_is_documented_and_no_other() {
    let documented: BTreeSet<_> = operations(&document().await)
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    let expected: BTreeSet<_> = routes()
        .into_iter()
        .map(|(method, path, _)| (method.to_owned(), path))
        .collect();
    assert_eq!(documented, expected);
}

#[tokio::test]
async fn every_answer_is_documented_and_every_operation_has_its_own_name() {
    let routes = routes();
    let good = |method: &str, path: &str| {
        let mut known = routes.iter();
        let route = known.find(|(known, place, _)| (*known, place.as_str()) == (method, path));
        route.unwrap().2
    };
    check_operations(&document().await, |method, path, operation| {
        let mut expected = vec![good(method, path), "400", "405", "408", "500", "503"];
        match path {
            "/qalx/file/{guid}" => expected.extend(["403", "404"]),
            _ => expected.extend(["401", "403", "406", "429"]),
        }
        expected.extend(path.contains('{').then_some("404"));
        expected.extend(path.ends_with("/complete").then_some("409"));
        if operation["requestBody"].is_object() {
            expected.extend(["413", "415"]);
        }
        expected
    });
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_schema_is_used() {
    check_schemas(&document().await);
}
