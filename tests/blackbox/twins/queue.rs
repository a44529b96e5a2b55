//! A queue that stands still, so that jobs can be steered while they wait: the first one fetches its file from here, and the
//! file does not come before the test lets it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};

use serde_json::json;

use super::Run;
use super::pair::{Ask, Told};
use crate::support::STUCK;

/// Where files are fetched from.
pub(super) struct Gate {
    pub(super) address: String,
    calls: Receiver<TcpStream>,
}

impl Gate {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, calls) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let _ = sender.send(called(stream));
            }
        });
        Self { address, calls }
    }

    /// So many calls.
    pub(super) fn calls<const COUNT: usize>(&self) -> [TcpStream; COUNT] {
        [(); COUNT].map(|()| self.calls.recv_timeout(STUCK).expect("the file is fetched"))
    }
}

/// A call whose request has been read.
fn called(mut stream: TcpStream) -> TcpStream {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    stream
}

pub(super) fn answer(mut stream: TcpStream, body: &str) {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/x-ndjson\r\ncontent-length";
    // A server whose job has been given up does not listen any more.
    let _ = write!(stream, "{head}: {}\r\n\r\n{body}", body.len());
}

/// The file that is fetched.
pub(super) const FIRST: &str = r#"{"operation":"add-article","articleData":{"F_1":"first"}}"#;

const STEPS: &[(&str, &str)] = &[
    ("PUT", "/prod/runtime/api/status/jobs/{id}/stop"),
    ("PUT", "/prod/runtime/api/status/jobs/{id}/stop"),
    ("PUT", "/prod/runtime/api/status/jobs/{id}/resume"),
    ("PUT", "/prod/runtime/api/status/jobs/{id}/cancel"),
    ("PUT", "/prod/runtime/api/status/jobs/{id}/forceStop"),
    ("POST", "/api/v2/jobs/{n}/cancel"),
    ("POST", "/api/v2/jobs/{n}/stop"),
    ("POST", "/api/v2/jobs/{n}/resume"),
    ("POST", "/api/v2/jobs/{n}/force_stop"),
    ("GET", "/prod/runtime/api/status/jobs/{id}"),
    ("GET", "/prod/runtime/api/status/jobs?status=PENDING,STOPPED"),
    ("GET", "/api/v2/jobs/{n}"),
    ("GET", "/api/v2/jobs?per_page=4"),
    ("GET", "/api/v1/jobs/jobs"),
    ("GET", "/api/v1/jobs/job"),
    ("GET", "/api/v1/jobs/files"),
];

/// Steers jobs behind one that is under way.
pub(super) fn stand_still(run: &mut Run, gate: &Gate) {
    let (calls, ids, numbers) = hand_in::<2>(run, gate);
    for _ in 0..24 {
        let (method, path) = run.chance.of(STEPS);
        let which = run.chance.below(ids.len());
        let path = path.replace("{id}", &ids[which]).replace("{n}", &numbers[which]);
        run.go(&Ask::new(method, path));
    }
    // What stands still keeps its place, and what is behind it waits.
    for number in &numbers {
        run.go(&Ask::new("POST", format!("/api/v2/jobs/{number}/resume")));
    }
    for call in calls {
        answer(
            call,
            "{\"operation\":\"add-article\",\"articleData\":{\"F_1\":\"first\"}}\n",
        );
    }
    run.pair.settle();
    for number in numbers {
        run.go(&Ask::new("GET", format!("/api/v2/jobs/{number}")));
        run.go(&Ask::new("GET", format!("/api/v2/jobs/{number}/results")));
    }
}

/// Hands in four files, of which the first is under way; the calls of so many servers, ids and numbers of the other jobs.
pub(super) fn hand_in<const SERVERS: usize>(
    run: &mut Run,
    gate: &Gate,
) -> ([TcpStream; SERVERS], Vec<String>, Vec<String>) {
    let first = json!({ "file": format!("http://{}/first.ndjson", gate.address) });
    let delta = || Ask::new("POST", "/api/v1/articles/delta-update");
    run.go(&delta().json(first.to_string()));
    let calls = gate.calls();
    for file in ["second", "third", "fourth"] {
        let operation = format!(r#"{{"operation":"add-article","articleData":{{"F_1":"{file}"}}}}"#);
        let ask = delta().header("x-file-name", file);
        run.go(&ask.header("content-type", "application/x-ndjson").body(operation));
    }
    let (ids, numbers) = waiting(run);
    (calls, ids, numbers)
}

/// The ids and numbers of the jobs behind the first one.
fn waiting(run: &mut Run) -> (Vec<String>, Vec<String>) {
    let ids = list(
        &run.go(&Ask::new("GET", "/prod/runtime/api/status/jobs?_size=3")),
        "items",
    );
    let numbers = list(&run.go(&Ask::new("GET", "/api/v2/jobs?per_page=3")), "entries");
    (ids, numbers)
}

fn list(told: &Told, of: &str) -> Vec<String> {
    let shown = told.json();
    let id = |entry: &serde_json::Value| entry["id"].to_string().trim_matches('"').to_owned();
    let list: Vec<_> = shown[of].as_array().into_iter().flatten().map(id).collect();
    assert_eq!(list.len(), 3, "{told:?}");
    list
}
