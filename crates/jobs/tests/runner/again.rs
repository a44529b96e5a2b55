//! Bodies that a store lets down between their chunks are run again from their checkpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jobs::{Interrupt, Kind, Outcome, Registry, Report, Run, Runner};
use model::job::Status;
use model::{Code, Error};

use super::bench::{Bench, new_job};
use super::bodies::Script;

/// Does ten units, one a chunk, and comes back with an error after each that the store has had enough of it for now.
struct Fickle {
    runs: Arc<AtomicU32>,
    /// Whether it gets any further meanwhile.
    works: bool,
}

impl Kind for Fickle {
    fn name(&self) -> &'static str {
        "fickle"
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let done: u64 = run.checkpoint()?.unwrap_or_default();
        if done == 10 {
            return Ok(Outcome::Finished(None));
        }
        if self.works {
            run.commit(move |_| {
                Ok(Report {
                    processed: 1,
                    checkpoint: Some((done + 1).to_string()),
                    ..Report::default()
                })
            })?;
        }
        run.log(model::job::Level::Info, "behind the last chunk");
        Err(Error::new(Code::Unavailable, "away").with_retry_after(1).into())
    }
}

fn worked(works: bool) -> (model::Job, u32, usize) {
    let bench = Bench::new();
    let runs = Arc::new(AtomicU32::new(0));
    let fickle = Fickle {
        runs: Arc::clone(&runs),
        works,
    };
    let registry = Registry::new().with(fickle);
    let (store, options) = (bench.store.clone(), bench.options.clone());
    let runner = Runner::new(store, bench.env.clone(), registry, options);
    let new = model::job::NewJob {
        kind: "fickle",
        ..new_job(&bench.env, &Script::default())
    };
    let seq = bench
        .write(move |tx| Ok(tx.insert_job(&new)?.into_job().seq))
        .unwrap();
    bench.drain(&runner);
    (bench.job(seq), runs.load(Ordering::SeqCst), bench.log(seq).len())
}

#[test]
fn a_body_that_the_store_lets_down_goes_on_from_its_checkpoint() {
    let (job, runs, lines) = worked(true);
    assert_eq!((job.status, job.counts.processed), (Status::Finished, 10));
    assert_eq!(
        (runs, lines),
        (11, 0),
        "what was logged behind a chunk is logged anew"
    );
}

#[test]
fn one_that_gets_no_further_fails_in_the_end() {
    let (job, runs, _) = worked(false);
    assert_eq!((job.status, runs), (Status::Failed, 6));
    assert_eq!(job.error.as_deref(), Some("away"));
}
