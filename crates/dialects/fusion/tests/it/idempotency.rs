//! One request id, one job.

use http::{Method, StatusCode};
use serde_json::json;

use crate::support::{app, job_count, record, user};

const ID: &str = "2e2b36a6-e6f7-42ae-a388-e53bfa2626be";

fn body(id: &str) -> String {
    json!({ "job": { "entity": "Category", "operation": "insert", "request_id": ID, "data": [{ "id": id }] } })
        .to_string()
}

#[tokio::test]
async fn the_same_request_again_finds_the_first_job() {
    let app = app().await;
    let first = app.post("/api/v2/jobs", &body("a")).await;
    app.run_jobs().await;
    let again = app.post("/api/v2/jobs", &body("b")).await;
    assert_eq!(
        (first.status, again.status),
        (StatusCode::CREATED, StatusCode::OK)
    );
    assert_eq!(again.json()["id"], first.json()["id"]);
    assert_eq!(
        (&again.json()["request_id"], &again.json()["status"]),
        (&json!(ID), &json!("complete"))
    );
    app.run_jobs().await;
    assert_eq!(job_count(&app).await, 1);
    assert!(record(&app, "categories", "b").await.is_none());
    // At the top of the body, in capitals: still the same.
    let top = json!({ "request_id": ID.to_uppercase(),
        "job": { "entity": "Category", "operation": "insert", "data": [] } });
    assert_eq!(
        app.post("/api/v2/jobs", &top.to_string()).await.status,
        StatusCode::OK
    );
    assert_eq!(job_count(&app).await, 1);
}

#[tokio::test]
async fn requests_at_the_same_time_make_one_job() {
    let app = app().await;
    let body = body("a");
    let calls = (0..8).map(|_| app.post("/api/v2/jobs", &body));
    let answers = futures_util::future::join_all(calls).await;
    let created = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED)
        .count();
    let known = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    assert_eq!((created, known), (1, 7));
    assert!(answers.iter().all(|answer| answer.json()["id"] == 1));
    assert_eq!(job_count(&app).await, 1);
}

#[tokio::test]
async fn a_rejected_job_keeps_its_request_id() {
    let app = app().await;
    let bad = json!({ "request_id": ID, "job": { "entity": "Nothing", "operation": "insert", "data": [] } });
    let first = app.post("/api/v2/jobs", &bad.to_string()).await;
    assert_eq!(first.status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = app.post("/api/v2/jobs", &body("a")).await;
    assert_eq!(
        (again.status, &again.json()["status"]),
        (StatusCode::OK, &json!("fail_to_receive"))
    );
    assert_eq!(job_count(&app).await, 1);
}

#[tokio::test]
async fn the_request_of_another_user_shows_nothing() {
    let app = app().await;
    app.post("/api/v2/jobs", &body("a")).await;
    let other = user(&app, "other@example.com", false).await;
    let request = app.request(Method::POST, "/api/v2/jobs").token(&other);
    let answer = request.json(&body("b")).send().await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["details"][0]["field"], "request_id");
    assert!(answer.json().get("id").is_none());
    assert_eq!(job_count(&app).await, 1);
}
