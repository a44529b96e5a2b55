//! The queue of delta jobs: what waits, what failed, what went well; clearing and flushing it.

use jobs::{cancel_queue, release_holds};
use model::{Actor, Error, Job, JobSeq, Page, PageOf};
use storage::tables::jobs::ItemPlace;
use storage::{ReadTx, Tx};

use super::{DeltaFailure, FLUSHED, Failed, QUEUE};
use crate::Engine;
use crate::articles::BLOCKS;
use crate::kinds::delta::Params;

/// Jobs changed in one transaction.
const SLICE: u64 = 500;

impl Engine {
    /// Delta jobs that have not ended, in the order in which they run.
    ///
    /// # Errors
    /// When the store cannot be read; so for all listings here.
    pub async fn waiting_deltas(&self, _actor: &Actor, page: Page) -> Result<PageOf<Job>, Error> {
        self.store()
            .read(move |tx| Ok(tx.unfinished_jobs(QUEUE, page)?))
            .await
    }

    /// What failed since the last flush, first to last: operations, and files as a whole.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn delta_failures(&self, _actor: &Actor, page: Page) -> Result<PageOf<DeltaFailure>, Error> {
        self.store().read(move |tx| failures(tx, page)).await
    }

    /// Numbers of articles with a failed operation since the last flush, in the order of their first failure.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn failed_articles(&self, _actor: &Actor, page: Page) -> Result<PageOf<String>, Error> {
        self.store()
            .read(move |tx| {
                let (blocks, total) = tx.blocks(BLOCKS, page.offset(), page.size)?;
                Ok(PageOf {
                    entries: blocks.into_iter().map(|block| block.key).collect(),
                    total,
                })
            })
            .await
    }

    /// Delta jobs that failed, or in which something failed, since the last flush.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn troubled_deltas(&self, _actor: &Actor, page: Page) -> Result<PageOf<Job>, Error> {
        self.store()
            .read(move |tx| {
                let after = flushed(tx)?;
                Ok(tx.troubled_jobs(QUEUE, after, page)?)
            })
            .await
    }

    /// Delta jobs that finished without any failure and were not cleared.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn clean_deltas(&self, _actor: &Actor, page: Page) -> Result<PageOf<Job>, Error> {
        self.store().read(move |tx| Ok(tx.clean_jobs(QUEUE, page)?)).await
    }

    /// Cancels every delta job that has not ended; what is applied already stays. Says how many.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn clear_deltas(&self, _actor: &Actor) -> Result<u64, Error> {
        self.in_slices(|tx, engine| cancel_queue(tx, QUEUE, SLICE, engine.env().now()))
            .await
    }

    /// Forgets the delta jobs that went well; they stay on record until retention takes them. Says how many.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn clear_clean_deltas(&self, _actor: &Actor) -> Result<u64, Error> {
        self.in_slices(|tx, _| Ok(tx.clear_finished(QUEUE, SLICE)?)).await
    }

    /// Forgives all failures: lifts the blocks on articles and lets a queue that stands still go on.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn flush_deltas(&self, _actor: &Actor) -> Result<(), Error> {
        let engine = self.clone();
        self.store()
            .write(move |tx| {
                if let Some((job, item)) = last_failure(tx)? {
                    tx.set_mark(FLUSHED, &format!("{}:{item}", job.0))?;
                }
                tx.clear_blocks(BLOCKS)?;
                release_holds(tx, QUEUE, engine.env().now())?;
                engine.runner().wake_on_commit(tx);
                Ok(())
            })
            .await
    }

    /// The file of a delta job: its address, or the name it was sent under.
    ///
    /// # Errors
    /// Internal, when the job's parameters cannot be read.
    pub fn delta_file(job: &Job) -> Result<String, Error> {
        let params: Params = serde_json::from_str(&job.params).map_err(Error::internal)?;
        Ok(params.file)
    }

    /// Repeats a bounded step, each in a transaction of its own, until it has nothing left to do.
    async fn in_slices(
        &self,
        step: impl Fn(&mut dyn Tx, &Engine) -> Result<u64, Error> + Clone + Send + 'static,
    ) -> Result<u64, Error> {
        let mut all = 0;
        loop {
            let (engine, step) = (self.clone(), step.clone());
            let count = self.store().write(move |tx| {
                engine.runner().wake_on_commit(tx);
                step(tx, &engine)
            });
            let count = count.await?;
            all += count;
            if count < SLICE {
                return Ok(all);
            }
        }
    }
}

fn failures(tx: &mut dyn ReadTx, page: Page) -> Result<PageOf<DeltaFailure>, Error> {
    let after = flushed(tx)?;
    let found = tx.failures(QUEUE, after, page)?;
    let mut entries = Vec::with_capacity(found.entries.len());
    let mut known: Option<(JobSeq, String)> = None;
    for failure in found.entries {
        let file = match &known {
            Some((job, file)) if *job == failure.job => file.clone(),
            _ => file_of(tx, failure.job)?,
        };
        known = Some((failure.job, file.clone()));
        let detail = failure.item.detail.unwrap_or_default();
        let failed: Failed = serde_json::from_str(&detail).map_err(Error::internal)?;
        entries.push(DeltaFailure { file, failed });
    }
    Ok(PageOf {
        entries,
        total: found.total,
    })
}

fn file_of(tx: &mut dyn ReadTx, job: JobSeq) -> Result<String, Error> {
    match tx.job(job)? {
        Some(job) => Engine::delta_file(&job),
        None => Ok(String::new()),
    }
}

fn last_failure(tx: &mut dyn Tx) -> Result<Option<ItemPlace>, Error> {
    let after = flushed(tx)?;
    let total = tx.failures(QUEUE, after, Page::first(1))?.total;
    let last = tx.failures(
        QUEUE,
        after,
        Page {
            number: total.max(1),
            size: 1,
        },
    )?;
    Ok(last
        .entries
        .last()
        .map(|failure| (failure.job, failure.item.number)))
}

/// Failures up to this place are forgiven.
pub(crate) fn flushed<T: ReadTx + ?Sized>(tx: &mut T) -> Result<ItemPlace, Error> {
    let mark = tx.mark(FLUSHED)?;
    let place = mark.as_deref().and_then(|text| {
        let (job, item) = text.split_once(':')?;
        Some((JobSeq(job.parse().ok()?), item.parse().ok()?))
    });
    Ok(place.unwrap_or((JobSeq(0), 0)))
}
