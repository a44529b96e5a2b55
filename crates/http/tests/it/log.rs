//! What is written to the log, and what never is.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use stockyard_http::HttpOptions;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{app, call};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The log of one request, line by line.
async fn log_of(options: HttpOptions, path: &str) -> Vec<String> {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_ansi(false)
        .without_time()
        .finish();
    let app = app(options);
    {
        let _scope = tracing::subscriber::set_default(subscriber);
        call(
            &app,
            Request::get(path).header("authorization", "Bearer hush"),
            "",
        )
        .await;
    }
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn each_request_is_one_line_without_query_and_token() {
    let lines = log_of(HttpOptions::default(), "/toy/things/7?secret=hush").await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    for needle in [
        "INFO access: request ",
        "http.method=\"GET\"",
        "http.path=\"/toy/things/7\"",
        "http.route=\"/toy/things/{id}\"",
        "http.status=200",
        "http.micros=",
        "request.id=",
    ] {
        assert!(lines[0].contains(needle), "{needle} is not in {}", lines[0]);
    }
    assert!(!lines[0].contains("hush"), "{}", lines[0]);
}

#[tokio::test]
async fn the_access_log_can_be_turned_off() {
    let options = HttpOptions {
        access_log: false,
        ..HttpOptions::default()
    };
    assert!(log_of(options, "/toy/things/7").await.is_empty());
}

#[tokio::test]
async fn faults_are_logged_once_with_their_cause() {
    for (path, cause) in [
        ("/toy/fail", "the secret cause"),
        ("/toy/panic", "panic: on purpose"),
    ] {
        let lines = log_of(HttpOptions::default(), path).await;
        let errors: Vec<_> = lines.iter().filter(|line| line.contains("ERROR")).collect();
        assert_eq!(errors.len(), 1, "{lines:?}");
        assert!(errors[0].contains(cause), "{}", errors[0]);
        assert!(errors[0].contains("request.id="), "{}", errors[0]);
    }
    let refused = log_of(HttpOptions::default(), "/toy/things/404").await;
    assert!(refused.iter().all(|line| !line.contains("ERROR")), "{refused:?}");
}
