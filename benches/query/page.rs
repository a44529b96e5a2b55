//! What a client of the server waits for: a page of a list, and an aggregation.

use std::time::Instant;

use anyhow::ensure;

use super::some_class;
use crate::Plan;
use crate::report::{Figure, Target};
use crate::stats::{median, millis, percentile};
use crate::wire::Client;

/// Measures pages of 50 of 200 items that an index finds.
///
/// # Errors
/// When a page is not as long as it should be.
pub(crate) fn measure(plan: &Plan, client: &Client) -> anyhow::Result<Vec<Figure>> {
    let path = format!(
        "/qalx/item?limit=50&skip=0&query=%7B%22metadata.data._class%22:%22{}%22%7D",
        some_class()
    );
    let mut times = Vec::new();
    for _ in 0..plan.pick(1000, 200) {
        let begun = Instant::now();
        let page = client.get_as("Token", &path)?;
        times.push(millis(begun.elapsed()));
        let entries = page.matches(r#""file":{}"#).count();
        ensure!(entries == plan.pick(50, 20), "{entries} entries: {page}");
    }
    let half = Figure::bare("list of 50 by index, median", median(times.clone()), "ms");
    let most = Figure::bare("list of 50 by index, p99", percentile(times, 0.99), "ms");
    Ok(vec![half, most.target(Target::AtMost(5.0))])
}

/// Groups all items at the server.
///
/// # Errors
/// When the groups do not hold them all.
pub(crate) fn check_groups(client: &Client, count: u64) -> anyhow::Result<()> {
    let pipeline = r#"[{\"$group\":{\"_id\":\"$data.city\",\"count\":{\"$sum\":1}}},{\"$group\":{\"_id\":null,\"all\":{\"$sum\":\"$count\"}}}]"#;
    let body = format!(r#"{{"aggregate":"{pipeline}"}}"#);
    let answer = client.send_as(
        "Token",
        "POST",
        "/qalx/item/aggregate",
        "application/json",
        body.as_bytes(),
    )?;
    ensure!(answer.contains(&format!(r#""all":{count}"#)), "{answer}");
    Ok(())
}
