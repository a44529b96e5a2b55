//! The async way in: a stream of bytes, as an HTTP body gives it.

use std::pin::pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use crate::{Blobs, BoxError, Error, Result, Stored, Upload};

/// How much is collected before it goes to a blocking thread. Larger is fewer hops, smaller is less memory per upload.
const BATCH: usize = 256 * 1024;

impl Blobs {
    /// Stores what a stream delivers, at most `limit` bytes. Holds a fixed amount of it in memory. An upload that fails
    /// or is dropped leaves nothing behind; content that is there already stays one file and becomes new for the sweep.
    pub async fn put<S, E>(&self, stream: S, limit: u64) -> Result<Stored>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<BoxError>,
    {
        let mut stream = pin!(stream);
        let mut upload = self.run(move |blobs| blobs.upload(limit)).await?;
        let mut batch = Vec::new();
        while let Some(piece) = stream.next().await {
            batch.extend_from_slice(&piece.map_err(|e| Error::Source(e.into()))?);
            if batch.len() >= BATCH {
                (upload, batch) = self.run(move |_| append(upload, batch)).await?;
            }
        }
        self.run(move |_| append(upload, batch)?.0.finish()).await
    }
}

/// Writes a batch and gives its buffer back, empty.
fn append(mut upload: Upload, mut batch: Vec<u8>) -> Result<(Upload, Vec<u8>)> {
    upload.append(&batch)?;
    batch.clear();
    Ok((upload, batch))
}
