//! Stop, resume, force-stop and cancel, at every point of a run.

use insta::assert_snapshot;
use jobs::{Action, Point};
use model::JobSeq;
use model::job::Status;

use super::bench::Bench;
use super::bodies::Script;

#[test]
fn a_waiting_job_stops_at_once_and_resumes() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(1));
    assert_eq!(bench.steer(seq, Action::Stop), Ok(Status::Stopped));
    assert_eq!(bench.drain(&bench.runner()), 0);
    assert_eq!(bench.steer(seq, Action::Resume), Ok(Status::Pending));
    bench.drain(&bench.runner());
    assert_eq!(bench.job(seq).status, Status::Finished);
}

#[test]
fn a_running_job_stops_with_the_chunk_under_way() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(3));
    let runner = bench.runner();
    let stop = bench.pause((seq, Point::BeforeCommit, 2));
    bench.claim(&runner);
    stop.reached();
    assert_eq!(bench.steer(seq, Action::Stop), Ok(Status::Stopping));
    assert_snapshot!(bench.picture(), @r#"
    1 script stopping 33% items=1/3 at={"next":1} leased fence=1
    "#);
    stop.go();
    bench.idle(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script stopped 67% items=2/3 at={"next":2} fence=1
    "#);
    assert_eq!(bench.steer(seq, Action::Resume), Ok(Status::Pending));
    assert_eq!(bench.drain(&runner), 1);
    assert_snapshot!(bench.picture(), @r#"
    1 script finished 100% items=3/3 at={"next":3} fence=3
    "#);
    assert_eq!(bench.data(seq), "0 1 2");
}

/// Stopped at every point, resumed and run to the end, a job has done each thing once.
#[test]
fn a_stop_at_any_point_loses_and_repeats_nothing() {
    let commits = |point| [1, 2, 3].map(|n| (point, n));
    let mut places = vec![(Point::Claimed, 1), (Point::BeforeEnd, 1)];
    places.extend(commits(Point::BeforeCommit));
    places.extend(commits(Point::AfterCommit));
    for ahead in [false, true] {
        for (point, nth) in places.clone() {
            let bench = Bench::new();
            let seq = bench.submit(&Script {
                ahead,
                ..Script::chunks(3)
            });
            let runner = bench.runner();
            let stop = bench.pause((seq, point, nth));
            bench.claim(&runner);
            stop.reached();
            assert_eq!(
                bench.steer(seq, Action::Stop),
                Ok(Status::Stopping),
                "{point:?} {nth}"
            );
            stop.go();
            bench.idle(&runner);
            if bench.job(seq).status != Status::Finished {
                assert_eq!(
                    bench.steer(seq, Action::Resume),
                    Ok(Status::Pending),
                    "{point:?} {nth}"
                );
                bench.drain(&runner);
            }
            assert_eq!(bench.job(seq).status, Status::Finished, "{point:?} {nth}");
            assert_eq!(bench.data(seq), "0 1 2", "{point:?} {nth}");
            assert_eq!(bench.job(seq).counts.processed, 3, "{point:?} {nth}");
        }
    }
}

#[test]
fn a_forced_stop_refuses_the_late_commit() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(3));
    let runner = bench.runner();
    let stop = bench.pause((seq, Point::BeforeCommit, 2));
    bench.claim(&runner);
    stop.reached();
    bench.steer(seq, Action::Stop).unwrap();
    assert_eq!(bench.steer(seq, Action::ForceStop), Ok(Status::Stopped));
    assert_eq!(bench.steer(seq, Action::Resume), Ok(Status::Pending));
    // Another process takes it up while the first body is still on its way.
    let again = bench.pause((seq, Point::BeforeCommit, 3));
    let second = bench.runner();
    bench.claim(&second);
    again.reached();
    stop.go();
    bench.idle(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script running 33% items=1/3 at={"next":1} leased fence=3
    "#);
    again.go();
    bench.idle(&second);
    assert_eq!(bench.job(seq).status, Status::Finished);
    assert_eq!(bench.data(seq), "0 1 2");
}

#[test]
fn a_running_job_can_be_cancelled_at_once_and_what_it_wrote_stays() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(3));
    let runner = bench.runner();
    let stop = bench.pause((seq, Point::BeforeCommit, 2));
    bench.claim(&runner);
    stop.reached();
    assert_eq!(
        bench.refusal(seq, Action::Cancel),
        "job 1 is running; it cannot be cancelled"
    );
    assert_eq!(bench.steer(seq, Action::CancelRunning), Ok(Status::Cancelled));
    stop.go();
    bench.idle(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script cancelled 33% items=1/3 at={"next":1} fence=2
    "#);
    assert_eq!(bench.data(seq), "0");
    assert_eq!(bench.drain(&runner), 0);
}

#[test]
fn a_stop_withdrawn_before_the_boundary_is_refused() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(2));
    let runner = bench.runner();
    let stop = bench.pause((seq, Point::BeforeCommit, 1));
    bench.claim(&runner);
    stop.reached();
    bench.steer(seq, Action::Stop).unwrap();
    assert_eq!(
        bench.refusal(seq, Action::Resume),
        "job 1 is stopping; it cannot be resumed"
    );
    assert_eq!(
        bench.refusal(seq, Action::Stop),
        "job 1 is stopping; it cannot be stopped"
    );
    stop.go();
    bench.idle(&runner);
    assert_eq!(bench.job(seq).status, Status::Stopped);
}

#[test]
fn refusals_name_the_job_and_its_status() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(1));
    assert_eq!(
        bench.refusal(seq, Action::ForceStop),
        "job 1 is pending; it cannot be stopped"
    );
    bench.steer(seq, Action::Cancel).unwrap();
    assert_eq!(
        bench.refusal(seq, Action::Resume),
        "job 1 is cancelled; it cannot be resumed"
    );
    assert_eq!(bench.refusal(JobSeq(7), Action::Stop), "job not found: 7");
}

#[test]
fn a_stop_through_the_handle_reaches_a_body_between_commits() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(3));
    let runner = bench.runner();
    let (handle, now) = (runner.handle(), bench.env.now());
    let stop = bench.pause((seq, Point::AfterCommit, 1));
    bench.claim(&runner);
    stop.reached();
    bench
        .write(move |tx| handle.steer(tx, seq, Action::Stop, now))
        .unwrap();
    // What a commit sets off has happened when a later write answers.
    bench.write(|_| Ok(())).unwrap();
    stop.go();
    bench.idle(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script stopped 33% items=1/3 at={"next":1} fence=1
    "#);
}

#[test]
fn a_nudge_without_a_stop_only_runs_the_body_again() {
    let bench = Bench::new();
    let seq = bench.submit(&Script::chunks(3));
    let runner = bench.runner();
    let stop = bench.pause((seq, Point::AfterCommit, 1));
    bench.claim(&runner);
    stop.reached();
    runner.handle().stop(seq);
    stop.go();
    bench.idle(&runner);
    assert_eq!(bench.job(seq).status, Status::Pending);
    bench.drain(&runner);
    assert_eq!(bench.data(seq), "0 1 2");
}

#[test]
fn received_jobs_wait_for_their_content() {
    let bench = Bench::new();
    let receive = |new: &mut model::job::NewJob| new.status = Status::Received;
    let good = bench.submit_with(&Script::default(), receive);
    let bad = bench.submit_with(&Script::default(), receive);
    let lost = bench.submit_with(&Script::default(), receive);
    let runner = bench.runner();
    assert_eq!(bench.drain(&runner), 0);
    let now = bench.env.now();
    let params = serde_json::to_string(&Script::chunks(2)).unwrap();
    bench
        .write(move |tx| jobs::accept(tx, good, Some(&params), now))
        .unwrap();
    bench
        .write(move |tx| jobs::reject(tx, bad, "no entity \"Foo\"", now))
        .unwrap();
    bench.steer(lost, Action::Cancel).unwrap();
    bench.drain(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script finished 100% items=2/2 at={"next":2} fence=2
    2 script rejected error="no entity \"Foo\""
    3 script cancelled
    "#);
    let again = bench
        .write(move |tx| jobs::accept(tx, good, None, now))
        .unwrap_err();
    assert_eq!(
        again.message(),
        "job 1 is finished; it no longer waits for its content"
    );
    assert_eq!(bench.log(bad), ["ERROR no entity \"Foo\""]);
}

#[test]
fn a_whole_queue_is_cancelled_in_bounded_steps() {
    let bench = Bench::new();
    let running = bench.submit(&Script::chunks(2));
    let runner = bench.runner();
    let stop = bench.pause((running, Point::BeforeCommit, 2));
    bench.claim(&runner);
    stop.reached();
    for _ in 0..3 {
        bench.submit(&Script::chunks(1));
    }
    let other = bench.submit_with(&Script::chunks(1), |new| new.queue = "another queue");
    let now = bench.env.now();
    let mut steps = Vec::new();
    while steps.last() != Some(&0) {
        steps.push(
            bench
                .write(move |tx| jobs::cancel_queue(tx, "tests", 3, now))
                .unwrap(),
        );
    }
    assert_eq!(steps, [3, 1, 0]);
    stop.go();
    bench.idle(&runner);
    assert_eq!(bench.drain(&runner), 1);
    assert_eq!(bench.job(other).status, Status::Finished);
    assert_eq!(
        (bench.job(running).status, bench.data(running).as_str()),
        (Status::Cancelled, "0")
    );
}
