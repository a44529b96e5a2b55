//! Broken, hostile and endless HTTP/2: the connection is ended, and nothing else happens.

use std::net::SocketAddr;

use super::bed::Bed;
use super::wire::exchange;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Most that the server may say to someone who speaks nonsense.
const LONGEST: usize = 1 << 20;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH: u8 = 5;
const PING: u8 = 6;
const AWAY: u8 = 7;
const WINDOW: u8 = 8;
const CONTINUATION: u8 = 9;

/// `GET /healthz` in the compression's static words: method, scheme, path and authority.
const REQUEST: &[u8] = b"\x82\x86\x04\x08/healthz\x41\x01x";

fn frame(kind: u8, flags: u8, stream: u32, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len())
        .expect("a frame is short")
        .to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(content);
    frame
}

/// Many frames, made from the numbers of streams that a client may open.
fn many(count: u32, make: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    (0..count).flat_map(|n| make(2 * n + 1)).collect()
}

fn cases() -> Vec<(&'static str, Vec<u8>)> {
    let open = |stream| frame(HEADERS, 4, stream, REQUEST);
    let long = |name: &str| [&b"\x00\x01"[..], name.as_bytes(), b"\x7f\xa0\x1f"].concat();
    vec![
        ("rubbish", vec![0xaa; 100_000]),
        (
            "HTTP/1 behind the preface",
            b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        ),
        ("no settings", frame(PING, 0, 0, &[0; 8])),
        ("settings of a stream", frame(SETTINGS, 0, 1, &[])),
        ("settings of five bytes", frame(SETTINGS, 0, 0, &[0; 5])),
        (
            "settings that are acknowledged with content",
            frame(SETTINGS, 1, 0, &[0; 6]),
        ),
        ("a frame size of zero", frame(SETTINGS, 0, 0, &[0, 5, 0, 0, 0, 0])),
        (
            "a window beyond its end",
            frame(SETTINGS, 0, 0, &[0, 4, 0xff, 0xff, 0xff, 0xff]),
        ),
        ("push for a server", frame(PUSH, 4, 1, &[0, 0, 0, 2])),
        ("data of no stream", frame(DATA, 0, 0, b"x")),
        ("data of an idle stream", frame(DATA, 0, 1, b"x")),
        ("headers of no stream", frame(HEADERS, 5, 0, REQUEST)),
        ("headers of an even stream", frame(HEADERS, 5, 2, REQUEST)),
        ("a continuation of nothing", frame(CONTINUATION, 4, 1, REQUEST)),
        (
            "a frame in between",
            [frame(HEADERS, 0, 1, REQUEST), frame(PING, 0, 0, &[0; 8])].concat(),
        ),
        ("broken compression", frame(HEADERS, 5, 1, &[0xff; 100])),
        ("an index of nothing", frame(HEADERS, 5, 1, &[0xbf])),
        (
            "a table that is too large",
            frame(HEADERS, 5, 1, &[0x3f, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        ),
        ("padding beyond the frame", frame(HEADERS, 0x0c, 1, &[0xff, 0x82])),
        (
            "a stream that depends on itself",
            frame(PRIORITY, 0, 1, &[0, 0, 0, 1, 0]),
        ),
        ("a reset of an idle stream", frame(RESET, 0, 1, &[0; 4])),
        ("a window of zero", frame(WINDOW, 0, 0, &[0; 4])),
        (
            "windows without end",
            many(10, |_| frame(WINDOW, 0, 0, &[0x7f, 0xff, 0xff, 0xff])),
        ),
        ("a ping of seven bytes", frame(PING, 0, 0, &[0; 7])),
        ("a farewell of a stream", frame(AWAY, 0, 1, &[0; 8])),
        (
            "a frame of 16 MB",
            [&[0xff, 0xff, 0xff, DATA, 0, 0, 0, 0, 1][..], &[0; 100_000]].concat(),
        ),
        (
            "a name in capitals",
            frame(HEADERS, 5, 1, &[REQUEST, &long("X")].concat()),
        ),
        (
            "continuations without end",
            [
                frame(HEADERS, 1, 1, REQUEST),
                many(20_000, |_| frame(CONTINUATION, 0, 1, &[0; 100])),
            ]
            .concat(),
        ),
        (
            "empty continuations without end",
            [
                frame(HEADERS, 1, 1, REQUEST),
                many(100_000, |_| frame(CONTINUATION, 0, 1, &[])),
            ]
            .concat(),
        ),
        (
            "streams that are reset at once",
            many(20_000, |stream| {
                [open(stream), frame(RESET, 0, stream, &[0, 0, 0, 8])].concat()
            }),
        ),
        ("10,000 streams that stay open", many(10_000, open)),
    ]
}

pub(crate) fn run(bed: &Bed) -> Vec<String> {
    let (cases, address) = (cases(), bed.address);
    std::thread::scope(|scope| {
        let start = |(name, frames): &(&'static str, Vec<u8>)| {
            let (name, frames) = (*name, frames.clone());
            scope.spawn(move || check(address, name, &frames))
        };
        let running: Vec<_> = cases.iter().map(start).collect();
        bed.assert_alive("hostile HTTP/2");
        let ended = running
            .into_iter()
            .map(|thread| thread.join().expect("a case does not panic"));
        ended.flatten().collect()
    })
}

fn check(address: SocketAddr, name: &str, frames: &[u8]) -> Option<String> {
    // Those that break no rule by themselves are ended by what follows.
    let request = match name {
        "no settings" => [PREFACE, frames].concat(),
        _ => [PREFACE, &frame(SETTINGS, 0, 0, &[]), frames, &[0xff; 64]].concat(),
    };
    let got = exchange(address, &request);
    if !got.closed {
        return Some(format!("{name}: the connection is still open"));
    }
    let length = got.bytes.len();
    (length > LONGEST).then(|| format!("{name}: {length} bytes of answer"))
}
