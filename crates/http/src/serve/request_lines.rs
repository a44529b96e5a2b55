//! Raw queries: spaces, quotes and angle brackets that some clients do not encode.
//!
//! The protocol library refuses them in a request line, so they are encoded before it reads. To find the request lines of
//! a connection its framing is followed, by the same rules that the library has and no others: what is out of the
//! ordinary (an upgrade, two lengths, an unknown coding) ends it, and the bytes go on as they are. Nothing but the query
//! of a request line is ever changed, and bytes are held back only while a space may be the one before the version.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::filtered::Filter;

/// What ends a request line, but for the last digit and the line's end.
const VERSION: &[u8] = b" HTTP/1.";
/// The beginning of the other protocol, whose frames are not followed.
const OTHER: &[u8] = b"PRI ";
/// So much of a header line is looked at; one that matters and is longer ends the following.
const LOOKED_AT: usize = 128;

/// Encodes the queries of a connection.
#[derive(Default)]
pub(super) struct RequestLines {
    follower: Follower,
    changed: Vec<u8>,
    given: usize,
}

impl Filter for RequestLines {
    fn poll_read<S: AsyncRead + Unpin>(
        &mut self,
        mut inner: Pin<&mut S>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let waiting = &self.changed[self.given..];
            if !waiting.is_empty() {
                let count = waiting.len().min(buffer.remaining());
                buffer.put_slice(&waiting[..count]);
                self.given += count;
                return Poll::Ready(Ok(()));
            }
            let before = buffer.filled().len();
            ready!(inner.as_mut().poll_read(cx, buffer))?;
            let fresh = &buffer.filled()[before..];
            if fresh.is_empty() {
                // The end; what was held back can be given no meaning any more.
                (self.changed, self.given) = (self.follower.give_up(), 0);
                if self.changed.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            let Some(changed) = self.follower.follow(fresh) else {
                return Poll::Ready(Ok(()));
            };
            buffer.set_filled(before);
            (self.changed, self.given) = (changed, 0);
        }
    }
}

/// Where in the framing the next byte stands.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// In a request line before its query; with its first bytes.
    Begin(Vec<u8>),
    /// In the query.
    Query,
    /// In what may be the version behind it; with what is held back.
    Version(Vec<u8>),
    /// In a header line, with its first bytes.
    Header(Vec<u8>),
    /// In a body, or a chunk of one, with so many bytes to come.
    Body(u64),
    /// In the line with the size of a chunk; whether the digits are over.
    Size(Option<u64>, bool),
    /// In the lines behind the last chunk, so far into one.
    Trailer(usize),
    /// Nowhere that is known; nothing is changed any more.
    Lost,
}

/// Follows the framing of the requests of one connection.
struct Follower {
    place: Place,
    length: Option<u64>,
    chunked: bool,
}

impl Default for Follower {
    fn default() -> Self {
        Self {
            place: Place::Begin(Vec::new()),
            length: None,
            chunked: false,
        }
    }
}

impl Follower {
    /// What to pass on for these bytes; none when it is just them.
    fn follow(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut out: Option<Vec<u8>> = matches!(self.place, Place::Version(_)).then(Vec::new);
        let mut at = 0;
        while let Some(&next) = bytes.get(at) {
            let count = self.plain(&bytes[at..]);
            if let (1.., Some(out)) = (count, &mut out) {
                out.extend_from_slice(&bytes[at..at + count]);
            }
            if count == 0 {
                let out = out.get_or_insert_with(|| bytes[..at].to_vec());
                self.careful(next, out);
            }
            at += count.max(1);
        }
        out
    }

    /// What is held back, when nothing follows it.
    fn give_up(&mut self) -> Vec<u8> {
        match std::mem::replace(&mut self.place, Place::Lost) {
            Place::Version(held) => held,
            _ => Vec::new(),
        }
    }

    /// How many of the next bytes pass as they are; none where one needs care.
    fn plain(&mut self, bytes: &[u8]) -> usize {
        match &mut self.place {
            Place::Lost => bytes.len(),
            Place::Version(_) => 0,
            Place::Query => match bytes.iter().position(|byte| b" \"<>\n".contains(byte)) {
                None => bytes.len(),
                // A line without a version is of a protocol that is not spoken here.
                Some(0) if bytes[0] == b'\n' => {
                    self.place = Place::Lost;
                    1
                }
                Some(count) => count,
            },
            Place::Body(left) => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= count as u64;
                if *left == 0 {
                    self.place = if self.chunked {
                        Place::Size(None, false)
                    } else {
                        Place::Begin(Vec::new())
                    };
                }
                count
            }
            _ => {
                self.line(bytes[0]);
                1
            }
        }
    }

    /// A byte of a query that is not plain, or one behind such a one.
    fn careful(&mut self, byte: u8, out: &mut Vec<u8>) {
        let Place::Version(held) = &mut self.place else {
            match byte {
                b' ' => self.place = Place::Version(vec![b' ']),
                other => out.extend_from_slice(format!("%{other:02X}").as_bytes()),
            }
            return;
        };
        held.push(byte);
        match fit(held) {
            Fit::Beginning => {}
            Fit::Whole => {
                out.append(held);
                self.headers();
            }
            Fit::None => {
                let held = std::mem::take(held);
                self.place = Place::Query;
                out.extend_from_slice(b"%20");
                for byte in &held[1..] {
                    match self.plain(&[*byte]) {
                        0 => self.careful(*byte, out),
                        _ => out.push(*byte),
                    }
                }
            }
        }
    }

    /// A byte of a line that is only looked at.
    fn line(&mut self, byte: u8) {
        match &mut self.place {
            Place::Begin(seen) => match byte {
                b'?' => self.place = Place::Query,
                b'\n' if seen.starts_with(OTHER) => self.place = Place::Lost,
                b'\n' if seen.is_empty() || seen == b"\r" => seen.clear(),
                b'\n' => self.headers(),
                byte if seen.len() < OTHER.len() => seen.push(byte),
                _ => {}
            },
            Place::Header(line) => match byte {
                b'\n' => {
                    let line = std::mem::take(line);
                    self.header(line.strip_suffix(b"\r").unwrap_or(&line));
                }
                byte if line.len() < LOOKED_AT => line.push(byte),
                _ => {}
            },
            Place::Size(size, over) => match (byte, char::from(byte).to_digit(16)) {
                (b'\n', _) => self.place = behind_size(*size),
                (_, Some(digit)) if !*over => match size.unwrap_or(0).checked_mul(16) {
                    Some(more) => *size = Some(more + u64::from(digit)),
                    None => self.place = Place::Lost,
                },
                (b';' | b' ' | b'\t' | b'\r', _) => *over = true,
                _ if *over => {}
                _ => self.place = Place::Lost,
            },
            Place::Trailer(seen) => match (byte, *seen) {
                (b'\n', 0) => self.place = Place::Begin(Vec::new()),
                (b'\n', _) => *seen = 0,
                (b'\r', _) => {}
                _ => *seen += 1,
            },
            _ => {}
        }
    }

    fn headers(&mut self) {
        (self.length, self.chunked) = (None, false);
        self.place = Place::Header(Vec::new());
    }

    /// A whole header line, or the beginning of a long one.
    fn header(&mut self, line: &[u8]) {
        self.place = Place::Header(Vec::new());
        if line.is_empty() {
            self.place = match (self.length, self.chunked) {
                (Some(_), true) => Place::Lost,
                (None, true) => Place::Size(None, false),
                (None | Some(0), false) => Place::Begin(Vec::new()),
                (Some(length), false) => Place::Body(length),
            };
            return;
        }
        let text = String::from_utf8_lossy(line);
        let (name, value) = text.split_once(':').unwrap_or((&text, ""));
        // Of a long one the end is not known.
        let value = if line.len() < LOOKED_AT { value } else { "" };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" if self.length.is_none() => match value.parse() {
                Ok(length) if value.bytes().all(|byte| byte.is_ascii_digit()) => self.length = Some(length),
                _ => self.place = Place::Lost,
            },
            "transfer-encoding" if !self.chunked && value.eq_ignore_ascii_case("chunked") => {
                self.chunked = true
            }
            "content-length" | "transfer-encoding" | "upgrade" => self.place = Place::Lost,
            _ => {}
        }
    }
}

/// What follows the size of a chunk: its bytes and the line's end behind them, or the end of the body.
fn behind_size(size: Option<u64>) -> Place {
    match size.map(|size| (size, size.checked_add(2))) {
        Some((0, _)) => Place::Trailer(0),
        Some((_, Some(with_end))) => Place::Body(with_end),
        _ => Place::Lost,
    }
}

enum Fit {
    None,
    Beginning,
    Whole,
}

/// Whether bytes are the version that ends a request line.
fn fit(held: &[u8]) -> Fit {
    let Some(behind) = held.strip_prefix(VERSION) else {
        return if VERSION.starts_with(held) {
            Fit::Beginning
        } else {
            Fit::None
        };
    };
    match behind {
        [] | [b'0' | b'1'] | [b'0' | b'1', b'\r'] => Fit::Beginning,
        [b'0' | b'1', b'\n'] | [b'0' | b'1', b'\r', b'\n'] => Fit::Whole,
        _ => Fit::None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Follower, Place};

    /// What comes out when the bytes arrive in pieces of `size`.
    fn through(text: &str, size: usize) -> String {
        let mut follower = Follower::default();
        let mut out = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            out.extend(follower.follow(piece).unwrap_or_else(|| piece.to_vec()));
        }
        out.extend(follower.give_up());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_queries_of_request_lines_are_changed_however_they_arrive() {
        let end = "host: x\r\n\r\n";
        for (line, expected) in [
            ("GET /a?b=c HTTP/1.1", "GET /a?b=c HTTP/1.1"),
            (
                "GET /a?b=\"c d\"&e=<1> HTTP/1.1",
                "GET /a?b=%22c%20d%22&e=%3C1%3E HTTP/1.1",
            ),
            ("GET /a?b= HTTP/1.1 HTTP/1.0", "GET /a?b=%20HTTP/1.1 HTTP/1.0"),
            ("GET /a?b=c  HTTP/2 HTTP/1.1", "GET /a?b=c%20%20HTTP/2 HTTP/1.1"),
            ("GET /a?b=c HTTP/1.10", "GET /a?b=c%20HTTP/1.10"),
            ("GET /a b HTTP/1.1", "GET /a b HTTP/1.1"),
            ("GET /a\"b HTTP/1.1", "GET /a\"b HTTP/1.1"),
        ] {
            let text = format!("{line}\r\n{end}");
            for size in 1..=text.len() {
                let expected = format!("{expected}\r\n{end}");
                assert_eq!(through(&text, size), expected, "{line} by {size}");
            }
        }
    }

    #[test]
    fn bodies_pass_as_they_are_and_the_request_behind_them_is_found() {
        let odd = "?\"a b\" < > HTTP/1.1\r\n\r\n";
        let length = odd.len();
        let chunked = format!("{length:x};a=b\r\n{odd}\r\n1\r\n\"\r\n0\r\nx: \"?\r\n\r\n");
        let raw = "GET /a?b=\"c\" HTTP/1.1\r\n\r\n";
        let encoded = "GET /a?b=%22c%22 HTTP/1.1\r\n\r\n";
        for before in [
            format!("POST /a HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{odd}"),
            format!("PUT /a?b HTTP/1.1\nx: \"?\ntransfer-encoding: Chunked\r\n\r\n{chunked}"),
            "\r\nDELETE /a HTTP/1.1\r\ncontent-length: 0\r\n\r\n".to_owned(),
        ] {
            let text = format!("{before}{raw}");
            for size in 1..=text.len() {
                assert_eq!(through(&text, size), format!("{before}{encoded}"), "by {size}");
            }
        }
    }

    #[test]
    fn what_is_out_of_the_ordinary_ends_it() {
        let raw = "GET /a?b=\"c\" HTTP/1.1\r\n\r\n";
        for before in [
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n",
            &format!("POST / HTTP/1.1\r\ncontent-length: {:0200}\r\n\r\n", 1),
            &format!("POST / HTTP/1.1\r\ncontent-length: {:>200}\r\n\r\n", 1),
            "POST / HTTP/1.1\r\ncontent-length: +1\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nupgrade: h2c\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            "GET /a?b\r\n",
        ] {
            let text = format!("{before}{raw}");
            assert_eq!(through(&text, 7), text);
        }
        let mut follower = Follower::default();
        assert_eq!(follower.follow(b"GET /a?b ").as_deref(), Some(&b"GET /a?b"[..]));
        assert_eq!(follower.give_up(), b" ");
        assert_eq!(follower.place, Place::Lost);
    }
}
