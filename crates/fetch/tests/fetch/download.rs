//! Downloads: what arrives, and everything that makes one fail.

use std::process::Command;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::routing::get as route;
use fetch::{Error, FetchOptions, Fetcher, Wait};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{Server, fetcher, get, impatient, local};

fn streamed(
    pieces: usize,
    then: impl futures_util::Stream<Item = Result<Bytes, String>> + Send + 'static,
) -> Body {
    Body::from_stream(stream::iter((0..pieces).map(|_| Ok(Bytes::from_static(b"12345678")))).chain(then))
}

/// Answers the first request with these bytes and closes the connection.
async fn raw(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 4096]).await.unwrap();
        socket.write_all(answer.as_bytes()).await.unwrap();
    });
    url
}

#[tokio::test]
async fn brings_the_bytes_and_what_is_known_about_them() {
    let server = Server::start(Router::new().route("/delta.csv", route(async || "a;b\n1;2\n"))).await;
    let fetcher = fetcher(local());
    let url = fetcher
        .check(&server.url("a.test", "/delta.csv?token=s3cret"))
        .unwrap();
    let download = fetcher.get(&url).await.unwrap();
    assert_eq!((download.status, download.size), (StatusCode::OK, Some(8)));
    assert_eq!(download.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(download.url, url);
    assert!(!format!("{download:?}").contains("s3cret"));
    assert_eq!(
        download.stream.try_collect::<Vec<_>>().await.unwrap().concat(),
        b"a;b\n1;2\n"
    );
    let seen = &server.seen()[0];
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert!(seen.header("user-agent").unwrap().starts_with("stockyard/"));
    assert_eq!(
        seen.header("host"),
        Some(format!("a.test:{}", server.port).as_str())
    );
}

#[tokio::test]
async fn compressed_files_arrive_as_they_were_sent() {
    let packed: &[u8] = b"\x1f\x8b\x08 not even gzip";
    let routes = Router::new().route("/", route(async move || ([("content-encoding", "gzip")], packed)));
    let server = Server::start(routes).await;
    assert_eq!(
        get(&fetcher(local()), &server.url("127.0.0.1", "/"))
            .await
            .unwrap(),
        packed
    );
}

#[tokio::test]
async fn the_system_resolves_names_by_default() {
    let server = Server::start(Router::new().route("/", route(async || "here"))).await;
    let fetcher = Fetcher::new(crate::options(&["localhost:*"])).unwrap();
    assert_eq!(
        get(&fetcher, &server.url("localhost", "/")).await.unwrap(),
        b"here"
    );
}

#[test]
fn a_proxy_in_the_environment_is_ignored() {
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "download::compressed_files_arrive_as_they_were_sent"]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "all_proxy",
        "ALL_PROXY",
    ] {
        again.env(name, "http://127.0.0.1:1/");
    }
    let output = again
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test]
async fn any_status_but_success_is_an_error() {
    let routes = Router::new().route("/busy", route(async || StatusCode::SERVICE_UNAVAILABLE));
    let server = Server::start(routes).await;
    let missing = server.url("127.0.0.1", "/missing?key=s3cret");
    let error = get(&fetcher(local()), &missing).await.unwrap_err();
    let shown = server.url("127.0.0.1", "/missing?…");
    assert_eq!(error.to_string(), format!("{shown} answered 404 Not Found"));
    assert!(!error.is_retryable());
    let error = get(&fetcher(local()), &server.url("127.0.0.1", "/busy"))
        .await
        .unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn too_large_is_refused_announced_or_not() {
    let routes = Router::new()
        .route("/exact", route(async || "12345678"))
        .route("/announced", route(async || "123456789"))
        .route("/chunked", route(async || streamed(2, stream::empty())))
        .route(
            "/endless",
            route(async || streamed(1, stream::repeat(Ok(Bytes::from_static(&[0; 1024]))))),
        );
    let server = Server::start(routes).await;
    let fetcher = fetcher(FetchOptions {
        max_bytes: 8,
        ..local()
    });
    assert_eq!(
        get(&fetcher, &server.url("127.0.0.1", "/exact")).await.unwrap(),
        b"12345678"
    );
    for path in ["/announced", "/chunked", "/endless"] {
        let url = server.url("127.0.0.1", path);
        let error = get(&fetcher, &url).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{url} answered with more than the limit of 8 bytes")
        );
        assert!(!error.is_retryable());
    }
    let url = fetcher.check(&server.url("127.0.0.1", "/announced")).unwrap();
    assert!(
        matches!(fetcher.get(&url).await, Err(Error::TooLarge { .. })),
        "refused before the body"
    );
}

#[tokio::test]
async fn servers_that_stall_are_given_up() {
    let routes = Router::new()
        .route("/body", route(async || streamed(1, stream::pending())))
        .route("/head", route(async || std::future::pending::<()>().await));
    let server = Server::start(routes).await;
    for path in ["/body", "/head"] {
        let error = get(&fetcher(impatient()), &server.url("127.0.0.1", path))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }), "{error}");
        assert!(error.is_retryable());
    }
    let short = Duration::from_millis(50);
    let error = get(
        &fetcher(FetchOptions {
            total_timeout: short,
            ..local()
        }),
        &server.url("127.0.0.1", "/body"),
    )
    .await;
    assert!(
        matches!(
            error,
            Err(Error::Timeout {
                wait: Wait::Total,
                ..
            })
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() {
    let url = raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n123").await;
    let error = get(&fetcher(local()), &url).await.unwrap_err();
    assert!(
        matches!(error, Error::Transport { .. }) && error.is_retryable(),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .starts_with(&format!("the connection to {url} failed: ")),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_not_http_is_an_error() {
    let error = get(&fetcher(local()), &raw("220 mail.example ESMTP\r\n").await)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Transport { .. }), "{error}");
    let plain = raw("HTTP/1.1 400 Bad Request\r\n\r\n")
        .await
        .replace("http:", "https:");
    let error = get(&fetcher(local()), &plain).await.unwrap_err();
    assert!(
        matches!(error, Error::Connect { .. }) && error.is_retryable(),
        "{error}"
    );
}

#[tokio::test]
async fn nobody_there_may_succeed_later() {
    let error = get(&fetcher(local()), "http://127.0.0.1:1/?key=s3cret")
        .await
        .unwrap_err();
    assert!(error.is_retryable(), "{error}");
    let text = error.to_string();
    assert!(
        text.starts_with("could not connect to http://127.0.0.1:1/?…: Connection refused"),
        "{text}"
    );
}
