//! A time limit on the first bytes of a connection.
//!
//! Which protocol is spoken is decided by up to 24 bytes (the HTTP/2 preface), and the protocol library waits for them
//! without limit. This wrapper ends that wait; it stands aside as soon as the bytes decide.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) struct FirstBytes<S> {
    inner: S,
    wait: Option<Wait>,
}

struct Wait {
    deadline: Pin<Box<Sleep>>,
    seen: usize,
}

impl<S> FirstBytes<S> {
    pub(super) fn new(inner: S, limit: Duration) -> Self {
        let wait = Wait {
            deadline: Box::pin(sleep(limit)),
            seen: 0,
        };
        Self {
            inner,
            wait: Some(wait),
        }
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

impl<S: AsyncRead + Unpin> AsyncRead for FirstBytes<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut this.inner).poll_read(cx, buffer);
        let Some(wait) = &mut this.wait else {
            return outcome;
        };
        match outcome {
            Poll::Pending if wait.deadline.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Ready(Ok(())) if !wait.goes_on(&buffer.filled()[before..]) => {
                this.wait = None;
                outcome
            }
            _ => outcome,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FirstBytes<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, parts)
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::FirstBytes;

    async fn read_after(bytes: &[u8]) -> std::io::Result<u8> {
        let (mut client, server) = duplex(64);
        client.write_all(bytes).await.unwrap();
        let mut guarded = FirstBytes::new(server, Duration::from_millis(10));
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
