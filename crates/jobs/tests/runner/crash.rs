//! Death at any point, and leases: nothing is lost, nothing is done twice, late commits are refused.

use std::time::Duration;

use insta::assert_snapshot;
use jobs::{Action, Point, Runner, Verdict};
use model::job::Status;

use super::bench::Bench;
use super::bodies::Script;

fn recover_expired(bench: &Bench, runner: &Runner) -> u64 {
    bench.runtime.block_on(runner.recover_expired()).unwrap()
}

#[test]
fn death_at_any_point_gives_the_same_end() {
    let commits = |point| [1, 2, 3].map(|n| (point, n));
    let mut places = vec![(Point::Claimed, 1), (Point::BeforeEnd, 1)];
    places.extend(commits(Point::BeforeCommit));
    places.extend(commits(Point::AfterCommit));
    for ahead in [false, true] {
        for (point, nth) in places.clone() {
            let bench = Bench::new();
            let seq = bench.submit(&Script {
                ahead,
                bad: vec![2],
                ..Script::chunks(3)
            });
            bench.plan.at((seq, point, nth), Verdict::Die);
            bench.drain(&bench.runner());
            assert_eq!(bench.job(seq).status, Status::Running, "{point:?} {nth}");
            let next = bench.runner();
            assert_eq!(bench.recover(&next), 1, "{point:?} {nth}");
            assert_eq!(bench.drain(&next), 1, "{point:?} {nth}");
            let job = bench.job(seq);
            let end = (
                job.status,
                job.counts.processed,
                job.counts.failed,
                bench.data(seq),
            );
            assert_eq!(
                end,
                (Status::Finished, 3, 1, "0 1 2".to_owned()),
                "{point:?} {nth}"
            );
        }
    }
}

#[test]
fn death_after_the_end_changes_nothing() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(1));
    bench.plan.at((seq, Point::AfterEnd, 1), Verdict::Die);
    bench.drain(&bench.runner());
    assert_eq!(bench.recover(&bench.runner()), 0);
    assert_eq!(bench.job(seq).status, Status::Finished);
}

#[test]
fn a_job_that_was_to_stop_when_its_process_died_is_stopped() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(2));
    let runner = bench.runner();
    let stop = bench.pause((seq, Point::AfterCommit, 1));
    bench.plan.at((seq, Point::AfterCommit, 1), Verdict::Die);
    bench.claim(&runner);
    stop.reached();
    bench.steer(seq, Action::Stop).unwrap();
    stop.go();
    bench.idle(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script stopping 50% items=1/2 at={"next":1} leased fence=1
    "#);
    bench.recover(&bench.runner());
    assert_snapshot!(bench.picture(), @r#"
    1 script stopped 50% items=1/2 at={"next":1} fence=2
    "#);
    assert_eq!(
        bench.log(seq).last().unwrap(),
        "WARN taken up again: the process that worked on it is gone"
    );
}

#[test]
fn an_expired_lease_is_taken_over_and_its_late_commit_refused() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(3));
    let (slow, other) = (bench.runner(), bench.runner());
    let stop = bench.pause((seq, Point::BeforeCommit, 2));
    bench.claim(&slow);
    stop.reached();
    assert_eq!(recover_expired(&bench, &other), 0);
    bench.clock.advance(Duration::from_secs(31));
    assert_eq!(recover_expired(&bench, &slow), 0, "its own body is still at work");
    assert_eq!(recover_expired(&bench, &other), 1);
    bench.drain(&other);
    stop.go();
    bench.idle(&slow);
    assert_snapshot!(bench.picture(), @r#"
    1 script finished 100% items=3/3 at={"next":3} fence=4
    "#);
    assert_eq!(bench.data(seq), "0 1 2");
}

#[test]
fn a_heartbeat_keeps_the_lease_of_long_work() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(1));
    let (slow, other) = (bench.runner(), bench.runner());
    let stop = bench.pause((seq, Point::Claimed, 1));
    bench.claim(&slow);
    stop.reached();
    for _ in 0..3 {
        bench.clock.advance(Duration::from_secs(20));
        assert_eq!(bench.runtime.block_on(slow.heartbeat()).unwrap(), 1);
    }
    assert_eq!(recover_expired(&bench, &other), 0);
    stop.go();
    bench.idle(&slow);
    assert_eq!(bench.job(seq).status, Status::Finished);
}

#[test]
fn a_heartbeat_tells_a_body_that_its_job_was_taken_away() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(2));
    let runner = bench.runner();
    let stop = bench.pause((seq, Point::AfterCommit, 1));
    bench.claim(&runner);
    stop.reached();
    bench.steer(seq, Action::CancelRunning).unwrap();
    assert_eq!(bench.runtime.block_on(runner.heartbeat()).unwrap(), 0);
    stop.go();
    bench.idle(&runner);
    assert_eq!(
        (bench.job(seq).status, bench.data(seq).as_str()),
        (Status::Cancelled, "0")
    );
}

#[test]
fn a_body_that_died_in_a_living_process_is_taken_up_when_its_lease_expires() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(1));
    let runner = bench.runner();
    bench.plan.at((seq, Point::BeforeCommit, 1), Verdict::Die);
    bench.drain(&runner);
    bench.clock.advance(Duration::from_secs(31));
    assert_eq!(recover_expired(&bench, &runner), 1);
    bench.drain(&runner);
    assert_eq!(bench.job(seq).status, Status::Finished);
}
