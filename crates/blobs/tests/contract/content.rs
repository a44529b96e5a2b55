//! In and out.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Barrier;

use blobs::{BlobId, Error};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::bed::{Bed, bytes, pieces};

crate::on_every_place!(
    what_is_put_is_there,
    small_and_empty_content_is_content,
    content_of_several_parts_is_whole,
    the_limit_is_exact,
    a_broken_upload_leaves_nothing,
    ranges_are_exact_and_end_at_the_end,
    a_range_behind_the_end_is_refused,
    what_is_not_there_is_named,
    jobs_get_a_file_to_seek_in,
    the_same_content_at_the_same_time_is_one,
    what_is_deleted_is_gone,
    lists_everything_once_and_in_order,
    a_file_built_in_chunks_becomes_content,
);

fn read(bed: &Bed, id: &BlobId, range: Option<std::ops::Range<u64>>) -> Result<Vec<u8>, Error> {
    bed.runtime.block_on(async {
        let reading = bed.blobs.read(id, range).await?;
        let pieces: Vec<_> = reading.stream.try_collect().await?;
        assert!(pieces.iter().all(|piece| piece.len() <= 65_536));
        Ok(pieces.concat())
    })
}

fn what_is_put_is_there(bed: &Bed) {
    let content = bytes(1_000_000);
    let put = bed.blobs.put(pieces(&content, 70_001), u64::MAX);
    let stored = bed.runtime.block_on(put).unwrap();
    assert_eq!((stored.id, stored.size), (BlobId::of(&content), 1_000_000));
    assert!(bed.blobs.exists(&stored.id).unwrap());
    assert_eq!(bed.blobs.size(&stored.id).unwrap(), 1_000_000);
    assert_eq!(bed.blobs.verify(&stored.id).unwrap(), stored);
    assert_eq!(read(bed, &stored.id, None).unwrap(), content);
    assert_eq!(bed.temporary(), 0);
}

fn small_and_empty_content_is_content(bed: &Bed) {
    for content in [b"".as_slice(), b"x"] {
        let id = bed.add(content);
        assert_eq!(id, BlobId::of(content));
        assert_eq!(bed.blobs.verify(&id).unwrap().size, content.len() as u64);
        assert_eq!(read(bed, &id, None).unwrap(), content);
    }
}

/// Around the borders of the 8 MiB that go in one part.
fn content_of_several_parts_is_whole(bed: &Bed) {
    for length in [8 << 20, (8 << 20) + 1, 20 << 20] {
        let content = bytes(length);
        let id = bed.add(&content);
        assert_eq!(bed.blobs.verify(&id).unwrap().size, u64::from(length));
        let border = u64::from(length) - 70_000..u64::from(length);
        assert_eq!(
            read(bed, &id, Some(border)).unwrap(),
            content[content.len() - 70_000..]
        );
    }
    assert_eq!(bed.temporary(), 0);
}

fn the_limit_is_exact(bed: &Bed) {
    let put = |content: &[u8], limit| bed.runtime.block_on(bed.blobs.put(pieces(content, 2), limit));
    assert_eq!(put(b"12345", 5).unwrap().size, 5);
    assert!(matches!(put(b"123456", 5), Err(Error::TooLarge { limit: 5 })));
    assert!(!bed.blobs.exists(&BlobId::of(b"123456")).unwrap());
    assert_eq!(bed.temporary(), 0);
}

fn a_broken_upload_leaves_nothing(bed: &Bed) {
    let broken = pieces(b"begin", 5).chain(stream::iter([Err(io::Error::other("the client went away"))]));
    let error = bed.runtime.block_on(bed.blobs.put(broken, 100)).unwrap_err();
    assert_eq!(error.to_string(), "the upload broke off: the client went away");
    assert_eq!((bed.temporary(), bed.ids()), (0, Vec::new()));
}

fn ranges_are_exact_and_end_at_the_end(bed: &Bed) {
    let content = bytes(200_000);
    let id = bed.add(&content);
    for (asked, got) in [
        (0..1, 0..1),
        (65_535..65_537, 65_535..65_537),
        (100_000..100_000, 100_000..100_000),
        (199_999..200_000, 199_999..200_000),
        (150_000..u64::MAX, 150_000..200_000),
    ] {
        let found = read(bed, &id, Some(asked.clone())).unwrap();
        assert_eq!(found, content[got.start as usize..got.end as usize], "{asked:?}");
    }
}

fn a_range_behind_the_end_is_refused(bed: &Bed) {
    let (id, empty) = (bed.add(b"12345"), bed.add(b""));
    assert!(matches!(
        read(bed, &id, Some(5..6)),
        Err(Error::Range { start: 5, size: 5 })
    ));
    assert!(matches!(
        read(bed, &empty, Some(0..1)),
        Err(Error::Range { start: 0, size: 0 })
    ));
}

fn what_is_not_there_is_named(bed: &Bed) {
    let id = BlobId::of(b"never stored");
    let expected = format!("there is no content {id}");
    assert_eq!(bed.blobs.open(&id).unwrap_err().to_string(), expected);
    assert_eq!(bed.blobs.size(&id).unwrap_err().to_string(), expected);
    assert_eq!(bed.blobs.verify(&id).unwrap_err().to_string(), expected);
    assert_eq!(read(bed, &id, None).unwrap_err().to_string(), expected);
    assert!(!bed.blobs.exists(&id).unwrap());
    assert!(!bed.blobs.touch(&id).unwrap());
    assert!(!bed.blobs.delete(&id).unwrap());
}

fn jobs_get_a_file_to_seek_in(bed: &Bed) {
    let id = bed.add(b"line 1\nline 2\n");
    let mut content = bed.blobs.open(&id).unwrap();
    // What a job has begun to read stays readable.
    assert!(bed.blobs.delete(&id).unwrap());
    for _ in 0..2 {
        content.file.seek(SeekFrom::Start(7)).unwrap();
        let mut text = String::new();
        content.file.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), content.size), ("line 2\n", 14));
    }
    assert_eq!(bed.temporary(), 0);
}

fn the_same_content_at_the_same_time_is_one(bed: &Bed) {
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut upload = bed.blobs.upload(u64::MAX).unwrap();
                upload.append(b"the same").unwrap();
                start.wait();
                assert_eq!(upload.finish().unwrap().id, BlobId::of(b"the same"));
            });
        }
    });
    assert_eq!(bed.ids(), [BlobId::of(b"the same")]);
    assert_eq!(bed.temporary(), 0);
}

fn what_is_deleted_is_gone(bed: &Bed) {
    let (id, other) = (bed.add(b"content"), bed.add(b"other"));
    assert_eq!(bed.add(b"content"), id);
    assert!(bed.blobs.delete(&id).unwrap());
    assert!(!bed.blobs.exists(&id).unwrap());
    assert_eq!(bed.ids(), [other]);
}

fn lists_everything_once_and_in_order(bed: &Bed) {
    let mut expected: Vec<_> = (0..60u32).map(|i| bed.add(&i.to_le_bytes())).collect();
    bed.add(&7u32.to_le_bytes());
    expected.sort();
    for limit in [1, 7, 59, 60, 1000] {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = bed.blobs.list(after.as_ref(), limit).unwrap();
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            assert!(page.iter().all(|entry| entry.stat.size == 4));
            listed.extend(page.iter().map(|entry| entry.id));
        }
        assert_eq!(listed, expected, "in pages of {limit}");
    }
}

fn a_file_built_in_chunks_becomes_content(bed: &Bed) {
    let name = "job-1".parse().unwrap();
    let mut partial = bed.blobs.open_partial(&name, 0).unwrap();
    partial.append(b"first ").unwrap();
    let checkpoint = partial.sync().unwrap();
    partial.append(b"lost").unwrap();
    drop(partial);
    let mut partial = bed.blobs.open_partial(&name, checkpoint).unwrap();
    partial.append(b"second").unwrap();
    let stored = partial.finish().unwrap();
    assert_eq!(stored.id, BlobId::of(b"first second"));
    assert_eq!(read(bed, &stored.id, None).unwrap(), b"first second");
}
