//! Jobs that do nothing, beside those of River for Rust on the same cluster, measured by its own `bench`.
//!
//! Both have their jobs handed in before the clock starts and count until the last one's end is on disk. They promise
//! different things, so there is no target: a job of ours is claimed with a lease and ended in transactions of its own,
//! so that no end is lost once it is known; River fetches thousands at a time and writes the ends of many later at once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use ::jobs::{Hooks, Interrupt, Kind, Outcome, Point, Registry, Run, Runner, RunnerOptions, Verdict};
use anyhow::{Context, ensure};
use model::job::{NewJob, Status};
use model::{Env, Job};
use storage::postgres::{Options, open};
use storage::{Access, Error, Store};
use testdb::Database;
use tokio::sync::Notify;

use crate::Plan;
use crate::report::Figure;

/// Names the program of River where it is nowhere usual.
const RIVER: &str = "STOCKYARD_BENCH_RIVERQUEUE";
const KIND: &str = "bench.nothing";
/// Jobs handed in by one transaction.
const PER_WRITE: u64 = 1000;
/// Jobs at a time, beside the default.
const MANY: usize = 64;

pub(super) fn measure(plan: &Plan, cluster: &Database) -> anyhow::Result<Vec<Figure>> {
    let count = plan.pick(20_000, 5000);
    let against = match river() {
        Some(river) => format!("River for Rust {:.0}/s", bench(&river, &cluster.beside(), count)?),
        None => "River for Rust is not installed".to_owned(),
    };
    let mut figures = Vec::new();
    for places in [RunnerOptions::default().concurrency, MANY] {
        let rate = ours(&cluster.beside(), count, places)?;
        let name = format!("{count} no-op jobs, {places} at a time");
        figures.push(Figure::bare(name, rate, "/s").against(&against));
    }
    Ok(figures)
}

/// The kind that does nothing.
struct Nothing;

impl Kind for Nothing {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, _run: &mut Run) -> Result<Outcome, Interrupt> {
        Ok(Outcome::Finished(None))
    }
}

/// Says when the last end is on disk.
struct Ends {
    missing: AtomicU64,
    all: Notify,
}

impl Hooks for Ends {
    fn at(&self, point: Point, _job: &Job) -> Verdict {
        if point == Point::AfterEnd && self.missing.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.all.notify_one();
        }
        Verdict::Go
    }
}

/// Jobs per second of a runner that works on so many at a time.
fn ours(database: &Database, count: u64, concurrency: usize) -> anyhow::Result<f64> {
    let opened = open(&Options::new(database.url()), Access::Serve)?;
    let env = Env::system();
    hand_in(&opened.store(), &env, count)?;
    let ends = Arc::new(Ends {
        missing: AtomicU64::new(count),
        all: Notify::new(),
    });
    let options = RunnerOptions {
        concurrency,
        hooks: Arc::<Ends>::clone(&ends),
        ..RunnerOptions::default()
    };
    let runner = Runner::new(opened.store(), env, Registry::new().with(Nothing), options);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let begun = Instant::now();
    runtime.block_on(runner.run(ends.all.notified()));
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    opened.close();
    let finished = database.sql("SELECT count(*) FROM stockyard.jobs WHERE status = 'finished'");
    ensure!(
        finished.trim() == count.to_string(),
        "{finished} jobs have finished"
    );
    Ok(rate)
}

fn hand_in(store: &Store, env: &Env, count: u64) -> anyhow::Result<()> {
    for first in (0..count).step_by(PER_WRITE as usize) {
        let env = env.clone();
        store.write_blocking(move |tx| {
            (first..count.min(first + PER_WRITE)).try_for_each(|_| tx.insert_job(&job(&env)).map(drop))?;
            Ok::<_, Error>(())
        })?;
    }
    Ok(())
}

fn job(env: &Env) -> NewJob {
    NewJob {
        id: env.new_job_id(),
        request_id: env.new_request_id(),
        kind: KIND,
        label: String::new(),
        queue: "bench",
        serial_key: None,
        priority: 0,
        low_priority: false,
        run_by: "bench@example.com".to_owned(),
        parent: None,
        status: Status::Pending,
        params: "{}".to_owned(),
        error: None,
        now: env.now(),
    }
}

/// The program of River; says how to get it when there is none.
fn river() -> Option<PathBuf> {
    let usual = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tools");
    let named = std::env::var_os(RIVER).map(PathBuf::from);
    let program = named.unwrap_or_else(|| usual.join("bin/riverqueue"));
    if program.exists() {
        return Some(program);
    }
    eprintln!(
        "no River at {}: cargo install riverqueue-cli --root {}, or name the program in {RIVER}",
        program.display(),
        usual.display()
    );
    None
}

/// What River's own benchmark says, in jobs per second.
fn bench(river: &Path, database: &Database, count: u64) -> anyhow::Result<f64> {
    said(river, database, &["migrate-up"])?;
    let said = said(
        river,
        database,
        &["bench", "--num-total-jobs", &count.to_string()],
    )?;
    let rate = said
        .split_once("overall job/sec [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .with_context(|| format!("no rate in {said:?}"))?;
    Ok(rate.0.trim().parse()?)
}

fn said(river: &Path, database: &Database, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(river)
        .args(arguments)
        .env("DATABASE_URL", database.address())
        .output()
        .with_context(|| format!("cannot start {}", river.display()))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{arguments:?} of River: {errors}");
    Ok(String::from_utf8(output.stdout)?)
}
