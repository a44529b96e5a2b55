//! Queues whose groups are in order.

use serde_json::{Value, json};

use crate::support::{Client, app, bodies, pass};

async fn send(client: &Client<'_>, url: &str, group: &str, body: &str, dedup: &str) -> Value {
    let body = json!({
        "QueueUrl": url, "MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": dedup,
    });
    client.ok("SendMessage", body).await
}

#[tokio::test]
async fn groups_are_in_order_and_block() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.fifo("a.fifo").await;
    for (group, body) in [("g", "g1"), ("g", "g2"), ("h", "h1"), ("g", "g3")] {
        send(&client, &url, group, body, body).await;
    }
    let body = json!({ "QueueUrl": url, "MaxNumberOfMessages": 1, "AttributeNames": ["All"] });
    let first = client.ok("ReceiveMessage", body.clone()).await["Messages"][0].clone();
    assert_eq!(first["Body"], "g1");
    assert_eq!(first["Attributes"]["MessageGroupId"], "g");
    assert_eq!(first["Attributes"]["MessageDeduplicationId"], "g1");
    assert_eq!(first["Attributes"]["SequenceNumber"].as_str().unwrap().len(), 20);
    assert_eq!(bodies(&client.receive(&url).await), "h1");
    assert_eq!(client.receive(&url).await.len(), 0);
    client.delete(&url, &first).await;
    assert_eq!(bodies(&client.receive(&url).await), "g2 g3");
    pass(&app, 30);
    assert_eq!(bodies(&client.receive(&url).await), "g2 g3 h1");
}

#[tokio::test]
async fn what_was_sent_is_not_sent_again_for_five_minutes() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.fifo("a.fifo").await;
    let first = send(&client, &url, "g", "one", "d").await;
    let again = send(&client, &url, "h", "two", "d").await;
    assert_eq!(
        (&again["MessageId"], &again["SequenceNumber"]),
        (&first["MessageId"], &first["SequenceNumber"])
    );
    let received = client.receive(&url).await;
    assert_eq!(bodies(&received), "one");
    client.delete(&url, &received[0]).await;
    pass(&app, 299);
    send(&client, &url, "g", "three", "d").await;
    assert_eq!(client.receive(&url).await.len(), 0, "also when it is gone");
    pass(&app, 1);
    send(&client, &url, "g", "four", "d").await;
    assert_eq!(bodies(&client.receive(&url).await), "four");
}

#[tokio::test]
async fn equal_bodies_or_equal_ids_of_a_group_are_equal() {
    let app = app().await;
    let client = Client::user(&app).await;
    let by_content = json!({ "FifoQueue": "true", "ContentBasedDeduplication": "true" });
    let url = client.queue("a.fifo", by_content).await;
    for body in ["x", "y", "x"] {
        let body = json!({ "QueueUrl": url, "MessageBody": body, "MessageGroupId": "g" });
        client.ok("SendMessage", body).await;
    }
    assert_eq!(bodies(&client.receive(&url).await), "x y");
    let by_group = json!({ "FifoQueue": "true", "DeduplicationScope": "messageGroup" });
    let url = client.queue("b.fifo", by_group).await;
    send(&client, &url, "g", "g1", "d").await;
    send(&client, &url, "h", "h1", "d").await;
    send(&client, &url, "g", "g2", "d").await;
    assert_eq!(bodies(&client.receive(&url).await), "g1 h1");
}

#[tokio::test]
async fn a_batch_may_repeat_itself() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.fifo("a.fifo").await;
    let entry = |id: &str, dedup: &str| json!({ "Id": id, "MessageBody": id, "MessageGroupId": "g", "MessageDeduplicationId": dedup });
    let entries = json!([entry("a", "1"), entry("b", "1"), entry("c", "2")]);
    let sent = client
        .ok("SendMessageBatch", json!({ "QueueUrl": url, "Entries": entries }))
        .await;
    let sent = sent["Successful"].as_array().unwrap();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0]["MessageId"], sent[1]["MessageId"]);
    assert_eq!(bodies(&client.receive(&url).await), "a c");
}

#[tokio::test]
async fn what_is_asked_for_must_be_there() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.fifo("a.fifo").await;
    for (extra, code) in [
        (json!({ "MessageDeduplicationId": "d" }), "MissingParameter"),
        (json!({ "MessageGroupId": "g" }), "InvalidParameterValue"),
        (
            json!({ "MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": 1 }),
            "InvalidParameterValue",
        ),
        (
            json!({ "MessageGroupId": "a b", "MessageDeduplicationId": "d" }),
            "InvalidParameterValue",
        ),
    ] {
        let mut body = extra.clone();
        body["QueueUrl"] = json!(url);
        body["MessageBody"] = json!("b");
        assert_eq!(client.refused("SendMessage", body).await, code, "{extra}");
    }
}

#[tokio::test]
async fn a_handle_is_good_while_the_message_is_held() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.fifo("a.fifo").await;
    send(&client, &url, "g", "one", "1").await;
    let held = client.receive(&url).await.remove(0);
    pass(&app, 30);
    let body = json!({ "QueueUrl": url, "ReceiptHandle": held["ReceiptHandle"] });
    let refused = client.call("DeleteMessage", body.clone()).await;
    assert!(
        refused.text().contains("The receipt handle has expired"),
        "{}",
        refused.text()
    );
    let again = client.receive(&url).await.remove(0);
    assert_eq!(
        client.refused("DeleteMessage", body).await,
        "InvalidParameterValue"
    );
    client.delete(&url, &again).await;
    client.delete(&url, &again).await;
}
