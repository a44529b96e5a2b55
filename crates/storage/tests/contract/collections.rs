//! Collections.

use storage::tables::records::Expect;

use super::bed::{Bed, Fault, collection, put, put_now, read, seen, write};

pub(crate) fn made_once(bed: &dyn Bed) {
    let first = write(bed, |tx| tx.ensure_collection("articles"));
    let second = write(bed, |tx| tx.ensure_collection("articles"));
    assert_eq!((&first, first.name.as_str()), (&second, "articles"));
    assert_eq!(read(bed, |tx| tx.collection("articles")), Some(first));
    assert_eq!(read(bed, |tx| tx.collection("Articles")), None);
}

pub(crate) fn listed_by_name(bed: &dyn Bed) {
    for name in ["b", "a", "ä", "B", "we; DROP TABLE r1"] {
        write(bed, move |tx| tx.ensure_collection(name));
    }
    let names: Vec<String> = read(bed, |tx| tx.collections())
        .into_iter()
        .map(|c| c.name)
        .collect();
    assert_eq!(names, ["B", "a", "b", "we; DROP TABLE r1", "ä"]);
}

pub(crate) fn kept_apart(bed: &dyn Bed) {
    let one = collection(bed);
    let other = write(bed, |tx| Ok(tx.ensure_collection("other")?.id));
    put_now(bed, one, "a", Expect::Absent, "[1]");
    put_now(bed, other, "a", Expect::Absent, "[2]");
    assert_eq!(seen(bed, one, "a").unwrap().1, "[1]");
    assert_eq!(seen(bed, other, "a").unwrap().1, "[2]");
    assert_eq!(
        read(bed, move |tx| tx.history_after(other, model::HistorySeq(0), 9)).len(),
        1
    );
}

pub(crate) fn undone_with_its_closure(bed: &dyn Bed) {
    let undone = bed.store().write_blocking(|tx| {
        let made = tx.ensure_collection("gone")?;
        put(tx, made.id, "a", Expect::Absent, "[1]")?;
        Err::<(), _>(Fault::Own("no"))
    });
    assert!(matches!(undone, Err(Fault::Own("no"))));
    assert_eq!(read(bed, |tx| tx.collection("gone")), None);
    // Whatever number the next collection gets, nothing of the undone one is in it.
    let next = write(bed, |tx| Ok(tx.ensure_collection("next")?.id));
    assert_eq!(seen(bed, next, "a"), None);
    put_now(bed, next, "a", Expect::Absent, "[2]");
    assert_eq!(seen(bed, next, "a").unwrap().1, "[2]");
}

pub(crate) fn unknown_is_an_error(bed: &dyn Bed) {
    let nowhere = model::CollectionId(4711);
    let store = bed.store();
    assert!(
        store
            .read_blocking(move |tx| tx.record_body(nowhere, "a"))
            .is_err()
    );
    assert!(
        store
            .write_blocking(move |tx| put(tx, nowhere, "a", Expect::Any, "{}"))
            .is_err()
    );
}
