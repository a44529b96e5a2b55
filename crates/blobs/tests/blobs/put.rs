//! Content on its way in.

use std::fs;
use std::io::{self, Write};

use blobs::{BlobId, Error};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::Store;

fn pieces(content: &'static [u8], size: usize) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    stream::iter(content.chunks(size).map(|piece| Ok(Bytes::from_static(piece))))
}

#[tokio::test]
async fn a_stream_becomes_a_file_named_by_its_hash() {
    let store = Store::new();
    let content: &[u8] = Vec::leak((0..1_000_000u32).flat_map(u32::to_le_bytes).collect());
    let stored = store.blobs.put(pieces(content, 70_001), u64::MAX).await.unwrap();
    assert_eq!((stored.id, stored.size), (BlobId::of(content), 4_000_000));
    assert_eq!(fs::read(store.path(&stored.id)).unwrap(), content);
    assert!(store.temporary().is_empty());
    assert!(store.blobs.exists(&stored.id).unwrap());
    assert_eq!(store.blobs.size(&stored.id).unwrap(), 4_000_000);
}

#[tokio::test]
async fn an_endless_stream_is_cut_off_at_the_limit() {
    let store = Store::new();
    let endless = stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[0; 4096])));
    assert!(matches!(
        store.blobs.put(endless, 1 << 20).await,
        Err(Error::TooLarge { .. })
    ));
    assert!(store.temporary().is_empty());
}

#[tokio::test]
async fn a_dropped_upload_leaves_nothing() {
    let store = Store::new();
    let large = stream::iter([Ok::<_, io::Error>(Bytes::from(vec![0; 300_000]))]);
    let (waits, waiting) = tokio::sync::oneshot::channel();
    let stuck = stream::once(async move {
        waits.send(()).unwrap();
        std::future::pending().await
    });
    let blobs = store.blobs.clone();
    let upload = tokio::spawn(async move { blobs.put(large.chain(stuck), u64::MAX).await });
    waiting.await.unwrap();
    assert_eq!(store.temporary().len(), 1, "the first batch is on disk");
    upload.abort();
    assert!(upload.await.unwrap_err().is_cancelled());
    assert!(store.temporary().is_empty());
}

#[test]
fn a_put_heals_damaged_content() {
    let store = Store::new();
    let id = store.add(b"content");
    fs::write(store.path(&id), b"c0ntent").unwrap();
    assert!(store.blobs.verify(&id).is_err());
    store.add(b"content");
    assert_eq!(store.blobs.verify(&id).unwrap().size, 7);
}

#[test]
fn an_upload_is_a_writer_with_a_limit() {
    let store = Store::new();
    let mut upload = store.blobs.upload(10).unwrap();
    write!(upload, "{};{}", 1, 2).unwrap();
    let error = upload.write_all(b"much too long").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the content is larger than the limit of 10 bytes"
    );
    assert_eq!(upload.finish().unwrap().id, BlobId::of(b"1;2"));
}
