//! The ways in for delta files: addresses, forms, lines, packed and plain bodies.

use std::io::Write;

use axum::Router;
use axum::body::Body;
use axum::routing::get as route;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use http::Method;
use stockyard_light100 as light100;
use testkit::{Answer, TestApp, TestOptions};

use crate::support::{DELTA_UPDATE, app, brief, fetching_app, get, refused, success};

const ADD: &str = r#"{"operation":"add-article","articleData":{"F_1":"1"}}"#;
const FORM: &str = "multipart/form-data; boundary=xyz";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn form(parts: &[(&str, &str)]) -> String {
    let part = |(disposition, content): &(&str, &str)| {
        format!(
            "--xyz\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: text/plain\r\n\r\n{content}\r\n"
        )
    };
    parts.iter().map(part).collect::<String>() + "--xyz--\r\n"
}

async fn send(app: &TestApp, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let request = app.request(Method::POST, DELTA_UPDATE).token(&app.user);
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    request.body(body).send().await
}

/// Sends the one operation as `body`, carries it out and says under which name it was listed.
async fn carried_out(headers: &[(&str, &str)], body: impl Into<Body>) -> String {
    let app = app().await;
    let answer = send(&app, headers, body).await;
    assert_eq!(
        brief(&answer),
        success("Delta file accepted and added to the job queue", "null"),
        "{headers:?}"
    );
    assert_eq!(answer.header("x-job-ids"), "1");
    app.run_jobs().await;
    let article = get(&app, "/api/v1/articles/1").await;
    assert_eq!(
        article,
        success("Articles found", r#"{"id":"1","F_1":"1"}"#),
        "{headers:?}"
    );
    let listed = app.get("/api/v1/jobs/successfulfiles").await.json();
    listed["data"][0].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn content_comes_in_every_dress() {
    let json = ("content-type", "application/json");
    let packed = ("content-encoding", "gzip");
    let array = format!("[{ADD}]");
    let object = format!(r#"{{"version":1,"operations":[{ADD}]}}"#);
    let lines = format!("{ADD}\n");
    let named = ("x-file-name", "Müller 1.json");
    assert_eq!(carried_out(&[json], array.clone()).await, "upload");
    assert_eq!(carried_out(&[], array.clone()).await, "upload");
    assert_eq!(carried_out(&[json, named], object.clone()).await, "Müller 1.json");
    assert_eq!(carried_out(&[json], lines.clone()).await, "upload");
    assert_eq!(carried_out(&[json, packed], gzip(&object)).await, "upload");
    assert_eq!(carried_out(&[json], gzip(&array)).await, "upload");
    for kind in [
        "application/x-ndjson",
        "application/gzip",
        "application/x-gzip",
        "application/octet-stream",
    ] {
        let kind = ("content-type", kind);
        assert_eq!(carried_out(&[kind, named], lines.clone()).await, "Müller 1.json");
        assert_eq!(carried_out(&[kind], gzip(&lines)).await, "upload");
        assert_eq!(carried_out(&[kind, packed], gzip(&array)).await, "upload");
    }
    let whole = form(&[(r#"name="file"; filename="delta 1.json""#, &array)]);
    let kind = ("content-type", FORM);
    assert_eq!(carried_out(&[kind], whole.clone()).await, "delta 1.json");
    assert_eq!(carried_out(&[kind, packed], gzip(&whole)).await, "delta 1.json");
    assert_eq!(
        carried_out(&[kind, named], form(&[(r#"name="file""#, &array)])).await,
        "Müller 1.json"
    );
    assert_eq!(
        carried_out(&[kind], form(&[(r#"name=file; filename="""#, &array)])).await,
        "upload"
    );
    let pieces: Vec<_> = whole
        .bytes()
        .map(|byte| Ok::<_, std::io::Error>(Bytes::from(vec![byte])))
        .collect();
    assert_eq!(
        carried_out(&[kind], Body::from_stream(stream::iter(pieces))).await,
        "delta 1.json"
    );
}

#[tokio::test]
async fn a_packed_file_may_be_in_a_form() {
    let mut body =
        b"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d.gz\"\r\n\r\n".to_vec();
    body.extend_from_slice(&gzip(&format!("[{ADD}]")));
    body.extend_from_slice(b"\r\n--xyz--\r\n");
    assert_eq!(carried_out(&[("content-type", FORM)], body).await, "d.gz");
}

#[tokio::test]
async fn a_body_longer_than_one_of_addresses_is_a_delta() {
    let filler = " ".repeat(1 << 20);
    let body = format!(r#"{{{filler}"operations":[{ADD}]}}"#);
    let pieces = body
        .as_bytes()
        .chunks(60_000)
        .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)));
    let stream = Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()));
    assert_eq!(
        carried_out(&[("content-type", "application/json")], stream).await,
        "upload"
    );
    let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_eq!(carried_out(&packed, gzip(&body)).await, "upload");
}

#[tokio::test]
async fn broken_sendings_are_refused_and_leave_no_job() {
    let app = app().await;
    let (json, kind) = (("content-type", "application/json"), ("content-type", FORM));
    let two = form(&[(r#"name="file""#, "[]"), (r#"name="file""#, "[]")]);
    let other = form(&[(r#"name="upload""#, "[]")]);
    let none = form(&[]);
    let empty = form(&[(r#"name="file""#, "")]);
    let cut = &form(&[(r#"name="file""#, "[]")])[..90];
    for (headers, body, status, message) in [
        (
            &[json][..],
            "",
            400,
            "the body is empty, a JSON document is required",
        ),
        (&[json], "{}", 422, "the file field is required"),
        (
            &[json],
            r#"{"url":"http://a"}"#,
            422,
            "the field url is not known",
        ),
        (
            &[json],
            r#"{"file":["http://a"]}"#,
            422,
            "file: expected a URL as text, got an array",
        ),
        (
            &[json],
            "7",
            422,
            "body: invalid type: integer `7`, expected an object",
        ),
        (
            &[("content-type", "application/x-ndjson")],
            "",
            422,
            "the file field is required",
        ),
        (&[kind], &two, 422, "file: sent more than once"),
        (
            &[kind],
            &other,
            422,
            r#"the part \"upload\" of the form is not known, only \"file\" is"#,
        ),
        (&[kind], &none, 422, "the file field is required"),
        (&[kind], &empty, 422, "the file field is required"),
        (&[kind], cut, 400, "the form ends before its last boundary"),
        (
            &[kind, ("x-file-name", "a\tb")],
            "",
            422,
            r#"x-file-name: the name of a file must be printable, got \"a\\tb\""#,
        ),
        (
            &[json, ("content-encoding", "br")],
            "[]",
            415,
            r#"the content encoding \"br\" is not supported, only gzip is"#,
        ),
        (
            &[("content-type", "multipart/form-data")],
            "",
            400,
            "content-type: multipart/form-data needs a boundary of 1 to 70 characters",
        ),
    ] {
        let answer = send(&app, headers, body.to_owned()).await;
        assert_eq!(brief(&answer), refused(status, message), "{headers:?} {body}");
    }
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (0)", "[]")
    );
}

#[tokio::test]
async fn other_types_and_broken_gzip_are_refused() {
    let app = app().await;
    let (json, kind) = (("content-type", "application/json"), ("content-type", FORM));
    let text = send(&app, &[("content-type", "text/csv")], "1;2").await;
    assert_eq!(text.status, 415, "{}", text.text());
    let packed = gzip("{}");
    let answer = send(&app, &[json], packed[..packed.len() - 4].to_vec()).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    let answer = send(
        &app,
        &[kind, ("content-encoding", "gzip")],
        gzip("--xyz")[..12].to_vec(),
    )
    .await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (0)", "[]")
    );
}

#[tokio::test]
async fn bodies_over_the_bound_are_refused() {
    let mut options = TestOptions::default();
    options.http.max_upload_bytes = 2000;
    options.http.max_body_bytes = 1000;
    let app = TestApp::with(options, light100::mount).await;
    let long = format!("[{}]", " ".repeat(2000));
    for kind in ["application/json", "application/x-ndjson"] {
        let answer = send(&app, &[("content-type", kind)], long.clone()).await;
        assert_eq!(
            brief(&answer),
            refused(413, "the body is longer than 2000 bytes"),
            "{kind}"
        );
    }
    let packed = gzip(&form(&[(r#"name="file""#, &long)]));
    let answer = send(
        &app,
        &[("content-type", FORM), ("content-encoding", "gzip")],
        packed,
    )
    .await;
    assert_eq!(
        brief(&answer),
        refused(413, "the body unpacks to more bytes than are taken")
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (0)", "[]")
    );
}

/// A server that serves delta files, and its address.
async fn file_server() -> String {
    let plain = || async { format!("[{ADD}]") };
    let packed = || async { gzip(&format!("[{}]", ADD.replace(r#""1""#, r#""2""#))) };
    let router = Router::new()
        .route("/plain.json", route(plain))
        .route("/packed.json.gz", route(packed));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_fetched_from_allowed_hosts() {
    let server = file_server().await;
    let app = fetching_app(&["127.0.0.1:*"]).await;
    let body = format!(
        r#"{{"file":"{server}/plain.json","files":"[{server}/packed.json.gz, {server}/none.json]"}}"#
    );
    let answer = app.post(DELTA_UPDATE, &body).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("x-job-ids")),
        (200, "1,2,3"),
        "{}",
        answer.text()
    );
    app.run_jobs().await;
    for number in ["1", "2"] {
        assert_eq!(get(&app, &format!("/api/v1/articles/{number}")).await.0, 200);
    }
    let done = format!(r#"["{server}/plain.json","{server}/packed.json.gz"]"#);
    assert_eq!(
        get(&app, "/api/v1/jobs/successfulfiles").await,
        success("successful files found (2)", &done)
    );
    let failed = format!(r#"["{server}/none.json"]"#);
    assert_eq!(
        get(&app, "/api/v1/jobs/failedfiles").await,
        success("Failed files found (1)", &failed)
    );
    let failure = app.get("/api/v1/jobs/failedjob").await.json();
    assert!(
        failure["data"]["errors"][0].as_str().unwrap().contains("404"),
        "{failure}"
    );
    assert_eq!(failure["data"]["payload"]["queue"], "delta-file");
}

#[tokio::test]
async fn hosts_that_are_not_allowed_are_refused_by_name() {
    let app = fetching_app(&["allowed.example"]).await;
    for (url, shown) in [
        ("http://other.example/a.json", "http://other.example/a.json"),
        ("http://127.0.0.1:9/a.json", "127.0.0.1"),
        ("http://allowed.example:8080/a.json", "8080"),
        ("ftp://allowed.example/a.json", "ftp"),
        ("a.json", "a.json"),
    ] {
        let body = format!(r#"{{"files":["http://allowed.example/first.json","{url}"]}}"#);
        let answer = app.post(DELTA_UPDATE, &body).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.text().contains(shown), "{}", answer.text());
    }
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (0)", "[]")
    );
    let many: Vec<_> = (0..1001)
        .map(|number| format!(r#""http://allowed.example/{number}""#))
        .collect();
    let answer = app
        .post(DELTA_UPDATE, &format!(r#"{{"files":[{}]}}"#, many.join(",")))
        .await;
    assert_eq!(
        brief(&answer),
        refused(422, "at most 1000 files are taken at once, got more")
    );
}
