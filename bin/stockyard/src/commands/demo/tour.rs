//! The tour: load a catalogue, update it, see what failed and what changed, and the calls for doing that oneself.

use anyhow::Context;
use reqwest::StatusCode;
use serde_json::Value;

use super::sample;
use crate::client::Client;
use crate::output::line;
use crate::progress;

/// The article that is shown before and after.
const SHOWN: &str = "N102UW";
/// Where delta files go.
const DELTAS: &str = "/api/v1/articles/delta-update";

/// Gives the tour, as the user of `client`; `tokens` are the admin's and his.
///
/// # Errors
/// A call that failed.
pub(super) async fn run(client: &Client, url: &str, tokens: [&str; 2]) -> anyhow::Result<()> {
    let article = format!("/api/v1/articles/{SHOWN}");
    if client.try_get(&article).await?.status == StatusCode::NOT_FOUND {
        load(client).await?;
        let before = client.get(&article).await?;
        update(client).await?;
        failures(client).await?;
        let after = client.get(&article).await?;
        line(format_args!("\nArticle {SHOWN} before and after:\n"))?;
        line(format_args!("  before  {}", before["data"]))?;
        line(format_args!("  after   {}", after["data"]))?;
    } else {
        line("The aeroplanes are here already, so there is no tour.")?;
    }
    calls(url, tokens)
}

async fn load(client: &Client) -> anyhow::Result<()> {
    let (lines, count) = sample::catalogue()?;
    line(format_args!(
        "\nLoading {count} aeroplanes as one delta update:\n"
    ))?;
    send(client, "application/x-ndjson", "planes.ndjson", lines).await
}

async fn update(client: &Client) -> anyhow::Result<()> {
    let packed = sample::packed_delta()?;
    line("\nA delta update with all six operations, sent as delta.json.gz:\n")?;
    send(client, "application/gzip", "delta.json.gz", packed).await
}

/// Sends a file and follows its job.
async fn send(client: &Client, form: &str, name: &str, body: Vec<u8>) -> anyhow::Result<()> {
    let answer = client.upload(DELTAS, form, name, body).await?;
    let job = answer.headers.get("x-job-ids").and_then(|ids| ids.to_str().ok());
    progress::follow(client, job.context("the server did not name the job")?).await?;
    Ok(())
}

async fn failures(client: &Client) -> anyhow::Result<()> {
    let failed = client.get("/api/v1/jobs/failedjobs?page=1&per_page=50").await?;
    let entries = failed["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    line(format_args!(
        "\n{} operations failed, all others were applied:\n",
        entries.len()
    ))?;
    for entry in entries {
        let operation = entry["payload"]["operation"].as_str().unwrap_or("-");
        line(format_args!("  {operation:24}  {}", sentence(&entry["errors"])))?;
    }
    Ok(())
}

fn sentence(errors: &Value) -> String {
    let all = errors.as_array().map(Vec::as_slice).unwrap_or_default();
    let texts: Vec<_> = all.iter().filter_map(Value::as_str).collect();
    texts.join("; ")
}

/// Calls to copy: they work as they stand.
fn calls(url: &str, [admin, clerk]: [&str; 2]) -> anyhow::Result<()> {
    let auth = r#"-H "Authorization: Bearer $TOKEN""#;
    let ndjson = r#"-H "Content-Type: application/x-ndjson""#;
    let operation =
        r#"{"operation":"replace-article-feature","articleData":{"F_1":"N102UW","F_80004":"182"}}"#;
    line("\nTry it yourself:\n")?;
    line(format_args!("  TOKEN={clerk}"))?;
    line(format_args!("  curl -s {auth} {url}/api/v1/articles/{SHOWN}"))?;
    line(format_args!(
        "  curl -s {auth} {ndjson} -d '{operation}' {url}{DELTAS}"
    ))?;
    line(format_args!("  curl -s {auth} \"{url}/api/v2/jobs?per_page=5\""))?;
    line(format_args!("  curl -s {auth} {url}/api/v1/jobs/failedjobs"))?;
    line(format_args!("  curl -s {auth} -X POST {url}/api/v1/jobs/flush"))?;
    line(format_args!("  curl -s {url}/openapi/light100.json"))?;
    line(format_args!("\nThe admin's token: {admin}"))?;
    line(format_args!(
        "Jobs on the terminal: stockyard jobs list --url {url} --token $TOKEN"
    ))?;
    Ok(())
}
