//! The history of a collection.

use model::{ChangeEvent, HistorySeq, JobSeq, Page};
use storage::tables::records::{Expect, Put, Removal, Written};

use super::bed::{Bed, body, collection, delete_now, put_now, read, stamp, write};

pub(crate) fn newest_first_in_pages(bed: &dyn Bed) {
    let c = collection(bed);
    for n in 1..=5 {
        put_now(bed, c, "a", Expect::Any, &format!("[{n}]"));
        put_now(bed, c, "other", Expect::Any, "[]");
    }
    delete_now(bed, c, "a", Expect::Any);
    let page = |number, size| read(bed, move |tx| tx.history(c, "a", Page { number, size }));
    let versions = |page: &model::PageOf<model::Change>| -> Vec<u64> {
        page.entries.iter().map(|change| change.version).collect()
    };
    let first = page(1, 4);
    assert_eq!((versions(&first), first.total), (vec![6, 5, 4, 3], 6));
    assert_eq!(versions(&page(2, 4)), [2, 1]);
    let far = page(u64::MAX, 4);
    assert_eq!((far.entries.len(), far.total), (0, 6));
    let newest = &first.entries[0];
    assert_eq!(
        (newest.event, newest.body.to_text().unwrap()),
        (ChangeEvent::Deleted, "[5]".to_owned())
    );
    assert_eq!(
        (newest.id.as_str(), &newest.stamp, newest.job),
        ("a", &stamp(2), None)
    );
    assert_eq!(first.entries[1].body.to_text().unwrap(), "[5]");
    assert_eq!(page(2, 4).entries[1].event, ChangeEvent::Created);
}

pub(crate) fn lines_after_a_place(bed: &dyn Bed) {
    let c = collection(bed);
    assert_eq!(read(bed, move |tx| tx.history_head(c)), HistorySeq(0));
    let places: Vec<HistorySeq> = (0..6)
        .map(
            |n| match put_now(bed, c, &format!("r{}", n % 2), Expect::Any, "{}") {
                Written::Done { seq, .. } => seq,
                other => panic!("{other:?}"),
            },
        )
        .collect();
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
    let after = |seq, limit| -> Vec<HistorySeq> {
        let changes = read(bed, move |tx| tx.history_after(c, seq, limit));
        changes.into_iter().map(|change| change.seq).collect()
    };
    assert_eq!(after(HistorySeq(0), 100), places);
    assert_eq!(after(places[1], 2), places[2..4]);
    assert!(after(places[5], 10).is_empty() && after(places[0], 0).is_empty());
    assert_eq!(read(bed, move |tx| tx.history_head(c)), places[5]);
}

pub(crate) fn the_last_change_of_a_record_up_to_a_place(bed: &dyn Bed) {
    let c = collection(bed);
    let place = |written| match written {
        Written::Done { seq, .. } => seq,
        other => panic!("{other:?}"),
    };
    let first = place(put_now(bed, c, "a", Expect::Any, "{}"));
    let other = place(put_now(bed, c, "b", Expect::Any, "{}"));
    let second = place(delete_now(bed, c, "a", Expect::Any));
    let last = |id: &'static str, until| read(bed, move |tx| tx.last_change(c, id, until));
    assert_eq!(last("a", HistorySeq(i64::MAX)), Some(second));
    assert_eq!((last("a", second), last("a", other)), (Some(second), Some(first)));
    assert_eq!(
        (last("a", HistorySeq(first.0 - 1)), last("b", first)),
        (None, None)
    );
    assert_eq!(last("c", HistorySeq(i64::MAX)), None);
}

pub(crate) fn the_job_is_named(bed: &dyn Bed) {
    let c = collection(bed);
    write(bed, move |tx| {
        let (body, stamp) = (body("{}"), stamp(3));
        let (id, job) = ("a", Some(JobSeq(77)));
        let put = Put {
            id,
            expect: Expect::Absent,
            label: "",
            archived: false,
            tags: &[],
            body: &body,
            stamp: &stamp,
            job,
        };
        tx.put_record(c, &put)?;
        let expect = Expect::Version(1);
        let removal = Removal {
            id,
            expect,
            stamp: &stamp,
            job,
        };
        tx.delete_record(c, &removal)
    });
    let changes = read(bed, move |tx| tx.history_after(c, HistorySeq(0), 10));
    assert_eq!(changes.len(), 2);
    assert!(
        changes
            .iter()
            .all(|change| change.job == Some(JobSeq(77)) && change.stamp == stamp(3))
    );
}

pub(crate) fn conflicts_leave_no_line(bed: &dyn Bed) {
    let c = collection(bed);
    put_now(bed, c, "a", Expect::Absent, "{}");
    let head = read(bed, move |tx| tx.history_head(c));
    put_now(bed, c, "a", Expect::Absent, "{}");
    put_now(bed, c, "a", Expect::Version(9), "{}");
    delete_now(bed, c, "a", Expect::Version(9));
    delete_now(bed, c, "b", Expect::Any);
    assert_eq!(read(bed, move |tx| tx.history_head(c)), head);
}
