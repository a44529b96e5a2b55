//! Projects, for admins.

use serde_json::{Value, json};
use testkit::TestApp;

use crate::support::{app, call, expect_as, make};

async fn admin(app: &TestApp, status: u16, method: &str, path: &str, body: Value) -> Value {
    expect_as(app, &app.admin, status, method, path, body).await
}

#[tokio::test]
async fn projects_are_made_changed_listed_and_removed() {
    let app = app().await;
    let made = admin(
        &app,
        201,
        "POST",
        "project",
        json!({ "name": "a b", "tags": [{ "name": "Code", "value": " X1 " }] }),
    )
    .await;
    assert_eq!(
        made,
        json!({ "name": "a b", "tags": [{ "name": "code", "value": "x1" }] })
    );
    admin(&app, 201, "POST", "project", json!({ "name": "b" })).await;
    let tags = json!({ "tags": [{ "name": "code", "value": "2" }] });
    let saved = admin(&app, 200, "PATCH", "project/a%20b", tags.clone()).await;
    assert_eq!(saved, json!({ "name": "a b", "tags": tags["tags"] }));
    let list = admin(&app, 200, "GET", "project", Value::Null).await;
    assert_eq!(list, json!({ "data": [saved, { "name": "b", "tags": [] }] }));
    admin(&app, 204, "DELETE", "project/b", Value::Null).await;
    admin(&app, 404, "DELETE", "project/b", Value::Null).await;
    admin(&app, 404, "PATCH", "project/b", json!({ "tags": [] })).await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": "a b" }), "name"),
        (json!({ "name": "c", "tags": [{ "name": "x" }] }), "tags.0.value"),
    ] {
        let refused = admin(&app, 400, "POST", "project", body).await;
        assert!(refused[field].is_array(), "{refused}");
    }
}

#[tokio::test]
async fn tags_are_checked_against_the_callers_projects() {
    let app = app().await;
    admin(
        &app,
        201,
        "POST",
        "project",
        json!({ "name": "p", "tags": [{ "name": "code", "value": "x" }] }),
    )
    .await;
    let member = crate::support::user(&app, "member@example.com", &["p"]).await;
    let good = json!({ "tags": [{ "name": "CODE", "value": "X" }] });
    let other = json!({ "tags": [{ "name": "code", "value": "x" }, { "name": "code", "value": "y" }] });
    for (token, body, expected) in [
        (&member, &good, 200),
        (&member, &other, 400),
        (&app.user, &good, 400),
        (&app.admin, &other, 200),
    ] {
        let answer = call(&app, token, "POST", "tags/validate", body).await;
        assert_eq!(answer.status.as_u16(), expected, "{body}: {}", answer.text());
        assert_eq!(answer.body.is_empty(), expected == 200);
    }
    // Tags that it had stay allowed.
    make(&app, "item", json!({ "tags": [] })).await;
}
