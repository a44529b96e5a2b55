//! The promises of queues, over a server that is killed with SIGKILL again and again while twenty receivers and eight senders
//! are at work on a standard queue and on the FIFO queue of a qalx entity.
//!
//! What was accepted is received; nothing comes to two receivers within its visibility; what was deleted does not come
//! back; groups keep their order. An answer that was lost with the server says nothing either way: a sender sends anew,
//! and what nobody finished comes back.
//!
//! `STOCKYARD_QUEUE_MESSAGES` says how many messages there are (the whole test is 100000), `STOCKYARD_QUEUE_KILLS` how
//! often the server is killed.

mod client;
mod judge;
mod line;

use std::sync::Arc;

use rand::RngExt;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::place::assert_sound;
use crate::support::{STUCK, Server, stockyard};
use client::Queue;
use judge::{Judge, VISIBILITY};
use line::Line;

const RECEIVERS: usize = 20;
/// Of each queue.
const SENDERS: usize = 4;
/// Entries of a batch; each of a group of its own where there are groups.
const BATCH: usize = 10;

fn setting(name: &str, usual: usize) -> usize {
    let value = std::env::var(name).ok();
    value.map_or(usual, |value| value.parse().expect("a number"))
}

#[test]
fn messages_outlive_kills() {
    let (messages, kills) = (
        setting("STOCKYARD_QUEUE_MESSAGES", 3000),
        setting("STOCKYARD_QUEUE_KILLS", 4),
    );
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path(), &[]);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let line = Line::new(server.url());
    let queues = [
        free(&runtime, &server, dir.path(), &line),
        ordered(&server, &line),
    ]
    .map(Arc::new);
    // Each sender of each queue, so many rounds of a batch.
    let rounds = messages.div_ceil(2 * SENDERS * BATCH);
    let total = 2 * SENDERS * BATCH * rounds;
    let judge = Arc::new(Judge::default());
    let mut senders = JoinSet::new();
    let mut receivers = JoinSet::new();
    runtime.block_on(async {
        for queue in &queues {
            for sender in 0..SENDERS {
                senders.spawn(send(Arc::clone(queue), sender, rounds, Arc::clone(&judge)));
            }
        }
        for number in 0..RECEIVERS {
            receivers.spawn(receive(queues.clone(), number, Arc::clone(&judge)));
        }
    });
    for kill in 0..kills {
        let share = total * (kill + 1) / (kills + 1);
        let share = share.saturating_sub(rand::rng().random_range(0..BATCH));
        runtime.block_on(judge.until(|done| done.gone >= share, "messages are deleted"));
        line.is_down();
        server.kill9();
        server = Server::start(dir.path(), &[]);
        line.is_up(server.url());
    }
    runtime.block_on(async {
        let all_sent = async { while senders.join_next().await.transpose().unwrap().is_some() {} };
        tokio::time::timeout(STUCK, all_sent).await.expect("all are sent");
        judge
            .until(|done| done.received >= total, "all are received")
            .await;
        for queue in &queues {
            judge.until_empty(queue).await;
        }
        receivers.shutdown().await;
    });
    judge.say(total, rounds);
    assert!(!server.log().contains(" ERROR "), "{}", server.log());
    server.terminate();
    assert_sound(dir.path());
}

/// A standard queue of the admin.
fn free(runtime: &tokio::runtime::Runtime, server: &Server, dir: &std::path::Path, line: &Line) -> Queue {
    let (folder, user) = (dir.to_str().unwrap(), "admin@example.com");
    let ask = [
        "sqs",
        "credentials",
        "--user",
        user,
        "--format",
        "json",
        "--data-dir",
        folder,
    ];
    let given: Value = serde_json::from_str(&stockyard(&ask).ok()).unwrap();
    let text = |name: &str| given[name].as_str().unwrap().to_owned();
    let keys = [text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken")];
    let queue = Queue::new(keys, format!("{}/sqs/", server.url()), line.clone(), false);
    let seconds = VISIBILITY.as_secs().to_string();
    let body = json!({ "QueueName": "free", "Attributes": { "VisibilityTimeout": seconds } });
    let made = runtime.block_on(queue.call("CreateQueue", body)).unwrap();
    queue.at(made["QueueUrl"].as_str().unwrap())
}

/// The FIFO queue of a qalx entity, with the credentials that the answer has.
fn ordered(server: &Server, line: &Line) -> Queue {
    let token = server.token_of("admin@example.com");
    let parameters = json!({ "VisibilityTimeout": VISIBILITY.as_secs(), "maxReceiveCount": 1000 });
    let request = server.request("POST", "/qalx/queue").token(None);
    let request = request.header("authorization", &format!("Token {token}"));
    let request = request.header("content-type", "application/json");
    let body = json!({ "name": "ordered", "parameters": parameters }).to_string();
    let made = request.body(body).send().json();
    let info = &made["info"];
    let text = |name: &str| info["credentials"][name].as_str().unwrap().to_owned();
    let keys = [
        text("ACCESS_KEY_ID"),
        text("SECRET_ACCESS_KEY"),
        text("SESSION_TOKEN"),
    ];
    Queue::new(
        keys,
        info["queue_url"].as_str().unwrap().to_owned(),
        line.clone(),
        true,
    )
}

/// Sends so many batches, each until it was answered; in a FIFO queue each entry of a batch is the next of its own group.
async fn send(queue: Arc<Queue>, sender: usize, rounds: usize, judge: Arc<Judge>) {
    for round in 0..rounds {
        let entries: Vec<Value> = (0..BATCH)
            .map(|place| {
                let group = sender * BATCH + place;
                let mut entry = json!({ "Id": place.to_string(), "MessageBody": format!("{group} {round}") });
                if queue.is_ordered {
                    entry["MessageGroupId"] = json!(group.to_string());
                    entry["MessageDeduplicationId"] = json!(format!("{group}-{round}"));
                }
                entry
            })
            .collect();
        let told = loop {
            if let Some(told) = queue
                .call("SendMessageBatch", json!({ "Entries": entries }))
                .await
            {
                break told;
            }
        };
        let accepted = told["Successful"].as_array().map_or(0, Vec::len);
        judge.sent(accepted == BATCH, &told);
    }
}

/// Receives and deletes, now from the one queue, now from the other.
async fn receive(queues: [Arc<Queue>; 2], number: usize, judge: Arc<Judge>) {
    for turn in number.. {
        let queue = &queues[turn % 2];
        let asked = tokio::time::Instant::now();
        let body = json!({ "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1 });
        let Some(told) = queue.call("ReceiveMessage", body).await else {
            continue;
        };
        let messages = told["Messages"].as_array().cloned().unwrap_or_default();
        judge.received(queue.is_ordered, &messages, asked);
        if messages.is_empty() {
            continue;
        }
        let entry = |(place, message): (usize, &Value)| json!({ "Id": place.to_string(), "ReceiptHandle": message["ReceiptHandle"] });
        let entries: Vec<Value> = messages.iter().enumerate().map(entry).collect();
        let told = queue
            .call("DeleteMessageBatch", json!({ "Entries": entries }))
            .await;
        let Some(told) = told else {
            continue;
        };
        for done in told["Successful"].as_array().into_iter().flatten() {
            let place: usize = done["Id"].as_str().unwrap().parse().unwrap();
            judge.deleted(&messages[place]);
        }
    }
}
