//! A process that is killed while it writes: whatever it acknowledged is there, and nothing is half there.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use model::CollectionId;
use storage::sqlite::check;
use storage::{Error, Store, Tx};

use super::kit::{body, child, collection, given_directory, options, put, serve};

const THREADS: u32 = 4;

fn mark(tx: &mut dyn Tx, thread: u32) -> Result<u64, Error> {
    let mark = tx.mark(&format!("count {thread}"))?;
    Ok(mark.map_or(0, |text| text.parse().unwrap()))
}

/// One write of three tables: a record, its line of history, and a count.
fn write_next(store: &Store, c: CollectionId, thread: u32) -> String {
    let body = body(700);
    let written = store.write_blocking(move |tx| {
        let next = mark(tx, thread)? + 1;
        let id = format!("{thread}/{next}");
        put(tx, c, &id, &body)?;
        tx.set_mark(&format!("count {thread}"), &next.to_string())?;
        Ok::<_, Error>(id)
    });
    written.unwrap()
}

/// Writes `rounds` times on each thread and says so each time.
fn write_and_tell(directory: &Path, rounds: u64) {
    let server = serve(directory);
    let (store, c) = (server.store(), collection(&server.store()));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = store.clone();
            scope.spawn(move || {
                for _ in 0..rounds {
                    let id = write_next(&store, c, thread);
                    writeln!(std::io::stdout().lock(), "ack {id}").unwrap();
                }
            });
        }
    });
}

/// Every acknowledged id is there, and records, history and counts agree.
fn verify(directory: &Path, acknowledged: &HashSet<String>) {
    let server = serve(directory);
    let (store, c) = (server.store(), collection(&server.store()));
    let (records, lines, counted) = store
        .read_blocking(move |tx| {
            let records = tx.records_after(c, "", u64::MAX)?;
            let lines = tx.history_after(c, model::HistorySeq(0), u64::MAX)?;
            let mut counted = HashSet::new();
            for thread in 0..THREADS {
                let last = tx.mark(&format!("count {thread}"))?;
                let last: u64 = last.map_or(0, |text| text.parse().unwrap());
                counted.extend((1..=last).map(|n| format!("{thread}/{n}")));
            }
            Ok::<_, Error>((records, lines, counted))
        })
        .unwrap();
    assert!(
        records
            .iter()
            .all(|record| record.version == 1 && record.body == body(700))
    );
    let stored: HashSet<String> = records.into_iter().map(|record| record.id).collect();
    let told: HashSet<String> = lines.into_iter().map(|line| line.id).collect();
    assert_eq!((&stored, &stored), (&told, &counted));
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    drop(server);
    check(&options(directory).database()).unwrap();
}

/// In a child process this is the victim; by itself it shows that the loop does what the next test believes it does.
#[test]
fn the_loop_of_the_victim_writes() {
    if let Some(directory) = given_directory() {
        return write_and_tell(&directory, u64::MAX);
    }
    let directory = tempfile::tempdir().unwrap();
    write_and_tell(directory.path(), 5);
    let all = (0..THREADS).flat_map(|thread| (1..=5).map(move |n| format!("{thread}/{n}")));
    verify(directory.path(), &all.collect());
}

#[test]
fn what_was_acknowledged_survives_kill() {
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged = HashSet::new();
    for _ in 0..10 {
        let mut victim = child(
            "sqlite::crash::the_loop_of_the_victim_writes",
            directory.path(),
            ":",
        )
        .spawn()
        .unwrap();
        // Another moment in each run: after a few or a few hundred acknowledgements, wherever the disk is just then.
        let nanos = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .subsec_nanos();
        let moment = acknowledged.len() + 1 + nanos as usize % 300;
        let mut lines = BufReader::new(victim.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let mut take = |line: String| {
            acknowledged.extend(line.strip_prefix("ack ").map(str::to_owned));
            acknowledged.len()
        };
        while take(lines.next().expect("the victim writes until it is killed")) < moment {}
        victim.kill().unwrap();
        // What it said before it died counts, except for a line that was cut off.
        let rest: Vec<String> = lines.collect();
        for line in rest.into_iter().rev().skip(1) {
            take(line);
        }
        assert!(!victim.wait().unwrap().success());
        verify(directory.path(), &acknowledged);
    }
}
