//! Logging in and out, acting as another, and where a token may be.

use std::time::Duration;

use insta::assert_json_snapshot;
use serde_json::{Value, json};
use testkit::{PASSWORD, TestOptions};

use crate::support::{Crm, Who, crm, crm_with, error, scrubbed};

fn login(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD })
}

async fn token(crm: &Crm, body: Value) -> String {
    let session = crm.expect(Who::Nobody, 200, "POST", "/auth/login", body).await;
    session["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_login_answers_with_a_session() {
    let crm = crm().await;
    let mut session = crm
        .expect(
            Who::Nobody,
            200,
            "POST",
            "/auth/login",
            login("seller@example.com"),
        )
        .await;
    let token = session["token"].as_str().unwrap().to_owned();
    assert!(
        token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{token}"
    );
    session["token"] = "<token>".into();
    assert_json_snapshot!(scrubbed(&session), @r#"
    {
      "app": "crm",
      "adminUserEmail": null,
      "ip": "127.0.0.1",
      "userEmail": "seller@example.com",
      "userName": "Seller Test",
      "userId": "<id>",
      "token": "<token>"
    }
    "#);
    let me = crm.call_with(&token, "GET", "/users/current", Value::Null).await;
    assert_eq!(me.json()["email"], "seller@example.com");
    let out = crm.call_with(&token, "POST", "/auth/logout", Value::Null).await;
    assert_eq!((out.status.as_u16(), out.text()), (200, "{}"));
    let gone = crm.call_with(&token, "GET", "/users/current", Value::Null).await;
    assert_eq!(gone.status.as_u16(), 401);
    let (code, message) = (gone.json()["code"].clone(), gone.json()["message"].clone());
    assert!(
        code == "unauthorized" && message.as_str().unwrap().starts_with("Invalid token."),
        "{message}"
    );
}

#[tokio::test]
async fn bad_credentials_are_refused_by_kind() {
    let crm = crm().await;
    let manager = |other: &str| json!({ "email": "manager@example.com", "password": PASSWORD, "emailImpersonatedUser": other });
    for (body, status, code) in [
        (
            json!({ "email": "nobody@example.com", "password": PASSWORD }),
            401,
            "unauthorized",
        ),
        (
            json!({ "email": "seller@example.com", "password": "wrong" }),
            401,
            "unauthorized",
        ),
        (json!({ "email": "seller@example.com" }), 400, "badRequest"),
        (json!({ "password": PASSWORD }), 400, "badRequest"),
        (json!({}), 400, "badRequest"),
        (json!([]), 400, "badRequest"),
        (manager("nobody@example.com"), 404, "notFound"),
        (manager("developer@example.com"), 403, "forbidden"),
        (
            json!({ "email": "seller@example.com", "password": PASSWORD, "emailImpersonatedUser": "reader@example.com" }),
            403,
            "forbidden",
        ),
    ] {
        let answer = crm
            .expect(Who::Nobody, status, "POST", "/auth/login", body.clone())
            .await;
        assert_eq!(error(&answer).0, code, "{body}: {answer}");
        assert!(!error(&answer).1.starts_with("Invalid token"), "{answer}");
    }
}

#[tokio::test]
async fn one_who_acts_as_another_is_named() {
    let crm = crm().await;
    for key in ["emailImpersonatedUser", "impersonated"] {
        let mut body = login("manager@example.com");
        body[key] = "seller@example.com".into();
        let session = crm.expect(Who::Nobody, 200, "POST", "/auth/login", body).await;
        assert_eq!(session["adminUserEmail"], "manager@example.com");
        assert_eq!(session["userEmail"], "seller@example.com");
        let token = session["token"].as_str().unwrap();
        let me = crm.call_with(token, "GET", "/users/current", Value::Null).await;
        assert_eq!(me.json()["email"], "seller@example.com");
    }
    let lines = crm.get("/status/logs?message=POST%20/login").await;
    assert_eq!(lines["items"][0]["adminUserEmail"], "manager@example.com");
    assert_eq!(lines["items"][0]["subType"], "LOGIN");
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let crm = crm().await;
    let token = token(&crm, login("seller@example.com")).await;
    let status = async || {
        crm.call_with(&token, "GET", "/users/current", Value::Null)
            .await
            .status
            .as_u16()
    };
    crm.app.clock.advance(Duration::from_secs(7 * 3600));
    assert_eq!(status().await, 200);
    crm.app.clock.advance(Duration::from_secs(7 * 3600));
    assert_eq!(status().await, 200, "every use counts");
    crm.app.clock.advance(Duration::from_secs(8 * 3600 + 1));
    assert_eq!(status().await, 401);
}

#[tokio::test]
async fn a_token_may_be_in_its_header_or_a_bearer_and_in_a_cookie_for_downloads_only() {
    let crm = crm().await;
    let token = crm.token(Who::Developer);
    let status = async |path: &str, name: &str, value: String| {
        let request = crm
            .app
            .request("GET".parse().unwrap(), &format!("/prod/runtime/api{path}"));
        request.header(name, &value).send().await.status.as_u16()
    };
    let none = "/files/588f9f1eb45fc9000bc1c010";
    for (path, name, value, expected) in [
        ("/users/current", "Token", token.to_owned(), 200),
        ("/users/current", "authorization", format!("Bearer {token}"), 200),
        ("/users/current", "cookie", format!("token={token}"), 401),
        (none, "cookie", format!("a=b; token={token}"), 404),
        (none, "token", token.to_owned(), 404),
        (none, "cookie", "token=wrong".to_owned(), 401),
    ] {
        assert_eq!(status(path, name, value).await, expected, "{path} {name}");
    }
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let mut test = TestOptions::default();
    test.http.rate_limit = Some(
        serde_json::from_value(json!({ "requests_per_minute": 600, "burst": 100, "failures_per_minute": 2 }))
            .unwrap(),
    );
    let crm = crm_with(test, stockyard_slingr::Options::default()).await;
    let wrong = json!({ "email": "seller@example.com", "password": "wrong" });
    for status in [401, 401, 429] {
        crm.expect(Who::Nobody, status, "POST", "/auth/login", wrong.clone())
            .await;
    }
}
