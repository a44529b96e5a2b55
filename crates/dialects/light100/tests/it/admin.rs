//! The documented samples of admin calls, and what happens beside them.

use std::time::Duration;

use http::Method;
use testkit::{Answer, TestApp};

use crate::support::{app, brief};

async fn admin(app: &TestApp, method: Method, path: &str, body: &str) -> Answer {
    let request = app
        .request(method, path)
        .token(&app.admin)
        .header("accept", "application/json");
    request.json(body).send().await
}

fn message(status: u16, message: &str) -> (u16, String) {
    (status, format!(r#"{{"message":"{message}"}}"#))
}

const CREATE: &str = "/api/v1/admin/create-user";

#[tokio::test]
async fn sample_create_user_has_a_password_that_is_too_short() {
    let app = app().await;
    let body = r#"{"name":"quis","email":"muhammad.davis@example.org","password":"Z{Vz:Ui"}"#;
    let sentence = "The password must be at least 8 characters, got 7.";
    let expected = format!(r#"{{"message":"{sentence}","errors":{{"password":["{sentence}"]}}}}"#);
    assert_eq!(
        brief(&admin(&app, Method::POST, CREATE, body).await),
        (422, expected)
    );
}

#[tokio::test]
async fn a_user_is_made_listed_renewed_and_deleted() {
    let app = app().await;
    let body = r#"{"name":"quis","email":" Muhammad.Davis@example.org","password":"Z{Vz:Ui?"}"#;
    let made = admin(&app, Method::POST, CREATE, body).await;
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let expected =
        format!(r#"{{"email":"muhammad.davis@example.org","name":"quis","admin":false,"token":"{token}"}}"#);
    assert_eq!(brief(&made), (200, expected));
    let call = async |token: &str| {
        app.request(Method::GET, "/api/v1/jobs/job")
            .token(token)
            .send()
            .await
            .status
    };

    let row = |name: &str, email: &str, admin: bool, last: &str| {
        format!(
            r#"{{"name":"{name}","email":"{email}","admin":{admin},"hasPersonalAccessToken":true,"last_used_at":{last}}}"#
        )
    };
    let list = async || brief(&admin(&app, Method::GET, "/api/v1/admin/users", "").await);
    let users = |last: &str| {
        let admin = row("Admin", "admin@example.com", true, r#""2016-05-30 04:55:57""#);
        let user = row("User", "user@example.com", false, "null");
        let quis = row("quis", "muhammad.davis@example.org", false, last);
        (200, format!("[{admin},{user},{quis}]"))
    };
    assert_eq!(list().await, users("null"));
    app.clock.advance(Duration::from_secs(3));
    assert_eq!(call(&token).await, 200);
    assert_eq!(list().await, users(r#""2016-05-30 04:56:00""#));

    let email = r#"{"email":"muhammad.davis@example.org"}"#;
    let renewed = admin(&app, Method::POST, "/api/v1/admin/user/renew", email).await;
    let second = renewed.json()["token"].as_str().unwrap().to_owned();
    let expected =
        format!(r#"{{"email":"muhammad.davis@example.org","name":"quis","admin":false,"token":"{second}"}}"#);
    assert_eq!(brief(&renewed), (200, expected));
    assert_eq!(
        (call(&token).await.as_u16(), call(&second).await.as_u16()),
        (401, 200)
    );

    let deleted = admin(&app, Method::DELETE, "/api/v1/admin/user", email).await;
    let expected = r#"{"email":"muhammad.davis@example.org","message":"User deleted successfully"}"#;
    assert_eq!(brief(&deleted), (200, expected.to_owned()));
    assert_eq!(call(&second).await, 401);
    let gone = message(404, "User not found: muhammad.davis@example.org.");
    assert_eq!(
        brief(&admin(&app, Method::DELETE, "/api/v1/admin/user", email).await),
        gone
    );
}

#[tokio::test]
async fn sample_delete_and_renew_name_unknown_users() {
    let app = app().await;
    let deleted = admin(&app, Method::DELETE, "/api/v1/admin/user", r#"{"email":"autem"}"#).await;
    assert_eq!(brief(&deleted), message(404, "User not found: autem."));
    let body = r#"{"email":"schneider.herta@example.com"}"#;
    let renewed = admin(&app, Method::POST, "/api/v1/admin/user/renew", body).await;
    assert_eq!(
        brief(&renewed),
        message(404, "User not found: schneider.herta@example.com.")
    );
    let admins = admin(
        &app,
        Method::DELETE,
        "/api/v1/admin/user",
        r#"{"email":"admin@example.com"}"#,
    )
    .await;
    assert_eq!(
        brief(&admins),
        message(403, "An admin cannot be deleted: admin@example.com.")
    );
}

#[tokio::test]
async fn sample_users_without_a_token() {
    let app = app().await;
    let request = app.request(Method::GET, "/api/v1/admin/users");
    let answer = request
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .send()
        .await;
    assert_eq!(
        brief(&answer),
        (401, r#"{"message":"Unauthenticated."}"#.to_owned())
    );
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn all_faulty_fields_are_named() {
    let app = app().await;
    let errors = async |body: &str| {
        let answer = admin(&app, Method::POST, CREATE, body).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        answer.json()
    };
    let none = errors("{}").await;
    assert_eq!(none["message"], "The name field is required.");
    assert_eq!(
        none["errors"].to_string(),
        r#"{"name":["The name field is required."],"email":["The email field is required."],"password":["The password field is required."]}"#
    );
    let mixed = errors(r#"{"name":5,"email":"autem","password":null,"more":1}"#).await;
    assert_eq!(mixed["message"], "The name must be a string, got 5.");
    assert_eq!(
        mixed["errors"].to_string(),
        r#"{"name":["The name must be a string, got 5."],"email":["The email must be a mail address, got \"autem\"."],"password":["The password field is required."]}"#
    );
    let taken = errors(r#"{"name":"x","email":"USER@example.com","password":"12345678"}"#).await;
    assert_eq!(
        taken["errors"]["email"][0],
        "The email has already been taken: user@example.com."
    );
    for (method, path) in [
        (Method::DELETE, "/api/v1/admin/user"),
        (Method::POST, "/api/v1/admin/user/renew"),
    ] {
        for (body, sentence) in [
            ("", "The email field is required."),
            (r#"{"email":""}"#, "The email field is required."),
            (r#"{"email":[]}"#, "The email must be a string, got an array."),
        ] {
            let answer = admin(&app, method.clone(), path, body).await;
            let expected = format!(r#"{{"message":"{sentence}","errors":{{"email":["{sentence}"]}}}}"#);
            assert_eq!(brief(&answer), (422, expected), "{path} {body}");
        }
    }
    assert_eq!(admin(&app, Method::POST, CREATE, "{").await.status, 400);
    assert_eq!(admin(&app, Method::POST, CREATE, "[]").await.status, 422);
}
