//! How soon a receiver that waits has a message: from the moment at which the sender begins to send it.

use std::time::Instant;

use serde_json::json;
use tokio::task::LocalSet;

use super::client::Queue;
use crate::report::{Figure, Target};
use crate::{Plan, stats};

pub(super) fn measure(plan: &Plan, queue: &Queue) -> anyhow::Result<Figure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let rounds = plan.pick(2000, 100);
    let times = LocalSet::new().block_on(&runtime, times(queue, rounds))?;
    let millis = stats::percentile(times, 0.99);
    let name = "long poll: from sending a message to its arrival at a waiting receiver, p99";
    Ok(Figure::bare(name, millis, "ms").target(Target::AtMost(20.0)))
}

async fn times(queue: &Queue, rounds: u32) -> anyhow::Result<Vec<f64>> {
    let (mut sender, mut receiver) = (queue.open().await?, queue.open().await?);
    let mut times = Vec::new();
    for _ in 0..rounds {
        let waiting = tokio::task::spawn_local(async move {
            let found = receiver
                .ask("ReceiveMessage", json!({ "WaitTimeSeconds": 20 }))
                .await?;
            let arrived = Instant::now();
            let handle = found["Messages"][0]["ReceiptHandle"].clone();
            receiver
                .ask("DeleteMessage", json!({ "ReceiptHandle": handle }))
                .await?;
            Ok::<_, anyhow::Error>((receiver, arrived))
        });
        // So that it surely waits; this is no part of the time.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let begun = Instant::now();
        sender.ask("SendMessage", json!({ "MessageBody": "x" })).await?;
        let (back, arrived) = waiting.await??;
        receiver = back;
        times.push(stats::millis(arrived - begun));
    }
    Ok(times)
}
