//! Many writers on one record, readers beside them.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use model::HistorySeq;
use storage::tables::records::{Expect, Written};

use super::bed::{Bed, body, collection, put, put_body, put_now, read, seen, write};

const THREADS: usize = 64;

pub(crate) fn each_version_is_won_once(bed: &dyn Bed) {
    const ROUNDS: u64 = 12;
    let c = collection(bed);
    put_now(bed, c, "a", Expect::Absent, "{}");
    let (store, start) = (bed.store(), Barrier::new(THREADS));
    // Everybody names the version he believes in; a loser takes the one he is told and tries again.
    let climb = || {
        start.wait();
        let (mut version, mut won) = (1, Vec::new());
        while version <= ROUNDS {
            let attempt = store.write_blocking(move |tx| put(tx, c, "a", Expect::Version(version), "{}"));
            match attempt.unwrap() {
                Written::Done { version: made, .. } => {
                    won.push(made);
                    version = made;
                }
                Written::Conflict { actual } => version = actual.unwrap(),
                Written::Taken { index } => panic!("{index}"),
            }
        }
        won
    };
    let mut won: Vec<u64> = thread::scope(|scope| {
        let climbers: Vec<_> = (0..THREADS).map(|_| scope.spawn(climb)).collect();
        climbers
            .into_iter()
            .flat_map(|climber| climber.join().unwrap())
            .collect()
    });
    won.sort_unstable();
    let top = seen(bed, c, "a").unwrap().0;
    assert_eq!(won, (2..=top).collect::<Vec<_>>());
    let lines = read(bed, move |tx| tx.history_after(c, HistorySeq(0), 1000));
    let versions: Vec<u64> = lines.iter().map(|line| line.version).collect();
    assert_eq!(versions, (1..=top).collect::<Vec<_>>());
}

pub(crate) fn counters_lose_nothing(bed: &dyn Bed) {
    const EACH: i64 = 10;
    let c = collection(bed);
    put_now(bed, c, "n", Expect::Absent, "0");
    let store = bed.store();
    let add = || {
        for _ in 0..EACH {
            let outcome = store.write_blocking(move |tx| {
                let (version, old) = tx.record_body(c, "n")?.unwrap();
                let next = old.root().as_i64().unwrap().unwrap() + 1;
                put_body(tx, c, "n", Expect::Version(version), &body(&next.to_string()))
            });
            assert!(matches!(outcome.unwrap(), Written::Done { .. }));
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(add);
        }
    });
    let total = THREADS as i64 * EACH;
    assert_eq!(
        seen(bed, c, "n"),
        Some((total.unsigned_abs() + 1, total.to_string()))
    );
}

pub(crate) fn readers_see_whole_groups(bed: &dyn Bed) {
    let c = collection(bed);
    let both = move |tx: &mut dyn storage::Tx, n: i32| {
        put(tx, c, "left", Expect::Any, &n.to_string())?;
        put(tx, c, "right", Expect::Any, &n.to_string())
    };
    write(bed, move |tx| both(tx, 0));
    let (store, done) = (bed.store(), AtomicBool::new(false));
    let watch = || {
        let mut last = 0;
        while !done.load(Ordering::SeqCst) {
            let pair = store.read_blocking(move |tx| {
                Ok::<_, storage::Error>((tx.record_body(c, "left")?, tx.record_body(c, "right")?))
            });
            let (left, right) = pair.unwrap();
            assert_eq!(left, right);
            let version = left.unwrap().0;
            assert!(version >= last, "a later read saw an older state");
            last = version;
        }
    };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(watch);
        }
        for n in 1..200 {
            write(bed, move |tx| both(tx, n));
        }
        done.store(true, Ordering::SeqCst);
    });
}
