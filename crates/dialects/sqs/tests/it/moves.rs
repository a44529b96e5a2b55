//! Moving dead letters.

use serde_json::{Value, json};

use crate::support::{Client, app, bodies, pass};

/// A queue of dead letters with three, and the queue they came from.
async fn dead(client: &Client<'_>) -> (String, String) {
    let dead = client.queue("dead", json!({})).await;
    let policy = json!({ "deadLetterTargetArn": client.arn(&dead).await, "maxReceiveCount": 1 });
    let url = client
        .queue("a", json!({ "RedrivePolicy": policy.to_string() }))
        .await;
    client.send_all(&url, &["x", "y", "z"]).await;
    client.receive(&url).await;
    pass(client.app, 30);
    assert_eq!(client.receive(&url).await.len(), 0);
    (dead, url)
}

async fn tasks(client: &Client<'_>, source: &str) -> Value {
    let body = json!({ "SourceArn": source, "MaxResults": 10 });
    client.ok("ListMessageMoveTasks", body).await["Results"].clone()
}

#[tokio::test]
async fn dead_letters_go_back_where_they_came_from() {
    let app = app().await;
    let client = Client::user(&app).await;
    let (dead, url) = dead(&client).await;
    let source = client.arn(&dead).await;
    let started = client
        .ok("StartMessageMoveTask", json!({ "SourceArn": source }))
        .await;
    let running = tasks(&client, &source).await;
    assert_eq!(
        (&running[0]["Status"], &running[0]["TaskHandle"]),
        (&json!("RUNNING"), &started["TaskHandle"])
    );
    let again = client
        .refused("StartMessageMoveTask", json!({ "SourceArn": source }))
        .await;
    assert_eq!(again, "InvalidParameterValue", "one task at a time");
    app.run_jobs().await;
    let done = tasks(&client, &source).await;
    assert_eq!(done[0]["Status"], "COMPLETED", "{done}");
    assert_eq!(done[0]["ApproximateNumberOfMessagesMoved"], 3);
    assert_eq!(done[0]["ApproximateNumberOfMessagesToMove"], 3);
    assert_eq!(bodies(&client.receive(&url).await), "x y z");
    assert_eq!(client.receive(&dead).await.len(), 0);
    let cancel = json!({ "TaskHandle": started["TaskHandle"] });
    let refused = client.refused("CancelMessageMoveTask", cancel).await;
    assert_eq!(refused, "AWS.SimpleQueueService.UnsupportedOperation");
}

#[tokio::test]
async fn they_may_go_elsewhere_and_the_task_may_be_cancelled() {
    let app = app().await;
    let client = Client::user(&app).await;
    let (dead, _) = dead(&client).await;
    let other = client.queue("other", json!({})).await;
    let (source, destination) = (client.arn(&dead).await, client.arn(&other).await);
    let body =
        json!({ "SourceArn": source, "DestinationArn": destination, "MaxNumberOfMessagesPerSecond": 500 });
    let first = client.ok("StartMessageMoveTask", body.clone()).await;
    let cancelled = client.ok("CancelMessageMoveTask", first).await;
    assert_eq!(cancelled["ApproximateNumberOfMessagesMoved"], 0);
    app.run_jobs().await;
    assert_eq!(tasks(&client, &source).await[0]["Status"], "CANCELLED");
    let body = json!({ "SourceArn": source, "DestinationArn": destination });
    client.ok("StartMessageMoveTask", body).await;
    app.run_jobs().await;
    assert_eq!(bodies(&client.receive(&other).await), "x y z");
    assert_eq!(tasks(&client, &source).await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn wrong_tasks_are_refused() {
    let app = app().await;
    let client = Client::user(&app).await;
    let (dead, url) = dead(&client).await;
    let (source, no_source) = (client.arn(&dead).await, client.arn(&url).await);
    for (operation, body, code) in [
        ("StartMessageMoveTask", json!({}), "MissingParameter"),
        (
            "StartMessageMoveTask",
            json!({ "SourceArn": "x" }),
            "InvalidParameterValue",
        ),
        (
            "StartMessageMoveTask",
            json!({ "SourceArn": no_source }),
            "InvalidParameterValue",
        ),
        (
            "StartMessageMoveTask",
            json!({ "SourceArn": source.replace("dead", "missing") }),
            "ResourceNotFoundException",
        ),
        (
            "StartMessageMoveTask",
            json!({ "SourceArn": source, "DestinationArn": source }),
            "InvalidParameterValue",
        ),
        (
            "StartMessageMoveTask",
            json!({ "SourceArn": source, "MaxNumberOfMessagesPerSecond": 501 }),
            "InvalidParameterValue",
        ),
        (
            "CancelMessageMoveTask",
            json!({ "TaskHandle": "x" }),
            "ResourceNotFoundException",
        ),
    ] {
        assert_eq!(client.refused(operation, body).await, code, "{operation}");
    }
}
