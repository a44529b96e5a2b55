//! References to file content.

use model::{JobSeq, Timestamp};

use storage::tables::files::EntityBlob;

use super::bed::{Bed, read, write};

fn refer(bed: &dyn Bed, job: i64, blob: &'static str) {
    write(bed, move |tx| tx.add_job_blob(JobSeq(job), blob, Timestamp(1)));
}

pub(crate) fn references_come_and_go(bed: &dyn Bed) {
    for (job, blob) in [(1, "aa"), (1, "bb"), (2, "aa"), (1, "aa")] {
        refer(bed, job, blob);
    }
    let referenced = || {
        let blobs = ["aa", "bb", "cc"].map(str::to_owned);
        read(bed, move |tx| tx.blobs_referenced(&blobs))
    };
    assert_eq!(referenced(), [true, true, false]);
    assert_eq!(write(bed, |tx| tx.drop_job_blobs(JobSeq(1))), 2);
    assert_eq!(referenced(), [true, false, false]);
    assert_eq!(write(bed, |tx| tx.drop_job_blobs(JobSeq(2))), 1);
    assert_eq!(referenced(), [false, false, false]);
    assert_eq!(write(bed, |tx| tx.drop_job_blobs(JobSeq(2))), 0);
    assert!(read(bed, |tx| tx.blobs_referenced(&[])).is_empty());
}

pub(crate) fn referenced_blobs_are_paged(bed: &dyn Bed) {
    for (job, blob) in [(1, "cc"), (2, "aa"), (3, "aa"), (3, "bb")] {
        refer(bed, job, blob);
    }
    let page = |after: &'static str, limit| read(bed, move |tx| tx.referenced_blobs(after, limit));
    assert_eq!(page("", 10), ["aa", "bb", "cc"]);
    assert_eq!(page("", 2), ["aa", "bb"]);
    assert_eq!(page("bb", 2), ["cc"]);
    assert!(page("cc", 2).is_empty());
}

fn file(blob: &str, size: u64) -> EntityBlob {
    EntityBlob {
        blob: blob.to_owned(),
        size,
        created: Timestamp(9),
    }
}

fn put_file(bed: &dyn Bed, entity: &'static str, blob: &'static str) {
    write(bed, move |tx| tx.set_entity_blob(entity, &file(blob, 1 << 40)));
}

pub(crate) fn the_file_of_an_entity_is_replaced(bed: &dyn Bed) {
    let of = |entity: &'static str| read(bed, move |tx| tx.entity_blob(entity));
    assert_eq!(of("e1"), None);
    put_file(bed, "e1", "aa");
    put_file(bed, "e2", "aa");
    put_file(bed, "e1", "bb");
    assert_eq!(
        (of("e1"), of("e2")),
        (Some(file("bb", 1 << 40)), Some(file("aa", 1 << 40)))
    );
    assert!(write(bed, |tx| tx.drop_entity_blob("e1")));
    assert!(!write(bed, |tx| tx.drop_entity_blob("e1")));
    assert_eq!((of("e1"), of("e2").is_some()), (None, true));
}

pub(crate) fn files_of_entities_are_references(bed: &dyn Bed) {
    refer(bed, 1, "cc");
    put_file(bed, "e1", "aa");
    put_file(bed, "e2", "cc");
    let referenced = || {
        let blobs = ["aa", "bb", "cc"].map(str::to_owned);
        read(bed, move |tx| tx.blobs_referenced(&blobs))
    };
    assert_eq!(referenced(), [true, false, true]);
    assert_eq!(read(bed, |tx| tx.referenced_blobs("", 10)), ["aa", "cc"]);
    assert_eq!(read(bed, |tx| tx.referenced_blobs("aa", 10)), ["cc"]);
    write(bed, |tx| tx.drop_entity_blob("e1"));
    write(bed, |tx| tx.drop_job_blobs(JobSeq(1)));
    assert_eq!(referenced(), [false, false, true]);
}
