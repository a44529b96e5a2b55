//! A server with the dialect, and the few things that tests do with it over and over.

use engine::identity::NewUser;
use engine::queues::{Caller, Fault, Outgoing, QueueName, Received, Reception};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use stockyard_qalx::mount;
use testkit::{Answer, PASSWORD, TestApp};

/// A server with the usual settings.
pub(crate) async fn app() -> TestApp {
    TestApp::new(mount).await
}

/// A request by the holder of `token`; a body of null is none.
pub(crate) async fn call(app: &TestApp, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let mut request = app.request(method.parse().unwrap(), &format!("/qalx/{path}"));
    if !token.is_empty() {
        request = request.header("authorization", &format!("Token {token}"));
    }
    if !body.is_null() {
        request = request.json(&body.to_string());
    }
    request.send().await
}

/// A request by the ordinary user that must be answered with this status; its body.
pub(crate) async fn expect(app: &TestApp, status: u16, method: &str, path: &str, body: Value) -> Value {
    expect_as(app, &app.user, status, method, path, body).await
}

/// A request by anybody that must be answered with this status; its body.
pub(crate) async fn expect_as(
    app: &TestApp,
    token: &str,
    status: u16,
    method: &str,
    path: &str,
    body: Value,
) -> Value {
    let answer = call(app, token, method, path, &body).await;
    assert_eq!(
        answer.status.as_u16(),
        status,
        "{method} {path}: {}",
        answer.text()
    );
    if answer.body.is_empty() {
        Value::Null
    } else {
        answer.json()
    }
}

/// A GET by the ordinary user.
pub(crate) async fn get(app: &TestApp, path: &str) -> Value {
    expect(app, 200, "GET", path, Value::Null).await
}

/// Makes something and gives it.
pub(crate) async fn make(app: &TestApp, kind: &str, body: Value) -> Value {
    expect(app, 201, "POST", kind, body).await
}

/// The guid of an entity as paths have it.
pub(crate) fn guid(entity: &Value) -> String {
    entity["guid"]["$uuid"].as_str().unwrap().to_owned()
}

/// A body that is enough for each kind.
pub(crate) fn sample(kind: &str) -> Value {
    match kind {
        "item" => json!({ "data": { "a": 1 } }),
        "set" => json!({ "items": {} }),
        "group" => json!({ "sets": {} }),
        "bot" => json!({ "name": "b", "config": {} }),
        "queue" => json!({ "name": "q", "parameters": {} }),
        "blueprint" => json!({ "name": "p", "schema": {}, "entity_type": "item" }),
        "factory" => json!({ "name": "f", "stage": "s", "plan": { "name": "plan.yaml" } }),
        other => panic!("{other}"),
    }
}

/// The kinds of entities.
pub(crate) const KINDS: [&str; 7] = ["item", "set", "group", "bot", "queue", "blueprint", "factory"];

/// The token of a further user.
pub(crate) async fn user(app: &TestApp, email: &str, projects: &[&str]) -> String {
    let user = NewUser {
        email: email.to_owned(),
        name: email.to_owned(),
        password: PASSWORD.to_owned(),
        projects: projects.iter().map(|&name| name.to_owned()).collect(),
        ..NewUser::default()
    };
    app.engine.make_user(user).await.unwrap().token
}

/// A bot of the ordinary user and its token.
pub(crate) async fn bot(app: &TestApp) -> (String, String) {
    let bot = make(app, "bot", sample("bot")).await;
    let token = bot["info"]["credentials"]["token"].as_str().unwrap();
    (guid(&bot), token.to_owned())
}

/// A project with one tag.
pub(crate) async fn project(app: &TestApp, name: &str, tag: (&str, &str)) {
    let body = json!({ "name": name, "tags": [{ "name": tag.0, "value": tag.1 }] });
    let answer = call(app, &app.admin, "POST", "project", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
}

/// Sends content to an address of this server, without a token.
pub(crate) async fn send(app: &TestApp, url: &str, content: &[u8]) -> Answer {
    let request = app.request(Method::PUT, local(url));
    request
        .header("content-type", "application/json")
        .body(content.to_vec())
        .send()
        .await
}

/// Fetches what is behind an address of this server, without a token.
pub(crate) async fn fetch(app: &TestApp, url: &str, headers: &[(&str, &str)]) -> Answer {
    let request = app.request(Method::GET, local(url));
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value))
        .send()
        .await
}

fn local(url: &str) -> &str {
    url.strip_prefix("http://localhost")
        .unwrap_or_else(|| panic!("{url}"))
}

/// The messages of a queue, used with the credentials that an answer had: what a client of SQS does, but for signatures.
pub(crate) struct Messages<'a> {
    app: &'a TestApp,
    pub(crate) guid: String,
    pub(crate) caller: Caller,
    pub(crate) name: QueueName,
    pub(crate) dead_letters: QueueName,
}

impl<'a> Messages<'a> {
    /// By the answer that a queue is.
    pub(crate) async fn of(app: &'a TestApp, queue: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let given = &queue["info"]["credentials"];
        let (key, token) = (text(&given["ACCESS_KEY_ID"]), text(&given["SESSION_TOKEN"]));
        let grant = app.engine.queues().grant(&key, &token).unwrap();
        assert_eq!(grant.secret, text(&given["SECRET_ACCESS_KEY"]));
        assert_eq!(json!(grant.expires.0), given["EXPIRATION"]["$date"]);
        let name = |member: &str| -> QueueName {
            let url = text(&queue["info"][member]);
            let (_, path) = url.split_once("/sqs/").unwrap();
            path.parse().unwrap()
        };
        Self {
            app,
            guid: guid(queue),
            caller: app.engine.queues().caller(&grant).await.unwrap(),
            name: name("queue_url"),
            dead_letters: name("deadletter_queue_url"),
        }
    }

    /// Sends a message as the client does: in a group of its own.
    pub(crate) async fn try_send(&self, body: &str) -> Result<(), Fault> {
        let own = Some(self.app.engine.new_guid().to_string());
        let message = Outgoing {
            body: body.to_owned(),
            group: own.clone(),
            dedup: own,
            ..Outgoing::default()
        };
        let queues = self.app.engine.queues();
        let mut sent = queues.send(&self.caller, &self.name, vec![message]).await?;
        sent.pop().unwrap().map(drop)
    }

    pub(crate) async fn send(&self, body: &str) {
        self.try_send(body).await.unwrap();
    }

    /// Receives what there is.
    pub(crate) async fn receive(&self) -> Vec<Received> {
        self.receive_from(&self.name).await
    }

    pub(crate) async fn receive_from(&self, name: &QueueName) -> Vec<Received> {
        let reception = Reception {
            most: 10,
            wait: Some(0),
            ..Reception::default()
        };
        let queues = self.app.engine.queues();
        queues.receive(&self.caller, name, reception).await.unwrap()
    }
}
