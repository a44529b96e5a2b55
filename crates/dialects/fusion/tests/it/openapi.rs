//! The API document names every route with its answers.

use serde_json::Value;

use crate::support::app;

const ROUTES: [(&str, &str, &str); 11] = [
    ("get", "/api/v2/jobs", "200"),
    ("post", "/api/v2/jobs", "201"),
    ("get", "/api/v2/jobs/{id}", "200"),
    ("get", "/api/v2/jobs/{id}/errors", "200"),
    ("get", "/api/v2/jobs/{id}/errors.csv", "200"),
    ("get", "/api/v2/jobs/{id}/results", "200"),
    ("get", "/api/v2/jobs/{id}/logs", "200"),
    ("post", "/api/v2/jobs/{id}/cancel", "200"),
    ("post", "/api/v2/jobs/{id}/stop", "200"),
    ("post", "/api/v2/jobs/{id}/resume", "200"),
    ("post", "/api/v2/jobs/{id}/force_stop", "200"),
];

async fn document() -> Value {
    app().await.get("/openapi/fusion.json").await.json()
}

#[tokio::test]
async fn every_route_is_documented_and_no_other() {
    let document = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    let mut documented: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .map(move |method| (method.as_str(), path.as_str()))
        })
        .collect();
    let mut expected: Vec<_> = ROUTES.iter().map(|(method, path, _)| (*method, *path)).collect();
    documented.sort_unstable();
    expected.sort_unstable();
    assert_eq!(documented, expected);
}

#[tokio::test]
async fn every_answer_is_documented() {
    let document = document().await;
    for (method, path, good) in ROUTES {
        let responses = document["paths"][path][method]["responses"].as_object().unwrap();
        let mut expected = vec![
            good, "400", "401", "403", "405", "408", "422", "429", "500", "503",
        ];
        expected.extend(path.contains('{').then_some("404"));
        for status in expected {
            assert!(responses.contains_key(status), "{method} {path} {status}");
        }
    }
    let creation = document["paths"]["/api/v2/jobs"]["post"]["responses"]
        .as_object()
        .unwrap();
    assert!(
        ["200", "413", "415", "507"]
            .iter()
            .all(|status| creation.contains_key(*status))
    );
    assert!(
        creation["422"].to_string().contains("Refused"),
        "{}",
        creation["422"]
    );
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = document().await;
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
}
