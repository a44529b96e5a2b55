//! The `stockyard` program: one server and the commands to look after it.
//!
//! Each subcommand is a file of `commands`; what several of them need stands beside it.

mod cli;
mod commands;
mod config;
mod dialects;
mod logging;
mod output;
mod server;
mod store;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
