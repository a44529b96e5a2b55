//! A store of its own, a clock to move, and runners that a test drives step by step.

use std::sync::Arc;
use std::time::Duration;

use jobs::{Action, Backoff, Registry, Runner, RunnerOptions, picture};
use model::job::{NewJob, Status};
use model::{Env, Job, JobSeq, Page, Result};
use storage::{ReadTx, Store, Tx};
use testkit::{FakeClock, TempStore, fake_env};
use tokio::runtime::{Builder, Runtime};

use super::bodies::{Script, Scripted};
use super::plan::{Breakpoint, Place, Plan};

/// Everything one test needs.
pub(crate) struct Bench {
    pub(crate) runtime: Runtime,
    pub(crate) plan: Arc<Plan>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) env: Env,
    pub(crate) options: RunnerOptions,
    pub(crate) store: Store,
    temp: TempStore,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let temp = TempStore::new();
        let (clock, env) = fake_env(1);
        let plan = Arc::new(Plan::default());
        let mut options = RunnerOptions {
            concurrency: 2,
            hooks: Arc::<Plan>::clone(&plan),
            ..RunnerOptions::default()
        };
        options.backoff = Backoff {
            first: Duration::ZERO,
            longest: Duration::ZERO,
        };
        Self {
            runtime: Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            plan,
            clock,
            env,
            options,
            store: temp.store(),
            temp,
        }
    }

    /// Closes the store under everybody who uses it and opens it again.
    pub(crate) fn reopen(mut self) -> Self {
        self.temp = self.temp.reopened();
        self.store = self.temp.store();
        self
    }

    /// A new process, as far as the store can tell.
    pub(crate) fn runner(&self) -> Runner {
        let registry = Registry::new().with(Scripted("script")).with(Scripted("other"));
        Runner::new(
            self.store.clone(),
            self.env.clone(),
            registry,
            self.options.clone(),
        )
    }

    /// What a runner takes up of those before it, which are gone.
    pub(crate) fn recover(&self, runner: &Runner) -> u64 {
        self.temp.expire_leases();
        self.runtime.block_on(runner.recover()).unwrap()
    }

    pub(crate) fn drain(&self, runner: &Runner) -> u64 {
        self.runtime.block_on(runner.drain()).unwrap()
    }

    pub(crate) fn claim(&self, runner: &Runner) -> u64 {
        self.runtime.block_on(runner.claim()).unwrap()
    }

    pub(crate) fn idle(&self, runner: &Runner) {
        self.runtime.block_on(runner.idle());
    }

    pub(crate) fn pause(&self, place: Place) -> Breakpoint {
        self.plan.pause(place)
    }

    pub(crate) fn submit(&self, script: &Script) -> JobSeq {
        self.submit_with(script, |_| {})
    }

    pub(crate) fn submit_with(&self, script: &Script, change: impl FnOnce(&mut NewJob)) -> JobSeq {
        let mut new = new_job(&self.env, script);
        change(&mut new);
        self.write(move |tx| Ok(tx.insert_job(&new)?.into_job().seq))
            .unwrap()
    }

    pub(crate) fn steer(&self, seq: JobSeq, action: Action) -> Result<Status> {
        let now = self.env.now();
        self.write(move |tx| Ok(jobs::steer(tx, seq, action, now)?.status))
    }

    /// Waits for what another thread is about to bring about.
    pub(crate) fn until(&self, reached: impl Fn() -> bool) {
        while !reached() {
            std::thread::yield_now();
        }
    }

    /// The refusal of an action, as a person reads it.
    pub(crate) fn refusal(&self, seq: JobSeq, action: Action) -> String {
        self.steer(seq, action).unwrap_err().message().to_owned()
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store.write_blocking(work)
    }

    pub(crate) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn ReadTx) -> storage::Result<T> + Send + 'static,
    ) -> T {
        self.store.read_blocking(work).unwrap()
    }

    pub(crate) fn job(&self, seq: JobSeq) -> Job {
        self.read(move |tx| tx.job(seq)).unwrap()
    }

    pub(crate) fn picture(&self) -> String {
        self.read(picture)
    }

    /// What the chunks of a job wrote, in order.
    pub(crate) fn data(&self, seq: JobSeq) -> String {
        let data = self.read(move |tx| tx.mark(&data_name(seq))).unwrap_or_default();
        data.trim_end().to_owned()
    }

    pub(crate) fn log(&self, seq: JobSeq) -> Vec<String> {
        let lines = self.read(move |tx| {
            tx.logs(
                seq,
                &storage::tables::jobs::LogFilter::default(),
                Page::first(1000),
            )
        });
        let text = |line: model::job::LogLine| format!("{} {}", line.level.as_str(), line.message);
        lines.entries.into_iter().map(text).collect()
    }
}

pub(crate) fn data_name(seq: JobSeq) -> String {
    format!("data of job {seq}")
}

pub(crate) fn new_job(env: &Env, script: &Script) -> NewJob {
    NewJob {
        id: env.new_job_id(),
        request_id: env.new_request_id(),
        kind: "script",
        label: "test".to_owned(),
        queue: "tests",
        serial_key: None,
        priority: 0,
        low_priority: false,
        run_by: "ada@example.com".to_owned(),
        parent: None,
        status: Status::Pending,
        params: serde_json::to_string(script).unwrap(),
        error: None,
        now: env.now(),
    }
}
