//! Finishing a job: the result, the message and the word of the worker, all or nothing.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::TestApp;

use crate::support::{Messages, app, bot, call, expect, expect_as, fetch, get, guid, make, sample, send};

/// A queue with a message that was received: its messages, and the receipt handle.
async fn held(app: &TestApp) -> (Messages<'_>, String) {
    let made = make(app, "queue", sample("queue")).await;
    let messages = Messages::of(app, &made).await;
    messages.send("job").await;
    let receipt = messages.receive().await.pop().unwrap().receipt.to_string();
    (messages, receipt)
}

/// What is left: items, and messages that can be received when all times are over.
async fn left(app: &TestApp, messages: &Messages<'_>) -> (Value, usize) {
    app.clock.advance(Duration::from_secs(31));
    let items = get(app, "item").await["query"]["count"].clone();
    (items, messages.receive().await.len())
}

#[tokio::test]
async fn a_job_is_finished_once() {
    let app = app().await;
    let (messages, receipt) = held(&app).await;
    let (own, token) = bot(&app).await;
    let path = format!("bot/{own}/replace-workers");
    let machine = expect_as(&app, &token, 200, "PATCH", &path, json!({ "workers": 2 })).await;
    let worker = &machine["workers"][1];
    let body = json!({
        "receipt_handle": receipt,
        "item": { "data": { "stress": 7.50 }, "meta": { "run": 1 } },
        "worker": { "guid": worker["guid"], "state": "idle", "status": { "message": "done" } },
    });
    let path = format!("queue/{}/complete", messages.guid);
    let done = expect_as(&app, &token, 201, "POST", &path, body.clone()).await;
    assert_eq!(
        (
            &done["item"]["data"],
            &done["item"]["meta"],
            &done["item"]["file"]
        ),
        (&json!({ "stress": 7.5 }), &json!({ "run": 1 }), &json!({}))
    );
    let by = json!({ "guid": machine["guid"], "entity": "bot" });
    assert_eq!(done["item"]["info"]["created"]["by"], by);
    assert_eq!(done["worker"]["status"]["message"], "done");
    let item = get(&app, &format!("item/{}", guid(&done["item"]))).await;
    assert_eq!(item, done["item"]);
    let machine = get(&app, &format!("bot/{own}")).await;
    assert_eq!(machine["workers"][1], done["worker"]);
    assert_eq!(machine["workers"][0]["status"], Value::Null);
    let late = expect_as(&app, &token, 409, "POST", &path, body).await;
    assert_eq!(
        late["detail"],
        "the message is not held by this receipt handle any more"
    );
    assert_eq!(left(&app, &messages).await, (json!(1), 0));
}

#[tokio::test]
async fn of_many_at_once_one_finishes_the_job() {
    let app = app().await;
    let (messages, receipt) = held(&app).await;
    let path = format!("queue/{}/complete", messages.guid);
    let body = json!({ "receipt_handle": receipt, "item": {} });
    let one = || call(&app, &app.user, "POST", &path, &body);
    let answers = tokio::join!(one(), one(), one(), one());
    let mut statuses = [answers.0, answers.1, answers.2, answers.3].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    assert_eq!(left(&app, &messages).await, (json!(1), 0));
}

#[tokio::test]
async fn who_comes_too_late_leaves_nothing_behind() {
    let app = app().await;
    let (messages, first) = held(&app).await;
    let path = format!("queue/{}/complete", messages.guid);
    let body = |receipt: &str| json!({ "receipt_handle": receipt, "item": {} });
    app.clock.advance(Duration::from_secs(31));
    // His time is over, though nobody has the message yet.
    expect(&app, 409, "POST", &path, body(&first)).await;
    let second = messages.receive().await.pop().unwrap().receipt.to_string();
    expect(&app, 409, "POST", &path, body(&first)).await;
    assert_eq!(get(&app, "item").await["query"]["count"], 0);
    let done = expect(&app, 201, "POST", &path, body(&second)).await;
    assert_eq!(done["worker"], Value::Null);
    assert_eq!(left(&app, &messages).await, (json!(1), 0));
}

#[tokio::test]
async fn what_is_refused_changes_nothing() {
    let app = app().await;
    let (messages, receipt) = held(&app).await;
    let (_, foreign) = held(&app).await;
    let (own, _) = bot(&app).await;
    let nobody = "00000000-0000-4000-8000-000000000000";
    let path = format!("queue/{}/complete", messages.guid);
    for (status, body, field) in [
        (400, json!({ "item": {} }), "receipt_handle"),
        (400, json!({ "receipt_handle": 5, "item": {} }), "receipt_handle"),
        (
            400,
            json!({ "receipt_handle": "x", "item": {} }),
            "receipt_handle",
        ),
        (
            400,
            json!({ "receipt_handle": foreign, "item": {} }),
            "receipt_handle",
        ),
        (400, json!({ "receipt_handle": receipt }), "item"),
        (400, json!({ "receipt_handle": receipt, "item": [] }), "item"),
        (
            400,
            json!({ "receipt_handle": receipt, "item": { "data": 5 } }),
            "item.data",
        ),
        (
            400,
            json!({ "receipt_handle": receipt, "item": { "tags": [{ "name": "a", "value": "b" }] } }),
            "item.tags.0",
        ),
        (
            400,
            json!({ "receipt_handle": receipt, "item": {}, "worker": 1 }),
            "worker",
        ),
        (
            400,
            json!({ "receipt_handle": receipt, "item": {}, "worker": { "bot": own } }),
            "worker.guid",
        ),
        (
            400,
            json!({ "receipt_handle": receipt, "item": {}, "worker": { "guid": nobody } }),
            "worker.bot",
        ),
        (
            400,
            json!({ "receipt_handle": receipt, "item": {}, "worker": { "guid": nobody, "bot": 7 } }),
            "worker.bot",
        ),
        (
            400,
            json!({ "receipt_handle": receipt, "item": {}, "worker": { "guid": nobody, "bot": own, "state": "x" } }),
            "worker.state",
        ),
        (
            404,
            json!({ "receipt_handle": receipt, "item": {}, "worker": { "guid": nobody, "bot": own } }),
            "detail",
        ),
        (
            404,
            json!({ "receipt_handle": receipt, "item": {}, "worker": { "guid": nobody, "bot": nobody } }),
            "detail",
        ),
    ] {
        let refused = expect(&app, status, "POST", &path, body.clone()).await;
        assert!(refused.get(field).is_some(), "{body}: {refused}");
    }
    for queue in [nobody, "x"] {
        let body = json!({ "receipt_handle": receipt, "item": {} });
        expect(&app, 404, "POST", &format!("queue/{queue}/complete"), body).await;
    }
    // He still holds it.
    assert_eq!(get(&app, "item").await["query"]["count"], 0);
    let body = json!({ "receipt_handle": receipt, "item": {} });
    expect(&app, 201, "POST", &path, body).await;
}

#[tokio::test]
async fn the_result_may_be_a_file() {
    let app = app().await;
    let (messages, receipt) = held(&app).await;
    let body = json!({ "receipt_handle": receipt, "item": { "file": { "name": "out.csv" } } });
    let path = format!("queue/{}/complete", messages.guid);
    let done = call(&app, &app.user, "POST", &path, &body).await.json();
    let file = &done["item"]["file"];
    assert_eq!(
        send(&app, file["put_url"].as_str().unwrap(), b"1,2").await.status,
        200
    );
    let content = fetch(&app, file["url"].as_str().unwrap(), &[]).await;
    assert_eq!(content.text(), "1,2");
}
