//! The command line: the list of commands and the options that several of them share.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    app, backup, demo, doctor, export, import, jobs, migrate, openapi, project, restore, serve, sqs, sweep,
    token, user, worker,
};
use crate::config::{Config, Overrides};

const EXAMPLES: &str = "\
Examples:
  stockyard demo                                      a tour with sample data, nothing stays behind
  stockyard serve                                     serve ./stockyard-data on 127.0.0.1:8080
  stockyard serve --listen 0.0.0.0:80 --data-dir /var/lib/stockyard
  stockyard user create --email ann@example.com --name Ann --password -
  stockyard token create --user ann@example.com       print a token for the API

Every option can also be set by the environment variable named beside it, and every key of the
configuration file by STOCKYARD_<SECTION>__<KEY>. The command line wins over the environment, the
environment over the file. `stockyard serve --print-config` shows what is in force.";

/// Keeps records and files and runs the background work on them, behind the APIs its clients know.
#[derive(Parser)]
#[command(name = "stockyard", version, about, after_help = EXAMPLES, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(Box<serve::Args>),
    /// Work on the jobs of servers on PostgreSQL, without an API.
    Worker(worker::Args),
    /// Check the definition of an app, and put it in force.
    #[command(subcommand)]
    App(app::Command),
    /// Make and list users.
    #[command(subcommand)]
    User(user::Command),
    /// Make, list and delete projects, whose tags decide what their users see.
    #[command(subcommand)]
    Project(project::Command),
    /// Make tokens for the API.
    #[command(subcommand)]
    Token(token::Command),
    /// Make credentials for queues.
    #[command(subcommand)]
    Sqs(sqs::Command),
    /// Look at jobs and steer them, through the API of a running server.
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// Import the rows of a CSV file into an entity of the app of a running server.
    Import(import::Args),
    /// Export records of an entity of the app of a running server to a file.
    Export(export::Args),
    /// Show everything on one screen: a server with sample data, a delta update, calls to copy.
    Demo(demo::Args),
    /// Copy everything to a folder, while the server runs.
    Backup(backup::Args),
    /// Make a data folder from a backup.
    Restore(restore::Args),
    /// Move everything from the data folder to PostgreSQL, and check the result.
    Migrate(migrate::Args),
    /// Delete file contents that nobody refers to, now.
    Sweep(sweep::Args),
    /// Check whether this machine and the data folder are fit to run the server.
    Doctor(doctor::Args),
    /// Print the OpenAPI document of an API.
    Openapi(openapi::Args),
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// What keeps it from being done, in words for the operator.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve(args) => serve::run(&args),
            Command::Worker(args) => worker::run(&args),
            Command::App(command) => app::run(command),
            Command::User(command) => user::run(command),
            Command::Project(command) => project::run(command),
            Command::Token(command) => token::run(command),
            Command::Sqs(command) => sqs::run(command),
            Command::Jobs(command) => jobs::run(command),
            Command::Import(args) => import::run(&args),
            Command::Export(args) => export::run(&args),
            Command::Demo(args) => demo::run(&args),
            Command::Backup(args) => backup::run(&args),
            Command::Restore(args) => restore::run(&args),
            Command::Migrate(args) => migrate::run(&args),
            Command::Sweep(args) => sweep::run(&args),
            Command::Doctor(args) => doctor::run(&args),
            Command::Openapi(args) => openapi::run(&args),
        }
    }
}

/// Where the data is: what every command that opens the store takes.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct StoreArgs {
    /// Folder with everything the server keeps [default: ./stockyard-data]
    #[arg(long, env = "STOCKYARD_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Database to use instead of the embedded one in the data folder: `postgres://user:password@host:port/name`
    /// (PostgreSQL 15 or later)
    #[arg(long, env = "STOCKYARD_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Where file contents are kept instead of the data folder: `s3://bucket/prefix`, with the credentials of
    /// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY and the settings of the section `s3`
    #[arg(long, env = "STOCKYARD_BLOBS", value_name = "URL", hide_env_values = true)]
    pub(crate) blobs: Option<String>,
    /// Configuration file [default: stockyard.toml in the data folder, if it is there]
    #[arg(long, env = "STOCKYARD_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl StoreArgs {
    /// The configuration that these options name, with themselves on top.
    ///
    /// # Errors
    /// Names the source and the key that is wrong.
    pub(crate) fn load(&self) -> anyhow::Result<Config> {
        Config::load(self.config.as_deref(), self.overrides())
    }

    /// What these options say about the configuration.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            data_dir: self.data_dir.clone(),
            database: self.database.clone(),
            blobs: self.blobs.clone(),
            ..Overrides::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_has_a_help_text_and_an_environment_variable() {
        fn walk(command: &clap::Command, path: &str) {
            for argument in command.get_arguments().filter(|a| !a.is_positional()) {
                let name = format!("{path} --{}", argument.get_id());
                assert!(argument.get_help().is_some(), "{name} has no help text");
                let global = matches!(argument.get_id().as_str(), "help" | "version");
                assert!(global || argument.get_env().is_some(), "{name} has no variable");
            }
            for child in command.get_subcommands() {
                walk(child, &format!("{path} {}", child.get_name()));
            }
        }
        walk(&Cli::command(), "stockyard");
    }
}
