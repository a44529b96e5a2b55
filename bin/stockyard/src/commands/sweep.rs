//! `stockyard sweep`: what the server does every hour, now: deleting file contents that nobody refers to.

use std::process::ExitCode;
use std::time::Duration;

use engine::upkeep::{self, UpkeepOptions};

use crate::cli::StoreArgs;
use crate::{output, store};

/// Options of the command.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  stockyard sweep --data-dir /var/lib/stockyard

It can run beside the server. Contents are stored before anything refers to them, so what is young is left alone;
with less than an hour, first see to it that nothing is being uploaded.")]
pub(crate) struct Args {
    /// How many seconds old contents and broken uploads must be to be deleted [default: 3600]
    #[arg(long, env = "STOCKYARD_OLDER_THAN", value_name = "SECONDS")]
    older_than: Option<u32>,
    #[command(flatten)]
    store: StoreArgs,
}

/// Sweeps once.
///
/// # Errors
/// Those of the store and of the place of contents.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let given = args.older_than.map(|seconds| Duration::from_secs(seconds.into()));
    let grace = given.unwrap_or_else(|| UpkeepOptions::default().grace);
    let (swept, partials) = store::visit(&args.store.load()?, async |engine| {
        upkeep::sweep(engine, grace).await.map_err(output::explained)
    })?;
    output::line(format_args!(
        "deleted {} of {} contents, {}; {} leftovers of uploads, {partials} half-built files",
        swept.deleted,
        swept.seen,
        output::size(swept.bytes),
        swept.temporary
    ))?;
    Ok(ExitCode::SUCCESS)
}
