//! Answers byte for byte: the documented sample, and the forms of a job beside it.

use std::time::Duration;

use engine::identity::NewUser;
use http::{Method, StatusCode};
use serde_json::json;
use stockyard_fusion::{Options, mount_with};
use testkit::{PASSWORD, TestApp};

use crate::support::{app, import, run};

/// The document's sample, made by a job: its number and request id are given, its times are the test clock's.
#[tokio::test]
async fn the_documented_listing() {
    let options: Options = serde_json::from_str(r#"{"timezone": "Australia/Sydney"}"#).unwrap();
    let app = TestApp::new(|edge, engine| mount_with(edge, engine, options)).await;
    crate::support::make_collection(&app, "categories").await;
    let user = NewUser {
        email: "test@fusionfactory.com".to_owned(),
        name: "Test".to_owned(),
        password: PASSWORD.to_owned(),
        ..NewUser::default()
    };
    let token = app.engine.make_user(user).await.unwrap().token;
    let body = json!({
        "request_id": "2e2b36a6-e6f7-42ae-a388-e53bfa2626be",
        "job": { "entity": "Category", "operation": "insert", "data": [{ "code": "a" }] },
    });
    let request = app.request(Method::POST, "/api/v2/jobs").token(&token);
    let answer = request.json(&body.to_string()).send().await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    app.clock.advance(Duration::from_millis(1355));
    app.run_jobs().await;
    let listing = app
        .request(Method::GET, "/api/v2/jobs")
        .token(&token)
        .send()
        .await;
    let expected = r#"{
  "page": 1,
  "per_page": 50,
  "total_pages": 1,
  "total_entries": 1,
  "entries": [
    {
      "id": 1,
      "request_id": "2e2b36a6-e6f7-42ae-a388-e53bfa2626be",
      "entity": "Category",
      "status": "complete",
      "percent_completed": 1,
      "operation": "insert",
      "created_at": "2016-05-30T14:55:57.316+10:00",
      "updated_at": "2016-05-30T14:55:58.671+10:00",
      "created_by": "test@fusionfactory.com",
      "error_count": 0,
      "result": "Success"
    }
  ]
}"#;
    assert_eq!(serde_json::to_string_pretty(&listing.json()).unwrap(), expected);
}

#[tokio::test]
async fn the_answer_to_a_creation() {
    let app = app().await;
    let body = import("Category", "upsert", &json!([{ "id": 1 }]));
    let answer = app.post("/api/v2/jobs", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("location"), "/api/v2/jobs/1");
    insta::assert_snapshot!(serde_json::to_string_pretty(&answer.json()).unwrap());
}

#[tokio::test]
async fn one_job() {
    let app = app().await;
    let id = run(
        &app,
        &import("Category", "insert", &json!([{ "id": 1 }, { "id": 1 }])),
    )
    .await;
    let answer = app.get(&format!("/api/v2/jobs/{id}")).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&answer.json()).unwrap());
}

#[tokio::test]
async fn errors_results_and_logs() {
    let app = app().await;
    let body = json!({ "job": {
        "entity": "Category", "operation": "insert", "options": { "object_in_response": true },
        "data": [
            { "_request_data_id": "first", "id": 1, "price": 1.10, "name": "Lamps; \"big\"" },
            { "_request_data_id": 7, "id": 1 },
            { "id": true },
            5,
        ],
    } });
    let id = run(&app, &body.to_string()).await;
    let mut shown = String::new();
    for part in ["errors", "results", "logs", "errors.csv"] {
        let answer = app.get(&format!("/api/v2/jobs/{id}/{part}")).await;
        let text = if part == "errors.csv" {
            assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
            answer.text().to_owned()
        } else {
            serde_json::to_string_pretty(&answer.json()).unwrap()
        };
        shown.push_str(&format!("== {part}: {}\n{text}\n", answer.status));
    }
    insta::assert_snapshot!(shown);
}
