//! `stockyard import`: the rows of a CSV file into an entity of the running server's app, with progress.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args as Arguments;
use serde_json::Value;

use super::jobs::Api;
use crate::client::Client;
use crate::{output, progress};

const EXAMPLES: &str = "\
Examples:
  export STOCKYARD_URL=http://127.0.0.1:8080 STOCKYARD_TOKEN=$(stockyard token create --user ann@example.com)
  stockyard import companies companies.csv
  stockyard import companies companies.csv --dry-run
  stockyard import companies companies.csv --errors failed.csv     the rows that failed, to be corrected";

/// The options of the command.
#[derive(Arguments)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Full name of the entity
    entity: String,
    /// CSV file, packed with gzip or not
    file: PathBuf,
    /// Write nothing, tell what would become of the rows
    #[arg(long, env = "STOCKYARD_DRY_RUN")]
    dry_run: bool,
    /// Run the job only when there is room
    #[arg(long, env = "STOCKYARD_LOW_PRIORITY")]
    low_priority: bool,
    /// A further flag of the API, like performValidations=false; may be given several times
    #[arg(
        long,
        env = "STOCKYARD_FLAG",
        value_name = "NAME=VALUE",
        value_delimiter = ','
    )]
    flag: Vec<String>,
    /// Where to write the rows that failed
    #[arg(long, env = "STOCKYARD_ERRORS", value_name = "FILE")]
    errors: Option<PathBuf>,
    #[command(flatten)]
    api: Api,
}

/// Runs the command. The exit status is 0 when all rows went well.
///
/// # Errors
/// The server's refusal in its own words, or why it cannot be reached.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    runtime.block_on(import(args))
}

async fn import(args: &Args) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.api.url, &args.api.token)?;
    let path = format!(
        "/api/data/{}/import?{}",
        super::jobs::escaped(&args.entity),
        args.query()?
    );
    let sent = client.send_file(&path, &args.file).await?;
    let job = sent["jobId"]
        .as_str()
        .context("the server did not name the job")?;
    let done = progress::follow_app(&client, job).await?;
    let failed = done["results"]["rowsWithErrors"].as_u64();
    if let (Some(file), Some(1..)) = (&args.errors, failed) {
        let errors = format!("/api/status/jobs/{job}/errors");
        client.fetch_file(&errors, file).await?;
    }
    tell(args, job, &done)?;
    Ok(match done["hasErrors"].as_bool() {
        Some(false) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn tell(args: &Args, job: &str, done: &Value) -> anyhow::Result<()> {
    if args.api.json {
        output::line(serde_json::to_string_pretty(done)?)?;
        return Ok(());
    }
    let results = &done["results"];
    let (Some(imported), Some(failed)) = (
        results["rowsImported"].as_u64(),
        results["rowsWithErrors"].as_u64(),
    ) else {
        bail!("the import failed as a whole; GET /api/status/jobs/{job}/logs says why");
    };
    let verb = if args.dry_run {
        "would be imported"
    } else {
        "imported"
    };
    output::line(format_args!(
        "{imported} rows {verb}, {failed} with errors (job {job})"
    ))?;
    match (&args.errors, failed) {
        (Some(file), 1..) => output::line(format_args!("the rows that failed: {}", shown(file)))?,
        (None, 1..) => output::line("the rows that failed: once more with --errors FILE")?,
        _ => {}
    }
    Ok(())
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}

impl Args {
    fn query(&self) -> anyhow::Result<String> {
        let mut query = format!("dryRun={}&lowPriority={}", self.dry_run, self.low_priority);
        for flag in &self.flag {
            let Some((name, value)) = flag.split_once('=') else {
                bail!("--flag takes NAME=VALUE, got {flag:?}");
            };
            let (name, value) = (super::jobs::escaped(name), super::jobs::escaped(value));
            query.push_str(&format!("&{name}={value}"));
        }
        Ok(query)
    }
}
