//! Who may do what: signatures, credentials and their scope.

use std::time::Duration;

use engine::queues::{Caller, QueueName};
use http::Method;
use model::Actor;
use serde_json::{Value, json};

use crate::support::{Client, app, pass, time};

#[tokio::test]
async fn without_a_signature_nothing_is_said() {
    let app = app().await;
    for (header, value, expected) in [
        (
            "x-amz-target",
            "AmazonSQS.ListQueues",
            "MissingAuthenticationToken",
        ),
        ("authorization", "Bearer abc", "IncompleteSignature"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x",
            "IncompleteSignature",
        ),
    ] {
        let answer = app
            .request(Method::POST, "/sqs/")
            .header(header, value)
            .body("{}")
            .send()
            .await;
        let told = answer.header("x-amzn-query-error");
        assert_eq!(told, format!("{expected};Sender"), "{}", answer.text());
    }
    let answer = app.request(Method::POST, "/").body("{}").send().await;
    assert_eq!(answer.status, 404, "the root is ours only with our header");
    assert_eq!(app.request(Method::GET, "/").send().await.status, 404);
    assert_eq!(app.request(Method::GET, "/sqs/").send().await.status, 405);
}

#[tokio::test]
async fn a_signature_must_fit() {
    let app = app().await;
    let good = Client::user(&app).await;
    good.ok("ListQueues", json!({})).await;
    let refused = async |client: Client<'_>| client.refused("ListQueues", json!({})).await;
    let again = async || Client::user(&app).await;
    let secret = Client {
        secret: good.secret.to_lowercase(),
        ..again().await
    };
    assert_eq!(refused(secret).await, "SignatureDoesNotMatch");
    let token = Client {
        token: "x".to_owned(),
        ..again().await
    };
    assert_eq!(refused(token).await, "InvalidClientTokenId");
    let key = Client {
        key: good.key.clone(),
        ..again().await
    };
    assert_eq!(
        refused(key).await,
        "InvalidClientTokenId",
        "key and token of different credentials"
    );
    let old = Client {
        time: Some(time(&app)),
        ..again().await
    };
    pass(&app, 15 * 60);
    old.ok("ListQueues", json!({})).await;
    pass(&app, 1);
    assert_eq!(refused(old).await, "RequestExpired");
    let ahead = Client {
        time: Some("20160530T053000Z".to_owned()),
        ..again().await
    };
    assert_eq!(refused(ahead).await, "RequestExpired");
    let no_time = Client {
        time: Some("2016-05-30".to_owned()),
        ..again().await
    };
    assert_eq!(refused(no_time).await, "IncompleteSignature");
}

#[tokio::test]
async fn what_is_not_signed_is_refused() {
    let app = app().await;
    let client = Client::user(&app).await;
    // The target is added behind the signer's back.
    let answer = client.send(&[], "{}").await;
    assert_eq!(answer.header("x-amzn-query-error"), "InvalidAction;Sender");
    let (time, token) = (time(&app), client.token.clone());
    let scope = format!("{}/{}/r/sqs/aws4_request", client.key, &time[..8]);
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=00");
    let answer = app
        .request(Method::POST, "/sqs/")
        .header("x-amz-date", &time)
        .header("x-amz-security-token", &token)
        .header("authorization", &authorization)
        .send()
        .await;
    let text = answer.text();
    assert!(
        text.contains("'x-amz-security-token' must be a 'SignedHeader'"),
        "{text}"
    );
}

#[tokio::test]
async fn credentials_end() {
    let app = app().await;
    let client = Client::user(&app).await;
    pass(&app, 3599);
    client.ok("ListQueues", json!({})).await;
    pass(&app, 1);
    assert_eq!(client.refused("ListQueues", json!({})).await, "ExpiredToken");
    let client = Client::user(&app).await;
    let admin = Actor {
        roles: model::Roles {
            admin: true,
            developer: false,
        },
        ..Actor::default()
    };
    app.engine.delete_user(&admin, "user@example.com").await.unwrap();
    assert_eq!(
        client.refused("ListQueues", json!({})).await,
        "InvalidClientTokenId"
    );
}

#[tokio::test]
async fn lives_are_bounded() {
    let app = app().await;
    let client = Client::user(&app).await;
    client.queue("a", json!({})).await;
    for (queue, hours, fits) in [
        (None, 0, false),
        (None, 1, true),
        (None, 8760, true),
        (None, 8761, false),
        (Some("a"), 24, true),
        (Some("a"), 25, false),
        (Some("b"), 1, false),
    ] {
        let life = Duration::from_secs(3600 * hours);
        let queue_name = queue.map(str::to_owned);
        let made = app
            .engine
            .queues()
            .credentials_of("user@example.com", queue_name, life)
            .await;
        assert_eq!(made.is_ok(), fits, "{queue:?} {hours}");
    }
}

#[tokio::test]
async fn queues_of_others_are_nobodys_business() {
    let app = app().await;
    let (user, admin) = (
        Client::user(&app).await,
        Client::of(&app, "admin@example.com").await,
    );
    let mine = user.queue("mine", json!({})).await;
    let theirs = admin.queue("theirs", json!({})).await;
    let missing = theirs.replace("theirs", "missing");
    for url in [&theirs, &missing] {
        for operation in [
            "GetQueueAttributes",
            "ReceiveMessage",
            "PurgeQueue",
            "DeleteQueue",
        ] {
            let refused = user.refused(operation, json!({ "QueueUrl": url })).await;
            assert_eq!(refused, "AccessDenied", "{operation} {url}");
        }
    }
    // Admins see everything.
    admin.send_all(&mine, &["a"]).await;
    assert_eq!(user.receive(&mine).await.len(), 1);
    assert_eq!(
        admin.refused("PurgeQueue", json!({ "QueueUrl": missing })).await,
        "AWS.SimpleQueueService.NonExistentQueue"
    );
}

#[tokio::test]
async fn credentials_of_a_queue_are_good_for_it_alone() {
    let app = app().await;
    let user = Client::user(&app).await;
    let (one, other) = (
        user.queue("one", json!({})).await,
        user.queue("other", json!({})).await,
    );
    let queues = app.engine.queues();
    let life = Duration::from_secs(24 * 3600);
    let made = queues
        .credentials_of("user@example.com", Some("one".to_owned()), life)
        .await;
    let client = Client::with(&app, made.unwrap());
    client.send_all(&one, &["a"]).await;
    assert_eq!(client.receive(&one).await.len(), 1);
    for (operation, body) in [
        ("ReceiveMessage", json!({ "QueueUrl": other })),
        ("ListQueues", json!({})),
        ("CreateQueue", json!({ "QueueName": "third" })),
        ("GetQueueUrl", json!({ "QueueName": "other" })),
    ] {
        assert_eq!(
            client.refused(operation, body).await,
            "AccessDenied",
            "{operation}"
        );
    }
    // A new queue of the same name is another one.
    user.ok("DeleteQueue", json!({ "QueueUrl": one })).await;
    user.queue("one", json!({})).await;
    assert_eq!(
        client.refused("ReceiveMessage", json!({ "QueueUrl": one })).await,
        "AccessDenied"
    );
}

#[tokio::test]
async fn other_dialects_issue_credentials_for_a_queue_they_know() {
    let app = app().await;
    let user = Client::user(&app).await;
    let url = user.queue("jobs", json!({})).await;
    let actor = app.engine.authenticate(&app.user).await.unwrap();
    let caller = Caller::of(actor);
    let name = QueueName {
        account: caller.account(),
        name: "jobs".to_owned(),
    };
    let queues = app.engine.queues();
    let open = queues.get(&caller, &name).await.unwrap().open;
    let life = Duration::from_secs(12 * 3600);
    let made = queues
        .credentials(caller.actor.user, open.queue.id, life)
        .unwrap();
    assert_eq!(made.expires.millis_since(app.engine.env().now()), 12 * 3_600_000);
    Client::with(&app, made).send_all(&url, &["a"]).await;
}

#[tokio::test]
async fn names_are_lent_by_the_path_the_host_and_the_setting() {
    let app = app().await;
    let client = Client::user(&app).await;
    assert_eq!(
        client.queue("a", json!({})).await,
        "http://localhost/sqs/000000000002/a"
    );
    let root = Client {
        path: "/".to_owned(),
        ..Client::user(&app).await
    };
    let urls = root.ok("ListQueues", json!({})).await;
    assert_eq!(urls["QueueUrls"], json!(["http://localhost/sqs/000000000002/a"]));
    for (url, expected) in [
        (json!("https://sqs.eu-west-2.amazonaws.com/000000000002/a"), None),
        (json!("/000000000002/a"), None),
        (json!("a"), Some("InvalidAddress")),
        (json!("http://localhost/sqs/2/a"), Some("InvalidAddress")),
        (
            json!("http://localhost/sqs/000000000002/a b"),
            Some("InvalidAddress"),
        ),
        (Value::Null, Some("MissingParameter")),
    ] {
        let body = json!({ "QueueUrl": url });
        match expected {
            None => drop(client.ok("ReceiveMessage", body).await),
            Some(code) => assert_eq!(client.refused("ReceiveMessage", body).await, code, "{url}"),
        }
    }
}
