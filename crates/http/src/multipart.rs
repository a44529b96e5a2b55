//! Forms of parts, read as they arrive.
//!
//! A parser of our own, because those at hand keep reading for as long as bytes arrive and do not bound headers of parts
//! or what stands before the first one. This one holds no more than one piece of the body and `MAX_HEADERS` bytes.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt};
use memchr::memmem;
use model::{Code, Error};

/// Most bytes of the headers of one part.
const MAX_HEADERS: usize = 8 << 10;
/// The longest boundary that the standard allows.
const MAX_BOUNDARY: usize = 70;

/// A body as it arrives.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// The boundary that a content type names.
///
/// # Errors
/// `bad-request` when it names none, or one that the standard does not allow.
pub fn boundary(content_type: &str) -> Result<String, Error> {
    let boundary = parameter(content_type, "boundary").unwrap_or_default();
    let fits = (1..=MAX_BOUNDARY).contains(&boundary.len()) && boundary.is_ascii();
    if fits {
        return Ok(boundary);
    }
    let message = "content-type: multipart/form-data needs a boundary of 1 to 70 characters".to_owned();
    Err(Error::of_field(
        Code::BadRequest,
        "content-type".to_owned(),
        message,
    ))
}

/// What the headers of a part say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartHead {
    /// Its `Content-Disposition`; empty when it has none.
    pub disposition: String,
    /// Its `Content-Type`; empty when it has none.
    pub content_type: String,
}

impl PartHead {
    fn of<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut head = Self::default();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let place = match name.trim().to_ascii_lowercase().as_str() {
                "content-disposition" => &mut head.disposition,
                "content-type" => &mut head.content_type,
                _ => continue,
            };
            if place.is_empty() {
                value.trim().clone_into(place);
            }
        }
        head
    }

    /// A parameter of its disposition.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.disposition, name)
    }
}

/// The parts of a form.
pub struct Parts {
    pieces: Pieces,
    buffer: BytesMut,
    /// The boundary with the line break that belongs to it.
    delimiter: Vec<u8>,
}

impl Parts {
    /// The parts of a body that has this boundary between them.
    #[must_use]
    pub fn new(pieces: Pieces, boundary: &str) -> Self {
        Self {
            pieces,
            // The first boundary may be the very beginning.
            buffer: BytesMut::from(&b"\r\n"[..]),
            delimiter: format!("\r\n--{boundary}").into_bytes(),
        }
    }

    /// Goes to the next part; none after the last.
    ///
    /// # Errors
    /// `bad-request` for a form that is broken; what the body ends with.
    pub async fn next_part(&mut self) -> Result<Option<PartHead>, Error> {
        while self.next_piece().await?.is_some() {}
        drop(self.buffer.split_to(self.delimiter.len()));
        while self.buffer.len() < 2 {
            self.more().await?;
        }
        if self.buffer.starts_with(b"--") {
            return Ok(None);
        }
        // The line break of the boundary counts as the one before the first header, of which there may be none.
        let end = loop {
            if let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            if self.buffer.len() > MAX_HEADERS {
                return Err(broken(format!(
                    "the headers of a part have more than {MAX_HEADERS} bytes"
                )));
            }
            self.more().await?;
        };
        let headers = self.buffer.split_to(end + 4);
        let headers = std::str::from_utf8(&headers)
            .map_err(|_| broken("the headers of a part are not UTF-8".to_owned()))?;
        let mut lines = headers.split("\r\n");
        if !lines
            .next()
            .unwrap_or_default()
            .trim_matches([' ', '\t'])
            .is_empty()
        {
            return Err(broken("a boundary is followed by text".to_owned()));
        }
        Ok(Some(PartHead::of(lines)))
    }

    /// The next bytes of the part; none at its end, which is where the buffer begins with the delimiter.
    ///
    /// # Errors
    /// As [`Parts::next_part`].
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            match memmem::find(&self.buffer, &self.delimiter) {
                Some(0) => return Ok(None),
                Some(end) => return Ok(Some(self.buffer.split_to(end).freeze())),
                // The end of the buffer may be the beginning of the delimiter.
                None if self.buffer.len() >= self.delimiter.len() => {
                    let sure = self.buffer.len() + 1 - self.delimiter.len();
                    return Ok(Some(self.buffer.split_to(sure).freeze()));
                }
                None => self.more().await?,
            }
        }
    }

    /// The content of the part that was gone to; ends after the first error.
    pub fn content(&mut self) -> impl Stream<Item = Result<Bytes, Error>> + Send + '_ {
        stream::unfold(Some(self), |parts| async {
            let parts = parts?;
            match parts.next_piece().await {
                Ok(Some(piece)) => Some((Ok(piece), Some(parts))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn more(&mut self) -> Result<(), Error> {
        match self.pieces.next().await.transpose()? {
            Some(piece) => self.buffer.extend_from_slice(&piece),
            None => return Err(broken("the form ends before its last boundary".to_owned())),
        }
        Ok(())
    }
}

fn broken(what: String) -> Error {
    Error::new(Code::BadRequest, what)
}

/// A parameter of a header like `form-data; name="file"; filename="a.json"`.
#[must_use]
pub fn parameter(header: &str, wanted: &str) -> Option<String> {
    let mut rest = &header[header.find(';')?..];
    while let Some(tail) = rest.strip_prefix(';') {
        let (name, tail) = tail.split_once('=')?;
        let (value, tail) = value(tail);
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = tail.trim_start();
    }
    None
}

/// A value, quoted or not, and what follows it.
fn value(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, letter) in quoted.char_indices() {
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return (value, &quoted[at + 1..]),
            letter => {
                // Only a quote or a backslash is escaped; in a Windows path the backslash is a letter.
                if escaped && !matches!(letter, '"' | '\\') {
                    value.push('\\');
                }
                value.push(letter);
                escaped = false;
            }
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::stream;

    use super::{Parts, boundary, parameter};

    #[test]
    fn parameters_are_found_quoted_or_not() {
        let header = r#"form-data; name="file"; filename="a;\"b\" C:\new.json"; x=y"#;
        assert_eq!(parameter(header, "name").as_deref(), Some("file"));
        assert_eq!(
            parameter(header, "FILENAME").as_deref(),
            Some(r#"a;"b" C:\new.json"#)
        );
        assert_eq!(parameter(header, "x").as_deref(), Some("y"));
        assert_eq!(parameter(header, "z"), None);
        assert_eq!(parameter("form-data", "name"), None);
        assert_eq!(boundary("multipart/form-data; boundary=\"a b\"").unwrap(), "a b");
        assert!(boundary("multipart/form-data").is_err());
        assert!(boundary(&format!("multipart/form-data; boundary={}", "x".repeat(71))).is_err());
    }

    /// All parts with their contents, the body arriving in pieces of `size` bytes.
    async fn read(body: &str, size: usize) -> Result<Vec<(String, String)>, String> {
        let pieces: Vec<_> = body
            .as_bytes()
            .chunks(size)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let mut parts = Parts::new(Box::pin(stream::iter(pieces)), "b");
        let mut found = Vec::new();
        let text = |error: model::Error| error.message().to_owned();
        while let Some(head) = parts.next_part().await.map_err(text)? {
            let mut content = Vec::new();
            while let Some(piece) = parts.next_piece().await.map_err(text)? {
                content.extend_from_slice(&piece);
            }
            found.push((head.disposition, String::from_utf8(content).unwrap()));
        }
        Ok(found)
    }

    #[tokio::test]
    async fn parts_are_found_however_the_body_is_cut() {
        let body = "preamble\r\n--b \t\r\nA: 1\r\ncontent-disposition: one\r\n\r\nx\r\n--\r\n-b\r\n--b\r\n\r\n\r\n--b--trailer";
        let whole = [
            ("one".to_owned(), "x\r\n--\r\n-b".to_owned()),
            (String::new(), String::new()),
        ];
        for size in 1..body.len() {
            assert_eq!(read(body, size).await.unwrap(), whole, "{size}");
        }
        assert_eq!(read("--b--", 1).await.unwrap(), []);
    }

    #[tokio::test]
    async fn broken_forms_are_refused() {
        let whole = "--b\r\nA: 1\r\n\r\nx\r\n--b--";
        for end in 0..whole.len() {
            let error = read(&whole[..end], 3).await.unwrap_err();
            assert_eq!(error, "the form ends before its last boundary", "{end}");
        }
        assert_eq!(
            read("--bx\r\n\r\n", 3).await.unwrap_err(),
            "a boundary is followed by text"
        );
        let long = format!("--b\r\nA: {}", "x".repeat(20_000));
        assert_eq!(
            read(&long, 1000).await.unwrap_err(),
            "the headers of a part have more than 8192 bytes"
        );
    }
}
