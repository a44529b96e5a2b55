//! Notifications over HTTP; how they are sent is tested with the engine.

use engine::notifications::MailOptions;
use serde_json::json;
use stockyard_qalx::mount;
use testkit::{TestApp, TestOptions};

use crate::support::{app, call, expect};

#[tokio::test]
async fn a_notification_is_echoed_and_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mail = MailOptions {
        from: Some("stockyard@example.com".to_owned()),
        folder: Some(folder.path().to_owned()),
        ..MailOptions::default()
    };
    let options = TestOptions {
        engine: engine::Options {
            mail,
            ..engine::Options::default()
        },
        ..TestOptions::default()
    };
    let app = TestApp::with(options, mount).await;
    let body = json!({
        "subject": "string", "message": "string", "to": ["user@example.com"], "cc": ["user@example.com"],
        "bcc": ["user@example.com"],
    });
    let mut sent = body.clone();
    sent["meta"] = json!({});
    sent["tags"] = json!([]);
    assert_eq!(expect(&app, 201, "POST", "notification", sent).await, body);
    app.run_jobs().await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn without_a_mail_server_the_setting_is_named() {
    let app = app().await;
    let body = json!({ "subject": "s", "message": "m", "to": ["a@b.example"] });
    let answer = call(&app, &app.user, "POST", "notification", &body).await;
    assert_eq!(answer.status.as_u16(), 409);
    assert!(
        answer.json()["detail"].as_str().unwrap().contains("mail.from"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn wrong_notifications_are_told() {
    let app = app().await;
    for (body, field) in [
        (json!({ "message": "m", "to": ["a@b.example"] }), "subject"),
        (json!({ "subject": "s", "to": ["a@b.example"] }), "message"),
        (json!({ "subject": "s", "message": "m" }), "to"),
        (
            json!({ "subject": "s", "message": "m", "to": "a@b.example" }),
            "to",
        ),
        (json!({ "subject": "s", "message": "m", "to": [5] }), "to"),
        (json!({ "subject": "s", "message": "m", "cc": ["nobody"] }), "cc"),
        (
            json!({ "subject": ["s"], "message": "m", "to": ["a@b.example"] }),
            "subject",
        ),
    ] {
        let refused = expect(&app, 400, "POST", "notification", body.clone()).await;
        assert!(refused[field].is_array(), "{body}: {refused}");
    }
}
