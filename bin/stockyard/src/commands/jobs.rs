//! `stockyard jobs`: a look at the jobs of a running server, and steering them, through its API.

mod args;
mod show;

use std::process::ExitCode;

use anyhow::Context;
use serde_json::Value;

use crate::client::Client;
use crate::{output, progress};
use args::Filters;
pub(crate) use args::{Api, Command, escaped};

/// How long an id is that a job has in the API of apps.
const APP_ID: usize = 24;

/// Runs the command.
///
/// # Errors
/// The server's refusal in its own words, or why it cannot be reached.
pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    runtime.block_on(dispatch(command))
}

async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List { api, filters } => list(&api, &filters).await?,
        Command::Show { api, id } => show(&api, &id).await?,
        Command::Stop { api, id } => steer(&api, &id, "stop").await?,
        Command::Resume { api, id } => steer(&api, &id, "resume").await?,
        Command::Cancel { api, id } => steer(&api, &id, "cancel").await?,
        Command::Watch { api, id } => return watch(&api, &id).await,
        Command::Undo { api, id } => return undo(&api, &id).await,
    }
    Ok(ExitCode::SUCCESS)
}

fn client(api: &Api) -> anyhow::Result<Client> {
    Client::new(&api.url, &api.token)
}

fn path(id: &str) -> String {
    format!("/api/v2/jobs/{}", args::escaped(id))
}

async fn list(api: &Api, filters: &Filters) -> anyhow::Result<()> {
    let listing = client(api)?
        .get(&format!("/api/v2/jobs?{}", filters.query()))
        .await?;
    print(api, &listing, show::listing)
}

async fn show(api: &Api, id: &str) -> anyhow::Result<()> {
    let client = client(api)?;
    let mut job = client.get(&path(id)).await?;
    for part in ["errors", "logs"] {
        let part_of = client.get(&format!("{}/{part}", path(id))).await?;
        job[part] = part_of["entries"].clone();
    }
    print(api, &job, show::job)
}

async fn steer(api: &Api, id: &str, action: &str) -> anyhow::Result<()> {
    let job = client(api)?.post(&format!("{}/{action}", path(id))).await?;
    print(api, &job, show::job)
}

/// Follows the job; the exit status says how it ended.
async fn watch(api: &Api, id: &str) -> anyhow::Result<ExitCode> {
    if id.len() == APP_ID {
        return watch_of_app(api, id).await;
    }
    let job = progress::follow(&client(api)?, &args::escaped(id)).await?;
    if api.json {
        print(api, &job, show::job)?;
    }
    Ok(match job["result"].as_str() {
        Some("Success") => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// The same by the id that jobs have in the API of apps.
async fn watch_of_app(api: &Api, id: &str) -> anyhow::Result<ExitCode> {
    let job = progress::follow_app(&client(api)?, &escaped(id)).await?;
    if api.json {
        output::line(serde_json::to_string_pretty(&job)?)?;
    }
    Ok(match (job["status"].as_str(), job["hasErrors"].as_bool()) {
        (Some("FINISHED"), Some(false)) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Hands in the job that undoes another one, and follows it.
async fn undo(api: &Api, id: &str) -> anyhow::Result<ExitCode> {
    let path = format!("/api/status/jobs/{}/undo", escaped(id));
    let undoing = client(api)?.put(&path).await?;
    let id = undoing["jobId"].as_str().context("the server named no job")?;
    watch_of_app(api, id).await
}

fn print(api: &Api, value: &Value, human: fn(&Value) -> String) -> anyhow::Result<()> {
    let text = if api.json {
        serde_json::to_string_pretty(value)?
    } else {
        human(value)
    };
    output::line(text.trim_end())?;
    Ok(())
}
