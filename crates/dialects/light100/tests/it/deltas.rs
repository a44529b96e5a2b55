//! Delta updates that are really carried out: articles, failures, blocks, flush and the strict mode.

use http::Method;
use serde_json::{Value, json};
use testkit::TestApp;

use crate::support::{app, get, send, strict_app, success};

fn op(operation: &str, data: Value) -> String {
    json!({ "operation": operation, "articleData": data }).to_string()
}

fn add(number: &str) -> String {
    op("add-article", json!({ "F_1": number }))
}

fn feature(number: &str) -> String {
    op("replace-article-feature", json!({ "F_1": number, "F_3": "x" }))
}

fn file(operations: &[String]) -> String {
    format!(r#"{{"version":1,"operations":[{}]}}"#, operations.join(","))
}

/// The errors of everything that failed.
async fn errors(app: &TestApp) -> Vec<String> {
    let answer = app.get("/api/v1/jobs/failedjobs?per_page=1000").await.json();
    let entries = answer["data"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["errors"][0].as_str().unwrap().to_owned())
        .collect()
}

async fn exists(app: &TestApp, number: &str) -> bool {
    app.get(&format!("/api/v1/articles/{number}")).await.status == 200
}

#[tokio::test]
async fn all_operations_are_carried_out_in_order() {
    let app = app().await;
    let operations = [
        op(
            "add-article",
            json!({ "F_1": "1", "F_3": "\"quoted\"", "C_1": "c" }),
        ),
        op("replace-article", json!({ "F_1": "2", "F_3": "old" })),
        op("replace-article", json!({ "F_1": "2", "F_4": "new" })),
        op("add-article-feature", json!({ "F_1": "1", "F_5": "five" })),
        op("replace-article-feature", json!({ "F_1": "1", "C_1": "248,28" })),
        op("delete-article-feature", json!({ "F_1": "2", "F_4": null })),
        add("3"),
        op("delete-article", json!({ "F_1": "3" })),
    ];
    send(&app, "all", &file(&operations)).await;
    app.run_jobs().await;
    assert_eq!(errors(&app).await, [""; 0]);
    let one = r#"{"id":"1","F_1":"1","F_3":"\"quoted\"","C_1":"248,28","F_5":"five"}"#;
    assert_eq!(
        get(&app, "/api/v1/articles/1").await,
        success("Articles found", one)
    );
    assert_eq!(
        get(&app, "/api/v1/articles/2").await,
        success("Articles found", r#"{"id":"2","F_1":"2"}"#)
    );
    assert!(!exists(&app, "3").await);
    assert_eq!(
        get(&app, "/api/v1/jobs/successfulfiles").await,
        success("successful files found (1)", r#"["all"]"#)
    );
}

#[tokio::test]
async fn a_failure_blocks_its_article_until_a_flush() {
    let app = app().await;
    send(&app, "one", &file(&[feature("7"), add("7"), add("8")])).await;
    send(&app, "two", &file(&[add("7"), add("9")])).await;
    app.run_jobs().await;
    let blocked = "Blocked by an earlier failed operation on article 7 (job 1)";
    let missing = "Trying to add feature to an existing article, but the article does not exist: 7";
    assert_eq!(errors(&app).await, [missing, blocked, blocked]);
    assert_eq!(
        (
            exists(&app, "7").await,
            exists(&app, "8").await,
            exists(&app, "9").await
        ),
        (false, true, true)
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/failedarticles").await,
        success("Failed articles found (1)", r#"["7"]"#)
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/failedfiles").await,
        success("Failed files found (2)", r#"["one","two"]"#)
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/successfulfiles").await,
        success("successful files found (0)", "[]")
    );

    assert_eq!(app.post("/api/v1/jobs/flush", "").await.status, 200);
    assert_eq!(errors(&app).await, [""; 0]);
    assert_eq!(
        get(&app, "/api/v1/jobs/failedarticles").await,
        success("Failed articles found (0)", "[]")
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/failedfiles").await,
        success("Failed files found (0)", "[]")
    );
    send(&app, "three", &file(&[add("7")])).await;
    app.run_jobs().await;
    assert!(exists(&app, "7").await);
}

#[tokio::test]
async fn in_strict_mode_the_queue_stands_still_until_a_flush() {
    let app = strict_app().await;
    send(&app, "one", &file(&[add("1"), feature("7"), add("2")])).await;
    send(&app, "two", &file(&[add("3")])).await;
    app.run_jobs().await;
    assert_eq!(
        (
            exists(&app, "1").await,
            exists(&app, "2").await,
            exists(&app, "3").await
        ),
        (true, false, false)
    );
    assert_eq!(errors(&app).await.len(), 1);
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (2)", r#"["one","two"]"#)
    );
    app.run_jobs().await;
    assert!(!exists(&app, "2").await);
    assert_eq!(get(&app, "/api/v1/jobs/flush").await.0, 200);
    app.run_jobs().await;
    assert_eq!((exists(&app, "2").await, exists(&app, "3").await), (true, true));
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (0)", "[]")
    );
}

#[tokio::test]
async fn clear_gives_up_what_stands_still() {
    let app = strict_app().await;
    send(&app, "one", &file(&[feature("7"), add("2")])).await;
    send(&app, "two", &file(&[add("3")])).await;
    app.run_jobs().await;
    assert_eq!(app.post("/api/v1/jobs/clear", "").await.status, 200);
    app.run_jobs().await;
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (0)", "[]")
    );
    assert_eq!((exists(&app, "2").await, exists(&app, "3").await), (false, false));
}

#[tokio::test]
async fn a_broken_file_fails_with_its_place_behind_what_was_done() {
    let app = app().await;
    send(
        &app,
        "broken.json",
        &format!("[\n  {},\n  {{\"operation\": oops}}\n]", add("1")),
    )
    .await;
    app.run_jobs().await;
    assert!(exists(&app, "1").await);
    let answer = app.get("/api/v1/jobs/failedjob").await.json();
    let error = answer["data"]["errors"][0].as_str().unwrap();
    assert!(error.ends_with("at line 3, column 17"), "{error}");
    assert_eq!(
        answer["data"]["payload"].to_string(),
        r#"{"file":"broken.json","tries":1,"timeout":300,"failOnTimeout":true,"queue":"delta-file","middleware":[],"chained":[]}"#
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/failedfiles").await,
        success("Failed files found (1)", r#"["broken.json"]"#)
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/failedarticles").await,
        success("Failed articles found (0)", "[]")
    );
}

#[tokio::test]
async fn an_operation_that_cannot_be_tried_is_shown_as_it_was_sent() {
    let app = app().await;
    let operations = [
        r#"{"operation":"frob","articleData":{"F_1":"1","F_2":1.50}}"#.to_owned(),
        r#"{"articleData":[1]}"#.to_owned(),
    ];
    send(&app, "odd", &file(&operations)).await;
    app.run_jobs().await;
    let answer = app.get("/api/v1/jobs/failedjobs").await.text().to_owned();
    let first = r#"{"errors":["unknown operation: \"frob\""],"payload":{"articleData":{"F_1":"1","F_2":1.50},"file":"odd","operation":"frob","#;
    assert!(answer.contains(first), "{answer}");
    let second =
        r#"{"errors":["operation is missing"],"payload":{"articleData":[1],"file":"odd","operation":null,"#;
    assert!(answer.contains(second), "{answer}");
    let cleared = app
        .request(Method::POST, "/api/v1/jobs/flush")
        .token(&app.user)
        .send()
        .await;
    assert_eq!(cleared.status, 200);
}
