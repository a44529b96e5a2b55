//! Claiming: as many jobs as there are free places, each on a thread of its own.

use std::sync::Arc;
use std::thread;

use model::Result;
use storage::tables::jobs::{Claim, Claimed};

use super::Runner;
use crate::finish::{End, Finish};
use crate::shared::Active;
use crate::worker;

impl Runner {
    /// Claims jobs for the free places and starts their bodies; says how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim(&self) -> Result<u64> {
        let claimed = self.take().await?;
        let count = claimed.len() as u64;
        metrics::counter!("jobs_claimed_total").increment(count);
        for job in claimed {
            self.start(job).await?;
        }
        Ok(count)
    }

    async fn take(&self) -> Result<Vec<Claimed>> {
        let options = &self.shared.options;
        let actives = self.shared.actives();
        let places = options.concurrency.max(1);
        let free = places.saturating_sub(actives.len());
        if free == 0 || self.shared.is_shutting_down() {
            return Ok(Vec::new());
        }
        // The low lane never takes the last place, so that ordinary jobs need not wait for one of its own to end.
        let low = actives.iter().filter(|active| active.low_priority).count();
        let low_free = (places - 1).max(1).saturating_sub(low);
        let (owner, kinds) = (self.shared.owner.clone(), self.shared.registry.names());
        let (shared, threshold) = (Arc::clone(&self.shared), options.low_lane_threshold);
        let take = move |tx: &mut dyn storage::Tx| {
            let now = shared.time(tx)?;
            let claim = Claim {
                owner: &owner,
                now,
                until: shared.lease_until(now),
                kinds: &kinds,
                limit: free as u64,
                low_limit: low_free as u64,
                low_threshold: threshold,
            };
            let claimed = tx.claim_jobs(&claim)?;
            if let Some(watcher) = shared.registry.watcher() {
                for one in claimed.iter().filter(|one| one.job.started == Some(now)) {
                    watcher.started(tx, &one.job)?;
                }
            }
            Ok(claimed)
        };
        self.shared.store.write::<_, model::Error, _>(take).await
    }

    async fn start(&self, claimed: Claimed) -> Result<()> {
        let active = Arc::new(Active::of(&claimed, &self.shared.owner));
        let kind = self.shared.registry.get(&claimed.job.kind);
        let kind = kind.expect("only kinds of the registry are claimed");
        self.shared.add(Arc::clone(&active));
        let (shared, worked) = (Arc::clone(&self.shared), Arc::clone(&active));
        let seq = claimed.job.seq;
        let spawned = thread::Builder::new()
            .name(format!("job-{seq}"))
            .spawn(move || worker::work(&shared, &worked, kind.as_ref(), claimed.job));
        match spawned {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::error!(job.seq = seq.0, %error, "no thread for a job; it waits again");
                self.give_back(&active).await
            }
        }
    }

    async fn give_back(&self, active: &Active) -> Result<()> {
        let finish = Finish {
            lease: active.lease.clone(),
            end: End::Leave,
            logs: Vec::new(),
        };
        let now = self.shared.env.now();
        let given = self.shared.store.write(move |tx| finish.apply(tx, now)).await;
        self.shared.remove(active.lease.seq);
        given.map(drop)
    }
}
