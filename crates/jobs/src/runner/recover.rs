//! Leases: renewing one's own, and taking up the jobs of runners that are gone.

use std::sync::Arc;

use model::job::{Level, Status};
use model::{JobSeq, Result, Timestamp};
use storage::Tx;
use storage::tables::jobs::{Entry, LeaseChange, Leases, Placement};

use super::Runner;
use crate::shared::{Active, Shared};
use crate::transition::{Event, Footing, next};

const RECOVERED: &str = "taken up again: the process that worked on it is gone";

impl Runner {
    /// Renews the leases of all jobs worked on here, and asks the bodies of those that were stopped or taken away to
    /// stop; says how many leases were renewed.
    ///
    /// # Errors
    /// The store's.
    pub async fn heartbeat(&self) -> Result<usize> {
        let actives = self.shared.actives();
        if actives.is_empty() {
            return Ok(0);
        }
        let shared = Arc::clone(&self.shared);
        let renew = move |tx: &mut dyn Tx| -> storage::Result<Vec<Arc<Active>>> {
            let mut kept = Vec::new();
            let until = shared.lease_until(shared.time(tx)?);
            for active in &actives {
                let status = tx.extend_lease(&active.lease, until)?;
                if status.is_some() {
                    kept.push(Arc::clone(active));
                }
                if status != Some(Status::Running) {
                    active.ask_to_stop();
                }
            }
            Ok(kept)
        };
        Ok(self.shared.store.write(renew).await.map(|kept| kept.len())?)
    }

    /// Takes up what earlier processes left: on a store that this process has for itself every lease of another owner
    /// is void, otherwise only those that expired. Says how many jobs.
    ///
    /// # Errors
    /// The store's.
    pub async fn recover(&self) -> Result<u64> {
        if !self.shared.store.is_exclusive() {
            return self.recover_expired().await;
        }
        self.recover_by(|shared, tx| {
            let leases = Leases::OfOthers(&shared.owner);
            tx.leased_jobs(leases)
        })
        .await
    }

    /// Takes up jobs whose lease expired, except those that are still worked on here; says how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn recover_expired(&self) -> Result<u64> {
        self.recover_by(|shared, tx| {
            let expired = Leases::Expired(shared.time(tx)?);
            let expired = tx.leased_jobs(expired)?;
            let left = |entry: &Entry| !is_ours(shared, entry);
            Ok(expired.into_iter().filter(left).collect())
        })
        .await
    }

    async fn recover_by<F>(&self, find: F) -> Result<u64>
    where
        F: Fn(&Shared, &mut dyn Tx) -> storage::Result<Vec<Entry>> + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        let recover = move |tx: &mut dyn Tx| {
            let found = find(&shared, tx)?;
            let now = shared.time(tx)?;
            found.iter().try_for_each(|entry| take_back(tx, entry, now))?;
            Ok::<_, storage::Error>(found.iter().map(|entry| entry.job.seq).collect::<Vec<JobSeq>>())
        };
        let recovered = self.shared.store.write(recover).await?;
        if !recovered.is_empty() {
            let jobs = recovered.len();
            tracing::warn!(jobs.recovered = jobs, "took up jobs of a runner that is gone");
            self.shared.wake.notify_one();
        }
        Ok(recovered.len() as u64)
    }
}

fn is_ours(shared: &Shared, entry: &Entry) -> bool {
    let owner = entry.lease.as_ref().map(|lease| lease.owner.as_str());
    owner == Some(shared.owner.as_str()) && shared.is_active(entry.job.seq)
}

fn take_back(tx: &mut dyn Tx, entry: &Entry, now: Timestamp) -> storage::Result<()> {
    let Some(status) = next(entry.job.status, Footing::Leased, Event::Leave) else {
        return Ok(());
    };
    let placement = Placement {
        status,
        lease: LeaseChange::Revoke,
        awaiting_children: false,
        hold: None,
        now,
    };
    tx.place_job(entry.job.seq, &placement)?;
    tx.append_logs(entry.job.seq, now, &[(Level::Warn, RECOVERED.to_owned())])
}
