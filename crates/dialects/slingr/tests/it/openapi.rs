//! The API document names every route with its answers.

use serde_json::{Value, json};
use testkit::document::{check_operations, check_schemas, operations};

use crate::support::crm;

async fn document() -> Value {
    crm().await.app.get("/openapi/slingr.json").await.json()
}

#[tokio::test]
async fn every_operation_has_its_own_name_and_its_answers() {
    let document = document().await;
    assert_eq!(operations(&document).len(), 47);
    check_operations(&document, |_, _, operation| {
        let mut expected = vec!["200", "400", "404", "405", "408", "500", "503"];
        if operation["security"] != json!([]) {
            expected.extend(["401", "403", "429"]);
        }
        if operation["requestBody"].is_object() {
            expected.push("413");
        }
        expected
    });
}

#[tokio::test]
async fn every_documented_operation_is_served() {
    let crm = crm().await;
    let document = crm.app.get("/openapi/slingr.json").await.json();
    for (method, path, _) in operations(&document) {
        let path = path.replace("{env}", "prod").replace(['{', '}'], "");
        let request = crm.app.request(method.to_uppercase().parse().unwrap(), &path);
        let answer = request.send().await;
        let open = path.ends_with("/auth/login") || path.contains("/shared/");
        let expected: &[u16] = if open { &[400, 404] } else { &[401] };
        assert!(
            expected.contains(&answer.status.as_u16()),
            "{method} {path}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_schema_is_used() {
    check_schemas(&document().await);
}
