//! Pushing: method, headers and body go out, the whole answer comes back.

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use axum::http::{Method, StatusCode};
use axum::routing::{any, put};
use fetch::{Body, Error, FetchOptions};
use futures_util::stream;

use crate::{Server, fetcher, local};

async fn echo(method: Method, body: Bytes) -> (StatusCode, String) {
    (
        StatusCode::CREATED,
        format!("{method} {}", String::from_utf8_lossy(&body)),
    )
}

#[tokio::test]
async fn sends_method_headers_and_body() {
    let server = Server::start(Router::new().route("/items", any(echo))).await;
    let fetcher = fetcher(local());
    let url = fetcher.check(&server.url("a.test", "/items")).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, fetch::bearer("t0ken").unwrap());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let answer = fetcher
        .send(Method::PATCH, &url, headers, r#"{"a":1}"#)
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.body),
        (StatusCode::CREATED, Bytes::from(r#"PATCH {"a":1}"#))
    );
    let seen = &server.seen()[0];
    assert_eq!(seen.header("authorization"), Some("Bearer t0ken"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_large_file_can_be_streamed() {
    let length = async |body: Bytes| body.len().to_string();
    let server = Server::start(Router::new().route("/", put(length))).await;
    let fetcher = fetcher(local());
    let url = fetcher.check(&server.url("127.0.0.1", "/")).unwrap();
    let pieces = stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[7; 10_000]))));
    let answer = fetcher
        .send(Method::PUT, &url, HeaderMap::new(), Body::wrap_stream(pieces))
        .await
        .unwrap();
    assert_eq!(answer.body, "1000000");
}

#[tokio::test]
async fn every_status_is_an_answer() {
    let server = Server::start(Router::new()).await;
    let fetcher = fetcher(local());
    let url = fetcher.check(&server.url("127.0.0.1", "/nothing")).unwrap();
    let answer = fetcher
        .send(Method::POST, &url, HeaderMap::new(), "")
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_push_is_not_repeated_elsewhere_but_a_question_is() {
    let moved = any(async || (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, "/items")]));
    let server = Server::start(Router::new().route("/items", any(echo)).route("/moved", moved)).await;
    let fetcher = fetcher(local());
    let url = fetcher.check(&server.url("127.0.0.1", "/moved")).unwrap();
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = fetcher.send(method, &url, HeaderMap::new(), "x").await.unwrap();
        assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(answer.headers[LOCATION], "/items");
    }
    assert_eq!(server.paths(), ["/moved", "/moved", "/moved"]);
    assert_eq!(
        fetcher
            .send(Method::GET, &url, HeaderMap::new(), "")
            .await
            .unwrap()
            .body,
        "GET "
    );
    assert_eq!(
        fetcher
            .send(Method::HEAD, &url, HeaderMap::new(), "")
            .await
            .unwrap()
            .status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn the_answer_is_bounded() {
    let server = Server::start(Router::new().route("/", any(echo))).await;
    let fetcher = fetcher(FetchOptions {
        max_answer_bytes: 10,
        ..local()
    });
    let url = fetcher.check(&server.url("127.0.0.1", "/")).unwrap();
    assert_eq!(
        fetcher
            .send(Method::POST, &url, HeaderMap::new(), "12345")
            .await
            .unwrap()
            .body,
        "POST 12345"
    );
    let error = fetcher
        .send(Method::POST, &url, HeaderMap::new(), "123456")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 10, .. }), "{error}");
}
