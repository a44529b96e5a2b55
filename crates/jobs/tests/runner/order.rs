//! Which job goes first: serial keys, priorities, lanes.

use insta::assert_snapshot;
use jobs::{Action, Point};
use model::JobSeq;
use model::job::{NewJob, Status};

use super::bench::Bench;
use super::bodies::Script;

fn keyed(key: &'static str) -> impl FnOnce(&mut NewJob) {
    move |new| new.serial_key = Some(key.to_owned())
}

/// The jobs of the bench in the order in which they were first claimed, one at a time.
fn order_of(bench: &Bench) -> Vec<i64> {
    let runner = bench.runner();
    let mut order = Vec::new();
    loop {
        if bench.claim(&runner) == 0 {
            return order;
        }
        bench.idle(&runner);
        let entries = bench.read(|tx| tx.job_entries(JobSeq(0), 99));
        let started = entries
            .iter()
            .filter(|entry| entry.fence > 0)
            .map(|entry| entry.job.seq.0);
        order.extend(started.filter(|seq| !order.contains(seq)).collect::<Vec<_>>());
    }
}

#[test]
fn jobs_of_one_key_run_in_order_of_acceptance_and_a_stopped_one_keeps_its_place() {
    let bench = Bench::new();
    let [first, second, third] =
        [1, 1, 1].map(|chunks| bench.submit_with(&Script::chunks(chunks), keyed("a")));
    bench.submit_with(&Script::chunks(1), keyed("b"));
    bench.steer(first, Action::Stop).unwrap();
    let runner = bench.runner();
    bench.drain(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script stopped serial=a:turn
    2 script pending serial=a:waits
    3 script pending serial=a:waits
    4 script finished 100% items=1/1 at={"next":1} serial=b fence=2
    "#);
    bench.steer(first, Action::Resume).unwrap();
    bench.steer(second, Action::Stop).unwrap();
    bench.drain(&runner);
    assert_snapshot!(bench.picture(), @r#"
    1 script finished 100% items=1/1 at={"next":1} serial=a fence=2
    2 script stopped serial=a:turn
    3 script pending serial=a:waits
    4 script finished 100% items=1/1 at={"next":1} serial=b fence=2
    "#);
    bench.steer(second, Action::Cancel).unwrap();
    bench.drain(&runner);
    assert_eq!(bench.job(third).status, Status::Finished);
}

#[test]
fn a_stop_in_the_middle_does_not_let_the_next_of_the_key_pass() {
    let bench = Bench::new();
    let first = bench.submit_with(&Script::chunks(2), keyed("a"));
    let second = bench.submit_with(&Script::chunks(1), keyed("a"));
    let runner = bench.runner();
    let stop = bench.pause((first, Point::BeforeCommit, 1));
    assert_eq!(bench.claim(&runner), 1);
    stop.reached();
    bench.steer(first, Action::Stop).unwrap();
    stop.go();
    bench.idle(&runner);
    assert_eq!(bench.drain(&runner), 0);
    bench.steer(first, Action::Resume).unwrap();
    assert_eq!(bench.drain(&runner), 2);
    assert_eq!(
        (bench.data(first), bench.data(second)),
        ("0 1".to_owned(), "0".to_owned())
    );
}

#[test]
fn a_failed_or_rejected_job_passes_its_turn_on() {
    let bench = Bench::new();
    let received = bench.submit_with(&Script::default(), |new| {
        keyed("a")(new);
        new.status = Status::Received;
    });
    bench.submit_with(
        &Script {
            broken: Some(0),
            ..Script::chunks(1)
        },
        keyed("a"),
    );
    let last = bench.submit_with(&Script::chunks(1), keyed("a"));
    let runner = bench.runner();
    assert_eq!(bench.drain(&runner), 0, "content may still arrive");
    let now = bench.env.now();
    bench
        .write(move |tx| jobs::reject(tx, received, "not JSON", now))
        .unwrap();
    assert_eq!(bench.drain(&runner), 2);
    assert_eq!(bench.job(last).status, Status::Finished);
}

#[test]
fn a_waiting_job_of_a_key_that_is_cancelled_leaves_the_turn_where_it_is() {
    let bench = Bench::new();
    let [first, second, third] =
        [1, 1, 1].map(|chunks| bench.submit_with(&Script::chunks(chunks), keyed("a")));
    bench.steer(first, Action::Stop).unwrap();
    bench.steer(second, Action::Cancel).unwrap();
    assert_eq!(bench.drain(&bench.runner()), 0);
    bench.steer(first, Action::Cancel).unwrap();
    assert_eq!(bench.drain(&bench.runner()), 1);
    assert_eq!(bench.job(third).status, Status::Finished);
}

#[test]
fn ordinary_goes_before_low_and_higher_priority_before_lower_and_then_the_order_of_acceptance() {
    let mut bench = Bench::new();
    bench.options.concurrency = 1;
    for (priority, low_priority) in [
        (0, true),
        (0, false),
        (5, false),
        (9, true),
        (5, false),
        (-1, false),
    ] {
        bench.submit_with(&Script::chunks(1), |new| {
            (new.priority, new.low_priority) = (priority, low_priority);
        });
    }
    assert_eq!(order_of(&bench), [3, 5, 2, 6, 4, 1]);
}

#[test]
fn the_low_lane_waits_while_ordinary_jobs_run_and_never_takes_the_last_place() {
    let mut bench = Bench::new();
    (bench.options.concurrency, bench.options.low_lane_threshold) = (3, 1);
    let low = |new: &mut NewJob| new.low_priority = true;
    let ordinary = [1, 1].map(|chunks| bench.submit(&Script::chunks(chunks)));
    let lows = [1, 1, 1].map(|chunks| bench.submit_with(&Script::chunks(chunks), low));
    let runner = bench.runner();
    let stops = ordinary.map(|seq| bench.pause((seq, Point::BeforeEnd, 1)));
    let low_stops = lows.map(|seq| bench.pause((seq, Point::BeforeEnd, 1)));
    assert_eq!(
        bench.claim(&runner),
        2,
        "two ordinary jobs are more than the threshold"
    );
    let [one, two] = stops;
    one.reached();
    two.reached();
    assert_eq!(bench.claim(&runner), 0);
    one.go();
    bench.until(|| runner.handle().running() == 1);
    assert_eq!(bench.claim(&runner), 2, "one place for each of two low jobs");
    assert_eq!(bench.claim(&runner), 0, "all places are taken");
    two.go();
    let [first, second, third] = low_stops;
    first.reached();
    second.reached();
    bench.until(|| runner.handle().running() == 2);
    assert_eq!(
        bench.claim(&runner),
        0,
        "the last place is kept for an ordinary job"
    );
    let late = bench.submit(&Script::chunks(1));
    assert_eq!(bench.claim(&runner), 1);
    first.go();
    second.go();
    bench.idle(&runner);
    bench.claim(&runner);
    third.reached();
    third.go();
    bench.idle(&runner);
    assert_eq!(bench.job(late).status, Status::Finished);
    assert_eq!(bench.job(lows[2]).status, Status::Finished);
}

#[test]
fn no_more_jobs_run_than_there_are_places() {
    let bench = Bench::new();
    let seqs = [1, 1, 1].map(|chunks| bench.submit(&Script::chunks(chunks)));
    let runner = bench.runner();
    let stops = [seqs[0], seqs[1]].map(|seq| bench.pause((seq, Point::BeforeEnd, 1)));
    assert_eq!(bench.claim(&runner), 2);
    assert_eq!(bench.claim(&runner), 0);
    assert_eq!(runner.handle().running(), 2);
    for stop in stops {
        stop.reached();
        stop.go();
    }
    bench.idle(&runner);
    assert_eq!(bench.claim(&runner), 1);
    bench.idle(&runner);
}

#[test]
fn a_request_handed_in_twice_is_one_job() {
    let bench = Bench::new();
    let new = super::bench::new_job(&bench.env, &Script::chunks(1));
    let again = new.clone();
    let first = bench.write(move |tx| Ok(tx.insert_job(&new)?)).unwrap();
    let second = bench.write(move |tx| Ok(tx.insert_job(&again)?)).unwrap();
    let job = first.clone().into_job();
    assert_eq!(first, storage::tables::jobs::Inserted::New(job.clone()));
    assert_eq!(second, storage::tables::jobs::Inserted::Existing(job));
    assert_eq!(bench.drain(&bench.runner()), 1);
}
