//! Stopping, kindly and not.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::Server;

#[test]
fn a_signal_ends_an_idle_server_at_once_and_well() {
    for signal in [Signal::TERM, Signal::INT] {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(dir.path(), &[]);
        let start = Instant::now();
        server.signal(signal);
        let (status, log) = server.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert!(
            log.trim_end().ends_with("stopped"),
            "the last line is not lost: {log}"
        );
    }
}

#[test]
fn a_request_under_way_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let mut stream = half_a_request(&server);
    server.signal(Signal::TERM);
    until_logged(&server, "stopping on SIGTERM");
    stream.write_all(b"}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn a_second_signal_does_not_wait_for_anything() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let stream = half_a_request(&server);
    server.signal(Signal::TERM);
    until_logged(&server, "stopping on SIGTERM");
    let start = Instant::now();
    server.signal(Signal::TERM);
    let (_, log) = server.wait();
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(log.contains("second SIGTERM"), "{log}");
    drop(stream);
}

#[test]
fn what_was_answered_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let token = server.token_of("admin@example.com");
    let job = server
        .client()
        .delta(r#"{"operation":"add-article","articleData":{"F_1":"A"}}"#);
    server.kill9();
    let server = Server::start(dir.path(), &[]);
    server.settle(&job);
    let found = server
        .request("GET", "/api/v1/articles/A")
        .token(Some(&token))
        .send();
    assert_eq!(found.status, 200, "{found:?}");
}

/// A request that the server has begun to work on and whose body is not all there.
fn half_a_request(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.url().strip_prefix("http://").unwrap()).unwrap();
    let token = server.token_of("admin@example.com");
    let head = format!(
        "POST /api/v1/articles/update HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{").unwrap();
    stream
}

fn until_logged(server: &Server, text: &str) {
    let start = Instant::now();
    while !server.log().contains(text) {
        assert!(start.elapsed() < Duration::from_secs(30), "{}", server.log());
        std::thread::yield_now();
    }
}
