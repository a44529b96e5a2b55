//! Opening the parts that a configuration names: for serving, and for a command's short visit.

use std::sync::Arc;

use anyhow::{Context, bail};
use blobs::Blobs;
use engine::queues::outside::Service;
use engine::{Engine, Parts};
use fetch::Fetcher;
use jobs::Runner;
use model::Env;
use storage::{Access, Place};

use crate::config::Config;
use crate::output::explained;

/// An open store with the engine on it. The store ends when this is dropped.
pub(crate) struct Opened {
    /// The engine.
    pub(crate) engine: Engine,
    /// The runner of its jobs, which does nothing until it is run.
    pub(crate) runner: Runner,
    /// The store's threads.
    pub(crate) store: storage::Opened,
}

/// Opens what `config` names.
///
/// # Errors
/// Says which part cannot be opened and why.
pub(crate) async fn open(config: &Config, access: Access) -> anyhow::Result<Opened> {
    let place = config.place();
    // Connecting blocks, and has a runtime of its own.
    let opening = tokio::task::spawn_blocking(move || place.open(access));
    let store = opening.await.context("cannot open the store")??;
    let blobs = contents(config)?;
    if access == Access::Serve {
        usable(&blobs).await?;
    }
    let fetcher = Fetcher::new(config.fetch_options())?;
    let parts = Parts {
        store: store.store(),
        blobs,
        fetcher,
        runner: config.jobs.runner(),
        env: Env::system(),
        options: config.engine_options(),
        queues: queues(config)?,
    };
    let (engine, runner) = Engine::open(parts).await.map_err(explained)?;
    Ok(Opened {
        engine,
        runner,
        store,
    })
}

/// What keeps the queues of entities, if this server does not.
fn queues(config: &Config) -> anyhow::Result<Option<Arc<dyn Service>>> {
    #[cfg(feature = "amazon-queues")]
    let service = crate::outside::service(&config.qalx.amazon).map_err(anyhow::Error::msg)?;
    #[cfg(not(feature = "amazon-queues"))]
    let service = config.qalx.amazon.region.as_ref().and(None);
    Ok(service)
}

/// The place of file contents. Whether it can be used is another question.
///
/// # Errors
/// Says which setting is wrong.
pub(crate) fn contents(config: &Config) -> anyhow::Result<Blobs> {
    let folder = config.blob_folder();
    match config.bucket()? {
        None => Ok(Blobs::disk(&folder)?),
        #[cfg(feature = "s3")]
        Some(address) => Blobs::s3(&folder, &address, &config.s3)
            .map_err(|wrong| anyhow::anyhow!("cannot keep file contents on S3: {wrong}")),
        #[cfg(not(feature = "s3"))]
        Some(_) => bail!("this program was built without S3"),
    }
}

/// Refuses to serve with a place of contents that cannot be used.
async fn usable(blobs: &Blobs) -> anyhow::Result<()> {
    let probed = blobs.clone();
    let probe = tokio::task::spawn_blocking(move || probed.probe());
    match probe.await.context("cannot try the place of file contents")? {
        Ok(()) => Ok(()),
        Err(advice) => bail!("cannot keep file contents on S3: {advice}"),
    }
}

/// Opens a store that is there already, beside the server that may be running on it, and lets `work` use it.
///
/// # Errors
/// When there is none, and what `work` says.
pub(crate) fn visit<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Engine) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    require(config)?;
    visit_or_make(config, work)
}

/// [`visit`], but a store that is not there is made.
///
/// # Errors
/// What `work` says, or why the store cannot be opened.
pub(crate) fn visit_or_make<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Engine) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    runtime.block_on(async {
        let opened = open(config, Access::Visit).await?;
        work(&opened.engine).await
    })
}

/// Refuses a data folder without a store: most likely a mistyped one, which must not be made by accident.
///
/// # Errors
/// Names the folder.
pub(crate) fn require(config: &Config) -> anyhow::Result<()> {
    let Place::Sqlite(options) = config.place() else {
        // Opening it says whether it is there; nobody mistypes the whole address of another database of ours.
        return Ok(());
    };
    if options.database().is_file() {
        return Ok(());
    }
    bail!(
        "there is no store in {}; name its folder with --data-dir, or start the server once to make one",
        config.data_dir.display()
    )
}
