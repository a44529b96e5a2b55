//! One keep-alive connection of the load: sends bytes made beforehand and reads an answer by its length alone.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Answers are smaller than this.
const BUFFER: usize = 16 << 10;

/// See the module.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where the body of the last answer is.
    body: std::ops::Range<usize>,
    /// Whether the last answer said that no other follows.
    over: bool,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let buffer = vec![0; BUFFER];
        Ok(Self {
            stream,
            buffer,
            body: 0..0,
            over: false,
        })
    }

    /// Sends a request and reads its answer to the end; gives the status.
    ///
    /// # Errors
    /// When the connection ends, or an answer has no length.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        let (mut filled, mut length) = (0, None);
        while length.is_none_or(|length| filled < length) {
            let count = self.stream.read(&mut self.buffer[filled..]).await?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += count;
            if length.is_none() {
                length = whole(&self.buffer[..filled])?;
            }
        }
        let head = self.buffer[..filled]
            .windows(4)
            .position(|four| four == b"\r\n\r\n");
        self.body = head.map_or(filled, |head| head + 4)..filled;
        self.over = says_close(&self.buffer[..self.body.start]);
        let digits = self.buffer.get(9..12).unwrap_or_default();
        Ok(digits
            .iter()
            .fold(0, |status, digit| status * 10 + u16::from(digit & 15)))
    }

    /// Whether the server takes no further request here.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        &self.buffer[self.body.clone()]
    }
}

fn says_close(head: &[u8]) -> bool {
    const CLOSE: &[u8] = b"connection: close";
    let mut lines = head.split(|byte| *byte == b'\n');
    lines.any(|line| line.trim_ascii_end().eq_ignore_ascii_case(CLOSE))
}

/// The length of the whole answer, once its head is there.
fn whole(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let lines = bytes[..head].split(|byte| *byte == b'\n');
    let mut lengths = lines.filter_map(|line| {
        let (name, value) = line.split_at_checked(15)?;
        let text = str::from_utf8(value).ok()?;
        name.eq_ignore_ascii_case(b"content-length:")
            .then(|| text.trim().parse::<usize>().ok())?
    });
    match lengths.next() {
        Some(length) => Ok(Some(head + 4 + length)),
        None => Err(io::Error::other("an answer has no length")),
    }
}
