//! `stockyard openapi`: the document of an API, the same that a server has under `/openapi/`.

use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;
use edge::{Edge, HttpOptions};
use storage::Access;

use crate::config::{Config, Overrides};
use crate::{dialects, output, store};

/// Options of the command.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  stockyard openapi light100 > light100.json
  stockyard openapi fusion | npx @redocly/cli lint /dev/stdin")]
pub(crate) struct Args {
    /// Which API
    api: Api,
}

#[derive(Clone, Copy, ValueEnum)]
enum Api {
    /// Articles and delta updates, under /api/v1
    Light100,
    /// Jobs of all kinds, under /api/v2
    Fusion,
    /// Items, sets, files and bots, under /qalx
    Qalx,
    /// Queues of messages, under /sqs
    Sqs,
    /// An app's records, files, jobs and users, under /{env}/runtime/api
    Slingr,
}

/// Prints the document.
///
/// # Errors
/// When there is no room for a passing store, on which the routes stand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let name = match args.api {
        Api::Light100 => "light100",
        Api::Fusion => "fusion",
        Api::Qalx => "qalx",
        Api::Sqs => "sqs",
        Api::Slingr => "slingr",
    };
    output::line(document(name)?)?;
    Ok(ExitCode::SUCCESS)
}

/// The routes are the document, and they need an engine: one on an empty store that goes away again.
fn document(name: &str) -> anyhow::Result<String> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let data_dir = Some(folder.path().to_owned());
    let config = Config::default().overridden(Overrides {
        data_dir,
        ..Overrides::default()
    });
    crate::server::run_to_end(async {
        let opened = store::open(&config, Access::Serve).await?;
        let edge = dialects::mount(Edge::new(HttpOptions::default()), &opened.engine, &config);
        let document = edge.document(name).context("the API is not mounted")?;
        document.to_pretty_json().context("cannot print the document")
    })
}
