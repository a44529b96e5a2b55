//! The whole edge around a small dialect, without a socket.

use std::io::{Read, Write};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use futures_util::stream;
use stockyard_http::options::CorsOptions;
use stockyard_http::{Edge, HttpOptions};

use crate::support::{app, call, fetch_path};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn post() -> http::request::Builder {
    Request::post("/toy/things")
}

#[tokio::test]
async fn errors_come_out_in_the_form_of_the_dialect() {
    let app = app(HttpOptions::default());
    for (path, status, text) in [
        ("/toy/things/404", 404, "toy GET not-found: thing not found: 404"),
        (
            "/toy/nothing",
            404,
            "toy GET no-route: no such path: /toy/nothing",
        ),
        ("/toy/fail", 500, "toy GET internal: internal error"),
        ("/toy/panic", 500, "toy GET internal: internal error"),
        ("/toy/busy", 503, "toy GET unavailable: busy"),
        (
            "/toy/things?page=x",
            422,
            "toy GET bad-value: page: expected a whole number from 0 to 4294967295, got \"x\"",
        ),
        (
            "/toy/things/abc",
            422,
            "toy GET bad-value: path: expected u32, got \"abc\"",
        ),
        (
            "/toy/things/%ff",
            400,
            "toy GET bad-request: the id in the path is not valid UTF-8",
        ),
        (
            "/toy/things/%00",
            400,
            "toy GET bad-request: the path has a NUL character",
        ),
        (
            "/toy/things/%2",
            400,
            "toy GET bad-request: the path has an incomplete escape",
        ),
    ] {
        assert_eq!(fetch_path(&app, path).await.brief(), (status, text), "{path}");
    }
    assert_eq!(
        fetch_path(&app, "/toy/busy").await.header("retry-after"),
        Some("7")
    );
    assert_eq!(
        fetch_path(&app, "/toy/things/7").await.brief(),
        (200, "thing 7"),
        "after a panic"
    );
}

#[tokio::test]
async fn wrong_methods_name_the_right_ones() {
    let app = app(HttpOptions::default());
    let answer = call(&app, Request::delete("/toy/things"), "").await;
    assert_eq!(
        answer.brief(),
        (
            405,
            "toy DELETE method-not-allowed: the method DELETE is not allowed on /toy/things"
        )
    );
    assert_eq!(answer.header("allow"), Some("GET,HEAD,POST"));
}

#[tokio::test]
async fn outside_a_dialect_errors_are_plain_json() {
    let app = app(HttpOptions::default());
    let answer = fetch_path(&app, "/nowhere").await;
    assert_eq!(
        answer.brief(),
        (404, r#"{"error":"no such path: /nowhere","code":"no-route"}"#)
    );
    assert_eq!(call(&app, Request::post("/healthz"), "").await.status, 405);
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let app = app(HttpOptions::default());
    for (body, status, text) in [
        (r#"{"name": "a", "size": 3}"#, 201, "a 3"),
        (
            "",
            400,
            "toy POST bad-json: the body is empty, a JSON document is required",
        ),
        ("{}", 422, "toy POST missing-field: the name field is required"),
        (
            r#"{"name": "a", "colour": 1}"#,
            422,
            "toy POST unknown-field: the field colour is not known",
        ),
        (
            r#"{"name": "a", "size": "x"}"#,
            422,
            "toy POST bad-value: size: invalid type: string \"x\", expected a whole number that is not negative and not too large",
        ),
    ] {
        let answer = call(
            &app,
            post().header("content-type", "application/json; charset=utf-8"),
            body,
        )
        .await;
        assert_eq!(answer.brief(), (status, text), "{body}");
        assert_eq!(
            call(&app, post(), body).await.brief(),
            (status, text),
            "without a type: {body}"
        );
    }
    let twice = call(&app, post(), r#"{"name": "a", "name": "b"}"#).await;
    assert_eq!(twice.status, 400);
    assert!(
        twice
            .text()
            .starts_with("toy POST bad-json: the body is not valid JSON: "),
        "{}",
        twice.text()
    );
    let typed = call(&app, post().header("content-type", "text/plain"), "{}").await;
    assert_eq!(
        typed.brief(),
        (
            415,
            "toy POST unsupported-media: the content type \"text/plain\" is not supported, only application/json is"
        )
    );
}

#[tokio::test]
async fn packed_bodies_are_unpacked_within_the_limit() {
    let app = app(HttpOptions {
        max_body_bytes: 1000,
        ..HttpOptions::default()
    });
    let packed = || post().header("content-encoding", "gzip");
    let whole = gzip(br#"{"name": "a"}"#);
    assert_eq!(call(&app, packed(), whole.clone()).await.brief(), (201, "a 0"));
    assert_eq!(call(&app, packed(), whole[..20].to_vec()).await.status, 400);
    assert_eq!(call(&app, packed(), "{}").await.status, 400);
    let bomb = call(&app, packed(), gzip(&[b' '; 100_000])).await;
    assert_eq!(
        bomb.brief(),
        (
            413,
            "toy POST too-large: the body is longer than 1000 unpacked bytes"
        )
    );
    assert_eq!(
        call(&app, post().header("content-encoding", "br"), "{}")
            .await
            .status,
        415
    );
}

#[tokio::test]
async fn long_bodies_are_refused_with_and_without_a_length() {
    let app = app(HttpOptions {
        max_body_bytes: 100,
        max_upload_bytes: 200,
        ..HttpOptions::default()
    });
    let pieces = |count: usize| {
        let pieces = (0..count).map(|_| Ok::<_, std::io::Error>("x".repeat(50)));
        Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()))
    };
    let upload = || Request::post("/toy/upload");
    assert_eq!(
        call(&app, post(), pieces(3)).await.brief(),
        (413, "toy POST too-large: the body is longer than 100 bytes")
    );
    assert_eq!(
        call(&app, post().header("content-length", "150"), pieces(3))
            .await
            .status,
        413
    );
    assert_eq!(call(&app, upload(), pieces(4)).await.brief(), (200, "200 bytes"));
    assert_eq!(
        call(&app, upload(), pieces(5)).await.brief(),
        (413, "toy POST too-large: the body is longer than 200 bytes")
    );
    assert_eq!(
        call(&app, upload().header("content-length", "250"), pieces(5))
            .await
            .status,
        413
    );
    assert_eq!(
        call(&app, upload().header("content-encoding", "gzip"), pieces(1))
            .await
            .status,
        415
    );
}

#[tokio::test]
async fn slow_bodies_and_slow_handlers_run_out_of_time() {
    let app = app(HttpOptions {
        body_idle_timeout: Duration::from_millis(10),
        ..HttpOptions::default()
    });
    let never = || Body::from_stream(stream::pending::<Result<&'static str, std::io::Error>>());
    let expected = "toy POST timeout: nothing of the body arrived for 0.01 s";
    assert_eq!(call(&app, post(), never()).await.brief(), (408, expected));
    assert_eq!(
        call(&app, Request::post("/toy/upload"), never()).await.brief(),
        (408, expected)
    );

    let app = crate::support::app(HttpOptions {
        request_timeout: Duration::from_millis(10),
        body_idle_timeout: Duration::from_millis(100),
        ..HttpOptions::default()
    });
    let expected = "toy GET timeout: the request took longer than 0.01 s";
    assert_eq!(fetch_path(&app, "/toy/never").await.brief(), (408, expected));
    let upload = call(&app, Request::post("/toy/upload"), never()).await;
    assert_eq!(
        upload.brief(),
        (408, "toy POST timeout: nothing of the body arrived for 0.1 s"),
        "uploads are exempt from the request's time limit"
    );
}

#[tokio::test]
async fn uploads_that_trickle_are_ended() {
    let app = app(HttpOptions {
        body_idle_timeout: Duration::from_millis(50),
        ..HttpOptions::default()
    });
    // A byte every five milliseconds is never idle, and far from enough.
    let bytes = stream::unfold(
        tokio::time::interval(Duration::from_millis(5)),
        |mut clock| async {
            clock.tick().await;
            Some((Ok::<_, std::io::Error>("x"), clock))
        },
    );
    let answer = call(&app, Request::post("/toy/upload"), Body::from_stream(bytes)).await;
    assert_eq!(
        answer.brief(),
        (
            408,
            "toy POST timeout: the body arrives at less than 1024 bytes per second"
        )
    );
}

#[tokio::test]
async fn long_addresses_and_many_headers_are_refused() {
    let app = app(HttpOptions {
        max_uri: 50,
        max_headers: 3,
        ..HttpOptions::default()
    });
    let long = format!("/toy/things?page={}", "0".repeat(40));
    let answer = fetch_path(&app, &long).await;
    assert_eq!(
        answer.brief(),
        (
            414,
            "toy GET bad-request: the address has 57 bytes, at most 50 are taken"
        )
    );
    let mut request = Request::get("/toy/things");
    for n in 0..4 {
        request = request.header("x-many", n);
    }
    assert_eq!(call(&app, request, "").await.status, 431);
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let app = app(HttpOptions::default());
    for path in [
        "/toy/things",
        "/toy/panic",
        "/toy/nothing",
        "/nowhere",
        "/healthz",
    ] {
        let answer = fetch_path(&app, path).await;
        let id = answer.header("x-request-id").unwrap();
        assert!(
            id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{path}: {id}"
        );
    }
    let own = || Request::get("/toy/id").header("x-request-id", "mine");
    let answer = call(&app, own(), "").await;
    assert_ne!(answer.text(), "mine");
    assert_eq!(answer.header("x-request-id"), Some(answer.text()));
    let app = crate::support::app(HttpOptions {
        trust_request_id: true,
        ..HttpOptions::default()
    });
    assert_eq!(call(&app, own(), "").await.text(), "mine");
}

#[tokio::test]
async fn answers_are_packed_for_those_who_ask_when_it_pays() {
    let app = app(HttpOptions::default());
    let asking = |path: &str, accepted: &str| Request::get(path).header("accept-encoding", accepted);
    let plain = fetch_path(&app, "/toy/long").await;
    let packed = call(&app, asking("/toy/long", "br, gzip"), "").await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.header("vary"), Some("accept-encoding"));
    let mut unpacked = Vec::new();
    GzDecoder::new(&packed.bytes[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.bytes);
    assert!(packed.bytes.len() < plain.bytes.len() / 10);
    for (path, accepted) in [
        ("/toy/short", "gzip"),
        ("/toy/long", "gzip;q=0"),
        ("/toy/long", "br"),
    ] {
        let answer = call(&app, asking(path, accepted), "").await;
        assert_eq!(answer.header("content-encoding"), None, "{path} {accepted}");
    }
    let off = crate::support::app(HttpOptions {
        compression: false,
        ..HttpOptions::default()
    });
    assert_eq!(
        call(&off, asking("/toy/long", "gzip"), "").await.bytes,
        plain.bytes
    );
}

#[tokio::test]
async fn pages_of_named_origins_may_call() {
    let app = app(HttpOptions {
        cors: CorsOptions {
            allowed_origins: vec!["https://app.example.com".to_owned()],
            max_age: Duration::from_secs(60),
        },
        ..HttpOptions::default()
    });
    let preflight = |origin: &str| {
        Request::options("/toy/things")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization")
    };
    let answer = call(&app, preflight("https://app.example.com"), "").await;
    assert_eq!(answer.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", "https://app.example.com"),
        (
            "access-control-allow-methods",
            "GET, HEAD, POST, PUT, PATCH, DELETE",
        ),
        ("access-control-allow-headers", "authorization"),
        ("access-control-max-age", "60"),
        ("vary", "origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let foreign = call(&app, preflight("https://evil.example.com"), "").await;
    assert_eq!(foreign.header("access-control-allow-origin"), None);
    assert_eq!(foreign.header("access-control-allow-methods"), None);
    let failed = call(
        &app,
        Request::get("/toy/panic").header("origin", "https://app.example.com"),
        "",
    )
    .await;
    assert_eq!(
        failed.header("access-control-allow-origin"),
        Some("https://app.example.com")
    );
    let off = crate::support::app(HttpOptions::default());
    assert_eq!(
        call(&off, preflight("https://app.example.com"), "").await.status,
        405
    );
}

#[tokio::test]
async fn health_says_what_is_not_ready() {
    let app = app(HttpOptions::default());
    assert_eq!(fetch_path(&app, "/healthz").await.brief(), (200, "ok"));
    assert_eq!(
        fetch_path(&app, "/readyz").await.brief(),
        (
            503,
            r#"{"ready":false,"not_ready":[{"part":"store","reason":"no connection"}]}"#
        )
    );
    let ready = Edge::new(HttpOptions::default()).build();
    assert_eq!(
        fetch_path(&ready, "/readyz").await.brief(),
        (200, r#"{"ready":true,"not_ready":[]}"#)
    );
}

#[tokio::test]
async fn requests_are_counted_by_route() {
    let app = app(HttpOptions::default());
    fetch_path(&app, "/toy/short").await;
    let text = fetch_path(&app, "/metrics").await;
    assert_eq!(
        text.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    for needle in [
        r#"http_requests_total{route="/toy/short",method="GET",status="200"}"#,
        r#"http_request_duration_seconds_bucket{route="/toy/short",method="GET",le="0.0005"}"#,
    ] {
        assert!(
            text.text().contains(needle),
            "{needle} is not in\n{}",
            text.text()
        );
    }
}
