//! Queues themselves.

use serde_json::json;

use crate::support::{Client, app, pass};

#[tokio::test]
async fn a_queue_is_made_once() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({ "DelaySeconds": "5" })).await;
    assert_eq!(client.queue("a", json!({ "DelaySeconds": "5" })).await, url);
    assert_eq!(client.queue("a", json!({})).await, url);
    let body = json!({ "QueueName": "a", "Attributes": { "DelaySeconds": "6" } });
    assert_eq!(client.refused("CreateQueue", body).await, "QueueAlreadyExists");
    let got = client.ok("GetQueueUrl", json!({ "QueueName": "a" })).await;
    assert_eq!(got["QueueUrl"], url);
    client.ok("DeleteQueue", json!({ "QueueUrl": url })).await;
    let gone = "AWS.SimpleQueueService.NonExistentQueue";
    assert_eq!(
        client.refused("GetQueueUrl", json!({ "QueueName": "a" })).await,
        gone
    );
    assert_eq!(
        client.refused("DeleteQueue", json!({ "QueueUrl": url })).await,
        gone
    );
    assert_eq!(
        client
            .call("DeleteQueue", json!({ "QueueUrl": url }))
            .await
            .json()["__type"],
        "com.amazonaws.sqs#QueueDoesNotExist"
    );
}

#[tokio::test]
async fn wrong_queues_are_refused() {
    let app = app().await;
    let client = Client::user(&app).await;
    for (name, attributes, code) in [
        (json!(null), json!({}), "MissingParameter"),
        (json!("a b"), json!({}), "InvalidParameterValue"),
        (json!("a.fifo"), json!({}), "InvalidParameterValue"),
        (
            json!("a"),
            json!({ "FifoQueue": "true" }),
            "InvalidParameterValue",
        ),
        (
            json!("a"),
            json!({ "FifoQueue": "false" }),
            "InvalidAttributeName",
        ),
        (json!("a"), json!({ "Colour": "red" }), "InvalidAttributeName"),
        (
            json!("a"),
            json!({ "DelaySeconds": "901" }),
            "InvalidAttributeValue",
        ),
        (json!("a"), json!({ "DelaySeconds": 1 }), "InvalidParameterValue"),
        (
            json!("a"),
            json!({ "RedrivePolicy": "{\"deadLetterTargetArn\":\"arn:aws:sqs:r:000000000002:d\",\"maxReceiveCount\":1}" }),
            "InvalidParameterValue",
        ),
    ] {
        let body = json!({ "QueueName": name, "Attributes": attributes });
        assert_eq!(client.refused("CreateQueue", body.clone()).await, code, "{body}");
    }
    assert_eq!(client.refused("Invent", json!({})).await, "InvalidAction");
    assert_eq!(
        client.refused("AddPermission", json!({})).await,
        "AWS.SimpleQueueService.UnsupportedOperation"
    );
    let headers = [("x-amz-target", "AmazonSQS.ListQueues")];
    let answer = client.send(&headers, "{").await;
    assert_eq!(answer.header("x-amzn-query-error"), "MalformedInput;Sender");
}

#[tokio::test]
async fn queues_are_listed_in_pages() {
    let app = app().await;
    let client = Client::user(&app).await;
    for name in ["b", "a1", "a2", "a3"] {
        client.queue(name, json!({})).await;
    }
    let names = |answer: &serde_json::Value| -> String {
        let urls = answer["QueueUrls"].as_array().unwrap().iter();
        let name = |url: &serde_json::Value| url.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        urls.map(name).collect::<Vec<_>>().join(" ")
    };
    let all = client.ok("ListQueues", json!({})).await;
    assert_eq!(names(&all), "a1 a2 a3 b");
    let body = json!({ "QueueNamePrefix": "a", "MaxResults": 2 });
    let first = client.ok("ListQueues", body).await;
    assert_eq!(names(&first), "a1 a2");
    let body = json!({ "QueueNamePrefix": "a", "MaxResults": 2, "NextToken": first["NextToken"] });
    let last = client.ok("ListQueues", body).await;
    assert_eq!((names(&last), last.get("NextToken")), ("a3".to_owned(), None));
    for wrong in [
        json!({ "MaxResults": 0 }),
        json!({ "MaxResults": 1, "NextToken": "x" }),
    ] {
        assert_eq!(client.refused("ListQueues", wrong).await, "InvalidParameterValue");
    }
}

#[tokio::test]
async fn attributes_are_set_and_told() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    pass(&app, 10);
    let body = json!({ "QueueUrl": url, "Attributes": { "VisibilityTimeout": "7", "DelaySeconds": "900" } });
    client.ok("SetQueueAttributes", body).await;
    client
        .ok("SendMessage", json!({ "QueueUrl": url, "MessageBody": "x" }))
        .await;
    let all = client
        .ok(
            "GetQueueAttributes",
            json!({ "QueueUrl": url, "AttributeNames": ["All"] }),
        )
        .await;
    assert_eq!(
        all["Attributes"],
        json!({
            "QueueArn": "arn:aws:sqs:eu-west-2:000000000002:a",
            "CreatedTimestamp": "1464584157",
            "LastModifiedTimestamp": "1464584167",
            "ApproximateNumberOfMessages": "0",
            "ApproximateNumberOfMessagesNotVisible": "0",
            "ApproximateNumberOfMessagesDelayed": "1",
            "DelaySeconds": "900",
            "MaximumMessageSize": "1048576",
            "MessageRetentionPeriod": "345600",
            "ReceiveMessageWaitTimeSeconds": "0",
            "VisibilityTimeout": "7",
            "SqsManagedSseEnabled": "false",
        })
    );
    let body = json!({ "QueueUrl": url, "AttributeNames": ["VisibilityTimeout", "RedrivePolicy"] });
    let some = client.ok("GetQueueAttributes", body).await;
    assert_eq!(some["Attributes"], json!({ "VisibilityTimeout": "7" }));
    for (operation, body, code) in [
        (
            "GetQueueAttributes",
            json!({ "AttributeNames": ["Colour"] }),
            "InvalidAttributeName",
        ),
        ("SetQueueAttributes", json!({}), "MissingParameter"),
        (
            "SetQueueAttributes",
            json!({ "Attributes": { "FifoQueue": "true" } }),
            "InvalidAttributeValue",
        ),
        (
            "SetQueueAttributes",
            json!({ "Attributes": { "Policy": "{}" } }),
            "AWS.SimpleQueueService.UnsupportedOperation",
        ),
    ] {
        let mut body = body;
        body["QueueUrl"] = json!(url);
        assert_eq!(client.refused(operation, body).await, code, "{operation}");
    }
}

#[tokio::test]
async fn tags_come_and_go() {
    let app = app().await;
    let client = Client::user(&app).await;
    let body = json!({ "QueueName": "a", "tags": { "k": "1" } });
    let url = client.ok("CreateQueue", body).await["QueueUrl"].clone();
    client
        .ok(
            "TagQueue",
            json!({ "QueueUrl": url, "Tags": { "l": "2", "k": "3" } }),
        )
        .await;
    let tags = client.ok("ListQueueTags", json!({ "QueueUrl": url })).await;
    assert_eq!(tags["Tags"], json!({ "k": "3", "l": "2" }));
    client
        .ok("UntagQueue", json!({ "QueueUrl": url, "TagKeys": ["k", "l"] }))
        .await;
    assert_eq!(
        client.ok("ListQueueTags", json!({ "QueueUrl": url })).await,
        json!({})
    );
    let many: serde_json::Map<_, _> = (0..51).map(|n| (n.to_string(), json!(""))).collect();
    for wrong in [json!(many), json!({ "": "x" }), json!({ "aws:k": "x" })] {
        let body = json!({ "QueueUrl": url, "Tags": wrong });
        assert_eq!(client.refused("TagQueue", body).await, "InvalidParameterValue");
    }
}

#[tokio::test]
async fn a_purge_is_at_once_and_once_a_minute() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    client.send_all(&url, &["a", "b"]).await;
    let held = client.receive(&url).await;
    client.ok("PurgeQueue", json!({ "QueueUrl": url })).await;
    client.send_all(&url, &["c"]).await;
    pass(&app, 59);
    assert_eq!(crate::support::bodies(&client.receive(&url).await), "c");
    client.delete(&url, &held[0]).await;
    assert_eq!(
        client.refused("PurgeQueue", json!({ "QueueUrl": url })).await,
        "AWS.SimpleQueueService.PurgeQueueInProgress"
    );
    pass(&app, 1);
    client.ok("PurgeQueue", json!({ "QueueUrl": url })).await;
    pass(&app, 60);
    assert_eq!(client.receive(&url).await.len(), 0);
}
