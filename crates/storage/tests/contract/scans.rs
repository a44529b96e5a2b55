//! Walking over many bodies.

use std::ops::{Bound, ControlFlow};
use std::sync::mpsc::channel;

use jsonb::Jsonb;
use model::CollectionId;
use query::{Filter, Limits};
use storage::tables::records::{Clue, Expect, KeyRange, Place};
use storage::{ReadTx, Result, index_key};

use super::bed::{Bed, body, collection, delete_now, index, put, put_now, read, write};

/// The collection `c` with an index `n` over a list of numbers, and four records made in this order.
fn filled(bed: &dyn Bed) -> CollectionId {
    let c = collection(bed);
    write(bed, move |tx| tx.declare_index(c, &index("n", "n", false)));
    for (id, numbers) in [("d", "[1,2]"), ("b", "[3]"), ("a", "[2,3,3]"), ("c", "4")] {
        put_now(
            bed,
            c,
            id,
            Expect::Absent,
            &format!("{{\"id\":\"{id}\",\"n\":{numbers}}}"),
        );
    }
    c
}

/// The id in a body.
fn id(bytes: &[u8]) -> String {
    let body = Jsonb::from_stored(bytes.to_vec());
    let id = body.root().get("id").unwrap().unwrap();
    id.as_str().unwrap().unwrap().into_owned()
}

fn all(tx: &mut dyn ReadTx, c: CollectionId) -> Result<Vec<(Place, String)>> {
    let mut seen = Vec::new();
    tx.scan_bodies(c, &mut |place, bytes| {
        seen.push((place, id(bytes)));
        ControlFlow::Continue(())
    })?;
    Ok(seen)
}

fn ids(bed: &dyn Bed, c: CollectionId) -> Vec<String> {
    read(bed, move |tx| all(tx, c))
        .into_iter()
        .map(|(_, id)| id)
        .collect()
}

/// Where the record with this id is.
fn place(bed: &dyn Bed, c: CollectionId, wanted: &str) -> Place {
    let seen = read(bed, move |tx| all(tx, c));
    seen.into_iter().find(|(_, id)| id == wanted).unwrap().0
}

fn from_to(low: i64, high: i64) -> KeyRange {
    let key = |number: i64| {
        let body = body(&number.to_string());
        Bound::Included(index_key(body.root()).unwrap())
    };
    (key(low), key(high))
}

pub(crate) fn every_body_is_shown_in_order_of_creation(bed: &dyn Bed) {
    let c = filled(bed);
    put_now(bed, c, "b", Expect::Any, r#"{"id":"b","changed":true}"#);
    assert_eq!(ids(bed, c), ["d", "b", "a", "c"]);
    delete_now(bed, c, "d", Expect::Any);
    put_now(bed, c, "d", Expect::Absent, r#"{"id":"d"}"#);
    assert_eq!(ids(bed, c), ["b", "a", "c", "d"]);
}

pub(crate) fn a_scan_with_a_clue_leaves_out_no_body_that_may_be_meant(bed: &dyn Bed) {
    let c = collection(bed);
    let name = |number: usize| match number % 500 {
        7 => r#""name":"piece""#,
        8 => r#""name":"pi\u0065ce""#,
        9 => r#""list":[["a piece of it"]]"#,
        _ => r#""name":"other""#,
    };
    write(bed, move |tx| {
        for number in 0..3000 {
            let (id, body) = (
                format!("r{number}"),
                format!(r#"{{"id":"r{number}",{}}}"#, name(number)),
            );
            put(tx, c, &id, Expect::Absent, &body)?;
        }
        Ok(())
    });
    let clue = |query: &str| {
        let filter = Filter::parse(&body(query).root(), &Limits::default()).unwrap();
        filter.clue().unwrap()
    };
    let seen = |clue: Clue, most: usize| {
        read(bed, move |tx| {
            let mut seen = Vec::new();
            tx.scan_bodies_with(c, &clue, &mut |_, bytes| {
                seen.push(id(bytes));
                if seen.len() < most {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
            Ok(seen)
        })
    };
    let wanted = |endings: &[usize]| -> Vec<String> {
        let is_wanted = |number: &usize| endings.contains(&(number % 500));
        (0..3000)
            .filter(is_wanted)
            .map(|number| format!("r{number}"))
            .collect()
    };
    // A store may show more, but in order.
    let holds = |shown: &[String], wanted: &[String]| {
        let mut shown = shown.iter();
        wanted.iter().all(|id| shown.any(|other| other == id))
    };
    let one = seen(clue(r#"{"name":"piece"}"#), usize::MAX);
    assert!(holds(&one, &wanted(&[7, 8])), "{one:?}");
    let few = seen(clue(r#"{"name":{"$in":["piece","other"]}}"#), usize::MAX);
    assert!(holds(&few, &wanted(&[6, 7, 8, 10])), "{few:?}");
    assert_eq!(seen(clue(r#"{"name":"other"}"#), 5).len(), 5);
    delete_now(bed, c, "r7", Expect::Any);
    let fewer = seen(clue(r#"{"name":"piece"}"#), usize::MAX);
    assert!(!fewer.contains(&"r7".to_owned()) && fewer.len() < 3000);
}

pub(crate) fn a_scan_can_be_ended(bed: &dyn Bed) {
    let c = filled(bed);
    let count = |most: usize| {
        read(bed, move |tx| {
            let mut count = 0;
            tx.scan_bodies(c, &mut |_, _| {
                count += 1;
                if count < most {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
            Ok(count)
        })
    };
    assert_eq!((count(1), count(3), count(9)), (1, 3, 4));
    assert_eq!(ids(bed, c).len(), 4);
}

pub(crate) fn chosen_places_are_shown_as_asked(bed: &dyn Bed) {
    let c = filled(bed);
    let places = [
        place(bed, c, "a"),
        Place(i64::MAX),
        place(bed, c, "d"),
        place(bed, c, "a"),
    ];
    let shown = |most: usize| {
        read(bed, move |tx| {
            let mut shown = Vec::new();
            tx.scan_bodies_at(c, &places, &mut |place, bytes| {
                shown.push((place, id(bytes)));
                if shown.len() < most {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
            Ok(shown)
        })
    };
    let expected = [(0, "a"), (2, "d"), (3, "a")].map(|(at, id)| (places[at], id.to_owned()));
    assert_eq!(shown(9), expected);
    assert_eq!(shown(2), expected[..2]);
}

pub(crate) fn index_places_are_in_order_and_once(bed: &dyn Bed) {
    let c = filled(bed);
    let found = |ranges: Vec<KeyRange>| -> Vec<Place> {
        read(bed, move |tx| tx.index_places(c, "n", &ranges, 100)).unwrap()
    };
    let expected = |ids: &[&str]| -> Vec<Place> { ids.iter().map(|id| place(bed, c, id)).collect() };
    assert_eq!(found(vec![from_to(3, 3)]), expected(&["b", "a"]));
    assert_eq!(
        found(vec![from_to(4, 9), from_to(1, 2), from_to(2, 3)]),
        expected(&["d", "b", "a", "c"])
    );
    assert_eq!(
        found(vec![(Bound::Unbounded, Bound::Unbounded)]),
        expected(&["d", "b", "a", "c"])
    );
    // Single keys, one of them twice and one that nothing has.
    let keys = [3, 1, 3, 7, 2].map(|key| from_to(key, key)).to_vec();
    assert_eq!(found(keys), expected(&["d", "b", "a"]));
    assert!(found(vec![from_to(5, 9)]).is_empty() && found(vec![]).is_empty());
    let unknown = bed
        .store()
        .read_blocking(move |tx| tx.index_places(c, "m", &[], 100));
    assert!(unknown.is_err());
}

pub(crate) fn too_many_entries_are_no_places(bed: &dyn Bed) {
    let c = filled(bed);
    // "a" has its 3 once, so there are six entries.
    let found = |limit| {
        read(bed, move |tx| {
            tx.index_places(c, "n", &[(Bound::Unbounded, Bound::Unbounded)], limit)
        })
    };
    assert_eq!((found(5), found(6).map(|places| places.len())), (None, Some(4)));
    let keys = |limit| read(bed, move |tx| tx.index_places(c, "n", &[from_to(3, 3)], limit));
    assert_eq!((keys(1), keys(2).map(|places| places.len())), (None, Some(2)));
}

pub(crate) fn ids_have_places(bed: &dyn Bed) {
    let c = filled(bed);
    let ids = ["c", "nobody", "d", "c"].map(str::to_owned);
    let found = read(bed, move |tx| tx.places_of(c, &ids));
    assert_eq!(found, [place(bed, c, "d"), place(bed, c, "c")]);
}

pub(crate) fn records_come_by_place(bed: &dyn Bed) {
    let c = filled(bed);
    put_now(bed, c, "a", Expect::Any, r#"{"id":"a"}"#);
    let places = [place(bed, c, "c"), Place(i64::MAX), place(bed, c, "a")];
    let found = read(bed, move |tx| tx.records_at(c, &places));
    let found: Vec<_> = found
        .iter()
        .map(|record| (record.id.as_str(), record.version))
        .collect();
    assert_eq!(found, [("c", 1), ("a", 2)]);
}

pub(crate) fn a_scan_sees_one_snapshot(bed: &dyn Bed) {
    let c = filled(bed);
    let (began, begin) = channel();
    let (release, released) = channel();
    let store = bed.store();
    let scan = std::thread::spawn(move || {
        block_on(store.scan(move |tx| {
            let before = all(tx, c)?.len();
            began.send(()).unwrap();
            released.recv().unwrap();
            Ok::<_, storage::Error>((before, all(tx, c)?.len()))
        }))
    });
    begin.recv().unwrap();
    write(bed, move |tx| {
        put(tx, c, "new", Expect::Absent, r#"{"id":"new"}"#)
    });
    release.send(()).unwrap();
    assert_eq!(scan.join().unwrap().unwrap(), (4, 4));
    assert_eq!(ids(bed, c).len(), 5);
}

pub(crate) fn scans_do_not_hold_up_reads(bed: &dyn Bed) {
    // More than any backend lets go on at once: the rest wait, and reads go on all the same.
    const SCANS: usize = 20;
    let c = filled(bed);
    let (began, begin) = channel();
    let mut releases = Vec::new();
    let mut scans = Vec::new();
    for _ in 0..SCANS {
        let (release, released) = channel::<()>();
        let (store, began) = (bed.store(), began.clone());
        releases.push(release);
        scans.push(std::thread::spawn(move || {
            block_on(store.scan(move |tx| {
                let seen = all(tx, c)?.len();
                began.send(()).unwrap();
                released.recv().unwrap();
                Ok::<_, storage::Error>(seen)
            }))
        }));
    }
    begin.recv().unwrap();
    for _ in 0..200 {
        assert_eq!(read(bed, move |tx| tx.count_records(c)), 4);
    }
    for release in releases {
        release.send(()).unwrap();
    }
    for scan in scans {
        assert_eq!(scan.join().unwrap().unwrap(), 4);
    }
}

pub(crate) fn more_scans_wait_their_turn(bed: &dyn Bed) {
    let c = filled(bed);
    let store = bed.store();
    let threads: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            std::thread::spawn(move || {
                block_on(store.scan(move |tx| Ok::<_, storage::Error>(all(tx, c)?.len())))
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap().unwrap(), 4);
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}
