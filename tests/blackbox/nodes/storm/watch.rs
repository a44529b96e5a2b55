//! Looks at the leases of jobs all the time: how long was one left alone after its lease had run out?

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use model::{JobSeq, Timestamp};
use storage::tables::jobs::Leases;
use storage::{Error, Store};

use super::Scene;

const PACE: Duration = Duration::from_millis(50);

/// Watches until it is over. What counts are looks, not the clock: a machine that stands still leaves nobody alone.
pub(super) fn watch(scene: &Scene, store: &Store) -> Duration {
    let (mut alone, mut longest) = (HashMap::new(), 0);
    while !scene.is_over() {
        thread::park_timeout(PACE);
        let expired = store.read_blocking(|tx| {
            let entries = tx.leased_jobs(Leases::Expired(now()))?;
            Ok::<_, Error>(
                entries
                    .iter()
                    .map(|entry| (entry.job.seq, entry.fence))
                    .collect::<Vec<_>>(),
            )
        });
        let Ok(expired) = expired else {
            // Nobody can do anything while the database is away.
            alone.clear();
            continue;
        };
        if scene.away.load(Ordering::SeqCst) {
            alone.clear();
            continue;
        }
        alone.retain(|key: &(JobSeq, i64), _| expired.contains(key));
        for key in expired {
            let looks: &mut u32 = alone.entry(key).or_default();
            *looks += 1;
            longest = longest.max(*looks);
        }
    }
    PACE * longest
}

fn now() -> Timestamp {
    model::Env::system().now()
}
