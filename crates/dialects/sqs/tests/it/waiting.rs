//! Receivers that wait. No test waits for time to pass: what is waited for comes, or the server lets all go.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use engine::queues::{Caller, QueueName, Reception};
use serde_json::json;

use crate::support::{Client, app, bodies};

const LONG: Reception = Reception {
    most: 1,
    visibility: None,
    wait: Some(20),
};

async fn caller(client: &Client<'_>) -> (Caller, QueueName) {
    let actor = client.app.engine.authenticate(&client.app.user).await.unwrap();
    let caller = Caller::of(actor);
    let account = caller.account();
    let name = "a".to_owned();
    (caller, QueueName { account, name })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_wakes_who_waits_for_it() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    let waiting = json!({ "QueueUrl": url, "WaitTimeSeconds": 20 });
    let (received, ()) = tokio::join!(client.ok("ReceiveMessage", waiting), async {
        client.send_all(&url, &["x"]).await;
    });
    assert_eq!(received["Messages"][0]["Body"], "x");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_says_how_long_if_nobody_else_does() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client
        .queue("a", json!({ "ReceiveMessageWaitTimeSeconds": "20" }))
        .await;
    let (received, ()) = tokio::join!(client.ok("ReceiveMessage", json!({ "QueueUrl": url })), async {
        client.send_all(&url, &["x"]).await;
    });
    assert_eq!(received["Messages"][0]["Body"], "x");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_gets_one_and_one_who_left_is_no_harm() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    let (caller, name) = caller(&client).await;
    let queues = app.engine.queues();
    {
        // Enters, and gives up at once.
        let mut left = pin!(queues.receive(&caller, &name, LONG));
        let polled = left.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending));
    }
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (queues, caller, name) = (queues.clone(), caller.clone(), name.clone());
        all.spawn(async move { queues.receive(&caller, &name, LONG).await.unwrap() });
    }
    for n in 0..20 {
        client.send_all(&url, &[&n.to_string()]).await;
    }
    let mut bodies: Vec<u32> = all
        .join_all()
        .await
        .into_iter()
        .map(|received| received[0].body.parse().unwrap())
        .collect();
    bodies.sort_unstable();
    assert_eq!(bodies, (0..20).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_back_wakes_too() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    client.send_all(&url, &["x"]).await;
    let held = client.receive(&url).await.remove(0);
    let waiting = json!({ "QueueUrl": url, "WaitTimeSeconds": 20 });
    let (received, _) = tokio::join!(client.ok("ReceiveMessage", waiting), async {
        let back = json!({ "QueueUrl": url, "ReceiptHandle": held["ReceiptHandle"], "VisibilityTimeout": 0 });
        client.ok("ChangeMessageVisibility", back).await
    });
    assert_eq!(received["Messages"][0]["Body"], "x");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_message_lets_the_next_of_its_group_go() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.fifo("a.fifo").await;
    for body in ["1", "2"] {
        let body = json!({
            "QueueUrl": url, "MessageBody": body, "MessageGroupId": "g", "MessageDeduplicationId": body,
        });
        client.ok("SendMessage", body).await;
    }
    let first = client.ok("ReceiveMessage", json!({ "QueueUrl": url })).await["Messages"][0].clone();
    let waiting = json!({ "QueueUrl": url, "WaitTimeSeconds": 20 });
    let (received, ()) = tokio::join!(client.ok("ReceiveMessage", waiting), client.delete(&url, &first));
    assert_eq!(received["Messages"][0]["Body"], "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_server_stops_nobody_is_kept() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let engine = app.engine.clone();
    let tended = tokio::spawn(async move {
        engine::queues::run(engine, async {
            let _ = stopped.await;
        })
        .await;
    });
    let waiting = json!({ "QueueUrl": url, "WaitTimeSeconds": 20 });
    let (received, ()) = tokio::join!(client.ok("ReceiveMessage", waiting), async {
        drop(stop);
        tended.await.unwrap();
    });
    assert_eq!(received, json!({}));
    client.send_all(&url, &["x"]).await;
    assert_eq!(bodies(&client.receive(&url).await), "x");
}
