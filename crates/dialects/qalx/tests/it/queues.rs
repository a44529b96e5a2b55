//! Queues and the messages behind them: addresses, credentials, settings, and who gets them.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::queues::FaultKind;
use serde_json::{Value, json};
use stockyard_qalx::{Options, mount_with};
use testkit::TestApp;

use crate::support::{Messages, app, call, expect, get, guid, make, project, sample, user};

/// How the queue is set, by the names of SQS.
async fn attributes(messages: &Messages<'_>, app: &TestApp) -> BTreeMap<&'static str, String> {
    let queue = app.engine.queues().get(&messages.caller, &messages.name).await;
    queue.unwrap().open.settings.shown().into_iter().collect()
}

#[tokio::test]
async fn every_answer_has_an_address_and_fresh_credentials() {
    let app = app().await;
    let made = make(&app, "queue", sample("queue")).await;
    let path = format!("queue/{}", guid(&made));
    let mut seen = vec![made];
    for (method, path, body) in [
        ("GET", path.clone(), Value::Null),
        ("PATCH", path.clone(), json!({ "meta": { "a": 1 } })),
        ("PUT", path.clone(), sample("queue")),
        ("PATCH", format!("{path}/archive"), Value::Null),
    ] {
        seen.push(expect(&app, 200, method, &path, body).await);
    }
    seen.push(get(&app, "queue").await["data"][0].clone());
    let digits = guid(&seen[0]);
    let mut secrets = Vec::new();
    for queue in &seen {
        let info = &queue["info"];
        let url = format!("http://localhost/sqs/000000000000/{digits}");
        assert_eq!(info["queue_url"], format!("{url}.fifo"));
        assert_eq!(info["deadletter_queue_url"], format!("{url}-dead.fifo"));
        let expires = app.engine.env().now().0 + 12 * 3_600_000;
        let until = json!({ "$date": expires, "$zone": "UTC", "$offset": null });
        assert_eq!(info["credentials"]["EXPIRATION"], until);
        secrets.push(info["credentials"]["SECRET_ACCESS_KEY"].to_string());
        let messages = Messages::of(&app, queue).await;
        messages.send("hello").await;
    }
    secrets.sort_unstable();
    secrets.dedup();
    assert_eq!(secrets.len(), seen.len(), "credentials are fresh each time");
    let messages = Messages::of(&app, &seen[0]).await;
    assert_eq!(messages.receive().await.len(), seen.len());
}

#[tokio::test]
async fn parts_of_it_can_be_asked_for() {
    let app = app().await;
    let made = make(&app, "queue?fields=name", sample("queue")).await;
    assert_eq!(made, json!({ "guid": made["guid"], "name": "q" }));
    let path = format!("queue/{}", guid(&made));
    let part = get(&app, &format!("{path}?fields=info.queue_url")).await;
    assert_eq!(part["info"].as_object().unwrap().len(), 1);
    let part = get(&app, &format!("{path}?fields=info.credentials.EXPIRATION")).await;
    assert_eq!(part["info"]["credentials"].as_object().unwrap().len(), 1);
    let part = get(&app, "queue?fields=info.created").await;
    assert!(part["data"][0]["info"].get("credentials").is_none());
}

#[tokio::test]
async fn parameters_set_the_queue() {
    let app = app().await;
    let parameters = json!({ "VisibilityTimeout": 7, "DelaySeconds": "3", "ContentBasedDeduplication": true, "colour": "red",
        "MessageRetentionPeriod": null, "maxReceiveCount": 2 });
    let made = make(&app, "queue", json!({ "name": "q", "parameters": parameters })).await;
    assert_eq!(made["parameters"], parameters);
    let messages = Messages::of(&app, &made).await;
    let set = attributes(&messages, &app).await;
    for (name, value) in [
        ("VisibilityTimeout", "7"),
        ("DelaySeconds", "3"),
        ("ContentBasedDeduplication", "true"),
        ("MessageRetentionPeriod", "1209600"),
        ("FifoQueue", "true"),
    ] {
        assert_eq!(set[name], value, "{name}");
    }
    assert!(set["RedrivePolicy"].contains(r#""maxReceiveCount":2"#));
    let path = format!("queue/{}", messages.guid);
    let change = json!({ "parameters": { "VisibilityTimeout": "8" } });
    expect(&app, 200, "PATCH", &path, change).await;
    let set = attributes(&messages, &app).await;
    assert_eq!((&*set["VisibilityTimeout"], &*set["DelaySeconds"]), ("8", "0"));
    assert!(set["RedrivePolicy"].contains(r#""maxReceiveCount":10"#));
    expect(&app, 200, "PATCH", &path, json!({ "meta": {} })).await;
    assert_eq!(attributes(&messages, &app).await, set);
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let app = app().await;
    let made = make(&app, "queue", sample("queue")).await;
    let path = format!("queue/{}", guid(&made));
    for (name, value) in [
        ("VisibilityTimeout", json!(43_201)),
        ("VisibilityTimeout", json!("soon")),
        ("VisibilityTimeout", json!({})),
        ("DelaySeconds", json!(-1)),
        ("DelaySeconds", json!(1.5)),
        ("MaximumMessageSize", json!(1)),
        ("ContentBasedDeduplication", json!("maybe")),
        ("FifoThroughputLimit", json!("perMessageGroupId")),
        ("maxReceiveCount", json!(0)),
        ("maxReceiveCount", json!("1001")),
    ] {
        let body = json!({ "name": "q", "parameters": { name: value } });
        for (method, path) in [("POST", "queue"), ("PATCH", &*path), ("PUT", &*path)] {
            let refused = expect(&app, 400, method, path, body.clone()).await;
            let message = &refused[format!("parameters.{name}")][0];
            assert!(
                message.as_str().is_some_and(|text| text.contains(name)),
                "{refused}"
            );
        }
    }
    assert_eq!(get(&app, "queue").await["query"]["count"], 1);
}

#[tokio::test]
async fn messages_go_with_the_queue() {
    let app = app().await;
    let made = make(&app, "queue", sample("queue")).await;
    let messages = Messages::of(&app, &made).await;
    messages.send("x").await;
    let path = format!("queue/{}", messages.guid);
    expect(&app, 204, "DELETE", &path, Value::Null).await;
    assert_eq!(
        messages.try_send("y").await.unwrap_err().kind(),
        FaultKind::Denied
    );
    let names = [messages.name, messages.dead_letters];
    let left = app.engine.store().read(move |tx| {
        let mut left = Vec::new();
        for name in &names {
            left.extend(tx.queue(&name.account, &name.name)?);
        }
        Ok::<_, storage::Error>(left)
    });
    assert_eq!(left.await.unwrap(), []);
}

/// As if it had been stored by a release that had no messages.
async fn forget(app: &TestApp, messages: &Messages<'_>) {
    let names = [messages.name.clone(), messages.dead_letters.clone()];
    let forgotten = app.engine.store().write(move |tx| {
        for name in &names {
            let queue = tx.queue(&name.account, &name.name)?.unwrap();
            tx.delete_queue(queue.id)?;
        }
        Ok::<_, storage::Error>(())
    });
    forgotten.await.unwrap();
    assert!(messages.try_send("x").await.is_err());
}

/// The queues of messages are made when they are first asked for.
#[tokio::test]
async fn a_queue_without_messages_gets_them() {
    let app = app().await;
    let mut seen = Vec::new();
    for number in 0..3 {
        let made = make(&app, "queue", sample("queue")).await;
        let messages = Messages::of(&app, &made).await;
        forget(&app, &messages).await;
        let path = format!("queue/{}", messages.guid);
        seen.push(match number {
            0 => get(&app, &path).await,
            1 => expect(&app, 200, "PATCH", &path, json!({ "meta": {} })).await,
            _ => get(&app, "queue").await["data"][2].clone(),
        });
    }
    for queue in &seen {
        let messages = Messages::of(&app, queue).await;
        messages.send("x").await;
        assert_eq!(messages.receive().await.len(), 1);
    }
}

#[tokio::test]
async fn many_who_first_ask_for_messages_get_the_same() {
    let app = app().await;
    let made = make(&app, "queue", sample("queue")).await;
    let messages = Messages::of(&app, &made).await;
    forget(&app, &messages).await;
    let path = format!("queue/{}", messages.guid);
    let one = || get(&app, &path);
    let answers = tokio::join!(one(), one(), one(), one());
    for queue in [&answers.0, &answers.1, &answers.2, &answers.3] {
        Messages::of(&app, queue).await.send("x").await;
    }
    assert_eq!(
        Messages::of(&app, &answers.0).await.receive().await.len(),
        4,
        "all are in one queue"
    );
}

#[tokio::test]
async fn who_sees_the_queue_gets_at_its_messages() {
    let app = app().await;
    project(&app, "secret", ("code", "x")).await;
    let maker = user(&app, "maker@example.com", &["secret"]).await;
    let other = user(&app, "other@example.com", &[]).await;
    let mut body = sample("queue");
    body["tags"] = json!([{ "name": "code", "value": "x" }]);
    let hidden = call(&app, &maker, "POST", "queue", &body).await.json();
    let open = make(&app, "queue", sample("queue")).await;
    let list = call(&app, &other, "GET", "queue", &Value::Null).await.json();
    assert_eq!(list["query"]["count"], 1);
    let messages = Messages::of(&app, &list["data"][0]).await;
    messages.send("x").await;
    // Credentials of one queue are none for another.
    let hidden = Messages::of(&app, &hidden).await;
    let queues = app.engine.queues();
    for name in [&hidden.name, &hidden.dead_letters] {
        let refused = queues.get(&messages.caller, name).await.unwrap_err();
        assert_eq!(refused.kind(), FaultKind::Denied);
    }
    assert_eq!(Messages::of(&app, &open).await.receive().await.len(), 1);
}

#[tokio::test]
async fn clients_of_the_queue_cannot_set_or_delete_it() {
    let app = app().await;
    let made = make(&app, "queue", sample("queue")).await;
    let messages = Messages::of(&app, &made).await;
    let queues = app.engine.queues();
    let policy = format!(
        r#"{{"deadLetterTargetArn":"arn:aws:sqs:r:{}","maxReceiveCount":1}}"#,
        messages.name.to_string().replace('/', ":")
    );
    for (name, value) in [("VisibilityTimeout", "1"), ("RedrivePolicy", &policy)] {
        let change = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        for queue in [&messages.name, &messages.dead_letters] {
            let set = queues.set_attributes(&messages.caller, queue, change.clone());
            assert_eq!(set.await.unwrap_err().kind(), FaultKind::Denied);
        }
    }
    for queue in [&messages.name, &messages.dead_letters] {
        let deleted = queues.delete(&messages.caller, queue).await;
        assert_eq!(deleted.unwrap_err().kind(), FaultKind::Denied);
    }
    messages.send("x").await;
    queues.purge(&messages.caller, &messages.name).await.unwrap();
    assert!(messages.receive().await.is_empty());
}

#[tokio::test]
async fn what_is_received_too_often_is_a_dead_letter() {
    let app = app().await;
    let parameters = json!({ "VisibilityTimeout": 5, "maxReceiveCount": 2 });
    let made = make(&app, "queue", json!({ "name": "q", "parameters": parameters })).await;
    let messages = Messages::of(&app, &made).await;
    messages.send("bad").await;
    for expected in [1, 1, 0] {
        assert_eq!(messages.receive().await.len(), expected);
        app.clock.advance(Duration::from_secs(6));
    }
    let dead = messages.receive_from(&messages.dead_letters).await;
    assert_eq!(dead[0].body, "bad");
}

#[tokio::test]
async fn the_address_is_the_one_of_the_configuration() {
    for (public_url, queues_url, expected) in [
        (None, None, "http://localhost/sqs"),
        (Some("https://a.example/qalx/"), None, "https://a.example/sqs"),
        (Some("https://a.example"), None, "https://a.example/sqs"),
        (
            Some("https://a.example/x/qalx"),
            Some("https://b.example/q/"),
            "https://b.example/q",
        ),
    ] {
        let options = Options {
            public_url: public_url.map(str::to_owned),
            queues_url: queues_url.map(str::to_owned),
            ..Options::default()
        };
        let app = TestApp::new(|edge, engine| mount_with(edge, engine, options)).await;
        let made = make(&app, "queue", sample("queue")).await;
        let expected = format!("{expected}/000000000000/{}.fifo", guid(&made));
        assert_eq!(made["info"]["queue_url"], expected);
    }
}
