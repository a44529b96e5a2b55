//! The API document: complete, and in step with what is served.

use std::collections::BTreeSet;

use http::Method;
use serde_json::Value;

use crate::support::app;

/// All routes that the documents behind the project name.
const ROUTES: &str = include_str!("../../../../../tests/data/routes.tsv");

async fn document() -> Value {
    app()
        .await
        .request(Method::GET, "/openapi/light100.json")
        .send()
        .await
        .json()
}

/// A path with its parameters unnamed.
fn unnamed(path: &str) -> String {
    let segments = path
        .split('/')
        .map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_documented_route_is_there() {
    let document = document().await;
    let mut there = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            there.insert((method.to_uppercase(), unnamed(path)));
        }
    }
    let wanted: Vec<_> = ROUTES
        .lines()
        .filter_map(|line| line.strip_prefix("light100\t"))
        .collect();
    assert_eq!(wanted.len(), 20);
    for row in wanted {
        let mut columns = row.split('\t');
        let (method, path) = (columns.next().unwrap(), columns.next().unwrap());
        assert!(
            there.contains(&(method.to_owned(), unnamed(path))),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn every_operation_is_described() {
    let document = document().await;
    assert!(
        document["openapi"].as_str().unwrap().starts_with("3.1"),
        "{}",
        document["openapi"]
    );
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    assert_eq!(document["security"][0]["bearer"], Value::Array(vec![]));
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{name}");
            let statuses: BTreeSet<&str> = operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let mut wanted = vec!["200", "401", "405", "408", "422", "429", "500", "503"];
            if operation.get("requestBody").is_some() {
                wanted.extend(["400", "413", "415", "507"]);
            }
            if path.starts_with("/api/v1/admin") {
                wanted.push("403");
            } else {
                assert!(!statuses.contains("403"), "{name} is open to every user");
            }
            if path.contains('{') {
                wanted.push("404");
            }
            for status in wanted {
                assert!(statuses.contains(status), "{name} says nothing of {status}");
            }
            let example = operation["responses"]["200"].to_string();
            assert!(
                example.contains("example") || name == "delete /api/v1/articles/{id}",
                "{name} has no example"
            );
        }
    }
}

#[tokio::test]
async fn references_lead_somewhere() {
    let document = document().await;
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn the_two_methods_of_one_call_are_told_apart() {
    let document = document().await;
    let mut ids = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
        }
    }
    let clear = &document["paths"]["/api/v1/jobs/clear"];
    assert_eq!(
        (&clear["get"]["operationId"], &clear["post"]["operationId"]),
        (&Value::from("clear_by_get"), &Value::from("clear"))
    );
    assert_eq!(
        clear["post"]["summary"],
        "Clear jobs (without side effects on GET)"
    );
    assert_eq!(clear["get"]["summary"], "Clear jobs");
    assert_eq!(clear["get"]["responses"], clear["post"]["responses"]);
}
