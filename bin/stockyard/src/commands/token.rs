//! `stockyard token`: tokens for the API, made beside the running server or without it.

use std::process::ExitCode;

use clap::Subcommand;

use crate::cli::StoreArgs;
use crate::{output, store};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print a new token of a user, and nothing else. Tokens made before stay valid.
    #[command(after_help = "\
Example:
  TOKEN=$(stockyard token create --user ann@example.com --data-dir /var/lib/stockyard)
  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8080/api/v2/jobs")]
    Create(Create),
}

#[derive(clap::Args)]
pub(crate) struct Create {
    /// The user, by mail address
    #[arg(long, env = "STOCKYARD_USER", value_name = "EMAIL")]
    user: String,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the command.
///
/// # Errors
/// When there is no such user, or no store.
pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Create(args) = command;
    let made = store::visit(&args.store.load()?, async |engine| {
        engine.make_token(&args.user).await.map_err(output::explained)
    })?;
    output::line(made.token)?;
    Ok(ExitCode::SUCCESS)
}
