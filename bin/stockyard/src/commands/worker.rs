//! `stockyard worker`: a node that works on jobs and has no API, beside others that serve the same database.

use std::process::ExitCode;

use anyhow::bail;
use storage::{Access, Place};

use crate::cli::StoreArgs;
use crate::config::{Config, Overrides};
use crate::server::{self, Front, Server};
use crate::{logging, store};

const EXAMPLES: &str = "\
Examples:
  stockyard worker --database postgres://stockyard@db.example.com/stockyard
  stockyard worker --config /etc/stockyard.toml --listen 127.0.0.1:9090      its health for a monitor

It takes the same configuration as the servers beside it and does what they do but answer calls: jobs,
sweeps, following the app. SIGTERM and SIGINT stop it within 10 seconds; its jobs go on elsewhere.";

/// Options of the command.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Address to answer /healthz, /readyz and /metrics on; port 0 takes a free one [default: none]
    #[arg(long, env = "STOCKYARD_WORKER_LISTEN", value_name = "ADDRESS")]
    listen: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    /// After how many seconds a file goes that no record and no job holds, as the servers have it [default: 43200]
    #[arg(long, env = "STOCKYARD_ORPHAN_FILE_TTL", value_name = "SECONDS")]
    orphan_file_ttl: Option<u64>,
}

/// Works until a signal.
///
/// # Errors
/// When the configuration is wrong, the store is one for a single process, or a part cannot be opened.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let overrides = Overrides {
        orphan_file_ttl: args.orphan_file_ttl,
        ..args.store.overrides()
    };
    let config = Config::load(args.store.config.as_deref(), overrides)?;
    if matches!(config.place(), Place::Sqlite(_)) {
        bail!(
            "a worker needs a database that several processes share: name it with --database postgres://…; \
             the embedded store belongs to one `stockyard serve`, which works on its jobs itself"
        );
    }
    let log = logging::start(&config.log)?;
    let outcome = server::run_to_end(async {
        let front = match &args.listen {
            Some(address) => Front::Health(server::listen(address).await?),
            None => Front::None,
        };
        let opened = store::open(&config, Access::Serve).await?;
        let server = Server::start(opened, front, &config).await?;
        server.announce()?;
        server.until_signal().await
    });
    // The last lines say how it ended.
    drop(log);
    outcome.map(|()| ExitCode::SUCCESS)
}
