//! The older protocol: forms, and XML back.

use crate::support::{Client, app, bodies};
use serde_json::json;

async fn form(client: &Client<'_>, form: &str) -> (u16, String) {
    let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    let answer = client.send(&headers, form).await;
    assert_eq!(answer.header("content-type"), "text/xml");
    (answer.status.as_u16(), answer.text().to_owned())
}

/// What stands in the first element of this name.
fn inside<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml
        .split_once(&format!("<{name}>"))
        .unwrap_or_else(|| panic!("{name} in {xml}"));
    rest.split_once(&format!("</{name}>")).unwrap().0
}

#[tokio::test]
async fn a_message_goes_through_the_older_protocol() {
    let app = app().await;
    let mut client = Client::user(&app).await;
    let made = "Action=CreateQueue&Version=2012-11-05&QueueName=a&Attribute.1.Name=VisibilityTimeout\
        &Attribute.1.Value=7&Tag.1.Key=k&Tag.1.Value=v";
    let (status, xml) = form(&client, made).await;
    assert_eq!(
        (status, inside(&xml, "QueueUrl")),
        (200, "http://localhost/sqs/000000000002/a")
    );
    assert!(
        xml.starts_with("<?xml version=\"1.0\"?><CreateQueueResponse xmlns="),
        "{xml}"
    );
    // Older clients post to the address of the queue, and name it or not.
    client.path = "/sqs/000000000002/a".to_owned();
    let sent = "Action=SendMessage&MessageBody=a%0D%0A%3Cb%3E%26&MessageAttribute.1.Name=timestamp\
        &MessageAttribute.1.Value.DataType=Number&MessageAttribute.1.Value.StringValue=1493147359900";
    let (_, xml) = form(&client, sent).await;
    assert_eq!(
        inside(&xml, "MD5OfMessageAttributes"),
        "235c5c510d26fb653d073faed50ae77c"
    );
    let (_, xml) = form(
        &client,
        "Action=ReceiveMessage&AttributeName.1=All&MessageAttributeName.1=All",
    )
    .await;
    assert_eq!(inside(&xml, "Body"), "a&#xD;\n&lt;b&gt;&amp;");
    assert!(
        xml.contains("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>"),
        "{xml}"
    );
    assert!(
        xml.contains(
            "<Name>timestamp</Name><Value><DataType>Number</DataType><StringValue>1493147359900</StringValue>"
        ),
        "{xml}"
    );
    let handle = inside(&xml, "ReceiptHandle");
    let (status, xml) = form(&client, &format!("Action=DeleteMessage&ReceiptHandle={handle}")).await;
    assert_eq!(status, 200);
    assert!(
        xml.contains("<DeleteMessageResponse") && !xml.contains("Result"),
        "{xml}"
    );
    let (_, xml) = form(&client, "Action=ListQueueTags").await;
    assert_eq!(inside(&xml, "Tag"), "<Key>k</Key><Value>v</Value>");
    let (_, xml) = form(
        &client,
        "Action=GetQueueAttributes&AttributeName.1=VisibilityTimeout",
    )
    .await;
    assert_eq!(
        inside(&xml, "Attribute"),
        "<Name>VisibilityTimeout</Name><Value>7</Value>"
    );
}

#[tokio::test]
async fn batches_are_numbered() {
    let app = app().await;
    let client = Client::user(&app).await;
    let url = client.queue("a", json!({})).await;
    let sent = format!(
        "Action=SendMessageBatch&QueueUrl={url}&SendMessageBatchRequestEntry.1.Id=x\
         &SendMessageBatchRequestEntry.1.MessageBody=one&SendMessageBatchRequestEntry.2.Id=y\
         &SendMessageBatchRequestEntry.2.MessageBody=two&SendMessageBatchRequestEntry.3.Id=z"
    );
    let (_, xml) = form(&client, &sent).await;
    assert_eq!(xml.matches("<SendMessageBatchResultEntry>").count(), 2, "{xml}");
    let failed = inside(&xml, "BatchResultErrorEntry");
    assert_eq!(
        (inside(failed, "Id"), inside(failed, "Code")),
        ("z", "MissingParameter")
    );
    assert_eq!(bodies(&client.receive(&url).await), "one two");
}

#[tokio::test]
async fn refusals_have_the_older_codes_and_statuses() {
    let app = app().await;
    let client = Client::user(&app).await;
    let missing = "http://localhost/sqs/000000000002/missing";
    for (request, status, code) in [
        ("QueueName=a".to_owned(), 400, "InvalidAction"),
        ("Action=Invent".to_owned(), 400, "InvalidAction"),
        (
            format!("Action=DeleteQueue&QueueUrl={missing}"),
            400,
            "AWS.SimpleQueueService.NonExistentQueue",
        ),
        ("Action=DeleteQueue&QueueUrl=x".to_owned(), 404, "InvalidAddress"),
        (
            "Action=ListQueues&MaxResults=many".to_owned(),
            400,
            "InvalidParameterValue",
        ),
    ] {
        let (found, xml) = form(&client, &request).await;
        assert_eq!((found, inside(&xml, "Code")), (status, code), "{request}");
        assert_eq!(inside(&xml, "Type"), "Sender");
    }
    let nobody = Client {
        token: "x".to_owned(),
        ..Client::user(&app).await
    };
    let (status, xml) = form(&nobody, "Action=ListQueues").await;
    assert_eq!((status, inside(&xml, "Code")), (403, "InvalidClientTokenId"));
}
