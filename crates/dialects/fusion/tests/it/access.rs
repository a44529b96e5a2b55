//! Every route by every kind of caller.

use http::Method;
use serde_json::json;
use testkit::TestApp;

use crate::support::{app, call, import, user};

/// Method, path, and the status for the owner of a job that waits.
const ROUTES: [(&str, &str, u16); 11] = [
    ("GET", "/api/v2/jobs", 200),
    ("POST", "/api/v2/jobs", 422),
    ("GET", "/api/v2/jobs/1", 200),
    ("GET", "/api/v2/jobs/1/errors", 200),
    ("GET", "/api/v2/jobs/1/errors.csv", 200),
    ("GET", "/api/v2/jobs/1/results", 200),
    ("GET", "/api/v2/jobs/1/logs", 200),
    ("POST", "/api/v2/jobs/1/cancel", 200),
    ("POST", "/api/v2/jobs/1/stop", 200),
    ("POST", "/api/v2/jobs/1/resume", 422),
    ("POST", "/api/v2/jobs/1/force_stop", 422),
];

/// A server with one job of the ordinary user.
async fn fresh() -> TestApp {
    let app = app().await;
    app.post("/api/v2/jobs", &import("Category", "insert", &json!([])))
        .await;
    app
}

#[tokio::test]
async fn every_route_by_every_caller() {
    let app = app().await;
    let developer = user(&app, "developer@example.com", true).await;
    let other = user(&app, "other@example.com", false).await;
    for (method, path, own) in ROUTES {
        let others = if path.starts_with("/api/v2/jobs/") {
            404
        } else {
            own
        };
        for (caller, token, expected) in [
            ("user", &app.user, own),
            ("admin", &app.admin, own),
            ("developer", &developer, own),
            ("other", &other, others),
        ] {
            let body = import("Category", "insert", &json!([]));
            let job = app.post("/api/v2/jobs", &body).await.json()["id"].to_string();
            let path = path.replace("jobs/1", &format!("jobs/{job}"));
            let answer = call(&app, token, method.parse().unwrap(), &path).await;
            let status = answer.status.as_u16();
            assert_eq!(status, expected, "{caller} {method} {path}: {}", answer.text());
            if status == 404 {
                assert_eq!(answer.json()["error"], format!("job not found: {job}"));
            }
        }
    }
}

#[tokio::test]
async fn nobody_comes_in_without_a_valid_token() {
    let app = fresh().await;
    let stolen = format!("Token token={},email=admin@example.com", app.user);
    for (method, path, _) in ROUTES {
        let method: Method = method.parse().unwrap();
        for header in [
            "",
            "Bearer wrong",
            "Basic dXNlcjpwYXNz",
            "Token token=wrong,email=user@example.com",
            &stolen,
        ] {
            let mut request = app.request(method.clone(), path);
            if !header.is_empty() {
                request = request.header("authorization", header);
            }
            let answer = request.send().await;
            assert_eq!(answer.status.as_u16(), 401, "{method} {path} {header}");
            assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="stockyard""#);
            assert!(answer.json()["error"].is_string() && answer.json()["details"] == json!([]));
        }
    }
}

#[tokio::test]
async fn the_old_form_of_credentials_is_taken() {
    let app = fresh().await;
    for header in [
        format!("Token token={},email=user@example.com", app.user),
        format!("Token token=\"{}\", email=\"User@Example.com\"", app.user),
    ] {
        let answer = app
            .request(Method::GET, "/api/v2/jobs")
            .header("authorization", &header)
            .send()
            .await;
        assert_eq!(answer.status.as_u16(), 200, "{header}");
    }
}

#[tokio::test]
async fn the_listing_shows_a_user_only_his_own() {
    let app = fresh().await;
    let other = user(&app, "other@example.com", false).await;
    for (token, total) in [(&app.user, 1), (&app.admin, 1), (&other, 0)] {
        for query in ["", "?id=1", "?created_by=user@example.com"] {
            let listing = call(&app, token, Method::GET, &format!("/api/v2/jobs{query}"))
                .await
                .json();
            assert_eq!(
                (&listing["total_entries"], &listing["total_pages"]),
                (&json!(total), &json!(total)),
                "{query}"
            );
        }
    }
}
