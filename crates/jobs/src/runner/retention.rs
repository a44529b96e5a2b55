//! Deleting ended jobs by age and number, in slices small enough that nobody waits for them.

use std::sync::Arc;

use model::{JobSeq, Result};
use storage::tables::jobs::Expiry;

use super::Runner;
use crate::take_turn;

/// Jobs looked up at once.
const BATCH: u64 = 100;
/// Rows deleted in one transaction.
const SLICE: u64 = 2_000;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

impl Runner {
    /// Deletes ended jobs that are older or more than the options keep, with their items and logs; says how many.
    ///
    /// # Errors
    /// The store's; what is deleted by then stays deleted.
    pub async fn delete_old(&self) -> Result<u64> {
        let expiry = self.expiry();
        let mut deleted = 0;
        loop {
            let store = &self.shared.store;
            let expired = store.read(move |tx| tx.expired_jobs(expiry, BATCH)).await;
            let expired = expired.map_err(|error: storage::Error| model::Error::from(error))?;
            for seq in &expired {
                self.delete(*seq).await?;
                deleted += 1;
            }
            if (expired.len() as u64) < BATCH {
                return Ok(deleted);
            }
        }
    }

    /// [`Runner::delete_old`], if no other node did so lately.
    ///
    /// # Errors
    /// As there.
    pub async fn delete_old_in_turn(&self) -> Result<()> {
        let (shared, period) = (Arc::clone(&self.shared), self.shared.options.retention_interval);
        let turn = move |tx: &mut dyn storage::Tx| {
            let now = shared.time(tx)?;
            take_turn(tx, "retention", period, now)
        };
        if self.shared.store.write::<_, storage::Error, _>(turn).await? {
            self.delete_old().await?;
        }
        Ok(())
    }

    fn expiry(&self) -> Expiry {
        let retention = self.shared.options.retention;
        let now = self.shared.env.now();
        Expiry {
            ended_before: retention
                .max_age_days
                .map(|days| now.plus_millis(-i64::from(days).saturating_mul(DAY_MILLIS))),
            keep: retention.max_finished,
        }
    }

    async fn delete(&self, seq: JobSeq) -> Result<()> {
        loop {
            let slice = move |tx: &mut dyn storage::Tx| {
                let gone = tx.delete_job(seq, SLICE)?;
                if gone {
                    tx.drop_job_blobs(seq)?;
                }
                Ok::<_, storage::Error>(gone)
            };
            if self.shared.store.write(slice).await? {
                return Ok(());
            }
        }
    }
}
