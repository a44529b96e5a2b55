//! Fetching a delta file into the blob store, so that every run of the job reads the same bytes.

use std::io;

use ::jobs::{Interrupt, Run};
use blobs::BlobId;
use fetch::Fetcher;
use futures_util::StreamExt;
use model::{Code, Error};

use crate::kinds::Tools;

/// The fetched content, or why it cannot be had.
pub(super) fn fetch(run: &mut Run, tools: &Tools, url: &str) -> Result<Result<BlobId, Error>, Interrupt> {
    let stored = tools
        .runtime
        .block_on(download(run, &tools.fetcher, &tools.blobs, url));
    run.check()?;
    Ok(stored)
}

async fn download(run: &Run, fetcher: &Fetcher, blobs: &blobs::Blobs, url: &str) -> Result<BlobId, Error> {
    let checked = fetcher
        .check(url)
        .map_err(|refused| Error::new(Code::AddressRefused, refused.to_string()))?;
    let download = fetcher
        .get(&checked)
        .await
        .map_err(|error| Error::new(Code::BadValue, error.to_string()))?;
    let stream = download.stream.map(|piece| match piece {
        _ if run.should_stop() => Err(io::Error::other("the job is to stop")),
        piece => piece.map_err(io::Error::other),
    });
    // The fetcher bounds the size itself.
    let stored = blobs.put(stream, u64::MAX).await.map_err(blob_error)?;
    Ok(stored.id)
}

fn blob_error(error: blobs::Error) -> Error {
    match error {
        blobs::Error::Full { .. } => Error::new(Code::StorageFull, "no room left to store the file"),
        other => Error::new(Code::BadValue, format!("cannot store the file: {other}")),
    }
}
