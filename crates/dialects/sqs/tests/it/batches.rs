//! Batches: what is refused as a whole, and what entry by entry.

use serde_json::{Value, json};

use crate::support::{Client, app, bodies};

#[tokio::test]
async fn batches_are_refused_as_a_whole() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    let entry = |id: &str, body: &str| json!({ "Id": id, "MessageBody": body });
    let many: Vec<Value> = (0..11).map(|n| entry(&n.to_string(), "b")).collect();
    let half = "x".repeat(600_000);
    for (entries, code) in [
        (json!([]), "EmptyBatchRequest"),
        (json!(many), "TooManyEntriesInBatchRequest"),
        (
            json!([entry("a", "b"), entry("a", "c")]),
            "BatchEntryIdsNotDistinct",
        ),
        (json!([entry("a b", "b")]), "InvalidBatchEntryId"),
        (
            json!([entry("a", &half), entry("b", &half)]),
            "BatchRequestTooLong",
        ),
    ] {
        let body = json!({ "QueueUrl": url, "Entries": entries });
        let expected = format!("AWS.SimpleQueueService.{code}");
        assert_eq!(client.refused("SendMessageBatch", body).await, expected);
    }
    assert_eq!(client.receive(&url).await.len(), 0);
}

#[tokio::test]
async fn entries_stand_for_themselves() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    let entries = json!([
        { "Id": "good", "MessageBody": "a" },
        { "Id": "bad", "MessageBody": "b", "DelaySeconds": -1 },
        { "Id": "worse", "MessageBody": "c", "MessageAttributes": { "n": {} } },
        { "Id": "late", "MessageBody": "d", "DelaySeconds": 5 },
    ]);
    let answer = client
        .ok("SendMessageBatch", json!({ "QueueUrl": url, "Entries": entries }))
        .await;
    let ids = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|entry| entry["Id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&answer["Successful"]), ["good", "late"]);
    assert_eq!(ids(&answer["Failed"]), ["bad", "worse"]);
    assert_eq!(answer["Failed"][0]["Code"], "InvalidParameterValue");
    assert_eq!(answer["Failed"][0]["SenderFault"], true);
    assert_eq!(
        answer["Successful"][0]["MD5OfMessageBody"],
        "0cc175b9c0f1b6a831c399e269772661"
    );
    assert_eq!(bodies(&client.receive(&url).await), "a");
}

#[tokio::test]
async fn messages_are_finished_and_kept_in_batches() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    client.send_all(&url, &["a", "b", "c"]).await;
    let held = client.receive(&url).await;
    let entries = json!([
        { "Id": "0", "ReceiptHandle": held[0]["ReceiptHandle"], "VisibilityTimeout": 0 },
        { "Id": "1", "ReceiptHandle": "x", "VisibilityTimeout": 0 },
    ]);
    let changed = client
        .ok(
            "ChangeMessageVisibilityBatch",
            json!({ "QueueUrl": url, "Entries": entries }),
        )
        .await;
    assert_eq!(changed["Successful"], json!([{ "Id": "0" }]));
    assert_eq!(changed["Failed"][0]["Code"], "ReceiptHandleIsInvalid");
    let entries = json!([
        { "Id": "1", "ReceiptHandle": held[1]["ReceiptHandle"] },
        { "Id": "2", "ReceiptHandle": held[2]["ReceiptHandle"] },
    ]);
    let deleted = client
        .ok(
            "DeleteMessageBatch",
            json!({ "QueueUrl": url, "Entries": entries }),
        )
        .await;
    assert_eq!(deleted, json!({ "Successful": [{ "Id": "1" }, { "Id": "2" }] }));
    assert_eq!(bodies(&client.receive(&url).await), "a");
}
