//! The same promise for apps: kill the process in the middle of what it does to records, and the end is the same.
//!
//! A [`Case`] is a folder with records and a request, or a changed definition, that gives work to jobs. It is worked off
//! once by a server that nobody disturbs, and once by one that is killed with SIGKILL twenty times, each time when a job
//! has come further and a random while after that, and now and then in the middle of its start too. Records, versions,
//! history, indexes, answers to queries, jobs and their items must equal each other; only times and ids of jobs differ.

mod acting;
mod cascading;
mod changing;
mod deleting;
pub(crate) mod folder;
mod importing;
mod picture;
mod undoing;

use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use model::{Error, JobSeq};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use storage::Opened;

use crate::support::place::visit;
use crate::support::{Server, command};
use folder::copied;
use picture::picture;

/// Longer than any of these jobs takes.
const STUCK: Duration = Duration::from_secs(120);
/// The longest time that a start which is cut short is given; most need more.
const START: u64 = 60_000;

/// See the module.
struct Case<'a> {
    /// The folder to begin with.
    base: &'a Path,
    /// The definition that the servers are started with.
    app: &'a Path,
    /// Gives the work to the first server, if the definition does not.
    request: &'a dyn Fn(&Server),
    /// What is asked at the end, and how many records must meet it.
    queries: &'a [(&'a str, u64)],
}

impl Case<'_> {
    /// Sees to it that kills make no difference; gives what the end looks like.
    fn holds(&self) -> Vec<String> {
        let quiet = copied(self.base);
        let begun = Instant::now();
        let server = self.start(quiet.path());
        (self.request)(&server);
        Watch::new(quiet.path()).until_over();
        let mut pace = begun.elapsed() * 3 / 2 / u32::try_from(kills()).unwrap();
        let expected = picture(self, server, quiet.path());
        // On a machine with much else to do the jobs may be done before they were disturbed often enough.
        for _ in 0..8 {
            let seed = rand::random::<u64>();
            let killed = copied(self.base);
            if let Some((server, moments)) = self.kill_again_and_again(killed.path(), pace, seed) {
                let seen = picture(self, server, killed.path());
                assert_eq!(seen, expected, "seed {seed}, killed at {moments:?}");
                let onwards = moments.windows(2).all(|pair| pair[0] <= pair[1]);
                assert!(onwards, "work went backwards: {moments:?}");
                return seen;
            }
            pace = pace * 3 / 5;
        }
        panic!(
            "the jobs were never slow enough to be disturbed {} times",
            kills()
        );
    }

    fn start(&self, dir: &Path) -> Server {
        Server::start(dir, &["--app", self.app.to_str().unwrap()])
    }

    /// Has the work done by servers of which all but the last are killed; tells how far each came. `None` when one of
    /// them came to the end.
    fn kill_again_and_again(&self, dir: &Path, pace: Duration, seed: u64) -> Option<(Server, Vec<u64>)> {
        let mut random = StdRng::seed_from_u64(seed);
        let mut moments = Vec::new();
        for kill in 0..kills() {
            if random.random_ratio(1, 3) {
                self.cut_short(dir, Duration::from_micros(random.random_range(0..START)));
                if kill > 0 && Watch::new(dir).state().over {
                    return None;
                }
            }
            let known = if kill == 0 {
                None
            } else {
                Some(Watch::new(dir).state())
            };
            let server = self.start(dir);
            if kill == 0 {
                (self.request)(&server);
            }
            let watch = Watch::new(dir);
            watch.until(|state| state.over || known.as_ref() != Some(state));
            let longest = u64::try_from(pace.as_micros()).unwrap();
            wait(Duration::from_micros(random.random_range(0..longest.max(1))));
            server.kill9();
            let state = watch.state();
            if state.over {
                return None;
            }
            moments.push(state.processed);
        }
        let server = self.start(dir);
        Watch::new(dir).until_over();
        Some((server, moments))
    }

    /// Starts a server and kills it after this time, however far its start has come.
    fn cut_short(&self, dir: &Path, after: Duration) {
        let (dir, app) = (dir.to_str().unwrap(), self.app.to_str().unwrap());
        let mut command = command(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--data-dir",
            dir,
            "--app",
            app,
        ]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        wait(after);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// How often a server is killed. On PostgreSQL the next one waits each time until the leases of the one before have run
/// out.
pub(crate) fn kills() -> usize {
    if testdb::on_postgres() { 5 } else { 20 }
}

/// Lets a random while pass; it does not matter if it is a bit longer or shorter.
fn wait(time: Duration) {
    thread::park_timeout(time);
}

/// A look at the jobs of a store, beside its server.
struct Watch {
    visit: Opened,
}

/// How far the jobs have come.
#[derive(Clone, Debug, PartialEq)]
struct State {
    /// Whether there are some and all have ended.
    over: bool,
    /// Units of work behind them.
    processed: u64,
    /// Where each would go on.
    checkpoints: Vec<Option<String>>,
}

impl Watch {
    fn new(dir: &Path) -> Self {
        Self { visit: visit(dir) }
    }

    fn state(&self) -> State {
        let read = self
            .visit
            .store()
            .read_blocking(|tx| Ok::<_, Error>(tx.job_entries(JobSeq(0), u64::MAX)?));
        let jobs: Vec<_> = read.unwrap().into_iter().map(|entry| entry.job).collect();
        State {
            over: !jobs.is_empty() && jobs.iter().all(|job| job.status.is_final()),
            processed: jobs.iter().map(|job| job.counts.processed).sum(),
            checkpoints: jobs.into_iter().map(|job| job.checkpoint).collect(),
        }
    }

    fn until(&self, reached: impl Fn(&State) -> bool) {
        let begun = Instant::now();
        loop {
            let state = self.state();
            if reached(&state) {
                return;
            }
            assert!(begun.elapsed() < STUCK, "the jobs do not get on: {state:?}");
            wait(Duration::from_millis(1));
        }
    }

    fn until_over(&self) {
        self.until(|state| state.over);
    }
}
