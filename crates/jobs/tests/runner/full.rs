//! A store that is full for a while: jobs wait for room instead of failing.

use insta::assert_snapshot;
use jobs::{Backoff, Point, Verdict};
use model::job::Status;
use model::{Code, Error};
use std::time::Duration;

use super::bench::Bench;
use super::bodies::Script;

fn full() -> Verdict {
    Verdict::Fail(Error::new(Code::StorageFull, "no room"))
}

#[test]
fn a_chunk_is_repeated_until_there_is_room() {
    for ahead in [false, true] {
        let bench = Bench::new();
        let seq = bench.submit(&Script {
            ahead,
            ..Script::chunks(2)
        });
        (2..5).for_each(|nth| bench.plan.at((seq, Point::BeforeCommit, nth), full()));
        bench.drain(&bench.runner());
        let job = bench.job(seq);
        assert_eq!((job.status, job.counts.processed), (Status::Finished, 2));
        assert_eq!(bench.data(seq), "0 1");
    }
}

#[test]
fn an_end_is_repeated_until_there_is_room() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(1));
    (1..9).for_each(|nth| bench.plan.at((seq, Point::BeforeEnd, nth), full()));
    bench.drain(&bench.runner());
    assert_eq!(bench.job(seq).status, Status::Finished);
}

#[test]
fn an_end_that_cannot_be_written_for_another_reason_is_given_up() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(1));
    let error = Verdict::Fail(Error::internal("planned"));
    (1..9).for_each(|nth| bench.plan.at((seq, Point::BeforeEnd, nth), error.clone()));
    bench.drain(&bench.runner());
    assert_eq!(bench.job(seq).status, Status::Running, "its lease will expire");
}

#[test]
fn a_shutdown_does_not_wait_for_room() {
    let mut bench = Bench::new();
    bench.options.backoff = Backoff {
        first: Duration::from_secs(3600),
        longest: Duration::from_secs(3600),
    };
    let seq = bench.submit(&Script::chunks(2));
    let runner = bench.runner();
    bench.plan.at((seq, Point::BeforeCommit, 2), full());
    let stop = bench.pause((seq, Point::BeforeCommit, 2));
    bench.claim(&runner);
    stop.reached();
    stop.go();
    bench.runtime.block_on(runner.stop());
    assert_snapshot!(bench.picture(), @r#"
    1 script pending 50% items=1/2 at={"next":1} fence=1
    "#);
    assert_eq!(bench.data(seq), "0");
}
