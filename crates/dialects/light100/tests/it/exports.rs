//! Exports over the wire: accepted, looked at, downloaded whole and in part.

use engine::Options;
use http::Method;
use stockyard_light100 as light100;
use testkit::{TestApp, TestOptions};

use crate::support::{app, app_with_article, brief, get, post, refused, send, success};

const EXPORT: &str = "/api/v1/articles/export";

/// An export that has finished; its id.
async fn exported(app: &TestApp, json: &str) -> i64 {
    let answer = app.post(EXPORT, json).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    app.run_jobs().await;
    answer.json()["data"]["id"].as_i64().unwrap()
}

async fn download(app: &TestApp, id: i64, headers: &[(&str, &str)]) -> testkit::Answer {
    let path = format!("{EXPORT}/{id}/download");
    let mut request = app.request(Method::GET, &path).token(&app.user);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.send().await
}

fn data(id: i64, rest: &str) -> (u16, String) {
    success("Export found", &format!(r#"{{"id":{id},{rest}}}"#))
}

#[tokio::test]
async fn an_export_from_request_to_file() {
    let app = app_with_article().await;
    let accepted = post(&app, EXPORT, r#"{"format":"csv"}"#).await;
    let message = "Export accepted and added to the job queue";
    assert_eq!(accepted, success(message, r#"{"id":2}"#));
    let path = format!("{EXPORT}/2");
    let before = r#""status":"pending","progress":0.0,"format":"csv","records":0,"deleted":0,"failed":0,"since":null,"watermark":null,"push":null,"download":null,"error":null"#;
    assert_eq!(get(&app, &path).await, data(2, before));
    let early = refused(409, "export 2 has no file: its status is pending");
    assert_eq!(get(&app, &format!("{path}/download")).await, early);
    app.run_jobs().await;
    let after = r#""status":"finished","progress":1.0,"format":"csv","records":1,"deleted":0,"failed":0,"since":null,"watermark":1,"push":null,"download":"/api/v1/articles/export/2/download","error":null"#;
    assert_eq!(get(&app, &path).await, data(2, after));
    assert_eq!(get(&app, &format!("{EXPORT}/%222%22")).await, data(2, after));

    let file = download(&app, 2, &[]).await;
    assert_eq!(
        [
            file.header("content-type"),
            file.header("content-disposition"),
            file.header("accept-ranges")
        ],
        [
            "text/csv; charset=utf-8",
            "attachment; filename=\"articles-2.csv\"",
            "bytes"
        ]
    );
    assert_eq!(file.header("content-length"), file.body.len().to_string());
    assert_eq!(file.header("etag").len(), 66);
    let lines: Vec<_> = file.text().lines().collect();
    assert!(lines[0].starts_with("No.;No. 2;Description;"), "{lines:?}");
    assert!(
        lines[1].starts_with("12411116;BH30-IP20-LG08-CRI90-6,1W-4K-BM45°"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn since_an_export_by_number_or_text() {
    let app = app_with_article().await;
    assert_eq!(exported(&app, "").await, 2);
    send(
        &app,
        "d",
        r#"[{"operation":"delete-article","articleData":{"F_1":"12411116"}}]"#,
    )
    .await;
    app.run_jobs().await;
    for since in ["2", "\"2\"", "\"\\\"2\\\"\"", "\"2016-05-30T04:55:57.316Z\""] {
        let id = exported(&app, &format!(r#"{{"format":"json","since":{since}}}"#)).await;
        let file = download(&app, id, &[]).await;
        assert_eq!(
            file.text(),
            "[\n{\"No.\":\"12411116\",\"Deleted\":true}\n]\n",
            "{since}"
        );
        assert_eq!(file.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn a_file_comes_in_parts() {
    let app = app_with_article().await;
    let id = exported(&app, r#"{"format":"xml"}"#).await;
    let whole = download(&app, id, &[]).await;
    let (size, etag) = (whole.body.len(), whole.header("etag").to_owned());
    let part = download(&app, id, &[("range", "bytes=2-4"), ("if-range", &etag)]).await;
    assert_eq!(part.status, 206);
    assert_eq!(part.text(), "xml");
    assert_eq!(part.header("content-range"), format!("bytes 2-4/{size}"));
    assert_eq!(
        (part.header("content-length"), part.header("etag")),
        ("3", etag.as_str())
    );
    let end = download(&app, id, &[("range", "bytes=-9")]).await;
    assert_eq!((end.status.as_u16(), end.text()), (206, "</Items>\n"));
    let other = download(&app, id, &[("range", "bytes=2-4"), ("if-range", "\"old\"")]).await;
    assert_eq!((other.status.as_u16(), other.body), (200, whole.body));
    let beyond = download(&app, id, &[("range", &format!("bytes={size}-"))]).await;
    let message = format!("the file has {size} bytes, none of them is in the range");
    assert_eq!(brief(&beyond), refused(416, &message));
    assert_eq!(beyond.header("content-range"), format!("bytes */{size}"));
    let known = download(&app, id, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    let path = format!("{EXPORT}/{id}/download");
    let head = app.request(Method::HEAD, &path).token(&app.user).send().await;
    assert_eq!(
        (head.header("content-length"), head.body.len()),
        (size.to_string().as_str(), 0)
    );
}

#[tokio::test]
async fn wrong_requests_name_field_and_value() {
    let app = app().await;
    for (body, needle) in [
        (
            r#"{"format":"pdf"}"#,
            "format: unknown variant `pdf`, expected one of `csv`, `xml`, `json`",
        ),
        (r#"{"format":7}"#, "format: "),
        (
            r#"{"encoding":"latin-1"}"#,
            "encoding: unknown variant `latin-1`, expected `utf-8` or `windows-1252`",
        ),
        (
            r#"{"mapping":"m"}"#,
            "mapping: no mapping \\\"m\\\" is configured",
        ),
        (r#"{"push":"p"}"#, "push: no target \\\"p\\\" is configured"),
        (
            r#"{"since":"soon"}"#,
            "since must be the id of an export or an ISO 8601 time, got \\\"soon\\\"",
        ),
        (r#"{"since":1}"#, "since: there is no export 1"),
        (r#"{"since":-1}"#, "got \\\"-1\\\""),
        (r#"{"since":1.5}"#, "got \\\"1.5\\\""),
        (r#"{"since":[1]}"#, "got [1]"),
        (r#"{"form":"csv"}"#, "the field form is not known"),
        (r#"[]"#, "body: "),
    ] {
        let (status, text) = post(&app, EXPORT, body).await;
        assert_eq!(status, 422, "{body}: {text}");
        assert!(text.contains(needle), "{body}: {text}");
    }
    assert_eq!(post(&app, EXPORT, "{").await.0, 400);
}

#[tokio::test]
async fn other_jobs_are_no_exports() {
    let app = app_with_article().await;
    for path in ["1", "x", "77"] {
        let missing = refused(404, &format!("Export not found: {path}"));
        assert_eq!(get(&app, &format!("{EXPORT}/{path}")).await, missing);
        assert_eq!(get(&app, &format!("{EXPORT}/{path}/download")).await, missing);
    }
}

#[tokio::test]
async fn a_push_shows_why_it_failed_and_has_no_file() {
    let mut options = Options::default();
    let target = serde_json::from_str(r#"{"url":"http://nav.example.com/Items"}"#).unwrap();
    options.exports.targets.insert("nav".to_owned(), target);
    let options = TestOptions {
        engine: options,
        ..TestOptions::default()
    };
    let app = TestApp::with(options, light100::mount).await;
    send(
        &app,
        "d",
        r#"[{"operation":"add-article","articleData":{"F_1":"1"}}]"#,
    )
    .await;
    app.run_jobs().await;
    let id = exported(&app, r#"{"push":"nav"}"#).await;
    let shown = app.get(&format!("{EXPORT}/{id}")).await.json();
    assert_eq!(
        (&shown["data"]["status"], &shown["data"]["push"]),
        (&"failed".into(), &"nav".into())
    );
    let error = shown["data"]["error"].as_str().unwrap();
    assert!(
        error.starts_with("push target nav may not be asked: the host nav.example.com is not in the list"),
        "{error}"
    );
    let expected = refused(404, &format!("export {id} was pushed to nav and has no file"));
    assert_eq!(brief(&download(&app, id, &[]).await), expected);
}
