//! Every route with every kind of caller. A route of the document that has no row here fails the test.

use std::collections::BTreeSet;

use http::Method;
use stockyard_light100 as light100;
use testkit::{TestApp, TestOptions};

use crate::support::{app, brief};

/// A route, a call of it, and the statuses for an ordinary user and for an administrator.
const ROUTES: &[(&str, &str, &str, &str, u16, u16)] = &[
    ("POST", "/api/v1/articles", "/api/v1/articles", "{}", 422, 422),
    (
        "POST",
        "/api/v1/articles/update",
        "/api/v1/articles/update",
        "{}",
        422,
        422,
    ),
    (
        "POST",
        "/api/v1/articles/delta-update",
        "/api/v1/articles/delta-update",
        "{}",
        422,
        422,
    ),
    (
        "POST",
        "/api/v1/articles/export",
        "/api/v1/articles/export",
        r#"{"format":"pdf"}"#,
        422,
        422,
    ),
    (
        "GET",
        "/api/v1/articles/export/{id}",
        "/api/v1/articles/export/1",
        "",
        404,
        404,
    ),
    (
        "GET",
        "/api/v1/articles/export/{id}/download",
        "/api/v1/articles/export/1/download",
        "",
        404,
        404,
    ),
    ("GET", "/api/v1/articles/{id}", "/api/v1/articles/1", "", 404, 404),
    (
        "DELETE",
        "/api/v1/articles/{id}",
        "/api/v1/articles/1",
        "",
        404,
        404,
    ),
    (
        "GET",
        "/api/v1/articles/delete/{id}",
        "/api/v1/articles/delete/1",
        "",
        404,
        404,
    ),
    (
        "POST",
        "/api/v1/admin/create-user",
        "/api/v1/admin/create-user",
        "{}",
        403,
        422,
    ),
    ("GET", "/api/v1/admin/users", "/api/v1/admin/users", "", 403, 200),
    (
        "DELETE",
        "/api/v1/admin/user",
        "/api/v1/admin/user",
        r#"{"email":"x"}"#,
        403,
        404,
    ),
    (
        "POST",
        "/api/v1/admin/user/renew",
        "/api/v1/admin/user/renew",
        r#"{"email":"x"}"#,
        403,
        404,
    ),
    ("GET", "/api/v1/jobs/job", "/api/v1/jobs/job", "", 200, 200),
    ("GET", "/api/v1/jobs/jobs", "/api/v1/jobs/jobs", "", 200, 200),
    ("GET", "/api/v1/jobs/files", "/api/v1/jobs/files", "", 200, 200),
    (
        "GET",
        "/api/v1/jobs/failedjob",
        "/api/v1/jobs/failedjob",
        "",
        200,
        200,
    ),
    (
        "GET",
        "/api/v1/jobs/failedjobs",
        "/api/v1/jobs/failedjobs",
        "",
        200,
        200,
    ),
    (
        "GET",
        "/api/v1/jobs/failedarticles",
        "/api/v1/jobs/failedarticles",
        "",
        200,
        200,
    ),
    (
        "GET",
        "/api/v1/jobs/failedfiles",
        "/api/v1/jobs/failedfiles",
        "",
        200,
        200,
    ),
    (
        "GET",
        "/api/v1/jobs/successfulfiles",
        "/api/v1/jobs/successfulfiles",
        "",
        200,
        200,
    ),
    ("GET", "/api/v1/jobs/clear", "/api/v1/jobs/clear", "", 200, 200),
    ("POST", "/api/v1/jobs/clear", "/api/v1/jobs/clear", "", 200, 200),
    (
        "GET",
        "/api/v1/jobs/clearsuccessful",
        "/api/v1/jobs/clearsuccessful",
        "",
        200,
        200,
    ),
    (
        "POST",
        "/api/v1/jobs/clearsuccessful",
        "/api/v1/jobs/clearsuccessful",
        "",
        200,
        200,
    ),
    ("GET", "/api/v1/jobs/flush", "/api/v1/jobs/flush", "", 200, 200),
    ("POST", "/api/v1/jobs/flush", "/api/v1/jobs/flush", "", 200, 200),
];

#[tokio::test]
async fn every_route_knows_its_callers() {
    let app = app().await;
    for (method, _, path, body, as_user, as_admin) in ROUTES {
        let unknown = if path.starts_with("/api/v1/admin") {
            r#"{"message":"Unauthenticated."}"#
        } else {
            r#"{"status":"error","message":"Unauthenticated.","data":null}"#
        };
        for token in [None, Some("sy_guessed"), Some("a b")] {
            let request = app.request(method.parse().unwrap(), path).json(body);
            let request = token
                .into_iter()
                .fold(request, |request, token| request.token(token));
            let answer = request.send().await;
            assert_eq!(
                brief(&answer),
                (401, unknown.to_owned()),
                "{method} {path} with {token:?}"
            );
            assert_eq!(
                answer.header("www-authenticate"),
                "Bearer",
                "{method} {path} with {token:?}"
            );
        }
        for (token, expected) in [(&app.user, as_user), (&app.admin, as_admin)] {
            let answer = call(&app, method, path, body, token).await;
            assert_eq!(answer.0, *expected, "{method} {path}: {}", answer.1);
        }
    }
}

async fn call(app: &TestApp, method: &str, path: &str, body: &str, token: &str) -> (u16, String) {
    let method: Method = method.parse().unwrap();
    brief(&app.request(method, path).token(token).json(body).send().await)
}

#[tokio::test]
async fn every_route_of_the_document_has_a_row() {
    let app = app().await;
    let document = app
        .request(Method::GET, "/openapi/light100.json")
        .send()
        .await
        .json();
    let mut served = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            served.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let rows: BTreeSet<_> = ROUTES
        .iter()
        .map(|(method, route, ..)| format!("{method} {route}"))
        .collect();
    assert_eq!(served, rows, "add a row to ROUTES for each new route");
}

#[tokio::test]
async fn a_token_over_its_rate_is_told_to_wait() {
    let mut options = TestOptions::default();
    let few = std::num::NonZeroU32::new(2).unwrap();
    options.http.rate_limit = Some(edge::options::RateLimitOptions {
        requests_per_minute: few,
        burst: few,
        failures_per_minute: 20,
    });
    let app = TestApp::with(options, light100::mount).await;
    for expected in [200, 200, 429] {
        let answer = app.get("/api/v1/jobs/job").await;
        assert_eq!(answer.status, expected, "{}", answer.text());
        assert_eq!(answer.header("retry-after").is_empty(), expected == 200);
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_have_the_form_of_the_dialect() {
    let app = app().await;
    let (status, body) = call(&app, "GET", "/api/v1/nothing", "", &app.user).await;
    assert_eq!(
        (status, body.as_str()),
        (
            404,
            r#"{"status":"error","message":"no such path: /api/v1/nothing","data":null}"#
        )
    );
    let (status, body) = call(&app, "PUT", "/api/v1/articles", "", &app.user).await;
    assert_eq!(
        (status, body.as_str()),
        (
            405,
            r#"{"status":"error","message":"the method PUT is not allowed on /api/v1/articles","data":null}"#
        )
    );
    let (status, body) = call(&app, "PUT", "/api/v1/admin/users", "", &app.admin).await;
    assert_eq!(
        (status, body.as_str()),
        (
            405,
            r#"{"message":"The method PUT is not allowed on /api/v1/admin/users."}"#
        )
    );
}
