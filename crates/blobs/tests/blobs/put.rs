//! Content on its way in.

use std::fs;
use std::io::{self, Write};
use std::sync::Barrier;

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
async fn empty_content_is_content() {
    let store = Store::new();
    let stored = store.blobs.put(pieces(b"", 1), 0).await.unwrap();
    assert_eq!((stored.id, stored.size), (BlobId::of(b""), 0));
    assert_eq!(store.blobs.verify(&stored.id).unwrap(), stored);
}

#[tokio::test]
async fn the_limit_is_exact() {
    let store = Store::new();
    assert_eq!(store.blobs.put(pieces(b"12345", 2), 5).await.unwrap().size, 5);
    let error = store.blobs.put(pieces(b"123456", 2), 5).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the content is larger than the limit of 5 bytes"
    );
    assert!(matches!(error, Error::TooLarge { limit: 5 }));
    assert!(!store.blobs.exists(&BlobId::of(b"123456")).unwrap());
    assert!(store.temporary().is_empty());
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
async fn a_broken_upload_leaves_nothing() {
    let store = Store::new();
    let broken = pieces(b"begin", 5).chain(stream::iter([Err(io::Error::other("the client went away"))]));
    let error = store.blobs.put(broken, 100).await.unwrap_err();
    assert_eq!(error.to_string(), "the upload broke off: the client went away");
    assert!(store.temporary().is_empty());
    assert_eq!(store.blobs.list(None, 10).unwrap(), []);
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
fn the_same_content_at_the_same_time_is_one_file() {
    let store = Store::new();
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut upload = store.blobs.upload(u64::MAX).unwrap();
                upload.append(b"the same").unwrap();
                start.wait();
                assert_eq!(upload.finish().unwrap().id, BlobId::of(b"the same"));
            });
        }
    });
    assert_eq!(store.blobs.list(None, 10).unwrap().len(), 1);
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
