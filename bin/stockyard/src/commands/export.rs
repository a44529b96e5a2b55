//! `stockyard export`: records of the running server's app into a file, with progress.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args as Arguments;

use super::jobs::{Api, escaped};
use crate::client::Client;
use crate::{output, progress};

const EXAMPLES: &str = "\
Examples:
  export STOCKYARD_URL=http://127.0.0.1:8080 STOCKYARD_TOKEN=$(stockyard token create --user ann@example.com)
  stockyard export companies companies.csv --names
  stockyard export companies active.csv --query 'state=active&_sortField=name&_sortType=asc'
  stockyard export contacts contacts.csv --fields firstName,lastName,company.name";

/// The options of the command.
#[derive(Arguments)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Full name of the entity
    entity: String,
    /// Where to write the records; what is there is replaced
    file: PathBuf,
    /// Which records and in which order, in the query language of the API
    #[arg(long, env = "STOCKYARD_QUERY", value_name = "QUERY", default_value = "")]
    query: String,
    /// Which fields, also of related records, like name,company.type [default: all own ones]
    #[arg(long, env = "STOCKYARD_FIELDS", value_name = "FIELDS")]
    fields: Option<String>,
    /// Head the columns with names of fields instead of labels
    #[arg(long, env = "STOCKYARD_NAMES")]
    names: bool,
    /// Form of the file: csv or ndjson
    #[arg(long, env = "STOCKYARD_FORMAT", default_value = "csv")]
    format: String,
    /// Put an apostrophe before cells that a spreadsheet would compute
    #[arg(long, env = "STOCKYARD_NEUTRALIZE")]
    neutralize: bool,
    #[command(flatten)]
    api: Api,
}

/// Runs the command.
///
/// # Errors
/// The server's refusal in its own words, or why it cannot be reached.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    runtime.block_on(export(args))
}

async fn export(args: &Args) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.api.url, &args.api.token)?;
    let path = format!("/api/data/{}/export?{}", escaped(&args.entity), args.query());
    let sent = client.put(&path).await?;
    let job = sent["jobId"]
        .as_str()
        .context("the server did not name the job")?;
    let done = progress::follow_app(&client, job).await?;
    let Some(file) = done["results"]["fileId"].as_str() else {
        bail!("the export failed; GET /api/status/jobs/{job}/logs says why");
    };
    client
        .fetch_file(&format!("/api/files/{file}"), &args.file)
        .await?;
    match args.api.json {
        true => output::line(serde_json::to_string_pretty(&done)?)?,
        false => {
            let count = &done["results"]["recordsExported"];
            output::line(format_args!("{count} records in {}", args.file.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    fn query(&self) -> String {
        let mut query = format!(
            "_useFieldNames={}&_fileFormat={}&_neutralizeFormulas={}",
            self.names,
            escaped(&self.format),
            self.neutralize
        );
        if let Some(fields) = &self.fields {
            query.push_str(&format!("&_fields={}", escaped(fields)));
        }
        if !self.query.is_empty() {
            query.push_str(&format!("&{}", self.query.replace(' ', "%20")));
        }
        query
    }
}
