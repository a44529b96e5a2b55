//! A time limit on the first bytes of a connection.
//!
//! Which protocol is spoken is decided by up to 24 bytes (the HTTP/2 preface), and the protocol library waits for them
//! without limit. This filter ends that wait; it stands aside as soon as the bytes decide.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::filtered::Filter;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) struct FirstBytes {
    wait: Option<Wait>,
}

struct Wait {
    deadline: Pin<Box<Sleep>>,
    seen: usize,
}

impl FirstBytes {
    pub(super) fn new(limit: Duration) -> Self {
        let wait = Wait {
            deadline: Box::pin(sleep(limit)),
            seen: 0,
        };
        Self { wait: Some(wait) }
    }
}

impl Wait {
    /// Whether the protocol is still open after `fresh` arrived. No bytes at all are the end of the connection.
    fn goes_on(&mut self, fresh: &[u8]) -> bool {
        let rest = &PREFACE[self.seen..];
        self.seen += fresh.len();
        !fresh.is_empty() && fresh.len() < rest.len() && rest.starts_with(fresh)
    }
}

impl Filter for FirstBytes {
    fn poll_read<S: AsyncRead + Unpin>(
        &mut self,
        inner: Pin<&mut S>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = inner.poll_read(cx, buffer);
        let Some(wait) = &mut self.wait else {
            return outcome;
        };
        match outcome {
            Poll::Pending if wait.deadline.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Ready(Ok(())) if !wait.goes_on(&buffer.filled()[before..]) => {
                self.wait = None;
                outcome
            }
            _ => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::FirstBytes;
    use crate::serve::filtered::Filtered;

    async fn read_after(bytes: &[u8]) -> std::io::Result<u8> {
        let (mut client, server) = duplex(64);
        client.write_all(bytes).await.unwrap();
        let mut guarded = Filtered::new(server, FirstBytes::new(Duration::from_millis(10)));
        let mut sink = vec![0; bytes.len()];
        guarded.read_exact(&mut sink).await.unwrap();
        tokio::select! {
            outcome = guarded.read_u8() => outcome,
            () = tokio::time::sleep(Duration::from_millis(200)) => Ok(0),
        }
    }

    #[tokio::test]
    async fn undecided_connections_run_out_of_time_and_decided_ones_do_not() {
        for undecided in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
            let outcome = read_after(undecided).await.map_err(|error| error.kind());
            assert_eq!(outcome, Err(ErrorKind::TimedOut), "{undecided:?}");
        }
        for decided in [&b"G"[..], b"PO", super::PREFACE] {
            assert!(read_after(decided).await.is_ok(), "{decided:?}");
        }
    }
}
