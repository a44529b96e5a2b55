//! Content on its way out.

use std::fs;
use std::io::Read;
use std::ops::Range;

use blobs::{BlobId, Error};
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
async fn ranges_are_exact_and_end_at_the_end() {
    let store = Store::new();
    let content = content();
    let id = store.add(&content);
    for (asked, got) in [
        (0..1, 0..1),
        (65_535..65_537, 65_535..65_537),
        (100_000..100_000, 100_000..100_000),
        (199_999..200_000, 199_999..200_000),
        (150_000..u64::MAX, 150_000..200_000),
        #[expect(clippy::reversed_empty_ranges, reason = "a client may send such a range")]
        (5..3, 5..5),
    ] {
        let (size, range, pieces) = read(&store, &id, Some(asked.clone())).await;
        assert_eq!((size, &range), (200_000, &got), "{asked:?}");
        assert_eq!(
            pieces.concat(),
            content[got.start as usize..got.end as usize],
            "{asked:?}"
        );
    }
}

#[tokio::test]
async fn a_range_behind_the_end_is_refused() {
    let store = Store::new();
    let id = store.add(b"12345");
    let error = store.blobs.read(&id, Some(5..6)).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "the range starts at byte 5, but the content has 5 bytes"
    );
    let empty = store.add(b"");
    assert!(matches!(
        store.blobs.read(&empty, Some(0..1)).await,
        Err(Error::Range { start: 0, size: 0 })
    ));
    assert!(read(&store, &empty, None).await.2.is_empty());
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

#[tokio::test]
async fn what_is_not_there_is_named() {
    let store = Store::new();
    let id = BlobId::of(b"never stored");
    let expected = format!("there is no content {id}");
    assert_eq!(store.blobs.open(&id).unwrap_err().to_string(), expected);
    assert_eq!(store.blobs.size(&id).unwrap_err().to_string(), expected);
    assert_eq!(store.blobs.verify(&id).unwrap_err().to_string(), expected);
    assert_eq!(
        store.blobs.read(&id, None).await.err().unwrap().to_string(),
        expected
    );
    assert!(!store.blobs.exists(&id).unwrap());
    assert!(!store.blobs.touch(&id).unwrap());
    assert!(!store.blobs.delete(&id).unwrap());
}

#[test]
fn jobs_get_the_file() {
    let store = Store::new();
    let id = store.add(b"line 1\nline 2\n");
    let mut content = store.blobs.open(&id).unwrap();
    let mut text = String::new();
    content.file.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), content.size), ("line 1\nline 2\n", 14));
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
