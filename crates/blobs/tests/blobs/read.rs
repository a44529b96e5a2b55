//! Content on its way out.

use std::fs;
use std::io::Read;
use std::ops::Range;

use blobs::BlobId;
use futures_util::TryStreamExt;

use crate::Store;

fn content() -> Vec<u8> {
    (0..200_000u32).map(|i| (i * 7 % 251) as u8).collect()
}

async fn read(store: &Store, id: &BlobId, range: Option<Range<u64>>) -> (u64, Range<u64>, Vec<Vec<u8>>) {
    let reading = store.blobs.read(id, range).await.unwrap();
    let pieces: Vec<_> = reading
        .stream
        .map_ok(|piece| piece.to_vec())
        .try_collect()
        .await
        .unwrap();
    (reading.size, reading.range, pieces)
}

#[tokio::test]
async fn the_whole_comes_in_pieces() {
    let store = Store::new();
    let id = store.add(&content());
    let (size, range, pieces) = read(&store, &id, None).await;
    assert_eq!((size, range), (200_000, 0..200_000));
    assert_eq!(
        pieces.iter().map(Vec::len).collect::<Vec<_>>(),
        [65536, 65536, 65536, 3392]
    );
    assert_eq!(pieces.concat(), content());
}

#[tokio::test]
async fn content_that_became_shorter_is_an_error_and_not_a_short_answer() {
    let store = Store::new();
    let id = store.add(&content());
    let reading = store.blobs.read(&id, None).await.unwrap();
    fs::OpenOptions::new()
        .write(true)
        .open(store.path(&id))
        .unwrap()
        .set_len(100_000)
        .unwrap();
    let error = reading
        .stream
        .try_for_each(|_| async { Ok(()) })
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("content {id} is damaged: it ends 134464 bytes early")
    );
}

#[test]
fn deleting_leaves_open_readers_alone() {
    let store = Store::new();
    let id = store.add(b"content");
    let mut open = store.blobs.open(&id).unwrap();
    assert!(store.blobs.delete(&id).unwrap());
    assert!(!store.blobs.exists(&id).unwrap());
    let mut text = String::new();
    open.file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "content");
}

#[test]
fn verify_finds_a_flipped_bit() {
    let store = Store::new();
    let id = store.add(b"content");
    fs::write(store.path(&id), b"cOntent").unwrap();
    let error = store.blobs.verify(&id).unwrap_err();
    let expected = format!(
        "content {id} is damaged: its bytes hash to {}",
        BlobId::of(b"cOntent")
    );
    assert_eq!(error.to_string(), expected);
}
