//! Messages of standard queues.

use serde_json::json;

use crate::support::{Client, app, bodies, pass};

#[tokio::test]
async fn a_message_comes_back_whole() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    let body = json!({
        "QueueUrl": url,
        "MessageBody": "This is a test message",
        "MessageAttributes": {
            "timestamp": { "DataType": "Number", "StringValue": "1493147359900" },
        },
        "MessageSystemAttributes": { "AWSTraceHeader": { "DataType": "String", "StringValue": "Root=1" } },
        "MessageGroupId": "fair",
    });
    let sent = client.ok("SendMessage", body).await;
    assert_eq!(sent["MD5OfMessageBody"], "fafb00f5732ab283681e124bf8747ed1");
    assert_eq!(sent["MD5OfMessageAttributes"], "235c5c510d26fb653d073faed50ae77c");
    assert!(sent["MD5OfMessageSystemAttributes"].is_string() && sent.get("SequenceNumber").is_none());
    pass(&app, 2);
    let received = client.receive(&url).await.remove(0);
    assert_eq!(received["MessageId"], sent["MessageId"]);
    assert_eq!(received["MD5OfBody"], sent["MD5OfMessageBody"]);
    assert_eq!(received["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    assert_eq!(
        received["MessageAttributes"],
        json!({ "timestamp": { "DataType": "Number", "StringValue": "1493147359900" } })
    );
    let mut system = received["Attributes"].clone();
    assert!(
        system["SenderId"]
            .take()
            .as_str()
            .is_some_and(|id| id.len() == 24)
    );
    assert_eq!(
        system,
        json!({
            "SenderId": null,
            "SentTimestamp": "1464584157316",
            "ApproximateReceiveCount": "1",
            "ApproximateFirstReceiveTimestamp": "1464584159316",
            "MessageGroupId": "fair",
            "AWSTraceHeader": "Root=1",
        })
    );
    client.delete(&url, &received).await;
    pass(&app, 60);
    assert_eq!(client.receive(&url).await.len(), 0);
}

#[tokio::test]
async fn only_attributes_that_are_asked_for_are_told() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({ "VisibilityTimeout": "0" })).await;
    let text = |text: &str| json!({ "DataType": "String", "StringValue": text });
    let body = json!({
        "QueueUrl": url, "MessageBody": "b",
        "MessageAttributes": { "a.x": text("1"), "a.y": text("2"), "b": { "DataType": "Binary", "BinaryValue": "AAE=" } },
    });
    client.ok("SendMessage", body).await;
    for (asked, count) in [
        (json!([]), 0),
        (json!(["b"]), 1),
        (json!(["a.*"]), 2),
        (json!([".*"]), 3),
        (json!(["All"]), 3),
        (json!(["a"]), 0),
    ] {
        let body = json!({ "QueueUrl": url, "MessageAttributeNames": asked });
        let answer = client.ok("ReceiveMessage", body).await;
        let told = &answer["Messages"][0]["MessageAttributes"];
        assert_eq!(told.as_object().map_or(0, |told| told.len()), count, "{asked}");
    }
    let body = json!({ "QueueUrl": url, "AttributeNames": ["Colour"] });
    assert_eq!(
        client.refused("ReceiveMessage", body).await,
        "InvalidAttributeName"
    );
}

#[tokio::test]
async fn wrong_messages_are_refused() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({ "MaximumMessageSize": "1024" })).await;
    let long = "x".repeat(1025);
    for (extra, code) in [
        (json!({}), "MissingParameter"),
        (json!({ "MessageBody": "" }), "MissingParameter"),
        (json!({ "MessageBody": long }), "InvalidParameterValue"),
        (json!({ "MessageBody": "a\u{b}" }), "InvalidMessageContents"),
        (
            json!({ "MessageBody": "a", "DelaySeconds": 901 }),
            "InvalidParameterValue",
        ),
        (
            json!({ "MessageBody": "a", "DelaySeconds": "1" }),
            "InvalidParameterValue",
        ),
        (
            json!({ "MessageBody": "a", "MessageDeduplicationId": "d" }),
            "InvalidParameterValue",
        ),
        (
            json!({ "MessageBody": "a", "MessageAttributes": { "n": { "DataType": "String" } } }),
            "InvalidParameterValue",
        ),
        (
            json!({ "MessageBody": "a", "MessageAttributes": { "n": { "DataType": "Binary", "BinaryValue": "?" } } }),
            "InvalidParameterValue",
        ),
        (
            json!({ "MessageBody": "a", "MessageSystemAttributes": { "n": { "DataType": "String", "StringValue": "x" } } }),
            "InvalidParameterValue",
        ),
    ] {
        let mut body = extra.clone();
        body["QueueUrl"] = json!(url);
        assert_eq!(client.refused("SendMessage", body).await, code, "{extra}");
    }
    for wrong in [
        json!({ "MaxNumberOfMessages": 0 }),
        json!({ "MaxNumberOfMessages": 11 }),
        json!({ "WaitTimeSeconds": 21 }),
        json!({ "VisibilityTimeout": 43201 }),
    ] {
        let mut body = wrong.clone();
        body["QueueUrl"] = json!(url);
        assert_eq!(
            client.refused("ReceiveMessage", body).await,
            "InvalidParameterValue",
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn what_is_held_comes_back_after_its_time() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    client.send_all(&url, &["a", "b"]).await;
    let held = client.receive(&url).await;
    assert_eq!(bodies(&held), "a b");
    pass(&app, 29);
    assert_eq!(client.receive(&url).await.len(), 0);
    let longer =
        json!({ "QueueUrl": url, "ReceiptHandle": held[0]["ReceiptHandle"], "VisibilityTimeout": 60 });
    client.ok("ChangeMessageVisibility", longer).await;
    pass(&app, 1);
    let again = client.receive(&url).await;
    assert_eq!(bodies(&again), "b");
    assert_eq!(again[0]["Attributes"]["ApproximateReceiveCount"], "2");
    // Whoever held it before can do nothing with it any more.
    let change =
        json!({ "QueueUrl": url, "ReceiptHandle": held[1]["ReceiptHandle"], "VisibilityTimeout": 0 });
    let refused = client.call("ChangeMessageVisibility", change).await;
    assert!(
        refused.text().contains("Message does not exist"),
        "{}",
        refused.text()
    );
    client.delete(&url, &held[1]).await;
    pass(&app, 30);
    assert_eq!(bodies(&client.receive(&url).await), "b");
}

#[tokio::test]
async fn a_message_is_given_back_at_once() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    client.send_all(&url, &["a"]).await;
    let held = client.receive(&url).await.remove(0);
    let change = |seconds: i64| json!({ "QueueUrl": url, "ReceiptHandle": held["ReceiptHandle"], "VisibilityTimeout": seconds });
    client.ok("ChangeMessageVisibility", change(0)).await;
    let not_held = "AWS.SimpleQueueService.MessageNotInflight";
    assert_eq!(
        client.refused("ChangeMessageVisibility", change(5)).await,
        not_held
    );
    assert_eq!(
        client.refused("ChangeMessageVisibility", change(43_201)).await,
        "InvalidParameterValue"
    );
    // Nobody has received it since, so the handle is still good.
    client.delete(&url, &held).await;
    assert_eq!(client.receive(&url).await.len(), 0);
    for handle in ["x", "AQAAAA"] {
        let body = json!({ "QueueUrl": url, "ReceiptHandle": handle });
        assert_eq!(
            client.refused("DeleteMessage", body).await,
            "ReceiptHandleIsInvalid"
        );
    }
    let other = client.queue("b", json!({})).await;
    let body = json!({ "QueueUrl": other, "ReceiptHandle": held["ReceiptHandle"] });
    assert_eq!(
        client.refused("DeleteMessage", body).await,
        "ReceiptHandleIsInvalid"
    );
}

#[tokio::test]
async fn delays_are_the_queues_or_the_messages() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({ "DelaySeconds": "10" })).await;
    client.send_all(&url, &["ten"]).await;
    for (body, delay) in [("none", 0), ("five", 5)] {
        let body = json!({ "QueueUrl": url, "MessageBody": body, "DelaySeconds": delay });
        client.ok("SendMessage", body).await;
    }
    assert_eq!(bodies(&client.receive(&url).await), "none");
    pass(&app, 5);
    assert_eq!(bodies(&client.receive(&url).await), "five");
    pass(&app, 5);
    assert_eq!(bodies(&client.receive(&url).await), "ten");
}

#[tokio::test]
async fn what_is_too_old_is_not_given_and_is_swept() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({ "MessageRetentionPeriod": "60" })).await;
    client.send_all(&url, &["old", "older"]).await;
    pass(&app, 59);
    client.send_all(&url, &["young"]).await;
    pass(&app, 1);
    assert_eq!(bodies(&client.receive(&url).await), "young");
    client.send_all(&url, &["b"]).await;
    pass(&app, 61);
    app.engine.queues().sweep().await.unwrap();
    let counted = json!({ "QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"] });
    let counted = client.ok("GetQueueAttributes", counted).await;
    assert_eq!(counted["Attributes"]["ApproximateNumberOfMessages"], "0");
}
