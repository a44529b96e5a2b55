//! What receivers cost that wait for nothing.

use std::time::{Duration, Instant};

use serde_json::json;

use super::client::Queue;
use crate::Plan;
use crate::process::processor_time;
use crate::report::{Figure, Target};
use crate::server::Server;

const RECEIVERS: usize = 1000;

pub(super) fn measure(plan: &Plan, server: &Server, queue: &Queue) -> anyhow::Result<Figure> {
    let (rounds, wait) = (plan.pick(3, 1), plan.pick(20, 3));
    let (begun, before) = (Instant::now(), processor_time(server.pid())?);
    queue.together(RECEIVERS, |mut link| async move {
        for _ in 0..rounds {
            link.ask("ReceiveMessage", json!({ "WaitTimeSeconds": wait }))
                .await?;
        }
        Ok(0)
    })?;
    let used = processor_time(server.pid())?.saturating_sub(before);
    let least = Duration::from_secs(rounds * wait);
    let share = 100.0 * used.as_secs_f64() / begun.elapsed().max(least).as_secs_f64();
    let name =
        format!("{RECEIVERS} receivers that wait {wait} s each and get nothing: share of one processor");
    Ok(Figure::bare(name, share, "%").target(Target::AtMost(1.0)))
}
