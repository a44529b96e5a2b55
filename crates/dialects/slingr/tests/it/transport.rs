//! What clients really send: bodies where none belong, none where one does, headers in any case, raw addresses.

use serde_json::json;
use stockyard_slingr::{Environment, Options};
use testkit::TestOptions;

use crate::support::{Crm, Who, crm, crm_with, error, id};

async fn company(crm: &Crm, name: &str) -> String {
    let body = json!({ "name": name, "type": "a" });
    id(&crm
        .expect(Who::Manager, 200, "POST", "/data/companies", body)
        .await)
}

#[tokio::test]
async fn bodies_that_do_not_matter_are_passed_over() {
    let crm = crm().await;
    let one = company(&crm, "Test 1").await;
    let path = format!("/prod/runtime/api/data/companies/{one}");
    let request = |method: &str| {
        let request = crm.app.request(method.parse().unwrap(), &path);
        request.header("TOKEN", crm.token(Who::Manager))
    };
    for (method, kind, body) in [
        ("GET", "application/json", "{}"),
        ("GET", "application/json", "no json"),
        ("GET", "text/plain", ""),
        ("PUT", "application/json", "{}"),
        ("PUT", "application/json", ""),
        ("PUT", "text/plain", ""),
        ("PUT", "application/json; charset=UTF-8", " {} "),
        ("DELETE", "application/json", "{}"),
    ] {
        let answer = request(method)
            .header("content-type", kind)
            .body(body.to_owned())
            .send()
            .await;
        assert_eq!(
            answer.status.as_u16(),
            200,
            "{method} {body:?}: {}",
            answer.text()
        );
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(id(&answer.json()), one);
    }
}

#[tokio::test]
async fn the_same_is_there_without_an_environment_and_nothing_in_another() {
    let options = Options {
        environment: Environment::Dev,
        ..Options::default()
    };
    let crm = crm_with(TestOptions::default(), options).await;
    let status = async |path: &str| {
        let request = crm.app.request("GET".parse().unwrap(), path);
        request.header("token", crm.token(Who::Developer)).send().await
    };
    assert_eq!(
        status("/dev/runtime/api/users/current").await.status.as_u16(),
        200
    );
    assert_eq!(status("/api/users/current").await.status.as_u16(), 200);
    for path in [
        "/prod/runtime/api/users/current",
        "/test/runtime/api/users/current",
        "/dev/runtime/api/nothing",
        "/api/nothing",
    ] {
        let answer = status(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["code"].as_str()),
            (404, Some("notFound")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_call_when_they_are_let() {
    let mut test = TestOptions::default();
    test.http.cors.allowed_origins = vec!["https://app.example.com".to_owned()];
    let crm = crm_with(test, Options::default()).await;
    let preflight = crm
        .app
        .request("OPTIONS".parse().unwrap(), "/prod/runtime/api/data/companies");
    let answer = preflight
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "token,content-type")
        .send()
        .await;
    assert_eq!(answer.status.as_u16(), 204);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://app.example.com"
    );
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "token,content-type"
    );
    assert!(answer.header("access-control-allow-methods").contains("PUT"));
}

#[tokio::test]
async fn bodies_are_bounded() {
    let options = Options {
        max_body_bytes: 200,
        ..Options::default()
    };
    let crm = crm_with(TestOptions::default(), options).await;
    let long = json!({ "name": "x".repeat(200), "type": "a" });
    let answer = crm
        .expect(Who::Manager, 413, "POST", "/data/companies", long)
        .await;
    assert_eq!(error(&answer).0, "badRequest");
}

#[tokio::test]
async fn bodies_may_be_128_levels_deep_and_no_deeper() {
    let crm = crm().await;
    let send = async |depth: usize| {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let body = format!(r#"{{"notes":{nested}}}"#);
        let request = crm
            .app
            .request("POST".parse().unwrap(), "/prod/runtime/api/data/companies");
        let answer = request
            .header("token", crm.token(Who::Manager))
            .json(&body)
            .send()
            .await;
        (
            answer.status.as_u16(),
            answer.json()["code"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(send(127).await, (400, "validationErrors".to_owned()));
    assert_eq!(send(128).await, (400, "badRequest".to_owned()));
}

/// Who, method, path, and the status and code of the refusal.
#[rustfmt::skip]
const REFUSED: &[(Who, &str, &str, &str, u16, &str)] = &[
    (Who::Nobody, "GET", "/data/companies", "", 401, "unauthorized"),
    (Who::Developer, "GET", "/data/none", "", 404, "notFound"),
    (Who::Developer, "GET", "/data/companies/588775f63b063a0007604f4c", "", 404, "notFound"),
    (Who::Developer, "GET", "/data/companies/x", "", 404, "notFound"),
    (Who::Developer, "PUT", "/data/companies/x", "{}", 404, "notFound"),
    (Who::Developer, "PUT", "/data/companies/exported", "{}", 404, "notFound"),
    (Who::Developer, "PUT", "/data/companies/588775f63b063a0007604f4c", "[]", 400, "badRequest"),
    (Who::Developer, "GET", "/data/companies/588775f63b063a0007604f4c?_format=loud", "", 400, "badRequest"),
    (Who::Developer, "DELETE", "/data/companies/588775f63b063a0007604f4c?_async=yes", "", 400, "badRequest"),
    (Who::Developer, "GET", "/data/companies?_size=1001", "", 400, "badRequest"),
    (Who::Developer, "PATCH", "/data/companies", "{}", 405, "badRequest"),
    (Who::Manager, "POST", "/data/companies", "{no json", 400, "badRequest"),
];

#[tokio::test]
async fn every_error_has_the_form_of_the_dialect() {
    let crm = crm().await;
    for &(who, method, path, body, status, code) in REFUSED {
        let request = crm
            .app
            .request(method.parse().unwrap(), &format!("/prod/runtime/api{path}"));
        let request = match who {
            Who::Nobody => request,
            who => request.header("token", crm.token(who)),
        };
        let answer = request.json(body).send().await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{method} {path}: {}",
            answer.text()
        );
        let answer = answer.json();
        assert_eq!(error(&answer).0, code, "{method} {path}: {answer}");
        assert!(!error(&answer).1.is_empty(), "{answer}");
    }
}
