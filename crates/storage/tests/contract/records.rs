//! Creating, replacing and removing records; what is expected of the stored one; listings.

use model::{CollectionId, Stamp};
use storage::Error;
use storage::tables::records::{Expect, Put, Written};

use super::bed::{
    Bed, body, collection, delete, delete_now, put, put_now, read, seen, stamp, version, write,
};

pub(crate) fn creation_needs_absence(bed: &dyn Bed) {
    let c = collection(bed);
    assert_eq!(version(&put_now(bed, c, "a", Expect::Absent, "{}")), 1);
    let again = put_now(bed, c, "a", Expect::Absent, r#"{"x":1}"#);
    assert_eq!(again, Written::Conflict { actual: Some(1) });
    assert_eq!(seen(bed, c, "a"), Some((1, "{}".to_owned())));
}

pub(crate) fn replacement_needs_the_version(bed: &dyn Bed) {
    let c = collection(bed);
    put_now(bed, c, "a", Expect::Absent, "{}");
    assert_eq!(
        version(&put_now(bed, c, "a", Expect::Version(1), r#"{"x":2}"#)),
        2
    );
    for wrong in [0, 1, 3, u64::MAX] {
        let late = put_now(bed, c, "a", Expect::Version(wrong), r#"{"x":3}"#);
        assert_eq!(late, Written::Conflict { actual: Some(2) });
    }
    assert_eq!(seen(bed, c, "a"), Some((2, r#"{"x":2}"#.to_owned())));
}

pub(crate) fn any_creates_or_replaces(bed: &dyn Bed) {
    let c = collection(bed);
    for expected in 1..=3 {
        assert_eq!(version(&put_now(bed, c, "a", Expect::Any, "[]")), expected);
    }
}

pub(crate) fn versions_of_what_is_not_there_conflict(bed: &dyn Bed) {
    let c = collection(bed);
    for wrong in [0, 1] {
        let outcome = put_now(bed, c, "a", Expect::Version(wrong), "{}");
        assert_eq!(outcome, Written::Conflict { actual: None });
    }
    assert_eq!(seen(bed, c, "a"), None);
}

pub(crate) fn deletion_checks_what_is_there(bed: &dyn Bed) {
    let c = collection(bed);
    for expect in [Expect::Any, Expect::Absent, Expect::Version(1)] {
        assert_eq!(
            delete_now(bed, c, "a", expect),
            Written::Conflict { actual: None }
        );
    }
    put_now(bed, c, "a", Expect::Absent, "{}");
    for expect in [Expect::Absent, Expect::Version(2)] {
        let outcome = delete_now(bed, c, "a", expect);
        assert_eq!(outcome, Written::Conflict { actual: Some(1) });
    }
    assert_eq!(version(&delete_now(bed, c, "a", Expect::Version(1))), 2);
    assert_eq!(seen(bed, c, "a"), None);
    put_now(bed, c, "a", Expect::Absent, "{}");
    assert_eq!(version(&delete_now(bed, c, "a", Expect::Any)), 2);
}

pub(crate) fn a_new_record_of_an_old_id_begins_anew(bed: &dyn Bed) {
    let c = collection(bed);
    put_now(bed, c, "a", Expect::Absent, "{}");
    delete_now(bed, c, "a", Expect::Any);
    assert_eq!(version(&put_now(bed, c, "a", Expect::Absent, "[1]")), 1);
    assert_eq!(seen(bed, c, "a"), Some((1, "[1]".to_owned())));
}

pub(crate) fn every_column_survives(bed: &dyn Bed) {
    let c = collection(bed);
    let id = "käse/🧀 \"'--;%_";
    write(bed, move |tx| {
        let tags = ["b".to_owned(), String::new(), "a, \"ü\"\n".to_owned()];
        let (body, stamp) = (body(r#"{"k":[1,2]}"#), stamp(7));
        let put = Put {
            id,
            expect: Expect::Absent,
            label: "Größe \u{1f600}",
            archived: true,
            tags: &tags,
            body: &body,
            stamp: &stamp,
            job: None,
        };
        tx.put_record(c, &put)
    });
    let record = read(bed, move |tx| tx.record(c, id)).unwrap();
    assert_eq!((record.id.as_str(), record.version), (id, 1));
    assert_eq!(
        (record.label.as_str(), record.archived),
        ("Größe \u{1f600}", true)
    );
    assert_eq!(record.tags, ["b", "", "a, \"ü\"\n"]);
    assert_eq!((&record.created, &record.modified), (&stamp(7), &stamp(7)));
    assert_eq!(record.body, body(r#"{"k":[1,2]}"#));
    assert_eq!(read(bed, move |tx| tx.records_after(c, "", 10)), [record]);
}

pub(crate) fn creation_stamp_stays(bed: &dyn Bed) {
    let c = collection(bed);
    for (on, archived) in [(10, false), (20, true), (5, false)] {
        write(bed, move |tx| {
            let by = Stamp {
                by: format!("by{on}"),
                ..stamp(on)
            };
            let put = Put {
                id: "a",
                expect: Expect::Any,
                label: &format!("l{on}"),
                archived,
                tags: &[format!("t{on}")],
                body: &body("{}"),
                stamp: &by,
                job: None,
            };
            tx.put_record(c, &put)
        });
    }
    let record = read(bed, move |tx| tx.record(c, "a")).unwrap();
    assert_eq!((record.created.on.0, record.created.by.as_str()), (10, "by10"));
    assert_eq!((record.modified.on.0, record.modified.by.as_str()), (5, "by5"));
    assert_eq!((record.version, record.archived), (3, false));
    assert_eq!(
        (record.label.as_str(), record.tags),
        ("l5", vec!["t5".to_owned()])
    );
}

pub(crate) fn listing_is_bytewise_and_limited(bed: &dyn Bed) {
    let c = collection(bed);
    let mut ids = [
        "b",
        "a",
        "B",
        "é",
        "e\u{301}",
        "aa",
        "Z",
        "\u{1f600}",
        "\u{ffff}",
        "a b",
        "10",
        "9",
    ];
    for id in ids {
        put_now(bed, c, id, Expect::Absent, "{}");
    }
    ids.sort_unstable();
    let list = |after: &'static str, limit| -> Vec<String> {
        let records = read(bed, move |tx| tx.records_after(c, after, limit));
        records.into_iter().map(|record| record.id).collect()
    };
    assert_eq!(list("", u64::MAX), ids);
    assert_eq!(list("", 3), ids[..3]);
    assert_eq!(list(ids[2], 4), ids[3..7]);
    assert_eq!(list("aaa", 1), ["b"]);
    assert!(list("", 0).is_empty() && list("\u{10ffff}", 5).is_empty());
}

pub(crate) fn counting(bed: &dyn Bed) {
    let c = collection(bed);
    let count = || read(bed, move |tx| tx.count_records(c));
    assert_eq!(count(), 0);
    for id in ["a", "b", "c"] {
        put_now(bed, c, id, Expect::Any, "{}");
    }
    put_now(bed, c, "a", Expect::Any, "{}");
    delete_now(bed, c, "b", Expect::Any);
    assert_eq!(count(), 2);
    // Whichever goes, and whatever comes after: first, last, and all.
    for (id, left) in [("c", 1), ("a", 0)] {
        delete_now(bed, c, id, Expect::Any);
        assert_eq!(count(), left);
    }
    for (number, id) in (1..).zip(["a", "b", "c", "d", "e"]) {
        put_now(bed, c, id, Expect::Any, "{}");
        assert_eq!(count(), number);
    }
    for (id, left) in [("b", 4), ("d", 3), ("c", 2), ("e", 1)] {
        delete_now(bed, c, id, Expect::Any);
        assert_eq!(count(), left);
    }
    put_now(bed, c, "f", Expect::Any, "{}");
    assert_eq!(count(), 2);
    let other = write(bed, |tx| tx.ensure_collection("other")).id;
    assert_eq!(read(bed, move |tx| tx.count_records(other)), 0);
    let unknown = CollectionId(other.0 + 9);
    assert!(
        bed.store()
            .read_blocking(move |tx| tx.count_records(unknown))
            .is_err()
    );
}

/// Closures of one group, of which every third is undone after it has put, seen and deleted something.
pub(crate) fn counts_leave_out_what_was_undone(bed: &dyn Bed) {
    let c = collection(bed);
    put_now(bed, c, "first", Expect::Any, "{}");
    let answers: Vec<_> = (0..30_u64)
        .map(|number| {
            bed.store().send_write(move |tx| {
                let before = tx.count_records(c)?;
                put(tx, c, &format!("r{number}"), Expect::Absent, "{}")?;
                put(tx, c, &format!("s{number}"), Expect::Absent, "{}")?;
                delete(tx, c, &format!("r{number}"), Expect::Any)?;
                assert_eq!(tx.count_records(c)?, before + 1);
                match number % 3 {
                    0 => Err(Error::Backend("undone".to_owned())),
                    _ => Ok(()),
                }
            })
        })
        .collect();
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.blocking_recv().unwrap().is_ok(), number % 3 != 0);
    }
    assert_eq!(read(bed, move |tx| tx.count_records(c)), 21);
    assert_eq!(read(bed, move |tx| tx.records_after(c, "", 99)).len(), 21);
}
