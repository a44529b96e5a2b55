//! The async way out: a stream of pieces, as an HTTP response wants it.

use std::io::{self, Read};
use std::ops::Range;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use crate::service::damaged;
use crate::{BlobId, Blobs, Error, Result};

/// The size of the pieces.
const PIECE: u64 = 64 * 1024;

/// Bytes of content, piece by piece.
pub type ByteStream = BoxStream<'static, Result<Bytes>>;

/// Content being read.
pub struct Reading {
    /// The size of the whole content.
    pub size: u64,
    /// The part being read: what was asked for, ended at the end of the content.
    pub range: Range<u64>,
    /// Exactly that part, or an error.
    pub stream: ByteStream,
}

impl Blobs {
    /// Reads content, or a range of it, in pieces of 64 KiB. A range may end behind the content, but one that starts
    /// there is [`Error::Range`].
    pub async fn read(&self, id: &BlobId, range: Option<Range<u64>>) -> Result<Reading> {
        let id = *id;
        self.run(move |blobs| {
            let size = blobs.size(&id)?;
            let range = within(range, size)?;
            let reader = blobs.backend().reader(&id, range.clone())?;
            let stream = pieces(id, reader, range.end - range.start);
            Ok(Reading { size, range, stream })
        })
        .await
    }
}

fn within(range: Option<Range<u64>>, size: u64) -> Result<Range<u64>> {
    let Some(range) = range else { return Ok(0..size) };
    if range.start >= size {
        return Err(Error::Range {
            start: range.start,
            size,
        });
    }
    Ok(range.start..range.end.clamp(range.start, size))
}

fn pieces(id: BlobId, reader: Box<dyn Read + Send>, length: u64) -> ByteStream {
    stream::try_unfold((reader, length), move |(reader, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let (piece, reader) = tokio::task::spawn_blocking(move || piece(&id, reader, left)).await??;
        let left = left - piece.len() as u64;
        Ok(Some((piece, (reader, left))))
    })
    .boxed()
}

fn piece(id: &BlobId, mut reader: Box<dyn Read + Send>, left: u64) -> Result<(Bytes, Box<dyn Read + Send>)> {
    let mut buffer = vec![0; left.min(PIECE) as usize];
    reader.read_exact(&mut buffer).map_err(|e| match e.kind() {
        io::ErrorKind::UnexpectedEof => damaged(id, format!("it ends {left} bytes early")),
        _ => Error::read(id)(e),
    })?;
    Ok((buffer.into(), reader))
}
