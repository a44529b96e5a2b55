//! Deleting old jobs.

use std::time::Duration;

use jobs::{Point, Retention, Runner};
use model::{JobSeq, Page};

use super::bench::Bench;
use super::bodies::Script;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn keeping(bench: &mut Bench, max_age_days: Option<u32>, max_finished: Option<u64>) -> Runner {
    bench.options.retention = Retention {
        max_age_days,
        max_finished,
    };
    bench.runner()
}

fn delete_old(bench: &Bench, runner: &Runner) -> u64 {
    bench.runtime.block_on(runner.delete_old()).unwrap()
}

fn left(bench: &Bench) -> Vec<i64> {
    let entries = bench.read(|tx| tx.job_entries(JobSeq(0), 999));
    entries.into_iter().map(|entry| entry.job.seq.0).collect()
}

#[test]
fn jobs_are_deleted_by_age_with_all_that_is_theirs() {
    let mut bench = Bench::new();
    let runner = keeping(&mut bench, Some(7), None);
    let old = bench.submit(&Script::chunks(3));
    let now = bench.env.now();
    bench
        .write(move |tx| Ok(tx.add_job_blob(old, "blob", now)?))
        .unwrap();
    bench.drain(&runner);
    bench.clock.advance(DAY * 4);
    bench.submit(&Script::chunks(1));
    bench.drain(&runner);
    bench.clock.advance(DAY * 3);
    assert_eq!(
        delete_old(&bench, &runner),
        0,
        "exactly seven days are not more than seven"
    );
    bench.clock.advance(Duration::from_millis(1));
    assert_eq!(delete_old(&bench, &runner), 1);
    assert_eq!(left(&bench), [2]);
    assert_eq!(bench.log(old), [""; 0]);
    let items = bench.read(move |tx| tx.items(old, &[], Page::first(9)));
    assert_eq!((items.total, items.entries.len()), (0, 0));
    assert_eq!(
        bench.read(|tx| tx.blobs_referenced(&["blob".to_owned()])),
        [false]
    );
}

#[test]
fn jobs_are_deleted_by_number_and_unfinished_ones_do_not_count() {
    let mut bench = Bench::new();
    let runner = keeping(&mut bench, None, Some(2));
    for _ in 0..205 {
        bench.submit(&Script::default());
        bench.clock.advance(Duration::from_secs(1));
    }
    bench.drain(&runner);
    bench.submit_with(&Script::default(), |new| new.kind = "nobody's");
    assert_eq!(delete_old(&bench, &runner), 203);
    assert_eq!(left(&bench), [204, 205, 206]);
    assert_eq!(delete_old(&bench, &runner), 0);
}

#[test]
fn a_tree_is_kept_while_any_part_of_it_is_unfinished() {
    let mut bench = Bench::new();
    let runner = keeping(&mut bench, None, Some(0));
    let parent = bench.submit(&Script {
        children: vec![1, 1],
        ..Script::chunks(1)
    });
    bench.claim(&runner);
    bench.idle(&runner);
    let stop = bench.pause((JobSeq(3), Point::BeforeEnd, 1));
    bench.claim(&runner);
    stop.reached();
    bench.until(|| bench.job(JobSeq(2)).ended.is_some());
    assert_eq!(delete_old(&bench, &runner), 0);
    stop.go();
    bench.idle(&runner);
    assert_eq!(delete_old(&bench, &runner), 0, "the parent has still to finish");
    bench.drain(&runner);
    assert!(bench.job(parent).ended.is_some());
    assert_eq!(delete_old(&bench, &runner), 3);
    assert_eq!(left(&bench), [0; 0]);
}

#[test]
fn of_several_nodes_one_deletes_once_per_interval() {
    let mut bench = Bench::new();
    let (one, other) = (
        keeping(&mut bench, None, Some(0)),
        keeping(&mut bench, None, Some(0)),
    );
    let in_turn = |runner: &Runner| bench.runtime.block_on(runner.delete_old_in_turn()).unwrap();
    let ended = || {
        bench.submit(&Script::default());
        bench.drain(&one);
    };
    ended();
    in_turn(&one);
    assert_eq!(left(&bench), [0; 0]);
    ended();
    in_turn(&other);
    in_turn(&one);
    assert_eq!(left(&bench).len(), 1, "it was done a moment ago");
    bench.clock.advance(bench.options.retention_interval);
    in_turn(&other);
    assert_eq!(left(&bench), [0; 0]);
    ended();
    in_turn(&one);
    assert_eq!(left(&bench).len(), 1, "the other node did it");
}
