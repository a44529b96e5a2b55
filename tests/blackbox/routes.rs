//! Every documented route is served, needs a caller, and is in its dialect's OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{Server, stockyard};

const ROUTES: &str = include_str!("../data/routes.tsv");

/// A path with whatever stands in braces left out.
fn shape(path: &str) -> String {
    let segments = path
        .split('/')
        .map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

fn documented(dialect: &str) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(&stockyard(&["openapi", dialect]).ok()).unwrap();
    assert!(
        document["openapi"].as_str().unwrap().starts_with("3.1"),
        "{dialect}"
    );
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let path = shape(path);
        let methods: Vec<String> = item
            .as_object()
            .unwrap()
            .keys()
            .map(|method| method.to_uppercase())
            .collect();
        methods.into_iter().map(move |method| format!("{method} {path}"))
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn every_documented_route_is_served_and_in_the_document() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let documents: BTreeMap<_, _> = ["light100", "fusion", "qalx", "slingr", "sqs"]
        .map(|dialect| (dialect, documented(dialect)))
        .into();
    let rows: Vec<Vec<&str>> = ROUTES
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(
        rows.len(),
        127,
        "20 routes of one dialect, 6, 57, 42 and 2 of the others"
    );
    for row in rows {
        let [dialect, method, path, ..] = row[..] else {
            panic!("{row:?}")
        };
        assert!(
            documents[dialect].contains(&format!("{method} {}", shape(path))),
            "{method} {path} is not in the document"
        );
        let path = path.replace("{env}", "prod");
        let path = path.replace("{id}", "1").replace(['{', '}'], "");
        let answer = server.request(method, &path).token(None).send();
        // A log-in without a body is refused for that, and a link that was never given leads nowhere.
        let expected = match path.strip_prefix("/prod/runtime/api") {
            Some("/auth/login") => 400,
            Some("/files/shared/1") => 404,
            // Whoever has not signed his request is told so with the status that SQS has for it.
            _ if dialect == "sqs" => 403,
            _ => 401,
        };
        assert_eq!(answer.status, expected, "{method} {path}");
    }
}
