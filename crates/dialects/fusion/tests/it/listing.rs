//! The listing's filters, pages and refusals, and the jobs of other dialects in it.

use std::time::Duration;

use engine::deltas::Content;
use http::{Method, StatusCode};
use model::{Actor, Roles, UserId};
use serde_json::json;
use testkit::TestApp;

use crate::support::{app, call, entries, import, run};

async fn ids(app: &TestApp, query: &str) -> Vec<i64> {
    let found = entries(app, &format!("/api/v2/jobs?{query}")).await;
    found.iter().map(|entry| entry["id"].as_i64().unwrap()).collect()
}

/// Three jobs, a minute apart.
async fn three() -> TestApp {
    let app = app().await;
    for _ in 0..3 {
        run(&app, &import("Category", "upsert", &json!([{ "id": 1 }]))).await;
        app.clock.advance(Duration::from_secs(60));
    }
    app
}

#[tokio::test]
async fn filters_restrict() {
    let app = three().await;
    let request = entries(&app, "/api/v2/jobs?id=2").await[0]["request_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (query, expected) in [
        (String::new(), &[3, 2, 1][..]),
        ("id=2".to_owned(), &[2]),
        ("id=9".to_owned(), &[]),
        (format!("request_id={request}"), &[2]),
        (format!("request_id={}", request.to_uppercase()), &[2]),
        ("request_id=nothing".to_owned(), &[]),
        ("created_by=user@example.com".to_owned(), &[3, 2, 1]),
        ("created_by=admin@example.com".to_owned(), &[]),
        ("created_time_from=2016-05-30T04:56:57.316Z".to_owned(), &[3, 2]),
        ("created_time_from=2016-05-30T04:56:57.317Z".to_owned(), &[3]),
        ("created_time_to=2016-05-30T04:56:57.316Z".to_owned(), &[2, 1]),
        ("created_time_to=2016-05-30T14:56:57.315%2B10:00".to_owned(), &[1]),
        ("created_time_to=2016-05-30T14:56:57.315+10:00".to_owned(), &[1]),
        ("updated_time_from=2016-05-30T04:57:00".to_owned(), &[3]),
        (
            "updated_time_to=2016-05-30T04:56:00&created_by=user@example.com".to_owned(),
            &[1],
        ),
        ("colour=red&id=3".to_owned(), &[3]),
        ("per_page=2".to_owned(), &[3, 2]),
        ("per_page=2&page=2".to_owned(), &[1]),
        ("per_page=2&page=3".to_owned(), &[]),
        ("page=18446744073709551615&per_page=1000".to_owned(), &[]),
    ] {
        assert_eq!(ids(&app, &query).await, expected, "{query}");
    }
    let envelope = app.get("/api/v2/jobs?per_page=2&page=2").await.json();
    let numbers =
        ["page", "per_page", "total_pages", "total_entries"].map(|name| envelope[name].as_u64().unwrap());
    assert_eq!(numbers, [2, 2, 2, 3]);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_name() {
    let app = app().await;
    for (query, status) in [
        ("page=abc", 422),
        ("page=0", 422),
        ("page=-1", 422),
        ("page=", 422),
        ("per_page=1001", 422),
        ("per_page=0", 422),
        ("per_page=ten", 422),
        ("id=abc", 422),
        ("created_time_from=yesterday", 422),
        ("created_time_to=2016-99-99", 422),
        ("updated_time_from=1", 422),
        ("updated_time_to=", 422),
        ("page=1&page=2", 422),
        ("created_by=%zz", 400),
    ] {
        let answer = app.get(&format!("/api/v2/jobs?{query}")).await;
        let name = query.split('=').next().unwrap();
        assert_eq!(answer.status.as_u16(), status, "{query}");
        assert_eq!(answer.json()["details"][0]["field"], name, "{query}");
        assert!(answer.json()["error"].as_str().unwrap().contains(name), "{query}");
    }
}

#[tokio::test]
async fn jobs_of_other_dialects_are_listed_too() {
    let app = app().await;
    let actor = Actor {
        user: UserId(1),
        email: "user@example.com".to_owned(),
        name: "User".to_owned(),
        roles: Roles::default(),
        token: None,
        ..Actor::default()
    };
    let file = json!({ "operations": [
        { "operation": "add-article", "articleData": { "F_1": "1" } },
        { "operation": "replace-article-feature", "articleData": { "F_1": "2", "F_3": "x" } },
        { "operation": "replace-article-feature", "articleData": { "F_1": "2", "F_3": "y" } },
    ] });
    let upload = vec![Ok::<_, std::io::Error>(file.to_string().into())];
    let stored = app
        .engine
        .blobs()
        .put(futures_util::stream::iter(upload), 1 << 20)
        .await
        .unwrap();
    let name = "delta.json".to_owned();
    app.engine
        .submit_delta_content(&actor, Content { name, stored })
        .await
        .unwrap();
    app.run_jobs().await;
    let mut shown = String::new();
    for path in [
        "/api/v2/jobs",
        "/api/v2/jobs/1",
        "/api/v2/jobs/1/errors",
        "/api/v2/jobs/1/results",
    ] {
        let answer = app.get(path).await;
        let text = serde_json::to_string_pretty(&answer.json()).unwrap();
        shown.push_str(&format!("== {path}\n{text}\n"));
    }
    let request = entries(&app, "/api/v2/jobs").await[0]["request_id"]
        .as_str()
        .unwrap()
        .to_owned();
    insta::assert_snapshot!(shown.replace(&request, "<request id>"));
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let app = app().await;
    for id in ["7", "abc", "-1", "+1", "99999999999999999999"] {
        for part in ["", "/errors", "/errors.csv", "/results", "/logs"] {
            let answer = app.get(&format!("/api/v2/jobs/{id}{part}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}{part}");
            assert_eq!(answer.json()["error"], format!("job not found: {id}"));
        }
        for part in ["cancel", "stop", "resume", "force_stop"] {
            let answer = call(
                &app,
                &app.user,
                Method::POST,
                &format!("/api/v2/jobs/{id}/{part}"),
            )
            .await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}/{part}");
        }
    }
    let unknown = app.get("/api/v2/products").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.json()["error"], "no such path: /api/v2/products");
    let wrong = call(&app, &app.user, Method::DELETE, "/api/v2/jobs").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.json()["details"], json!([]));
}
