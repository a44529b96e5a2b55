//! Messages that are received too often.

use serde_json::{Value, json};

use crate::support::{Client, app, bodies, pass};

fn policy(target: &str, count: i64) -> Value {
    let policy = json!({ "deadLetterTargetArn": target, "maxReceiveCount": count });
    json!({ "RedrivePolicy": policy.to_string() })
}

#[tokio::test]
async fn what_is_received_too_often_goes_to_the_other_queue() {
    let app = app().await;
    let client = Client::user(&app).await;
    let dead = client.queue("dead", json!({})).await;
    let url = client.queue("a", policy(&client.arn(&dead).await, 2)).await;
    client.send_all(&url, &["x", "y"]).await;
    for _ in 0..2 {
        assert_eq!(bodies(&client.receive(&url).await), "x y");
        pass(&app, 30);
    }
    client.send_all(&url, &["z"]).await;
    assert_eq!(
        bodies(&client.receive(&url).await),
        "z",
        "looked on behind the dead ones"
    );
    let found = client.receive(&dead).await;
    assert_eq!(bodies(&found), "x y");
    let source = client.arn(&url).await;
    assert_eq!(found[0]["Attributes"]["DeadLetterQueueSourceArn"], source);
    assert_eq!(found[0]["Attributes"]["SentTimestamp"], "1464584157316");
    let sources = client
        .ok("ListDeadLetterSourceQueues", json!({ "QueueUrl": dead }))
        .await;
    assert_eq!(sources["queueUrls"], json!([url]));
}

#[tokio::test]
async fn groups_go_on_behind_their_dead_letters() {
    let app = app().await;
    let client = Client::user(&app).await;
    let dead = client.fifo("dead.fifo").await;
    let mut attributes = policy(&client.arn(&dead).await, 1);
    attributes["FifoQueue"] = json!("true");
    let url = client.queue("a.fifo", attributes).await;
    for body in ["1", "2"] {
        let body = json!({
            "QueueUrl": url, "MessageBody": body, "MessageGroupId": "g", "MessageDeduplicationId": body,
        });
        client.ok("SendMessage", body).await;
    }
    let one = json!({ "QueueUrl": url });
    assert_eq!(
        client.ok("ReceiveMessage", one.clone()).await["Messages"][0]["Body"],
        "1"
    );
    pass(&app, 30);
    assert_eq!(client.ok("ReceiveMessage", one).await["Messages"][0]["Body"], "2");
    assert_eq!(bodies(&client.receive(&dead).await), "1");
}

#[tokio::test]
async fn dead_letters_go_only_where_they_may() {
    let app = app().await;
    let (client, admin) = (
        Client::user(&app).await,
        Client::of(&app, "admin@example.com").await,
    );
    let ordered = client.fifo("b.fifo").await;
    let closed = json!({ "RedriveAllowPolicy": "{\"redrivePermission\":\"denyAll\"}" });
    let closed = client.queue("closed", closed).await;
    let theirs = admin.queue("theirs", json!({})).await;
    let url = client.queue("a", json!({})).await;
    for target in [
        client.arn(&ordered).await,
        client.arn(&closed).await,
        admin.arn(&theirs).await,
        "arn:aws:sqs:r:000000000002:missing".to_owned(),
    ] {
        let body = json!({ "QueueUrl": url, "Attributes": policy(&target, 1) });
        let refused = client.refused("SetQueueAttributes", body).await;
        assert_eq!(refused, "InvalidParameterValue", "{target}");
    }
    let body = json!({ "QueueUrl": url, "Attributes": { "RedrivePolicy": "" } });
    client.ok("SetQueueAttributes", body).await;
}

#[tokio::test]
async fn without_their_queue_messages_stay_alive() {
    let app = app().await;
    let client = Client::user(&app).await;
    let dead = client.queue("dead", json!({})).await;
    let url = client.queue("a", policy(&client.arn(&dead).await, 1)).await;
    client.ok("DeleteQueue", json!({ "QueueUrl": dead })).await;
    client.send_all(&url, &["x"]).await;
    for _ in 0..3 {
        assert_eq!(bodies(&client.receive(&url).await), "x");
        pass(&app, 30);
    }
}
