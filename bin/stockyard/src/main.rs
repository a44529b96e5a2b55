//! The `stockyard` program: one server and the commands to look after it.
//!
//! Each subcommand is a file of `commands`; what several of them need stands beside it.

mod archive;
mod cli;
mod client;
mod commands;
mod config;
mod dialects;
mod logging;
mod output;
#[cfg(feature = "amazon-queues")]
mod outside;
mod progress;
mod server;
mod store;
mod table;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let outcome = cli::Cli::parse().run();
    outcome.unwrap_or_else(|error| {
        if output::is_closed_pipe(&error) {
            return ExitCode::SUCCESS;
        }
        output::complain(&error);
        ExitCode::FAILURE
    })
}
