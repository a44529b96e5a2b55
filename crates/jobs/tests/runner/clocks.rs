//! Nodes whose clocks differ agree about leases, since the database's clock counts.

use std::sync::Arc;

use jobs::{Point, Registry, Runner, RunnerOptions};

use model::{Clock, Env, SystemRandom, Timestamp};
use storage::postgres::{Options, open};
use storage::{Access, Store};
use testdb::Database;
use tokio::runtime::Builder;

use super::bench::new_job;
use super::bodies::{Script, Scripted};
use super::plan::Plan;

const HOUR: i64 = 3_600_000;

/// The clock of a machine that is off by so many milliseconds.
struct Off(i64);

impl Clock for Off {
    fn now(&self) -> Timestamp {
        Env::system().now().plus_millis(self.0)
    }

    fn is_machines(&self) -> bool {
        true
    }
}

fn node(store: &Store, off: i64) -> (Arc<Plan>, Runner) {
    let env = Env::new(Arc::new(Off(off)), Arc::new(SystemRandom));
    let plan = Arc::new(Plan::default());
    let options = RunnerOptions {
        concurrency: 1,
        hooks: Arc::<Plan>::clone(&plan),
        ..RunnerOptions::default()
    };
    let registry = Registry::new().with(Scripted("script"));
    (plan, Runner::new(store.clone(), env, registry, options))
}

#[test]
fn leases_go_by_the_clock_of_the_database() {
    let database = Database::new();
    let postgres = open(&Options::new(database.url()), Access::Serve).unwrap();
    let store = postgres.store();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    for off in [-HOUR, HOUR] {
        let (plan, runner) = node(&store, off);
        let (_, ahead) = node(&store, 2 * HOUR);
        let new = new_job(&Env::system(), &Script::chunks(2));
        let submit = store
            .write_blocking(move |tx| tx.insert_job(&new).map(storage::tables::jobs::Inserted::into_job));
        let seq = submit.unwrap().seq;
        let chunk = plan.pause((seq, Point::AfterCommit, 1));
        assert_eq!(runtime.block_on(runner.claim()).unwrap(), 1);
        chunk.reached();
        let left = || {
            let left = "SELECT round(lease_until / 1000.0 - extract(epoch FROM now())) FROM stockyard.jobs WHERE seq";
            database
                .sql(&format!("{left} = {seq}"))
                .trim()
                .parse::<i64>()
                .unwrap()
        };
        assert!(
            (20..=30).contains(&left()),
            "of a lease of 30 seconds are left {}",
            left()
        );
        // One that is hours ahead does not think that it is over.
        assert_eq!(runtime.block_on(ahead.recover_expired()).unwrap(), 0);
        assert_eq!(runtime.block_on(ahead.recover()).unwrap(), 0);
        runtime.block_on(runner.heartbeat()).unwrap();
        assert!((20..=30).contains(&left()), "renewed, {} are left", left());
        chunk.go();
        runtime.block_on(runner.idle());
    }
}
