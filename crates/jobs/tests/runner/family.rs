//! Parents and children.

use insta::assert_snapshot;
use jobs::{Action, Point};
use model::JobSeq;
use model::job::Status;

use super::bench::Bench;
use super::bodies::Script;

fn parent_of(children: &[u64]) -> Script {
    Script {
        children: children.to_vec(),
        ..Script::chunks(1)
    }
}

#[test]
fn a_parent_finishes_after_its_children() {
    let bench = Bench::new();
    let parent = bench.submit(&parent_of(&[1, 2]));
    let runner = bench.runner();
    bench.claim(&runner);
    bench.idle(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script running children=0/2 at={"next":0,"parent":true} awaiting fence=1
    2 script pending parent=1
    3 script pending parent=1
    "#);
    bench.drain(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script finished 100% items=1/1 children=2/2 at={"next":1,"parent":true} fence=3
    2 script finished 100% items=1/1 parent=1 at={"next":1} fence=2
    3 script finished 100% items=2/2 parent=1 at={"next":2} fence=2
    "#);
    assert_eq!(bench.data(parent), "0");
}

#[test]
fn children_that_end_before_the_parent_waits_let_it_run_again_at_once() {
    let bench = Bench::new();
    let parent = bench.submit(&parent_of(&[1]));
    let runner = bench.runner();
    let stop = bench.pause((parent, Point::BeforeEnd, 1));
    bench.claim(&runner);
    stop.reached();
    let child_ends = bench.pause((JobSeq(2), Point::AfterEnd, 1));
    bench.claim(&runner);
    child_ends.reached();
    child_ends.go();
    stop.go();
    bench.idle(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script pending children=1/1 at={"next":0,"parent":true} fence=1
    2 script finished 100% items=1/1 parent=1 at={"next":1} fence=2
    "#);
    bench.drain(&runner);
    assert_eq!(bench.job(parent).status, Status::Finished);
}

#[test]
fn a_tree_is_steered_at_its_root_only() {
    let bench = Bench::new();
    let parent = bench.submit(&parent_of(&[2, 2, 2]));
    let runner = bench.runner();
    let stop = bench.pause((JobSeq(2), Point::BeforeCommit, 1));
    let ended = bench.pause((JobSeq(3), Point::AfterEnd, 1));
    bench.claim(&runner);
    bench.idle(&runner);
    bench.claim(&runner);
    stop.reached();
    ended.reached();
    ended.go();
    assert_eq!(
        bench.refusal(JobSeq(2), Action::Stop),
        "job 2 is a part of job 1; it cannot be stopped by itself"
    );
    assert_eq!(bench.steer(parent, Action::Stop), Ok(Status::Stopped));
    stop.go();
    bench.idle(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script stopped children=1/3 at={"next":0,"parent":true} awaiting fence=1
    2 script stopped 50% items=1/2 parent=1 at={"next":1} fence=1
    3 script finished 100% items=2/2 parent=1 at={"next":2} fence=2
    4 script stopped parent=1
    "#);
    assert_eq!(bench.drain(&runner), 0);
    assert_eq!(bench.steer(parent, Action::Resume), Ok(Status::Running));
    bench.drain(&runner);
    assert_eq!(bench.job(parent).status, Status::Finished);
    assert_eq!(
        [2, 3, 4].map(|seq| bench.data(JobSeq(seq))),
        ["0 1", "0 1", "0 1"]
    );
}

#[test]
fn a_child_on_its_way_to_a_stop_is_stopped_by_force_or_called_back_with_its_root() {
    for action in [Action::ForceStop, Action::Resume, Action::Cancel] {
        let bench = Bench::new();
        let parent = bench.submit(&parent_of(&[2]));
        let runner = bench.runner();
        let stop = bench.pause((JobSeq(2), Point::BeforeCommit, 2));
        bench.claim(&runner);
        bench.idle(&runner);
        bench.claim(&runner);
        stop.reached();
        bench.steer(parent, Action::Stop).unwrap();
        assert_eq!(bench.job(JobSeq(2)).status, Status::Stopping);
        bench.steer(parent, action).unwrap();
        let expected = match action {
            Action::ForceStop => (Status::Stopped, Status::Stopped, "0"),
            Action::Resume => (Status::Finished, Status::Finished, "0 1"),
            _ => (Status::Cancelled, Status::Cancelled, "0"),
        };
        stop.go();
        bench.idle(&runner);
        bench.drain(&runner);
        let seen = (bench.job(parent).status, bench.job(JobSeq(2)).status);
        assert_eq!(
            (seen.0, seen.1, bench.data(JobSeq(2)).as_str()),
            expected,
            "{action:?}"
        );
    }
}

#[test]
fn children_made_by_the_chunk_that_stops_are_stopped_with_it() {
    let bench = Bench::new();
    let parent = bench.submit(&parent_of(&[1]));
    let runner = bench.runner();
    let stop = bench.pause((parent, Point::BeforeCommit, 1));
    bench.claim(&runner);
    stop.reached();
    bench.steer(parent, Action::Stop).unwrap();
    stop.go();
    bench.idle(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script stopped children=0/1 at={"next":0,"parent":true} fence=1
    2 script stopped parent=1
    "#);
    bench.steer(parent, Action::Resume).unwrap();
    bench.drain(&runner);
    assert_eq!(bench.job(parent).status, Status::Finished);
}

#[test]
fn a_failed_child_is_counted_and_does_not_fail_its_parent() {
    let bench = Bench::new();
    let parent = bench.submit(&parent_of(&[1, 1]));
    let runner = bench.runner();
    bench.claim(&runner);
    bench.idle(&runner);
    bench.plan.at(
        (JobSeq(2), Point::Claimed, 1),
        jobs::Verdict::Fail(model::Error::new(model::Code::BadValue, "planned")),
    );
    bench.drain(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script finished 100% items=1/1 children=2/2 children_failed=1 at={"next":1,"parent":true} fence=3
    2 script failed parent=1 fence=2 error="planned"
    3 script finished 100% items=1/1 parent=1 at={"next":1} fence=2
    "#);
    assert!(bench.job(parent).has_errors());
}

#[test]
fn a_cancelled_tree_is_cancelled_whole() {
    let bench = Bench::new();
    let parent = bench.submit(&parent_of(&[1, 1]));
    let runner = bench.runner();
    bench.claim(&runner);
    bench.idle(&runner);
    assert_eq!(bench.steer(parent, Action::CancelRunning), Ok(Status::Cancelled));
    assert_snapshot!(bench.picture(), @r#"
    1 script cancelled children=2/2 children_failed=2 at={"next":0,"parent":true} fence=1
    2 script cancelled parent=1
    3 script cancelled parent=1
    "#);
    assert_eq!(bench.drain(&runner), 0);
}

#[test]
fn a_hold_released_in_a_stopped_tree_waits_for_its_root() {
    let bench = Bench::new();
    let parent = bench.submit(&parent_of(&[1]));
    let runner = bench.runner();
    bench.claim(&runner);
    bench.idle(&runner);
    bench.steer(parent, Action::Stop).unwrap();
    let now = bench.env.now();
    let hold = move |tx: &mut dyn storage::Tx| {
        let placement = storage::tables::jobs::Placement {
            status: Status::Stopped,
            lease: storage::tables::jobs::LeaseChange::Keep,
            awaiting_children: false,
            hold: Some("held".to_owned()),
            now,
        };
        tx.place_job(JobSeq(2), &placement)?;
        jobs::release_holds(tx, "tests", now)
    };
    assert_eq!(bench.write(hold), Ok(1));
    assert_eq!(bench.drain(&runner), 0);
    bench.steer(parent, Action::Resume).unwrap();
    bench.drain(&runner);
    assert_eq!(bench.job(parent).status, Status::Finished);
}

#[test]
fn waiting_for_children_without_any_is_a_fault() {
    let bench = Bench::new();
    bench.submit(&Script {
        waits_for_nobody: true,
        ..Script::default()
    });
    bench.drain(&bench.runner());
    assert_snapshot!(bench.picture(), @r#"
    1 script failed fence=2 error="internal error"
    "#);
}
