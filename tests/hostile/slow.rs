//! Clients that take their time: each is cut off by the limit that is set for it, without hurting the others.

use std::net::SocketAddr;

use super::answer::{Answer, Form};
use super::bed::Bed;
use super::row::{Call, DELTA, JOBS, UPDATE};
use super::wire::{exchange, exchange_and_hang_up};

/// What comes of a connection on which nothing more is sent.
enum End {
    /// It is closed; before that a 408 of the protocol's parser may come.
    Closed,
    /// It is answered with this status in this form.
    Refused(u16, Form),
}

pub(crate) fn run(bed: &Bed) -> Vec<String> {
    let mut cases = cases();
    for (_, request, _, _) in &mut cases {
        *request = bed.with_tokens(request);
    }
    let address = bed.address;
    std::thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|case| scope.spawn(|| check(address, case)))
            .collect();
        // While they hang, others are served.
        bed.assert_alive("slow clients");
        running
            .into_iter()
            .filter_map(|thread| thread.join().expect("a case does not panic"))
            .collect()
    })
}

type Case = (&'static str, Vec<u8>, bool, End);

fn cases() -> Vec<Case> {
    let begun = |path: &str, lines: &str, body: &str| {
        let mut bytes = Call::user("POST", path)
            .header("content-type: application/json")
            .header(lines)
            .bytes();
        bytes.extend_from_slice(body.as_bytes());
        bytes
    };
    let octets = |lines: &str, body: &str| {
        let mut bytes = Call::user("POST", DELTA)
            .header("content-type: application/octet-stream")
            .header(lines)
            .bytes();
        bytes.extend_from_slice(body.as_bytes());
        bytes
    };
    const CHUNKED: &str = "transfer-encoding: chunked";
    let article = || End::Refused(408, Form::Article);
    let broken = || End::Refused(400, Form::Article);
    vec![
        ("silence", Vec::new(), false, End::Closed),
        ("one letter", b"G".to_vec(), false, End::Closed),
        ("half a line", b"GET /healthz HT".to_vec(), false, End::Closed),
        (
            "half of the headers",
            b"GET /healthz HTTP/1.1\r\nhost: x\r\nx:".to_vec(),
            false,
            End::Closed,
        ),
        (
            "half of the other protocol",
            b"PRI * HTTP/2.0\r\n\r\nSM".to_vec(),
            false,
            End::Closed,
        ),
        (
            "half a body",
            begun(UPDATE, "content-length: 100", "{"),
            false,
            article(),
        ),
        (
            "no body",
            begun(UPDATE, "content-length: 100", ""),
            false,
            article(),
        ),
        (
            "half a chunk",
            begun(UPDATE, CHUNKED, "64\r\n{"),
            false,
            article(),
        ),
        (
            "no last chunk",
            begun(UPDATE, CHUNKED, "2\r\n{}\r\n"),
            false,
            article(),
        ),
        (
            "half a delta",
            begun(DELTA, "content-length: 100", "["),
            false,
            article(),
        ),
        (
            "half a delta of bytes",
            octets("content-length: 100", "["),
            false,
            article(),
        ),
        (
            "half an import",
            begun(JOBS, "content-length: 100", "{"),
            false,
            End::Refused(408, Form::Fusion),
        ),
        (
            "a body that is cut",
            begun(UPDATE, "content-length: 100", "{"),
            true,
            broken(),
        ),
        (
            "a delta that is cut",
            octets("content-length: 100", "["),
            true,
            broken(),
        ),
        ("chunks that are cut", octets(CHUNKED, "64\r\n["), true, broken()),
        (
            "an import that is cut",
            begun(JOBS, "content-length: 100", "{"),
            true,
            End::Refused(400, Form::Fusion),
        ),
    ]
}

fn check(address: SocketAddr, (name, request, hang_up, end): &Case) -> Option<String> {
    let got = if *hang_up {
        exchange_and_hang_up(address, request)
    } else {
        exchange(address, request)
    };
    if !got.closed {
        return Some(format!("{name}: the connection is still open"));
    }
    // A client that hung up may be gone already.
    if *hang_up && got.bytes.is_empty() {
        return None;
    }
    let answers = match Answer::all(&got.bytes) {
        Ok(answers) => answers,
        Err(complaint) => return Some(format!("{name}: {complaint}")),
    };
    match (end, answers.as_slice()) {
        (End::Closed, []) => None,
        (End::Closed, [answer]) if matches!(answer.status, 400 | 408) => None,
        (End::Refused(status, form), [answer]) if answer.status == *status => answer
            .sentences(*form)
            .err()
            .map(|complaint| format!("{name}: {complaint}")),
        _ => Some(format!("{name}: {answers:?}")),
    }
}
