//! A part of an object on its way in, as a reader.
//!
//! A task passes the pieces on as they arrive, a few ahead of the reader, who may be as slow as a client's line. When the
//! connection breaks, the client of the store goes on from where it broke, a few times.

use std::io::{self, Read};
use std::ops::Range;

use bytes::{Buf, Bytes};
use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::away;
use crate::{Error, Result};

/// Pieces that may wait for the reader.
const AHEAD: usize = 2;

/// See the module. Reading blocks.
#[derive(Debug)]
pub(super) struct Pieces {
    arriving: mpsc::Receiver<Result<Bytes>>,
    piece: Bytes,
}

/// Asks for a part of an object, and returns when it begins to arrive.
pub(super) async fn open(
    store: &dyn ObjectStore,
    key: &Path,
    range: Range<u64>,
    threads: &Handle,
) -> object_store::Result<Pieces> {
    let (sender, arriving) = mpsc::channel(AHEAD);
    let piece = Bytes::new();
    if range.is_empty() {
        return Ok(Pieces { arriving, piece });
    }
    let asked = GetOptions::default().with_range(Some(range));
    let mut stream = store.get_opts(key, asked).await?.into_stream();
    threads.spawn(async move {
        while let Some(piece) = stream.next().await {
            let ends = piece.is_err();
            // Nobody listens any more when the client went away.
            if sender.send(piece.map_err(away("read content"))).await.is_err() || ends {
                return;
            }
        }
    });
    Ok(Pieces { arriving, piece })
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.arriving.blocking_recv() {
                Some(piece) => self.piece = piece.map_err(io::Error::other::<Error>)?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
