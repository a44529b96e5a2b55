//! Files, their holders and their shares.

use model::{JobSeq, Timestamp, UserId};
use storage::tables::uploads::{Holder, Share, UploadedFile};

use super::bed::{Bed, read, write};

fn file(id: &str, blob: &str) -> UploadedFile {
    UploadedFile {
        id: id.to_owned(),
        name: "ü \"x\".png".to_owned(),
        content_type: "image/png".to_owned(),
        size: 1 << 40,
        blob: blob.to_owned(),
        uploaded_by: UserId(7),
        at: Timestamp(10),
        job: None,
        orphaned: Some(Timestamp(10)),
    }
}

fn insert(bed: &dyn Bed, file: UploadedFile) {
    write(bed, move |tx| tx.insert_uploaded_file(&file));
}

fn get(bed: &dyn Bed, id: &'static str) -> Option<UploadedFile> {
    read(bed, move |tx| tx.uploaded_file(id))
}

fn orphaned(bed: &dyn Bed, id: &'static str) -> Option<i64> {
    get(bed, id).unwrap().orphaned.map(|time| time.0)
}

fn hold(bed: &dyn Bed, file: &'static str, record: &'static str) -> bool {
    write(bed, move |tx| tx.hold_file(file, "crm.contacts", record))
}

fn release(bed: &dyn Bed, file: &'static str, record: &'static str, now: i64) -> bool {
    write(bed, move |tx| {
        tx.release_file(file, "crm.contacts", record, Timestamp(now))
    })
}

pub(crate) fn a_file_survives(bed: &dyn Bed) {
    let made = UploadedFile {
        job: Some(JobSeq(3)),
        orphaned: None,
        ..file("f2", "bb")
    };
    insert(bed, file("f1", "aa"));
    insert(bed, made.clone());
    assert_eq!(get(bed, "f1"), Some(file("f1", "aa")));
    assert_eq!((get(bed, "f2"), get(bed, "f3")), (Some(made), None));
}

pub(crate) fn a_file_is_an_orphan_while_nothing_holds_it(bed: &dyn Bed) {
    insert(bed, file("f1", "aa"));
    assert!(hold(bed, "f1", "r1") && hold(bed, "f1", "r2") && hold(bed, "f1", "r1"));
    assert!(!hold(bed, "f9", "r1"));
    assert_eq!(orphaned(bed, "f1"), None);
    let holder = |record: &str| Holder {
        entity: "crm.contacts".to_owned(),
        record: record.to_owned(),
    };
    assert_eq!(
        read(bed, |tx| tx.file_holders("f1", 9)),
        [holder("r1"), holder("r2")]
    );
    assert_eq!(read(bed, |tx| tx.file_holders("f1", 1)), [holder("r1")]);
    assert!(release(bed, "f1", "r1", 50));
    assert!(!release(bed, "f1", "r1", 60));
    assert_eq!(orphaned(bed, "f1"), None);
    let holds =
        |entity: &'static str, record: &'static str| read(bed, move |tx| tx.holds_file("f1", entity, record));
    assert!(holds("crm.contacts", "r2") && !holds("crm.contacts", "r1") && !holds("x", "r2"));
    assert!(release(bed, "f1", "r2", 70));
    assert_eq!(orphaned(bed, "f1"), Some(70));
    assert!(hold(bed, "f1", "r3"));
    assert_eq!(orphaned(bed, "f1"), None);
}

pub(crate) fn a_record_that_goes_releases_its_files(bed: &dyn Bed) {
    for id in ["f1", "f2", "f3"] {
        insert(bed, file(id, "aa"));
    }
    for (id, record) in [("f1", "r1"), ("f2", "r1"), ("f2", "r2"), ("f3", "r2")] {
        hold(bed, id, record);
    }
    let gone = write(bed, |tx| tx.release_files_of("crm.contacts", "r1", Timestamp(90)));
    assert_eq!(gone, 2);
    assert_eq!(
        ["f1", "f2", "f3"].map(|id| orphaned(bed, id)),
        [Some(90), None, None]
    );
    let all = |limit| {
        write(bed, move |tx| {
            tx.release_files_of_all("crm.contacts", Timestamp(91), limit)
        })
    };
    assert_eq!((all(1), all(9), all(9)), (1, 1, 0));
    assert_eq!(
        ["f1", "f2", "f3"].map(|id| orphaned(bed, id)),
        [Some(90), Some(91), Some(91)]
    );
}

pub(crate) fn orphans_go_with_their_shares(bed: &dyn Bed) {
    for (id, at) in [("f1", 10), ("f2", 20), ("f3", 5)] {
        let at = Timestamp(at);
        insert(bed, UploadedFile { at, ..file(id, "aa") });
    }
    hold(bed, "f3", "r1");
    write(bed, |tx| {
        tx.insert_share(&Share {
            id: "s1".to_owned(),
            file: "f1".to_owned(),
            expires: None,
        })
    });
    let sweep =
        |before: i64, limit: u64| write(bed, move |tx| tx.delete_orphaned_files(Timestamp(before), limit));
    assert_eq!(sweep(9, 9), 0);
    assert_eq!(sweep(20, 1), 1);
    assert_eq!((get(bed, "f1"), get(bed, "f2").is_some()), (None, true));
    assert_eq!(read(bed, |tx| tx.share("s1")), None);
    assert_eq!(sweep(20, 9), 1);
    assert!(get(bed, "f3").is_some());
}

pub(crate) fn shares_come_and_go(bed: &dyn Bed) {
    let share = |id: &str, expires: Option<i64>| Share {
        id: id.to_owned(),
        file: "f1".to_owned(),
        expires: expires.map(Timestamp),
    };
    for (id, expires) in [("s1", None), ("s2", Some(10)), ("s3", Some(20))] {
        write(bed, move |tx| tx.insert_share(&share(id, expires)));
    }
    let get = |id: &'static str| read(bed, move |tx| tx.share(id));
    assert_eq!(get("s1"), Some(share("s1", None)));
    assert_eq!((get("s2"), get("s9")), (Some(share("s2", Some(10))), None));
    assert_eq!(write(bed, |tx| tx.delete_expired_shares(Timestamp(10), 9)), 1);
    assert_eq!((get("s2"), get("s3").is_some()), (None, true));
    assert!(write(bed, |tx| tx.delete_share("s1")));
    assert!(!write(bed, |tx| tx.delete_share("s1")));
}

pub(crate) fn files_are_references(bed: &dyn Bed) {
    insert(bed, file("f1", "aa"));
    let referenced = |blob: &'static str| read(bed, move |tx| tx.blobs_referenced(&[blob.to_owned()]))[0];
    assert!(referenced("aa") && !referenced("bb"));
    assert_eq!(read(bed, |tx| tx.referenced_blobs("", 9)), ["aa"]);
    write(bed, |tx| tx.delete_orphaned_files(Timestamp(10), 9));
    assert!(!referenced("aa"));
    assert!(read(bed, |tx| tx.referenced_blobs("", 9)).is_empty());
}

pub(crate) fn files_of_a_removed_job_are_orphans(bed: &dyn Bed) {
    for id in ["f1", "f2"] {
        let job = Some(JobSeq(3));
        insert(
            bed,
            UploadedFile {
                job,
                ..file(id, "aa")
            },
        );
        assert_eq!(orphaned(bed, id), None);
    }
    hold(bed, "f2", "r1");
    release(bed, "f2", "r1", 50);
    assert_eq!(orphaned(bed, "f2"), None, "the job holds it still");
    hold(bed, "f2", "r2");
    assert!(write(bed, |tx| tx.delete_job(JobSeq(3), 9)));
    assert_eq!((orphaned(bed, "f1"), orphaned(bed, "f2")), (Some(10), None));
    assert_eq!(get(bed, "f2").unwrap().job, None);
}
