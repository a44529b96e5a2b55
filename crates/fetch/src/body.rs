//! The bytes of an answer, with a limit on how many, how slowly and how long they may come.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, Stream};
use futures_util::{StreamExt, TryStreamExt};
use tokio::time::{Instant, timeout_at};

use crate::{Error, Wait};

/// The bytes of an answer, piece by piece.
pub type ByteStream = BoxStream<'static, Result<Bytes, Error>>;

/// When a request must be over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) total: Duration,
}

impl Deadline {
    pub(crate) fn after(total: Duration) -> Self {
        Self {
            at: Instant::now() + total,
            total,
        }
    }

    /// Waits for something for a while, but not longer than until the deadline.
    pub(crate) async fn wait<T>(
        self,
        url: &str,
        wait: Wait,
        after: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let own = Instant::now() + after;
        let (at, wait, after) = if own < self.at {
            (own, wait, after)
        } else {
            (self.at, Wait::Total, self.total)
        };
        timeout_at(at, future).await.map_err(|_| Error::Timeout {
            url: url.to_owned(),
            wait,
            after,
        })
    }
}

/// What a body must keep to.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) url: String,
    pub(crate) idle: Duration,
    pub(crate) deadline: Deadline,
    pub(crate) bytes: u64,
}

impl Limits {
    pub(crate) fn too_large(&self) -> Error {
        Error::TooLarge {
            url: self.url.clone(),
            limit: self.bytes,
        }
    }
}

/// Ends a stream with an error when it goes over its limits.
pub(crate) fn limited(
    stream: impl Stream<Item = Result<Bytes, Error>> + Send + Unpin + 'static,
    limits: Limits,
) -> ByteStream {
    stream::try_unfold((stream, limits, 0), |(mut stream, limits, seen)| async move {
        let next = limits
            .deadline
            .wait(&limits.url, Wait::Body, limits.idle, stream.next())
            .await?;
        let Some(piece) = next.transpose()? else {
            return Ok(None);
        };
        let seen = seen + piece.len() as u64;
        if seen > limits.bytes {
            return Err(limits.too_large());
        }
        Ok(Some((piece, (stream, limits, seen))))
    })
    .boxed()
}

/// Collects a limited stream.
pub(crate) async fn collect(stream: ByteStream) -> Result<Bytes, Error> {
    let fold = |mut all: BytesMut, piece: Bytes| async move {
        all.extend_from_slice(&piece);
        Ok(all)
    };
    Ok(stream.try_fold(BytesMut::new(), fold).await?.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        let deadline = Deadline::after(Duration::from_secs(100));
        Limits {
            url: "http://x/".to_owned(),
            idle: Duration::from_secs(10),
            deadline,
            bytes: 10,
        }
    }

    fn every(seconds: u64) -> impl Stream<Item = Result<Bytes, Error>> + Send + Unpin {
        stream::repeat(())
            .then(move |()| async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                Ok(Bytes::from_static(b"."))
            })
            .boxed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_stalled_body_is_given_up() {
        let start = Instant::now();
        let stalled = stream::iter([Ok(Bytes::from_static(b"begin"))]).chain(stream::pending());
        let mut body = limited(stalled, limits());
        assert_eq!(body.next().await.unwrap().unwrap(), "begin");
        let error = body.next().await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "no more data: http://x/ within 10 seconds");
        assert_eq!(start.elapsed().as_secs(), 10);
        assert!(body.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_given_up_at_the_end_of_all_time() {
        let start = Instant::now();
        let error = collect(limited(
            every(9),
            Limits {
                bytes: u64::MAX,
                ..limits()
            },
        ))
        .await
        .unwrap_err();
        assert_eq!(error.to_string(), "not done: http://x/ within 100 seconds");
        assert_eq!(start.elapsed().as_secs(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_is_exact() {
        let ten = collect(limited(every(1).take(10).boxed(), limits()))
            .await
            .unwrap();
        assert_eq!(ten.len(), 10);
        let error = collect(limited(every(1).take(11).boxed(), limits()))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "http://x/ answered with more than the limit of 10 bytes"
        );
    }
}
