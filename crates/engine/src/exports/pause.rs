//! Waiting before a further attempt, injected so that tests need not wait.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often a wait looks up whether it is to end.
const LOOK: Duration = Duration::from_millis(100);

type Wait = dyn Fn(Duration, &dyn Fn() -> bool) + Send + Sync;

/// A way to wait for a time, or until it is told to end.
#[derive(Clone)]
pub struct Pause(Arc<Wait>);

impl Pause {
    /// Waits as `wait` does, which gets the time and the question whether to end.
    pub fn new(wait: impl Fn(Duration, &dyn Fn() -> bool) + Send + Sync + 'static) -> Self {
        Self(Arc::new(wait))
    }

    pub(crate) fn wait(&self, time: Duration, ended: &dyn Fn() -> bool) {
        (self.0)(time, ended);
    }
}

impl Default for Pause {
    fn default() -> Self {
        Self::new(|time, ended| {
            let until = Instant::now() + time;
            while !ended() {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return;
                }
                thread::sleep(left.min(LOOK));
            }
        })
    }
}

/// How to wait is no setting: options that differ in it alone are equal.
impl PartialEq for Pause {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Pause {}

impl fmt::Debug for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pause")
    }
}
