//! How runs end by themselves.

use insta::assert_snapshot;
use jobs::{Point, Verdict};
use model::job::ItemState;
use model::{Code, Error, Page};

use super::bench::Bench;
use super::bodies::Script;

#[test]
fn a_job_runs_chunk_by_chunk_to_its_end() {
    let bench = Bench::new();
    let seq = bench.submit(&Script {
        bad: vec![1],
        ..Script::chunks(3)
    });
    let runner = bench.runner();
    let stop = bench.pause((seq, Point::AfterCommit, 2));
    bench.claim(&runner);
    stop.reached();
    assert_snapshot!(bench.picture(), @r#"
    1 script running 67% items=2/3 failed=1 at={"next":2} leased fence=1
    "#);
    stop.go();
    bench.idle(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script finished 100% items=3/3 failed=1 at={"next":3} fence=2
    "#);
    assert_eq!(bench.data(seq), "0 1 2");
    assert_eq!(bench.log(seq), ["INFO item 0", "INFO item 1", "INFO item 2"]);
    let failed = bench.read(move |tx| tx.items(seq, &[ItemState::Failed], Page::first(9)));
    assert_eq!((failed.total, failed.entries[0].number), (1, 1));
}

#[test]
fn chunks_sent_ahead_are_applied_in_order_and_once() {
    let bench = Bench::new();
    let seq = bench.submit(&Script {
        ahead: true,
        ..Script::chunks(5)
    });
    bench.drain(&bench.runner());
    assert_snapshot!(bench.picture(), @r#"
    1 script finished 100% items=5/5 at={"next":5} fence=2
    "#);
    assert_eq!(bench.data(seq), "0 1 2 3 4");
}

#[test]
fn a_failure_of_the_last_chunk_sent_ahead_fails_the_job() {
    let bench = Bench::new();
    let script = Script {
        ahead: true,
        broken: Some(2),
        ..Script::chunks(3)
    };
    let seq = bench.submit(&script);
    bench.drain(&bench.runner());
    assert_snapshot!(bench.picture(), @r#"
    1 script failed 67% items=2/3 at={"next":2} fence=2 error="item 2 cannot be read"
    "#);
    assert_eq!(bench.data(seq), "0 1");
}

#[test]
fn an_error_in_a_chunk_fails_the_job_and_undoes_that_chunk_only() {
    let bench = Bench::new();
    let seq = bench.submit(&Script {
        broken: Some(1),
        ..Script::chunks(3)
    });
    bench.drain(&bench.runner());
    assert_snapshot!(bench.picture(), @r#"
    1 script failed 33% items=1/3 at={"next":1} fence=2 error="item 1 cannot be read"
    "#);
    assert_eq!(bench.data(seq), "0");
    assert_eq!(bench.log(seq), ["INFO item 0", "ERROR item 1 cannot be read"]);
}

#[test]
fn a_panic_fails_the_job_and_not_the_runner() {
    let bench = Bench::new();
    let broken = bench.submit(&Script {
        panics: Some(1),
        ..Script::chunks(2)
    });
    bench.submit(&Script::chunks(1));
    bench.drain(&bench.runner());
    assert_snapshot!(bench.picture(), @r#"
    1 script failed 50% items=1/2 at={"next":1} fence=2 error="the job broke off by a fault of the server"
    2 script finished 100% items=1/1 at={"next":1} fence=2
    "#);
    assert_eq!(bench.data(broken), "0");
}

#[test]
fn a_panic_in_the_work_of_a_chunk_fails_the_job_and_undoes_the_chunk() {
    let bench = Bench::new();
    let script = Script {
        work_panics: Some(1),
        ..Script::chunks(2)
    };
    let seq = bench.submit(&script);
    bench.drain(&bench.runner());
    assert_snapshot!(bench.picture(), @r#"
    1 script failed 50% items=1/2 at={"next":1} fence=2 error="the job broke off by a fault of the server"
    "#);
    assert_eq!(bench.data(seq), "0");
}

#[test]
fn a_closed_store_ends_the_run_and_the_next_start_takes_the_job_up() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(2));
    let runner = bench.runner();
    let stop = bench.pause((seq, Point::BeforeCommit, 2));
    bench.claim(&runner);
    stop.reached();
    let bench = bench.reopen();
    stop.go();
    bench.idle(&runner);
    let next = bench.runner();
    assert_eq!(bench.recover(&next), 1);
    bench.drain(&next);
    assert_eq!(
        (bench.job(seq).counts.processed, bench.data(seq).as_str()),
        (2, "0 1")
    );
}

#[test]
fn parameters_that_are_not_those_of_the_kind_fail_the_job() {
    let bench = Bench::new();
    bench.submit_with(&Script::chunks(1), |new| new.params = "[1]".to_owned());
    bench.drain(&bench.runner());
    assert_snapshot!(bench.picture(), @r#"
    1 script finished 100% items=1/1 at={"next":1} fence=2
    "#);
}

#[test]
fn kinds_that_the_runner_does_not_know_are_left_alone() {
    let bench = Bench::new();
    bench.submit_with(&Script::chunks(1), |new| new.kind = "of a newer release");
    bench.submit(&Script::chunks(1));
    assert_eq!(bench.drain(&bench.runner()), 1);
    assert_snapshot!(bench.picture(), @r#"
    1 of a newer release pending
    2 script finished 100% items=1/1 at={"next":1} fence=2
    "#);
}

#[test]
fn a_failure_planned_before_the_body_fails_the_job() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(1));
    let error = Error::new(Code::Internal, "planned");
    bench.plan.at((seq, Point::Claimed, 1), Verdict::Fail(error));
    bench.drain(&bench.runner());
    assert_snapshot!(bench.picture(), @r#"
    1 script failed fence=2 error="planned"
    "#);
}

#[test]
fn a_job_on_hold_goes_on_when_holds_are_released() {
    let bench = Bench::new();
    let seq = bench.submit_with(
        &Script {
            hold: Some(1),
            ..Script::chunks(2)
        },
        |new| {
            new.serial_key = Some("article".to_owned());
        },
    );
    bench.submit_with(&Script::chunks(1), |new| {
        new.serial_key = Some("article".to_owned())
    });
    let runner = bench.runner();
    bench.drain(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script stopped 50% items=1/2 at={"next":1,"held":true} serial=article:turn fence=1 hold="item 1 failed"
    2 script pending serial=article:waits
    "#);
    let now = bench.env.now();
    let released = bench
        .write(move |tx| jobs::release_holds(tx, "another queue", now))
        .unwrap();
    assert_eq!(released, 0);
    assert_eq!(
        bench
            .write(move |tx| jobs::release_holds(tx, "tests", now))
            .unwrap(),
        1
    );
    bench.drain(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script finished 100% items=2/2 at={"next":2,"held":true} serial=article fence=3
    2 script finished 100% items=1/1 at={"next":1} serial=article fence=2
    "#);
    assert_eq!(
        bench.log(seq),
        ["INFO item 0", "WARN item 1 failed", "INFO item 1"]
    );
}
