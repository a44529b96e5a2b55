//! Many companies deleted by a job: from its acceptance to its end.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::Value;

use super::DATA;
use crate::Plan;
use crate::report::{Figure, Target};
use crate::server::Server;

/// How often the job is looked after.
const LOOK: Duration = Duration::from_millis(20);

/// Deletes the oldest companies by a query that no index helps with.
///
/// # Errors
/// When a record is not deleted, or another one is.
pub(super) fn measure(plan: &Plan, server: &Server, count: u64) -> anyhow::Result<Figure> {
    let number: u64 = plan.pick(100_000, 10_000);
    let client = server.client()?;
    let path = format!("{DATA}/companies?numberOfEmployees=less({number})&_async=true");
    let accepted: Value = serde_json::from_str(&client.send("DELETE", &path, "", b"")?)?;
    let begun = Instant::now();
    let id = accepted["jobId"].as_str().context("a job has no id")?;
    let job = loop {
        let job: Value = serde_json::from_str(&client.get(&format!("/api/status/jobs/{id}"))?)?;
        match job["status"].as_str() {
            Some("PENDING" | "RUNNING") => thread::sleep(LOOK),
            _ => break job,
        }
    };
    let took = begun.elapsed().as_secs_f64();
    ensure!(
        job["status"] == "FINISHED" && job["hasErrors"] == false && job["recordsProcessed"] == number,
        "the job ended otherwise: {job}"
    );
    let left = client.get(&format!("{DATA}/companies?_size=1"))?;
    let expected = format!(r#"{{"total":{},"#, count - number);
    ensure!(
        left.starts_with(&expected),
        "not {} are left: {left}",
        count - number
    );
    let name = format!("deletion of {number} of {count} records by a query");
    Ok(Figure::bare(name, number as f64 / took, "/s").target(Target::AtLeast(20_000.0)))
}
