//! Bodies that cannot be taken, and forms in which bodies may come.

use std::io::Write;

use engine::{ImportOptions, Options};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Method, StatusCode};
use serde_json::json;
use stockyard_fusion::mount;
use testkit::{Answer, TestApp, TestOptions};

use crate::support::{app, entries, import, job_count, make_collection, outcome, record};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

async fn post_bytes(app: &TestApp, bytes: Vec<u8>, encoding: Option<&str>) -> Answer {
    let mut request = app.request(Method::POST, "/api/v2/jobs").token(&app.user);
    if let Some(encoding) = encoding {
        request = request.header("content-encoding", encoding);
    }
    request.body(bytes).send().await
}

#[tokio::test]
async fn what_cannot_be_taken_is_a_rejected_job() {
    let app = app().await;
    let bodies = [
        "",
        "5",
        "{",
        "[]",
        "{}",
        r#"{"job":5}"#,
        r#"{"job":{}}"#,
        r#"{"job":{"entity":"Category","operation":"insert"}}"#,
        r#"{"job":{"entity":"Category","operation":"insert","data":{}}}"#,
        r#"{"job":{"entity":"Category","operation":"insert","data":[{"id":1}}}"#,
        "{\"job\":{\"entity\":\"Category\",\"operation\":\"insert\",\n\"data\":[{\"id\":1},\n{\"id\" 2}]}}",
        r#"{"job":{"entity":"Category","operation":"insert","data":[]}} x"#,
        r#"{"job":{"entity":"Category","operation":"frob","data":[]}}"#,
        r#"{"job":{"entity":"Nothing","operation":"insert","data":[]}}"#,
        r#"{"job":{"entity":7,"operation":null,"data":[]}}"#,
        r#"{"job":{"data":[],"entity":"Category","entity":"Category","operation":"insert"}}"#,
        r#"{"job":{"entity":"a\u0000b","operation":"insert","data":[]}}"#,
        r#"{"job":{"entity":"Category","operation":insert,"data":[]}}"#,
        r#"{"job":{"entity":"Category","operation":"insert","options":[],"data":[]}}"#,
        r#"{"job":{"entity":"Category","operation":"insert","options":{"object_in_response":"yes"},"data":[]}}"#,
        r#"{"request_id":"abc","job":{"entity":"Category","operation":"insert","data":[]}}"#,
        r#"{"entity":"Nothing","operation":"frob","data":[]}"#,
    ];
    let mut shown = String::new();
    for body in bodies {
        let answer = app.post("/api/v2/jobs", body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let job = answer.json();
        assert_eq!(
            (&job["status"], &job["error_count"]),
            (&json!("fail_to_receive"), &json!(1))
        );
        let id = job["id"].as_i64().unwrap();
        let expected = ("fail_to_receive".to_owned(), "Failure".to_owned(), 1);
        assert_eq!(outcome(&app, id).await, expected);
        let errors = entries(&app, &format!("/api/v2/jobs/{id}/errors")).await;
        assert_eq!((errors.len(), &errors[0]["code"]), (1, &json!("job-rejected")));
        assert!(
            entries(&app, &format!("/api/v2/jobs/{id}/results"))
                .await
                .is_empty()
        );
        shown.push_str(&format!("{body}\n  {} {}\n", job["error"], job["details"]));
    }
    assert_eq!(job_count(&app).await, bodies.len() as u64);
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn the_answer_to_a_rejected_body() {
    let app = app().await;
    let answer = app
        .post("/api/v2/jobs", &import("Nothing", "insert", &json!([])))
        .await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&answer.json()).unwrap());
}

#[tokio::test]
async fn gzip_is_recognised_by_content() {
    let app = app().await;
    let body = |id: &str| gzip(&import("Category", "insert", &json!([{ "id": id }])));
    for (id, encoding) in [("a", None), ("b", Some("gzip"))] {
        let answer = post_bytes(&app, body(id), encoding).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    }
    app.run_jobs().await;
    assert!(
        record(&app, "categories", "a").await.is_some() && record(&app, "categories", "b").await.is_some()
    );
    let answer = post_bytes(&app, body("c"), Some("br")).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    // Cut off in the middle.
    let half = body("d")[..40].to_vec();
    assert_eq!(
        post_bytes(&app, half, None).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

fn bounded(imports: ImportOptions) -> TestOptions {
    TestOptions {
        engine: Options {
            imports,
            ..Options::default()
        },
        ..TestOptions::default()
    }
}

#[tokio::test]
async fn bodies_and_records_are_bounded() {
    let options = bounded(ImportOptions {
        max_body_bytes: 600,
        max_unpacked_bytes: 2000,
        max_record_bytes: 200,
        max_depth: 4,
        ..ImportOptions::default()
    });
    let app = TestApp::with(options, mount).await;
    make_collection(&app, "categories").await;
    let long = import("Category", "insert", &json!([{ "id": 1, "t": "x".repeat(600) }]));
    let answer = app.post("/api/v2/jobs", &long).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json()["error"], "the body is longer than 600 bytes");
    assert_eq!(job_count(&app).await, 0);
    // Small as it is sent, too large when unpacked.
    let rows = vec![json!({ "id": 1, "t": "x".repeat(150) }); 20];
    let bomb = gzip(&import("Category", "insert", &json!(rows)));
    let answer = post_bytes(&app, bomb, None).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text().contains("unpacks to more bytes"),
        "{}",
        answer.text()
    );
    // One record too large for the reader breaks the file; one nested too deep is a bad row.
    let large = import("Category", "insert", &json!([{ "id": 1, "t": "x".repeat(300) }]));
    let answer = app.post("/api/v2/jobs", &large).await;
    assert!(
        answer.text().contains("more than 200 bytes in one element"),
        "{}",
        answer.text()
    );
    let deep = import("Category", "insert", &json!([{ "id": 1, "a": [[[[1]]]] }]));
    let id = crate::support::run(&app, &deep).await;
    assert_eq!(outcome(&app, id).await.2, 1);
    // Neither may many small steps make a large record.
    for n in 0..4 {
        let field = format!("f{n}");
        let step = import("Category", "upsert", &json!([{ "id": 2, field: "x".repeat(80) }]));
        let id = crate::support::run(&app, &step).await;
        let errors = entries(&app, &format!("/api/v2/jobs/{id}/errors")).await;
        assert_eq!(
            errors.first().map(|e| e["code"].clone()),
            (n > 1).then(|| json!("too-large")),
            "{n}"
        );
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_makes_no_job() {
    let app = app().await;
    let pieces = vec![Ok("{\"job\":"), Err(std::io::Error::other("gone"))];
    let body = axum::body::Body::from_stream(futures_util::stream::iter(pieces));
    let answer = app
        .request(Method::POST, "/api/v2/jobs")
        .token(&app.user)
        .body(body)
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(job_count(&app).await, 0);
}
