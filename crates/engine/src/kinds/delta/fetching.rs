//! Fetching a delta file into the blob store, so that every run of the job reads the same bytes.

use std::io;

use ::jobs::{Interrupt, Run};
use blobs::BlobId;
use fetch::Fetcher;
use futures_util::StreamExt;
use model::{Code, Error};

use crate::contents;
use crate::kinds::Tools;

/// The fetched content, or why it cannot be had.
pub(super) fn fetch(run: &mut Run, tools: &Tools, url: &str) -> Result<Result<BlobId, Error>, Interrupt> {
    let stored = contents::insist(run, &tools.options.exports.pause, |run| {
        let downloading = download(run, &tools.fetcher, &tools.blobs, url);
        match tools.runtime.block_on(downloading) {
            Ok(blob) => Ok(Ok(blob)),
            Err(Failed::Fetching(error)) => Ok(Err(error)),
            Err(Failed::Storing(error)) => Err(error),
        }
    })?;
    run.check()?;
    Ok(stored.unwrap_or_else(|error| Err(blob_error(error))))
}

enum Failed {
    Fetching(Error),
    Storing(blobs::Error),
}

async fn download(run: &Run, fetcher: &Fetcher, blobs: &blobs::Blobs, url: &str) -> Result<BlobId, Failed> {
    let checked = fetcher
        .check(url)
        .map_err(|refused| Failed::Fetching(Error::new(Code::AddressRefused, refused.to_string())))?;
    let download = fetcher
        .get(&checked)
        .await
        .map_err(|error| Failed::Fetching(Error::new(Code::BadValue, error.to_string())))?;
    let stream = download.stream.map(|piece| match piece {
        _ if run.should_stop() => Err(io::Error::other("the job is to stop")),
        piece => piece.map_err(io::Error::other),
    });
    // The fetcher bounds the size itself.
    let stored = blobs.put(stream, u64::MAX).await.map_err(Failed::Storing)?;
    Ok(stored.id)
}

fn blob_error(error: blobs::Error) -> Error {
    Error::new(Code::BadValue, format!("cannot store the file: {error}"))
}
