//! Reading request bodies within bounds: bytes, pauses and compression.

use std::io::Read;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, EXPECT, HeaderMap};
use http_body_util::BodyExt;
use model::{Code, Error};

use crate::HttpOptions;
use crate::mount::shorten;

/// How much of a body that is too long is read and dropped, so that the client, still sending, comes to read the
/// refusal instead of a reset connection.
const DRAIN_BYTES: usize = 8 << 20;
/// And for how long.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
}

/// The packing that the headers name; others than gzip are refused.
pub(crate) fn packing(headers: &HeaderMap) -> Result<Packing, Error> {
    let mut packing = Packing::None;
    for value in headers.get_all(CONTENT_ENCODING) {
        let name = String::from_utf8_lossy(value.as_bytes());
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => {}
            "gzip" | "x-gzip" if packing == Packing::None => packing = Packing::Gzip,
            _ => return Err(unsupported_packing(&name)),
        }
    }
    Ok(packing)
}

fn unsupported_packing(name: &str) -> Error {
    let message = format!(
        "the content encoding {:?} is not supported, only gzip is",
        shorten(name)
    );
    Error::of_field(Code::UnsupportedMedia, "content-encoding".to_owned(), message)
}

/// Reads the whole body, unpacked.
pub(crate) async fn read(headers: &HeaderMap, body: Body, options: &HttpOptions) -> Result<Bytes, Error> {
    read_up_to(options.max_body_bytes, headers, body, options).await
}

/// As [`read`], with a bound of the caller's own.
pub(crate) async fn read_up_to(
    limit: usize,
    headers: &HeaderMap,
    body: Body,
    options: &HttpOptions,
) -> Result<Bytes, Error> {
    let packing = packing(headers)?;
    let bytes = collect(limit, headers, body, options).await?;
    match packing {
        Packing::None => Ok(bytes),
        Packing::Gzip => gunzip(&bytes, limit),
    }
}

async fn collect(
    limit: usize,
    headers: &HeaderMap,
    mut body: Body,
    options: &HttpOptions,
) -> Result<Bytes, Error> {
    if announced(headers).is_some_and(|length| length > limit as u64) {
        return Err(refuse_rest(headers, body, limit).await);
    }
    // A body in one piece, the usual case, is passed on without copying.
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(piece) = next_piece(&mut body, options.body_idle_timeout).await? {
        if first.len() + all.len() + piece.len() > limit {
            return Err(refuse_rest(headers, body, limit).await);
        }
        if first.is_empty() && all.is_empty() {
            first = piece;
            continue;
        }
        if all.is_empty() {
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&piece);
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

/// The length that the client announced.
pub(crate) fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The next bytes of the body; `None` at its end.
pub(crate) async fn next_piece(body: &mut Body, idle: Duration) -> Result<Option<Bytes>, Error> {
    loop {
        let frame = match tokio::time::timeout(idle, body.frame()).await {
            Err(_) => return Err(too_slow(idle)),
            Ok(None) => return Ok(None),
            Ok(Some(Err(error))) => return Err(broken(&error)),
            Ok(Some(Ok(frame))) => frame,
        };
        // Trailers say nothing that is used here.
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

fn too_slow(idle: Duration) -> Error {
    let message = format!("nothing of the body arrived for {} s", idle.as_secs_f64());
    Error::new(Code::Timeout, message)
}

fn broken(cause: &axum::Error) -> Error {
    Error::new(Code::BadRequest, "the body ended before it was complete").with_internal(cause)
}

pub(crate) fn too_large(limit: impl std::fmt::Display) -> Error {
    Error::new(Code::TooLarge, format!("the body is longer than {limit} bytes"))
}

async fn refuse_rest(headers: &HeaderMap, body: Body, limit: usize) -> Error {
    // A client that waits for leave to send does not send, and is not to be given leave.
    if !headers.contains_key(EXPECT) {
        // Running out of time here is as good as being done.
        let _ = tokio::time::timeout(DRAIN_TIME, drain(body)).await;
    }
    too_large(limit)
}

async fn drain(mut body: Body) {
    let mut left = DRAIN_BYTES;
    while !body.is_end_stream() {
        let Some(Ok(frame)) = body.frame().await else {
            return;
        };
        let length = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(length) else {
            return;
        };
        left = rest;
    }
}

/// Unpacks `packed`, reading no more than `limit` bytes of it however far it would go on.
fn gunzip(packed: &[u8], limit: usize) -> Result<Bytes, Error> {
    let mut plain = Vec::with_capacity(packed.len().saturating_mul(4).min(limit));
    let mut decoder = MultiGzDecoder::new(packed).take(limit as u64 + 1);
    decoder
        .read_to_end(&mut plain)
        .map_err(|cause| Error::new(Code::BadEncoding, format!("the body is not valid gzip: {cause}")))?;
    if plain.len() > limit {
        return Err(too_large(format_args!("{limit} unpacked")));
    }
    Ok(plain.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::body::Body;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use futures_util::stream;
    use http::HeaderMap;
    use model::{Code, Error};

    use super::{gunzip, read};
    use crate::HttpOptions;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn pieces(pieces: &[&'static str]) -> Body {
        let pieces: Vec<Result<_, std::io::Error>> = pieces.iter().map(|piece| Ok(*piece)).collect();
        Body::from_stream(stream::iter(pieces))
    }

    async fn read_ten(body: Body, header: Option<(&'static str, &str)>) -> Result<String, Error> {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, value.parse().unwrap());
        }
        let options = HttpOptions {
            max_body_bytes: 10,
            body_idle_timeout: std::time::Duration::from_millis(20),
            ..HttpOptions::default()
        };
        let bytes = read(&headers, body, &options).await?;
        Ok(String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn pieces_are_joined_up_to_the_limit() {
        assert_eq!(read_ten(pieces(&[]), None).await.unwrap(), "");
        assert_eq!(read_ten(pieces(&["abc"]), None).await.unwrap(), "abc");
        assert_eq!(
            read_ten(pieces(&["", "abc", "", "defg", "hij"]), None)
                .await
                .unwrap(),
            "abcdefghij"
        );
        let error = read_ten(pieces(&["abc", "defg", "hijk"]), None)
            .await
            .unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (Code::TooLarge, "the body is longer than 10 bytes")
        );
    }

    #[tokio::test]
    async fn an_announced_length_over_the_limit_is_refused() {
        let error = read_ten(pieces(&["a"]), Some(("content-length", "11")))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::TooLarge);
    }

    #[tokio::test]
    async fn a_pause_that_is_too_long_is_refused() {
        let body = Body::from_stream(stream::pending::<Result<&'static str, std::io::Error>>());
        assert_eq!(read_ten(body, None).await.unwrap_err().code(), Code::Timeout);
    }

    #[tokio::test]
    async fn a_broken_connection_is_a_bad_request() {
        let body = Body::from_stream(stream::iter([Err::<&str, _>(std::io::Error::other("reset"))]));
        assert_eq!(read_ten(body, None).await.unwrap_err().code(), Code::BadRequest);
    }

    #[tokio::test]
    async fn gzip_is_unpacked_and_other_encodings_are_named() {
        for name in ["gzip", "GZIP", "x-gzip"] {
            let header = Some(("content-encoding", name));
            assert!(gzip(b"[]").len() > 10, "does not fit the limit of this test");
            assert_eq!(
                read_ten(Body::from(gzip(b"[]")), header)
                    .await
                    .unwrap_err()
                    .code(),
                Code::TooLarge
            );
        }
        let error = read_ten(Body::from("[]"), Some(("content-encoding", "br")))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::UnsupportedMedia);
        assert!(error.message().contains("\"br\""), "{}", error.message());
        let same = read_ten(Body::from("[]"), Some(("content-encoding", "identity"))).await;
        assert_eq!(same.unwrap(), "[]");
    }

    #[test]
    fn gzip_is_bounded_and_checked() {
        assert_eq!(&gunzip(&gzip(b"hello"), 5).unwrap()[..], b"hello");
        let two = [gzip(b"he"), gzip(b"llo")].concat();
        assert_eq!(&gunzip(&two, 5).unwrap()[..], b"hello");
        let code = |packed: &[u8]| gunzip(packed, 1000).unwrap_err().code();
        assert_eq!(code(&gzip(&[0; 1 << 20])), Code::TooLarge);
        let whole = gzip(b"hello");
        for end in 0..whole.len() {
            assert_eq!(code(&whole[..end]), Code::BadEncoding, "cut at {end}");
        }
        assert_eq!(code(b"{}"), Code::BadEncoding);
    }
}
