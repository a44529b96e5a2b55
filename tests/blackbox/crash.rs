//! The promise of the whole: kill the process at any moment, as often as you like, and the end is the same.
//!
//! A delta of 50,000 operations – of all six kinds, many of which fail and block what follows – is sent to the real
//! program, which is killed with SIGKILL twenty times while it works, at random counts of work done, and started again on
//! the same folder. Articles, versions, history, items, failures, blocks and job states must equal those of a run that
//! nobody disturbed.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use model::{Error, HistorySeq, JobSeq, Page};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use storage::ReadTx;

use crate::digest::digest;
use crate::kills::kills;
use crate::support::Server;
use crate::support::place::{assert_sound, visit};

const OPERATIONS: u32 = 50_000;
const ALL: Page = Page {
    number: 1,
    size: 10_000_000,
};

/// The delta, the same for every run.
fn delta() -> Vec<u8> {
    let names = [
        "add-article",
        "replace-article",
        "replace-article-feature",
        "add-article-feature",
        "delete-article-feature",
        "delete-article",
    ];
    let mut random = StdRng::seed_from_u64(7);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    writeln!(packed, "{{\"version\":1,\"operations\":[").unwrap();
    for number in 0..OPERATIONS {
        let name = names[random.random_range(0..names.len())];
        let (id, field) = (random.random_range(0..20_000), random.random_range(2..6));
        let comma = if number == 0 { "" } else { "," };
        writeln!(
            packed,
            r#"{comma}{{"operation":"{name}","articleData":{{"F_1":"{id}","F_{field}":"value {number}"}}}}"#
        )
        .unwrap();
    }
    writeln!(packed, "]}}").unwrap();
    packed.finish().unwrap()
}

/// How many operations the job has behind it, and whether it has ended; read from the store, beside the server.
fn progress(directory: &Path) -> (u64, bool) {
    let job = visit(directory)
        .store()
        .read_blocking(|tx| Ok::<_, Error>(tx.job(JobSeq(1))?))
        .unwrap();
    job.map_or((0, false), |job| (job.counts.processed, job.status.is_final()))
}

/// Waits until `done` operations are behind the job, or it has ended; says whether it has.
fn wait_for(directory: &Path, done: u64) -> bool {
    let begun = Instant::now();
    loop {
        let (processed, ended) = progress(directory);
        if ended || processed >= done {
            return ended;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no progress beyond {processed}"
        );
        std::thread::yield_now();
    }
}

/// Everything that must be the same, as one digest per table and a few lines to look at when it is not.
fn picture(directory: &Path) -> Vec<String> {
    assert_sound(directory);
    visit(directory)
        .store()
        .read_blocking(|tx| Ok::<_, Error>(tables(tx)))
        .unwrap()
}

fn tables(tx: &mut dyn ReadTx) -> Vec<String> {
    let articles = tx.collection("articles").unwrap().unwrap().id;
    let records = tx.records_after(articles, "", u64::MAX).unwrap();
    let records = records
        .iter()
        .map(|r| format!("{} {} {}", r.id, r.version, r.body.to_text().unwrap()));
    let history = tx.history_after(articles, HistorySeq(0), u64::MAX).unwrap();
    let history = history.iter().map(|c| {
        let (event, body) = (c.event.as_str(), c.body.to_text().unwrap());
        format!("{} {} {} {event} {:?} {body}", c.seq, c.id, c.version, c.job)
    });
    let items = tx.items(JobSeq(1), &[], ALL).unwrap().entries;
    let items = items.iter().map(|item| format!("{item:?}"));
    let failures = tx.failures("deltas", (JobSeq(0), 0), ALL).unwrap().entries;
    let failures = failures.iter().map(|failure| format!("{failure:?}"));
    let blocks = tx.blocks("articles", 0, u64::MAX).unwrap().0;
    let blocks = blocks.iter().map(|block| format!("{block:?}"));
    let job = tx.job(JobSeq(1)).unwrap().unwrap();
    vec![
        digest("records", records),
        digest("history", history),
        digest("items", items),
        digest("failures", failures),
        digest("blocks", blocks),
        format!(
            "{:?} {:?} {:?} {:?} {:?}",
            job.status, job.counts, job.progress, job.results, job.error
        ),
    ]
}

fn submit(server: &Server, delta: &[u8]) {
    let request = server.request("POST", "/api/v1/articles/delta-update");
    let answer = request
        .header("content-type", "application/gzip")
        .body(delta)
        .send();
    assert!(answer.text().contains("Delta file accepted"), "{}", answer.text());
}

#[test]
fn killed_twenty_times_ends_as_if_never_disturbed() {
    let delta = delta();
    let quiet = tempfile::tempdir().unwrap();
    let server = Server::start(quiet.path(), &[]);
    submit(&server, &delta);
    wait_for(quiet.path(), u64::MAX);
    server.terminate();
    let expected = picture(quiet.path());

    // On a machine with much else to do the job may be done before this test has killed the server often enough.
    for _ in 0..5 {
        let seed = rand::random::<u64>();
        let killed = tempfile::tempdir().unwrap();
        let Some(moments) = kill_again_and_again(killed.path(), &delta, seed) else {
            continue;
        };
        let seen = picture(killed.path());
        assert_eq!(seen, expected, "seed {seed}, killed at {moments:?}");
        let onwards = moments.windows(2).all(|pair| pair[0] <= pair[1]);
        assert!(onwards, "work went backwards: {moments:?}");
        return;
    }
    panic!("the job was never slow enough to be killed {} times", kills());
}

/// Has the delta worked off by servers of which all but the last are killed; tells how far each came. `None` when one of
/// them came to the end.
fn kill_again_and_again(folder: &Path, delta: &[u8], seed: u64) -> Option<Vec<u64>> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut server = Server::start(folder, &[]);
    submit(&server, delta);
    let mut moments = Vec::new();
    let kills = kills() as u64;
    for kill in 0..kills {
        let share = u64::from(OPERATIONS) * (kill + 1) / (kills + 1);
        let moment = share.saturating_sub(random.random_range(0..u64::from(OPERATIONS) / kills));
        let ended = wait_for(folder, moment);
        // Not only right behind a commit: anywhere in the chunk after it.
        let begun = Instant::now();
        let delay = Duration::from_micros(random.random_range(0..20_000));
        while begun.elapsed() < delay {
            std::hint::spin_loop();
        }
        server.kill9();
        if ended {
            return None;
        }
        moments.push(progress(folder).0);
        server = Server::start(folder, &[]);
    }
    wait_for(folder, u64::MAX);
    server.terminate();
    Some(moments)
}

#[test]
fn a_stop_in_mid_delta_ends_well_and_goes_on_at_the_next_start() {
    let delta = delta();
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path(), &[]);
    submit(&server, &delta);
    wait_for(directory.path(), 5_000);
    let begun = Instant::now();
    let status = server.terminate();
    assert_eq!(status.code(), Some(0));
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "took {:?}",
        begun.elapsed()
    );
    let (stopped_at, ended) = progress(directory.path());
    assert!(!ended && stopped_at >= 5_000, "{stopped_at}");

    let server = Server::start(directory.path(), &[]);
    wait_for(directory.path(), u64::MAX);
    server.terminate();
    let (processed, _) = progress(directory.path());
    assert_eq!(processed, u64::from(OPERATIONS));
}
