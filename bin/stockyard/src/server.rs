//! A running server: the edge on its socket, the job runner and the upkeep, started and stopped together. One that only
//! works on jobs has the same parts, and at most its health to show.
//!
//! The order of a stop: the edge takes no more requests and finishes those under way while the runner brings jobs to
//! their next chunk; then the store's threads end. All of that has a deadline, behind which the process just ends: what
//! was answered is on disk, and the next start takes the jobs up.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use edge::{Edge, NotReady};
use engine::Engine;
use engine::upkeep::{self, UpkeepOptions};
use engine::{app_logs, apps, listeners, queues};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::store::Opened;
use crate::{dialects, output};

/// Time for the store's threads to end, beyond the grace of requests and jobs.
const CLOSING: Duration = Duration::from_millis(1500);
/// Threads for work that blocks: hashing of passwords, file contents, bodies of jobs.
const BLOCKING_THREADS: usize = 64;
/// How long the runner's recovery may hold up the announcement.
const RECOVERY: Duration = Duration::from_secs(30);

/// Runs `work` on the server's threads and does not wait for what it leaves behind.
///
/// # Errors
/// What `work` says.
pub(crate) fn run_to_end<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_keep_alive(Duration::from_secs(2))
        .thread_name("server")
        .enable_all()
        .build()
        .context("cannot start threads")?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_background();
    outcome
}

/// Takes the address, before anything is opened or made.
///
/// # Errors
/// Names the address.
pub(crate) async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("cannot listen on {address}"))
}

/// What a server answers on its socket.
pub(crate) enum Front {
    /// Everything.
    Apis(TcpListener),
    /// How it is, and nothing else.
    Health(TcpListener),
    /// It has no socket.
    None,
}

impl Front {
    /// The socket and what is behind it.
    fn open(self, engine: &Engine, config: &Config) -> Option<(TcpListener, axum::Router)> {
        match self {
            Self::Apis(listener) => {
                let edge = dialects::mount(health(engine, config), engine, config);
                Some((listener, edge.build()))
            }
            Self::Health(listener) => Some((listener, health(engine, config).build())),
            Self::None => None,
        }
    }
}

/// See the module.
pub(crate) struct Server {
    store: storage::Opened,
    url: Option<String>,
    stopping: CancellationToken,
    tasks: JoinSet<anyhow::Result<()>>,
    patience: Duration,
    signals: Signals,
}

impl Server {
    /// Starts serving what was opened.
    ///
    /// # Errors
    /// When signals or the port cannot be had from the system.
    pub(crate) async fn start(opened: Opened, front: Front, config: &Config) -> anyhow::Result<Self> {
        let Opened {
            engine,
            runner,
            store,
        } = opened;
        let signals = Signals::listen()?;
        let stopping = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let stop = || stopping.clone().cancelled_owned();
        let (done, handle) = (stop(), engine.runner().clone());
        tasks.spawn(async move {
            runner.run(done).await;
            Ok(())
        });
        let (done, kept) = (stop(), engine.clone());
        tasks.spawn(async move {
            upkeep::run(kept, UpkeepOptions::default(), done).await;
            Ok(())
        });
        let (done, timed) = (stop(), engine.clone());
        tasks.spawn(async move {
            listeners::run(timed, done).await;
            Ok(())
        });
        let (done, followed) = (stop(), engine.clone());
        tasks.spawn(async move {
            apps::run(followed, done).await;
            Ok(())
        });
        let (done, logged) = (stop(), engine.clone());
        tasks.spawn(async move {
            app_logs::run(logged, done).await;
            Ok(())
        });
        let (done, tended) = (stop(), engine.clone());
        tasks.spawn(async move {
            queues::run(tended, done).await;
            Ok(())
        });
        let ready = handle.became_ready();
        if tokio::time::timeout(RECOVERY, ready).await.is_err() {
            tracing::warn!("jobs of the last run are still being recovered");
        }
        let mut address = None;
        if let Some((listener, app)) = front.open(&engine, config) {
            let (http, done) = (config.http.clone(), stop());
            address = Some(listener.local_addr().context("cannot tell the port")?);
            tasks.spawn(async move { edge::serve(listener, app, http, done).await.context("http") });
        }
        Ok(Self {
            store,
            url: address.map(|address| url(config, address)),
            stopping,
            tasks,
            patience: config.http.grace.max(config.jobs.runner().grace) + CLOSING,
            signals,
        })
    }

    /// Tells that it is ready, in the one line that scripts wait for.
    ///
    /// # Errors
    /// When nobody reads it.
    pub(crate) fn announce(&self) -> anyhow::Result<()> {
        match &self.url {
            Some(url) => output::line(format_args!("listening on {url}"))?,
            None => output::line("working on jobs")?,
        }
        Ok(())
    }

    /// Where it is reached, without a slash at the end; empty when it is not.
    pub(crate) fn url(&self) -> &str {
        self.url.as_deref().unwrap_or_default()
    }

    /// Does `work` while it serves; `None` when a signal came first.
    pub(crate) async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            _ = self.signals.next() => None,
            done = work => Some(done),
        }
    }

    /// Serves until a signal asks to stop, then stops.
    ///
    /// # Errors
    /// Why it ended by itself.
    pub(crate) async fn until_signal(mut self) -> anyhow::Result<()> {
        let ended = tokio::select! {
            name = self.signals.next() => {
                tracing::info!("stopping on {name}");
                Ok(())
            }
            Some(task) = self.tasks.join_next() => task.context("a part of the server panicked").flatten(),
        };
        self.stop().await;
        ended
    }

    /// Stops; a further signal cuts that short.
    pub(crate) async fn stop(mut self) {
        self.stopping.cancel();
        let (mut tasks, store) = (self.tasks, Arc::new(self.store));
        let closing = Arc::clone(&store);
        let parts = async move {
            while let Some(task) = tasks.join_next().await {
                if let Ok(Err(error)) = task {
                    tracing::error!(error.cause = format!("{error:#}"), "a part did not end well");
                }
            }
            // Joins threads, which finish the writes that wait.
            let closed = tokio::task::spawn_blocking(move || closing.close());
            closed.await.is_ok()
        };
        tokio::select! {
            ended = tokio::time::timeout(self.patience, parts) => match ended {
                Ok(_) => return tracing::info!("stopped"),
                Err(_) => tracing::warn!("stopped in the middle of work; the next start takes it up"),
            },
            name = self.signals.next() => tracing::warn!("ended at once by a second {name}"),
        }
        // Dropping it would wait for its threads.
        std::mem::forget(store);
    }
}

/// An edge that tells how the server is.
fn health(engine: &Engine, config: &Config) -> Edge {
    let checked = engine.clone();
    Edge::new(config.http.clone()).ready(move || not_ready(checked.clone()))
}

/// The parts that cannot work now.
async fn not_ready(engine: Engine) -> Vec<NotReady> {
    let mut parts = Vec::new();
    let mut note = |part: &str, reason: &str| {
        parts.push(NotReady {
            part: part.to_owned(),
            reason: reason.to_owned(),
        });
    };
    if engine.has_users().await.is_err() {
        note("store", "it does not answer");
    }
    if !engine.runner().ready() {
        note("runner", "it recovers jobs of the last run, or stops");
    }
    parts
}

/// The address as a client on this machine can use it.
fn url(config: &Config, address: SocketAddr) -> String {
    let scheme = if config.http.tls.is_some() {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{address}")
}

/// The signals that ask for a stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let on = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
