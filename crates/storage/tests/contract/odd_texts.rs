//! Texts that a database may find odd: with NULs in them, and too long for its trees.

use std::ops::Bound;

use model::{CollectionId, JobSeq, Timestamp};
use storage::tables::app_logs::{LogFilter, LogSlice, NewLogLine};
use storage::tables::blocks::Block;
use storage::tables::records::{Expect, KeyRange, Put, Written};
use storage::{Direction, index_key};

use super::bed::{Bed, body, collection, delete_now, index, put_now, read, stamp, write};
use super::walks::{ALL, Shown, by_id, by_index};

pub(crate) fn texts_with_nuls_survive(bed: &dyn Bed) {
    let c = collection(bed);
    write(bed, move |tx| {
        let (body, stamp) = (body("{}"), stamp(1));
        let put = Put {
            id: "a\0b",
            expect: Expect::Absent,
            label: "\0",
            archived: false,
            tags: &["\0\u{1}".to_owned()],
            body: &body,
            stamp: &stamp,
            job: None,
        };
        tx.put_record(c, &put)
    });
    let found = read(bed, move |tx| tx.record(c, "a\0b")).unwrap();
    assert_eq!(
        (&*found.id, &*found.label, &found.tags[..]),
        ("a\0b", "\0", &["\0\u{1}".to_owned()][..])
    );
    assert!(read(bed, move |tx| tx.record(c, "a\u{1}b")).is_none());
    write(bed, |tx| tx.set_mark("\0", "\u{1}\0"));
    assert_eq!(read(bed, |tx| tx.mark("\0")).as_deref(), Some("\u{1}\0"));
    assert_eq!(read(bed, |tx| tx.mark("\u{1}")), None);
    write(bed, |tx| {
        let key = "k\0".to_owned();
        let (job, item) = (JobSeq(1), 0);
        tx.add_block("s\0", &Block { key, job, item })
    });
    assert!(read(bed, |tx| tx.block("s\0", "k\0")).is_some());
}

pub(crate) fn nuls_are_in_their_place(bed: &dyn Bed) {
    let c = collection(bed);
    let mut ids = [
        "a", "a\0", "a\0b", "a\u{1}", "a\u{1}\0", "a\u{2}", "a ", "ab", "\0", "\u{1}",
    ];
    for id in ids {
        put_now(bed, c, id, Expect::Absent, "{}");
    }
    ids.sort_unstable();
    let listed = read(bed, move |tx| tx.records_after(c, "", 99));
    assert_eq!(listed.iter().map(|record| &*record.id).collect::<Vec<_>>(), ids);
    let from = by_id(bed, c, Some("a\0"), Direction::Ascending, 99);
    let at = ids.iter().position(|id| *id == "a\0").unwrap();
    assert_eq!(
        from.iter().map(|seen| &*seen.2).collect::<Vec<_>>(),
        ids[at + 1..]
    );
}

pub(crate) fn nuls_are_searched_for(bed: &dyn Bed) {
    let line = |message: &str| NewLogLine {
        at: Timestamp(1),
        kind: "APP",
        sub_kind: None,
        level: "INFO",
        message: message.to_owned(),
        user_email: None,
        admin_email: None,
        ip: None,
        info: None,
    };
    let lines = ["x\0y", "x\u{1}y", "xy", "X\0Y"].map(line);
    write(bed, move |tx| tx.add_log_lines(&lines));
    let found = |message: &str| {
        let filter = LogFilter {
            message: Some(message.to_owned()),
            ..LogFilter::default()
        };
        read(bed, move |tx| tx.log_lines(&filter, LogSlice::Newest, 9)).len()
    };
    assert_eq!((found("x\0"), found("\u{1}"), found("0")), (2, 1, 0));
}

/// A text of which only the end differs.
fn long(end: &str) -> String {
    format!("{}{end}", "x".repeat(5000))
}

/// The collection `c` with an index `i` over `n`, which holds long texts among short ones, not in their order.
fn filled(bed: &dyn Bed, unique: bool) -> CollectionId {
    let c = collection(bed);
    write(bed, move |tx| tx.declare_index(c, &index("i", "n", unique)));
    let texts = [
        ("m", long("m")),
        ("a", "a".to_owned()),
        ("c", long("c")),
        ("z", "y".to_owned()),
        ("head", "x".repeat(1023)),
        ("end", long("")),
        ("k", long("k")),
    ];
    for (id, text) in texts {
        put_now(bed, c, id, Expect::Absent, &format!(r#"{{"n":["{text}"]}}"#));
    }
    c
}

const IN_ORDER: [&str; 7] = ["a", "head", "end", "c", "k", "m", "z"];

fn ids(shown: &[Shown]) -> Vec<&str> {
    shown.iter().map(|seen| &*seen.2).collect()
}

fn key(text: &str) -> Vec<u8> {
    index_key(body(&format!("\"{text}\"")).root()).unwrap()
}

pub(crate) fn long_keys_are_walked_in_order(bed: &dyn Bed) {
    let c = filled(bed, false);
    for direction in [Direction::Ascending, Direction::Descending] {
        let mut expected = IN_ORDER.to_vec();
        if direction == Direction::Descending {
            expected.reverse();
        }
        let all = by_index(bed, c, &ALL, None, direction, usize::MAX);
        assert_eq!(ids(&all), expected);
        for (at, seen) in all.iter().enumerate() {
            let after = Some((seen.0.clone(), seen.1));
            let rest = by_index(bed, c, &ALL, after, direction, usize::MAX);
            assert_eq!(ids(&rest), expected[at + 1..]);
        }
    }
}

pub(crate) fn ranges_may_begin_and_end_within_long_keys(bed: &dyn Bed) {
    let c = filled(bed, false);
    let ends = [
        "a",
        &"x".repeat(1023),
        &long(""),
        &long("c"),
        &long("d"),
        &long("k"),
        "y",
    ]
    .map(key);
    for low in &ends {
        for high in &ends {
            let range: KeyRange = (Bound::Excluded(low.clone()), Bound::Included(high.clone()));
            let all = by_index(bed, c, &ALL, None, Direction::Ascending, usize::MAX);
            let fits = |seen: &&Shown| *low < seen.0 && seen.0 <= *high;
            let expected: Vec<_> = all.iter().filter(fits).map(|seen| &*seen.2).collect();
            for direction in [Direction::Ascending, Direction::Descending] {
                let mut found = by_index(bed, c, &range, None, direction, usize::MAX);
                if direction == Direction::Descending {
                    found.reverse();
                }
                assert_eq!(ids(&found), expected);
            }
            let ranges = [range.clone()];
            let counted = read(bed, move |tx| {
                let places = tx.index_places(c, "i", &ranges, 99)?.unwrap().len();
                Ok((tx.count_index(c, "i", &ranges, 99)?, places))
            });
            assert_eq!(counted, (Some(expected.len() as u64), expected.len()));
            let records = read(bed, move |tx| tx.records_by_index(c, "i", &range, 99));
            assert_eq!(
                records.iter().map(|record| &*record.id).collect::<Vec<_>>(),
                expected
            );
        }
    }
}

pub(crate) fn long_keys_are_told_apart(bed: &dyn Bed) {
    let c = filled(bed, true);
    let point = |text: &str| -> KeyRange {
        let key = key(text);
        (Bound::Included(key.clone()), Bound::Included(key))
    };
    let ranges = [point(&long("k")), point("a"), point(&long("nobody"))];
    let places = read(bed, move |tx| {
        let places = tx.index_places(c, "i", &ranges, 9)?.unwrap();
        tx.records_at(c, &places)
    });
    let mut known: Vec<_> = places.iter().map(|record| &*record.id).collect();
    known.sort_unstable();
    assert_eq!(known, ["a", "k"]);
    let text = |end: &str| format!(r#"{{"n":"{}"}}"#, long(end));
    let taken = Written::Taken {
        index: "i".to_owned(),
    };
    assert_eq!(put_now(bed, c, "new", Expect::Absent, &text("k")), taken);
    assert!(matches!(
        put_now(bed, c, "new", Expect::Absent, &text("l")),
        Written::Done { .. }
    ));
    delete_now(bed, c, "k", Expect::Any);
    assert!(matches!(
        put_now(bed, c, "newer", Expect::Absent, &text("k")),
        Written::Done { .. }
    ));
    let all = by_index(bed, c, &ALL, None, Direction::Ascending, usize::MAX);
    assert_eq!(ids(&all), ["a", "head", "end", "c", "newer", "new", "m", "z"]);
}
