//! A server with the dialect, a client that signs, and the few things that tests do over and over.

use std::time::Duration;

use engine::queues::Credentials;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stockyard_sqs::mount;
use testkit::{Answer, TestApp};

/// A server with the usual settings.
pub(crate) async fn app() -> TestApp {
    TestApp::new(mount).await
}

/// A client with credentials.
pub(crate) struct Client<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) path: String,
    /// The time of signatures, when it is not the server's.
    pub(crate) time: Option<String>,
}

/// The time on the server, as signatures have it.
pub(crate) fn time(app: &TestApp) -> String {
    app.engine
        .env()
        .now()
        .to_zoned()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn sha256(text: &str) -> String {
    model::hex::encode(&Sha256::digest(text.as_bytes()))
}

impl<'a> Client<'a> {
    pub(crate) fn with(app: &'a TestApp, credentials: Credentials) -> Self {
        Self {
            app,
            key: credentials.access_key,
            secret: credentials.secret,
            token: credentials.session_token,
            path: "/sqs/".to_owned(),
            time: None,
        }
    }

    /// All queues of a user.
    pub(crate) async fn of(app: &'a TestApp, email: &str) -> Self {
        let life = Duration::from_secs(3600);
        let made = app.engine.queues().credentials_of(email, None, life).await;
        Self::with(app, made.unwrap())
    }

    /// The usual user.
    pub(crate) async fn user(app: &'a TestApp) -> Self {
        Self::of(app, "user@example.com").await
    }

    /// Sends a body with these headers, signed.
    pub(crate) async fn send(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        let time = self.time.clone().unwrap_or_else(|| time(self.app));
        let mut all = vec![
            ("host", "localhost"),
            ("x-amz-date", &time),
            ("x-amz-security-token", &self.token),
        ];
        all.extend(headers);
        all.sort_unstable();
        let lines: String = all
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let request = format!("POST\n{}\n\n{lines}\n{names}\n{}", self.path, sha256(body));
        let scope = format!("{}/eu-west-2/sqs/aws4_request", &time[..8]);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(&request));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/') {
            key = hmac(&key, part);
        }
        let signature = model::hex::encode(&hmac(&key, &text));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.key
        );
        let mut request = self.app.request(Method::POST, &self.path).body(body.to_owned());
        for (name, value) in all {
            request = request.header(name, value);
        }
        request.header("authorization", &authorization).send().await
    }

    /// An operation in the JSON protocol.
    pub(crate) async fn call(&self, operation: &str, body: Value) -> Answer {
        let target = format!("AmazonSQS.{operation}");
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", target.as_str()),
        ];
        self.send(&headers, &body.to_string()).await
    }

    /// The answer of an operation that must be done.
    pub(crate) async fn ok(&self, operation: &str, body: Value) -> Value {
        let answer = self.call(operation, body).await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.text());
        answer.json()
    }

    /// The code (that of the older protocol) with which an operation must be refused.
    pub(crate) async fn refused(&self, operation: &str, body: Value) -> String {
        let answer = self.call(operation, body).await;
        assert!(answer.status.is_client_error(), "{operation}: {}", answer.text());
        let shape = answer.json()["__type"].as_str().unwrap().to_owned();
        assert!(shape.contains('#'), "{shape}");
        let header = answer.header("x-amzn-query-error");
        header.strip_suffix(";Sender").unwrap().to_owned()
    }

    /// Makes a queue; its URL.
    pub(crate) async fn queue(&self, name: &str, attributes: Value) -> String {
        let body = json!({ "QueueName": name, "Attributes": attributes });
        let made = self.ok("CreateQueue", body).await;
        made["QueueUrl"].as_str().unwrap().to_owned()
    }

    /// Makes a queue whose groups are in order.
    pub(crate) async fn fifo(&self, name: &str) -> String {
        self.queue(name, json!({ "FifoQueue": "true" })).await
    }

    pub(crate) async fn arn(&self, url: &str) -> String {
        let body = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
        let answer = self.ok("GetQueueAttributes", body).await;
        answer["Attributes"]["QueueArn"].as_str().unwrap().to_owned()
    }

    /// Sends bodies, one message each.
    pub(crate) async fn send_all(&self, url: &str, bodies: &[&str]) {
        for body in bodies {
            self.ok("SendMessage", json!({ "QueueUrl": url, "MessageBody": body }))
                .await;
        }
    }

    /// Up to ten messages, with all that can be told of them.
    pub(crate) async fn receive(&self, url: &str) -> Vec<Value> {
        let body = json!({
            "QueueUrl": url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"],
        });
        let answer = self.ok("ReceiveMessage", body).await;
        answer["Messages"].as_array().cloned().unwrap_or_default()
    }

    pub(crate) async fn delete(&self, url: &str, message: &Value) {
        let body = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
        self.ok("DeleteMessage", body).await;
    }
}

/// The bodies of messages, with spaces between them.
pub(crate) fn bodies(messages: &[Value]) -> String {
    let bodies: Vec<&str> = messages
        .iter()
        .map(|message| message["Body"].as_str().unwrap())
        .collect();
    bodies.join(" ")
}

/// Lets time pass on the server.
pub(crate) fn pass(app: &TestApp, seconds: u64) {
    app.clock.advance(Duration::from_secs(seconds));
}
