//! What the product does, in terms of records and jobs; it knows no wire format.
//!
//! An [`Engine`] holds the store, the file contents, the job runner's handle and the settings. Each noun of the product
//! is a module; a dialect calls it with the [`model::Actor`] who asks, and permissions are checked here, where data is
//! fetched. Kinds of jobs live in [`kinds`], one file each.

pub mod accounts;
pub mod app_files;
pub mod app_logs;
pub mod apps;
pub mod articles;
mod catch_up;
pub mod contents;
pub mod deltas;
pub mod entities;
pub mod exports;
pub mod identity;
pub mod imports;
pub mod jobs;
pub mod kinds;
pub mod listeners;
pub mod notifications;
mod options;
pub mod queues;
pub mod records;
mod search;
pub mod sheets;
pub mod stream;
pub mod upkeep;

use std::sync::Arc;

use ::jobs::{Runner, RunnerHandle, RunnerOptions};
use blobs::Blobs;
use fetch::Fetcher;
use model::{Actor, CollectionId, Env, Error};
use storage::Store;

pub use options::{
    DeltaOptions, FailureMode, GroupKeys, ImportOptions, Options, QalxOptions, QueryOptions, SlingrOptions,
};

/// Everything a dialect needs to do its work. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    blobs: Blobs,
    fetcher: Fetcher,
    runner: RunnerHandle,
    env: Env,
    options: Options,
    articles: CollectionId,
    entities: entities::Collections,
    file_key: entities::FileKey,
    epoch: u64,
    tokens: Arc<identity::TokenCache>,
    records: records::State,
    app: apps::AppHandle,
    logs: app_logs::Queue,
    behind: catch_up::Behind,
    queue_key: queues::Key,
    waiting: Arc<queues::Waiting>,
    outside: Option<queues::outside::Outside>,
}

/// The parts an engine is put together from.
pub struct Parts {
    /// Records and jobs.
    pub store: Store,
    /// File contents.
    pub blobs: Blobs,
    /// Outgoing requests.
    pub fetcher: Fetcher,
    /// Settings of the job runner.
    pub runner: RunnerOptions,
    /// Clock and randomness.
    pub env: Env,
    /// Settings.
    pub options: Options,
    /// What keeps the queues of entities; none where this server does.
    pub queues: Option<Arc<dyn queues::outside::Service>>,
}

impl Engine {
    /// Puts the engine together, makes the collections it always has, and gives it with the runner of its jobs, which
    /// the caller lets run.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn open(parts: Parts) -> Result<(Self, Runner), Error> {
        let serves = parts.store.access() == storage::Access::Serve;
        let indexes = parts.options.qalx.indexes.clone();
        let fresh_key = parts.env.random_bytes();
        let prepared = parts
            .store
            .write(move |tx| prepare(tx, serves, fresh_key, &indexes));
        let Prepared {
            articles,
            entities,
            file_key,
            queue_key,
            epoch,
        } = prepared.await?;
        let Parts {
            store,
            blobs,
            fetcher,
            runner,
            env,
            options,
            queues,
        } = parts;
        let outside = queues.map(queues::outside::Outside::new);
        let runtime = tokio::runtime::Handle::current();
        let waiting = Arc::new(queues::Waiting::new(runtime.clone()));
        let records = records::State::new(&env, &options.slingr);
        let (tool_blobs, tool_fetcher) = (blobs.clone(), fetcher.clone());
        let tools = kinds::Tools {
            blobs: tool_blobs,
            fetcher: tool_fetcher,
            options: options.clone(),
            articles,
            records: records.clone(),
            waiting: Arc::clone(&waiting),
            outside: outside.clone(),
            runtime,
        };
        let runner = Runner::new(store.clone(), env.clone(), kinds::registry(&tools), runner);
        let (handle, tokens) = (runner.handle(), Arc::clone(&records.tokens));
        let inner = Inner {
            store,
            blobs,
            fetcher,
            runner: handle,
            env,
            options,
            articles,
            entities,
            file_key,
            epoch,
            tokens,
            records,
            app: apps::AppHandle::default(),
            logs: app_logs::Queue::default(),
            behind: catch_up::Behind::default(),
            queue_key,
            waiting,
            outside,
        };
        let engine = Self {
            inner: Arc::new(inner),
        };
        engine.reload_app().await?;
        Ok((engine, runner))
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// What keeps the queues of entities, if not this server.
    pub(crate) fn outside(&self) -> Option<&queues::outside::Outside> {
        self.inner.outside.as_ref()
    }

    /// File contents.
    pub fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }

    /// Outgoing requests.
    pub fn fetcher(&self) -> &Fetcher {
        &self.inner.fetcher
    }

    /// The job runner.
    pub fn runner(&self) -> &RunnerHandle {
        &self.inner.runner
    }

    /// Clock and randomness.
    pub fn env(&self) -> &Env {
        &self.inner.env
    }

    /// Settings.
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    /// The collection of articles.
    pub fn article_collection(&self) -> CollectionId {
        self.inner.articles
    }

    /// How often this store has been opened for serving; grows by one at each start.
    pub fn epoch(&self) -> u64 {
        self.inner.epoch
    }

    /// A stamp of now, by `actor`.
    pub(crate) fn stamp(&self, actor: &Actor) -> model::Stamp {
        model::Stamp::new(self.env().now(), actor.doer())
    }
}

/// What every store has.
struct Prepared {
    articles: CollectionId,
    entities: entities::Collections,
    file_key: entities::FileKey,
    queue_key: queues::Key,
    epoch: u64,
}

/// Makes what every store has and counts the start, unless this is a command's visit beside the server.
fn prepare(
    tx: &mut dyn storage::Tx,
    serves: bool,
    fresh_key: [u8; 32],
    indexes: &entities::Indexes,
) -> Result<Prepared, Error> {
    let starts = tx
        .mark("epoch")?
        .and_then(|text| text.parse().ok())
        .unwrap_or(0_u64);
    let epoch = starts + u64::from(serves);
    let entities = entities::Collections::ensure(tx)?;
    if serves {
        tx.set_mark("epoch", &epoch.to_string())?;
        entities::declare(tx, &entities, indexes)?;
    }
    Ok(Prepared {
        articles: tx.ensure_collection(articles::COLLECTION)?.id,
        entities,
        file_key: entities::FileKey::ensure(tx, fresh_key)?,
        queue_key: queues::Key::ensure(tx, fresh_key)?,
        epoch,
    })
}
