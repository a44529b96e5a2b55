//! Many companies deleted by a job: from its acceptance to its end.

use std::time::Instant;

use anyhow::ensure;
use serde_json::Value;

use super::DATA;
use crate::Plan;
use crate::report::{Figure, Target};
use crate::server::Server;

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
    let job = client.ended(&accepted)?;
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
