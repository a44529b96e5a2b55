//! Settings of a runner.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::{Hooks, NoHooks};

/// Settings of a runner.
#[derive(Clone)]
pub struct RunnerOptions {
    /// Jobs worked on at the same time, at least one.
    pub concurrency: usize,
    /// How long a lease counts without renewal.
    pub lease: Duration,
    /// How often to look for jobs that other processes handed in.
    pub poll: Duration,
    /// The low lane is closed while more ordinary jobs than this run.
    pub low_lane_threshold: u64,
    /// What is deleted.
    pub retention: Retention,
    /// How often it is deleted.
    pub retention_interval: Duration,
    /// How long a shutdown waits for running bodies to reach their next chunk.
    pub grace: Duration,
    /// How a commit is repeated while the disk is full.
    pub backoff: Backoff,
    /// Points for tests.
    pub hooks: Arc<dyn Hooks>,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        let concurrency = thread::available_parallelism().map_or(2, usize::from).max(2);
        Self {
            concurrency,
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(5),
            low_lane_threshold: concurrency as u64 / 2,
            retention: Retention::default(),
            retention_interval: Duration::from_secs(600),
            grace: Duration::from_secs(8),
            backoff: Backoff::default(),
            hooks: Arc::new(NoHooks),
        }
    }
}

/// Which ended jobs are kept; what is none does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Jobs that ended so many days ago are deleted.
    pub max_age_days: Option<u32>,
    /// Only so many ended jobs are kept.
    pub max_finished: Option<u64>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            max_age_days: Some(90),
            max_finished: Some(100_000),
        }
    }
}

/// Waits between attempts: doubling from the first to the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second attempt.
    pub first: Duration,
    /// Never longer.
    pub longest: Duration,
}

impl Backoff {
    /// The wait after this many failed attempts, counted from 1.
    pub fn after(self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(20);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use std::time::Duration;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits = [1, 2, 3, 6, 7, 100, u32::MAX].map(|n| Backoff::default().after(n).as_millis());
        assert_eq!(waits, [100, 200, 400, 3200, 5000, 5000, 5000]);
        let none = Backoff {
            first: Duration::ZERO,
            longest: Duration::ZERO,
        };
        assert_eq!(none.after(9), Duration::ZERO);
    }
}
