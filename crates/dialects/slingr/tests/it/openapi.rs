//! The API document names every route with its answers.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::crm;

async fn document() -> Value {
    crm().await.app.get("/openapi/slingr.json").await.json()
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().clone();
        let path = path.clone();
        methods
            .into_iter()
            .map(move |(method, operation)| (method, path.clone(), operation))
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test]
async fn every_operation_has_its_own_name_and_its_answers() {
    let document = document().await;
    let mut names = BTreeSet::new();
    let all = operations(&document);
    assert_eq!(all.len(), 41);
    for (method, path, operation) in all {
        assert!(
            names.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{path}"
        );
        let responses = operation["responses"].as_object().unwrap();
        let mut expected = vec!["200", "400", "404", "405", "408", "500", "503"];
        if operation["security"] != serde_json::json!([]) {
            expected.extend(["401", "403", "429"]);
        }
        if operation["requestBody"].is_object() {
            expected.push("413");
        }
        for status in expected {
            assert!(responses.contains_key(status), "{method} {path} {status}");
        }
    }
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
    let document = document().await;
    let text = document.to_string();
    let schemas: BTreeSet<_> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let used: BTreeSet<_> = text
        .split("#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(used, schemas);
}
