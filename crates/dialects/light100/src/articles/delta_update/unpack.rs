//! Unpacking a form that was sent packed, piece by piece.
//!
//! Files are stored as they were sent and unpacked when they are read; only a form has to be unpacked to find the file.

use std::io::Write;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures_util::stream::{self, StreamExt};
use model::{Code, Error};

use super::sniff::GZIP;
use super::{Pieces, head};

/// Packed bytes unpacked at once: gzip grows at most a thousandfold, so this bounds the memory for the result.
const STEP: usize = 1024;

/// The pieces unpacked, if they begin like gzip. Refuses more than `most` bytes.
pub(super) async fn if_packed(mut pieces: Pieces, most: u64) -> Result<Pieces, Error> {
    let (head, _) = head(&mut pieces, GZIP.len() - 1).await?;
    let head = head.freeze();
    let packed = head.starts_with(GZIP);
    let pieces: Pieces = Box::pin(stream::once(async { Ok(head) }).chain(pieces));
    if !packed {
        return Ok(pieces);
    }
    let unpacking = Unpacking {
        pieces,
        rest: Bytes::new(),
        decoder: MultiGzDecoder::new(Vec::new()),
        left: most,
    };
    Ok(Box::pin(stream::unfold(Some(unpacking), |unpacking| async {
        let mut unpacking = unpacking?;
        match unpacking.next().await {
            Ok(Some(piece)) => Some((Ok(piece), Some(unpacking))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })))
}

struct Unpacking {
    pieces: Pieces,
    rest: Bytes,
    decoder: MultiGzDecoder<Vec<u8>>,
    left: u64,
}

impl Unpacking {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            while self.rest.is_empty() {
                match self.pieces.next().await.transpose()? {
                    Some(piece) => self.rest = piece,
                    None => {
                        self.decoder.try_finish().map_err(|cause| not_gzip(&cause))?;
                        return Ok(None);
                    }
                }
            }
            let step = self.rest.split_to(STEP.min(self.rest.len()));
            self.decoder.write_all(&step).map_err(|cause| not_gzip(&cause))?;
            self.decoder.flush().map_err(|cause| not_gzip(&cause))?;
            let piece = std::mem::take(self.decoder.get_mut());
            if !piece.is_empty() {
                self.left = self.left.checked_sub(piece.len() as u64).ok_or_else(too_large)?;
                return Ok(Some(piece.into()));
            }
        }
    }
}

fn not_gzip(cause: &std::io::Error) -> Error {
    Error::new(Code::BadEncoding, format!("the body is not valid gzip: {cause}"))
}

fn too_large() -> Error {
    Error::new(Code::TooLarge, "the body unpacks to more bytes than are taken")
}
