//! Options of collections; collections that are dropped, and what they leave behind.

use model::{CollectionId, HistorySeq};
use storage::tables::collections::CollectionOptions;
use storage::tables::records::{Expect, Written};

use super::bed::{Bed, Fault, collection, delete_now, index, put_now, read, seen, version, write};

const SILENT: CollectionOptions = CollectionOptions { history: false };

fn lines(bed: &dyn Bed, c: CollectionId) -> usize {
    read(bed, move |tx| tx.history_after(c, HistorySeq(0), u64::MAX)).len()
}

/// A collection of `count` records with a line and two entries each.
fn filled(bed: &dyn Bed, name: &'static str, count: u32) -> CollectionId {
    let c = write(bed, move |tx| {
        let c = tx.ensure_collection(name)?.id;
        tx.declare_index(c, &index("n", "n", true))?;
        tx.declare_index(c, &index("m", "n", false))?;
        Ok(c)
    });
    for n in 0..count {
        put_now(
            bed,
            c,
            &format!("r{n}"),
            Expect::Absent,
            &format!(r#"{{"n":{n}}}"#),
        );
    }
    c
}

pub(crate) fn without_history_no_line_is_written(bed: &dyn Bed) {
    let made = write(bed, |tx| tx.ensure_collection_with("quiet", SILENT));
    assert_eq!((made.name.as_str(), made.options), ("quiet", SILENT));
    let c = made.id;
    let place = HistorySeq(0);
    let done = |version| Written::Done { version, seq: place };
    assert_eq!(put_now(bed, c, "a", Expect::Absent, "[1]"), done(1));
    assert_eq!(put_now(bed, c, "a", Expect::Version(1), "[2]"), done(2));
    assert_eq!(put_now(bed, c, "a", Expect::Any, "[3]"), done(3));
    assert_eq!(seen(bed, c, "a"), Some((3, "[3]".to_owned())));
    let conflict = Written::Conflict { actual: Some(3) };
    assert_eq!(put_now(bed, c, "a", Expect::Absent, "[4]"), conflict);
    write(bed, move |tx| tx.declare_index(c, &index("n", "n", false)));
    assert_eq!(put_now(bed, c, "b", Expect::Absent, r#"{"n":1}"#), done(1));
    assert_eq!(delete_now(bed, c, "a", Expect::Version(3)), done(4));
    assert_eq!((lines(bed, c), seen(bed, c, "a")), (0, None));
    assert_eq!(read(bed, move |tx| tx.history_head(c)), place);
}

pub(crate) fn options_change_what_follows(bed: &dyn Bed) {
    let c = collection(bed);
    assert_eq!(
        read(bed, |tx| tx.collection("c")).unwrap().options,
        CollectionOptions { history: true }
    );
    put_now(bed, c, "a", Expect::Absent, "[1]");
    assert!(write(bed, move |tx| tx.set_collection_options(c, SILENT)));
    put_now(bed, c, "a", Expect::Any, "[2]");
    assert_eq!(lines(bed, c), 1);
    assert_eq!(read(bed, |tx| tx.collections())[0].options, SILENT);
    // Made already, it stays as it is.
    assert_eq!(write(bed, |tx| tx.ensure_collection("c")).options, SILENT);
    let usual = CollectionOptions::default();
    assert_eq!(write(bed, move |tx| tx.ensure_collection_with("c", usual)).id, c);
    let again = put_now(bed, c, "a", Expect::Any, "[3]");
    assert_eq!((version(&again), lines(bed, c)), (3, 2));
    let nowhere = CollectionId(4711);
    assert!(!write(bed, move |tx| tx.set_collection_options(nowhere, SILENT)));
}

pub(crate) fn an_undone_option_is_none(bed: &dyn Bed) {
    let c = collection(bed);
    // Known before, so that it is no news to whoever remembers it.
    put_now(bed, c, "a", Expect::Absent, "[1]");
    let undone = bed.store().write_blocking(move |tx| {
        tx.set_collection_options(c, SILENT)?;
        super::bed::put(tx, c, "a", Expect::Any, "[2]")?;
        Err::<(), _>(Fault::Own("no"))
    });
    assert!(undone.is_err());
    put_now(bed, c, "a", Expect::Any, "[3]");
    assert_eq!(lines(bed, c), 2);
}

pub(crate) fn a_dropped_collection_is_gone_at_once(bed: &dyn Bed) {
    let (c, other) = (filled(bed, "c", 3), filled(bed, "other", 2));
    assert!(write(bed, move |tx| tx.drop_collection(c)));
    assert!(!write(bed, move |tx| tx.drop_collection(c)));
    assert_eq!(read(bed, |tx| tx.collection("c")), None);
    assert_eq!(read(bed, |tx| tx.collections()).len(), 1);
    assert!(read(bed, move |tx| tx.declared_indexes(c)).is_empty());
    // Its name is free, and a new one of it has nothing of the old.
    let new = filled(bed, "c", 1);
    assert_ne!(new, c);
    assert_eq!((seen(bed, new, "r1"), lines(bed, new)), (None, 1));
    while write(bed, |tx| tx.sweep(4)) == 4 {}
    for (c, count) in [(new, 1), (other, 2)] {
        assert_eq!(read(bed, move |tx| tx.count_records(c)), count);
        assert_eq!(lines(bed, c) as u64, count);
        for index in ["n", "m"] {
            let all = [(std::ops::Bound::Unbounded, std::ops::Bound::Unbounded)];
            assert_eq!(
                read(bed, move |tx| tx.count_index(c, index, &all, 9)),
                Some(count)
            );
        }
    }
    let store = bed.store();
    assert!(store.read_blocking(move |tx| tx.count_records(c)).is_err());
}

pub(crate) fn sweeping_is_done_in_parts(bed: &dyn Bed) {
    let c = filled(bed, "c", 5);
    delete_now(bed, c, "r0", Expect::Any);
    let other = filled(bed, "other", 1);
    assert_eq!(write(bed, |tx| tx.sweep(100)), 0);
    assert!(write(bed, move |tx| {
        tx.drop_collection(c)?;
        tx.drop_collection(other)
    }));
    // Four records, six lines and eight entries of the one; one, one and two of the other.
    let mut swept = Vec::new();
    while swept.last().is_none_or(|last| *last == 7) {
        swept.push(write(bed, |tx| tx.sweep(7)));
    }
    assert_eq!(swept, [7, 7, 7, 1]);
    assert_eq!(write(bed, |tx| tx.sweep(0)), 0);
}

pub(crate) fn an_undone_drop_is_none(bed: &dyn Bed) {
    let c = filled(bed, "c", 2);
    let undone = bed.store().write_blocking(move |tx| {
        assert!(tx.drop_collection(c)?);
        assert!(tx.sweep(u64::MAX)? > 0);
        Err::<(), _>(Fault::Own("no"))
    });
    assert!(undone.is_err());
    assert_eq!(read(bed, |tx| tx.collection("c")).map(|c| c.id), Some(c));
    assert_eq!((lines(bed, c), write(bed, |tx| tx.sweep(9))), (2, 0));
    let taken = Written::Taken {
        index: "n".to_owned(),
    };
    assert_eq!(put_now(bed, c, "r9", Expect::Absent, r#"{"n":1}"#), taken);
}
