//! The service as a whole: wake-ups, readiness, shutdown.

use std::time::Duration;

use insta::assert_snapshot;
use jobs::Point;
use model::job::Status;
use tokio::sync::oneshot;

use super::bench::{Bench, new_job};
use super::bodies::Script;

/// Longer than any test: whatever happens, happens without a timer.
const NEVER: Duration = Duration::from_secs(3600);

fn patient() -> Bench {
    let mut bench = Bench::new();
    (
        bench.options.poll,
        bench.options.lease,
        bench.options.retention_interval,
    ) = (NEVER, NEVER, NEVER);
    bench
}

#[test]
fn a_job_handed_in_through_the_handle_is_run_without_polling() {
    let bench = patient();
    let runner = bench.runner();
    let handle = runner.handle();
    let (stop, stopped) = oneshot::channel::<()>();
    let service = bench
        .runtime
        .spawn(runner.run(async { stopped.await.unwrap_or_default() }));
    let end = bench.pause((model::JobSeq(1), Point::AfterEnd, 1));
    bench.submit(&Script::default());
    handle.wake();
    end.reached();
    end.go();
    assert!(handle.ready());
    let new = new_job(
        &bench.env,
        &Script {
            children: vec![1, 2, 3],
            ..Script::chunks(1)
        },
    );
    let end = bench.pause((model::JobSeq(2), Point::AfterEnd, 2));
    let submitter = handle.clone();
    bench.write(move |tx| Ok(submitter.submit(tx, &new)?)).unwrap();
    end.reached();
    end.go();
    stop.send(()).unwrap();
    bench.runtime.block_on(service).unwrap();
    assert!(!handle.ready());
    assert_eq!(handle.running(), 0);
    assert_eq!(bench.job(model::JobSeq(2)).status, Status::Finished);
}

#[test]
fn a_shutdown_sets_running_jobs_back_at_their_next_chunk() {
    let bench = patient();
    let [seq, stopping] = [3, 3].map(|chunks| bench.submit(&Script::chunks(chunks)));
    let (runner, (stop, stopped)) = (bench.runner(), oneshot::channel::<()>());
    let pauses = [seq, stopping].map(|seq| bench.pause((seq, Point::BeforeCommit, 2)));
    let service = bench
        .runtime
        .spawn(runner.run(async { stopped.await.unwrap_or_default() }));
    pauses.iter().for_each(super::plan::Breakpoint::reached);
    bench.steer(stopping, jobs::Action::Stop).unwrap();
    stop.send(()).unwrap();
    pauses.into_iter().for_each(super::plan::Breakpoint::go);
    bench.runtime.block_on(service).unwrap();
    assert_snapshot!(bench.picture(), @r#"
    1 script pending 67% items=2/3 at={"next":2} fence=1
    2 script stopped 67% items=2/3 at={"next":2} fence=1
    "#);
    bench.drain(&bench.runner());
    assert_eq!(bench.data(seq), "0 1 2");
}

#[test]
fn a_shutdown_leaves_a_body_that_does_not_come_to_a_chunk_and_the_next_start_takes_it_up() {
    let mut bench = patient();
    bench.options.grace = Duration::ZERO;
    let seq = bench.submit(&Script::chunks(2));
    let runner = bench.runner();
    let pause = bench.pause((seq, Point::BeforeCommit, 2));
    bench.claim(&runner);
    pause.reached();
    bench.runtime.block_on(runner.stop());
    assert_eq!(bench.claim(&runner), 0);
    let next = bench.runner();
    assert_eq!(bench.recover(&next), 1);
    bench.drain(&next);
    pause.go();
    bench.idle(&runner);
    assert_eq!(
        (bench.job(seq).status, bench.data(seq).as_str()),
        (Status::Finished, "0 1")
    );
}
