//! The hourly sweep of file contents that nobody refers to, and of files that jobs left half built. Before it, files of
//! an app that nothing holds are forgotten, shares and sessions that ended, histories past their time, and what dropped
//! collections and indexes left behind. Of several nodes on one store, the one that comes first does it for all.
//!
//! Contents are stored before the transaction that refers to them, so only what is older than a grace time is looked at
//! (see [`blobs::Blobs::sweep`]). A half-built file has the name of its job, by id or number, among the parts of its own
//! name; it is kept as long as that job can still go on, however long it rests. All of it reads folders and deletes
//! files, so it runs on a thread that may block.

use std::future::Future;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use blobs::{BlobId, PartialName, Swept};
use model::{Error, JobId, JobSeq};
use storage::ReadTx;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use ::jobs::{shared_time, take_turn};

use crate::Engine;

/// When to sweep, and what.
#[derive(Clone, Copy, Debug)]
pub struct UpkeepOptions {
    /// From the start to the first sweep: short, so that a server that is restarted often sweeps too.
    pub first: Duration,
    /// Between two sweeps.
    pub interval: Duration,
    /// What was written since is left alone. Longer than any transaction may take that refers to fresh content.
    pub grace: Duration,
}

impl Default for UpkeepOptions {
    fn default() -> Self {
        let hour = Duration::from_secs(3600);
        Self {
            first: Duration::from_secs(300),
            interval: hour,
            grace: hour,
        }
    }
}

/// Sweeps from time to time, until `shutdown`.
pub async fn run(engine: Engine, options: UpkeepOptions, shutdown: impl Future<Output = ()>) {
    let mut shutdown = std::pin::pin!(shutdown);
    let mut ticks = interval_at(Instant::now() + options.first, options.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            _ = ticks.tick() => {}
        }
        match sweep_in_turn(&engine, options).await {
            Ok((swept, partials)) => tracing::info!(
                files.seen = swept.seen,
                files.deleted = swept.deleted,
                files.bytes = swept.bytes,
                files.partial = partials,
                "swept file contents that nobody refers to"
            ),
            Err(error) => tracing::warn!(
                error = error.message(),
                cause = error.internal_text(),
                "cannot sweep file contents"
            ),
        }
    }
}

/// Sweeps, if no other node did so lately; half-built files, which may be this node's alone, in any case.
async fn sweep_in_turn(engine: &Engine, options: UpkeepOptions) -> Result<(Swept, u64), Error> {
    let (env, period) = (engine.env().clone(), options.interval);
    let turn = engine.store().write(move |tx| {
        let now = shared_time(&env, tx)?;
        take_turn(tx, "upkeep", period, now)
    });
    if turn.await.map_err(|error: storage::Error| Error::from(error))? {
        return sweep(engine, options.grace).await;
    }
    let (engine, older_than) = (engine.clone(), past(engine, options.grace));
    let swept = tokio::task::spawn_blocking(move || sweep_partials(&engine, older_than));
    let partials = swept.await.map_err(Error::internal)??;
    Ok((Swept::default(), partials))
}

/// Sweeps once; says what went, and how many half-built files.
///
/// # Errors
/// The store's or the disk's; what is deleted by then stays deleted.
pub async fn sweep(engine: &Engine, grace: Duration) -> Result<(Swept, u64), Error> {
    let engine = engine.clone();
    let swept = tokio::task::spawn_blocking(move || sweep_blocking(&engine, grace));
    swept.await.map_err(Error::internal)?
}

/// What stops a sweep.
struct Stopped(Error);

impl From<blobs::Error> for Stopped {
    fn from(error: blobs::Error) -> Self {
        Self(crate::contents::refused(error))
    }
}

fn sweep_blocking(engine: &Engine, grace: Duration) -> Result<(Swept, u64), Error> {
    let orphans = crate::app_files::sweep(engine)?;
    tracing::debug!(files.orphans = orphans, "forgot files that nothing holds");
    let (lines, rows) = crate::records::tidy(engine)?;
    tracing::debug!(
        history.lines = lines,
        store.rows = rows,
        "cleared away histories past their time and what was dropped"
    );
    let older_than = past(engine, grace);
    let contents = engine
        .blobs()
        .sweep(older_than, |ids| referenced(engine, ids))
        .map_err(|stopped: Stopped| stopped.0)?;
    let partials = sweep_partials(engine, older_than)?;
    Ok((contents, partials))
}

/// The time that lies so far back.
fn past(engine: &Engine, grace: Duration) -> SystemTime {
    let now = u64::try_from(engine.env().now().0).unwrap_or(0);
    UNIX_EPOCH + Duration::from_millis(now).saturating_sub(grace)
}

fn referenced(engine: &Engine, ids: &[BlobId]) -> Result<Vec<bool>, Stopped> {
    let ids: Vec<_> = ids.iter().map(BlobId::to_string).collect();
    let answer = engine
        .store()
        .read_blocking(move |tx| Ok(tx.blobs_referenced(&ids)?));
    answer.map_err(Stopped)
}

fn sweep_partials(engine: &Engine, older_than: SystemTime) -> Result<u64, Error> {
    let needed = |names: &[PartialName]| {
        let names: Vec<_> = names.iter().map(PartialName::to_string).collect();
        let answer = engine
            .store()
            .read_blocking(move |tx| names.iter().map(|name| needed(tx, name)).collect());
        answer.map_err(Stopped)
    };
    let swept = engine.blobs().sweep_partials(older_than, needed);
    swept.map_err(|stopped| stopped.0)
}

/// Whether the job that a half-built file is named after can still go on.
fn needed(tx: &mut dyn ReadTx, name: &str) -> Result<bool, Error> {
    for part in name.split(['-', '_']) {
        let job = match (JobId::from_str(part), part.parse()) {
            (Ok(id), _) => tx.job_by_id(&id)?,
            (_, Ok(seq)) => tx.job(JobSeq(seq))?,
            _ => None,
        };
        if job.is_some_and(|job| !job.status.is_final()) {
            return Ok(true);
        }
    }
    Ok(false)
}
