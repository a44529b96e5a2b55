//! `stockyard sqs`: credentials for queues, made beside the running server or without it.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Subcommand, ValueEnum};
use engine::queues::Credentials;
use serde_json::json;

use crate::cli::StoreArgs;
use crate::{output, store};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print credentials that sign requests, for all queues of a user or for one of them. Nothing of them is stored.
    #[command(after_help = "\
Example:
  eval \"$(stockyard sqs credentials --user ann@example.com --data-dir /var/lib/stockyard)\"
  export AWS_ENDPOINT_URL_SQS=http://127.0.0.1:8080/sqs/ AWS_DEFAULT_REGION=eu-west-2
  aws sqs create-queue --queue-name jobs")]
    Credentials(Issue),
}

#[derive(clap::Args)]
pub(crate) struct Issue {
    /// The user, by mail address
    #[arg(long, env = "STOCKYARD_USER", value_name = "EMAIL")]
    user: String,
    /// Good for this queue of the user only
    #[arg(long, env = "STOCKYARD_QUEUE", value_name = "NAME")]
    queue: Option<String>,
    /// How long they are good: 1 to 24 for one queue, up to 8760 (a year) for all
    #[arg(long, env = "STOCKYARD_HOURS", value_name = "N", default_value_t = 12)]
    hours: u32,
    /// How to print them
    #[arg(long, env = "STOCKYARD_FORMAT", value_enum, default_value_t = Format::Shell)]
    format: Format,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Lines for a shell
    Shell,
    /// What `credential_process` of AWS clients reads
    Json,
}

/// Runs the command.
///
/// # Errors
/// When there is no such user or queue, the time is out of bounds, or there is no store.
pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Credentials(args) = command;
    let life = Duration::from_secs(3600 * u64::from(args.hours));
    let (user, queue) = (args.user, args.queue);
    let made = store::visit(&args.store.load()?, async |engine| {
        let made = engine.queues().credentials_of(&user, queue, life).await;
        made.map_err(|fault| output::explained(fault.into()))
    })?;
    match args.format {
        Format::Shell => output::line(shell(&made))?,
        Format::Json => output::line(process(&made))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn shell(made: &Credentials) -> String {
    let (key, secret, token) = (&made.access_key, &made.secret, &made.session_token);
    format!(
        "export AWS_ACCESS_KEY_ID={key}\nexport AWS_SECRET_ACCESS_KEY={secret}\nexport AWS_SESSION_TOKEN={token}"
    )
}

fn process(made: &Credentials) -> String {
    let expires = made.expires.to_zoned().timestamp().to_string();
    json!({
        "Version": 1,
        "AccessKeyId": made.access_key,
        "SecretAccessKey": made.secret,
        "SessionToken": made.session_token,
        "Expiration": expires,
    })
    .to_string()
}
