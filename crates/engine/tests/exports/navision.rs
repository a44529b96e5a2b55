//! A Navision on loopback: an OData entity set of items, a token service, and answers that a test plans.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use axum::response::IntoResponse;
use engine::exports::{ExportOptions, ExportRequest, Pause};
use jobs::RunnerOptions;
use serde_json::{Value, json};
use testkit::{FakeClock, TestApp};
use tokio::net::TcpListener;

use super::support::{app_with, in_steps_of};

/// One request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// An answer instead of the usual one.
pub(crate) type Planned = (StatusCode, Vec<(&'static str, &'static str)>, String);

#[derive(Default)]
struct Inner {
    items: BTreeMap<String, Value>,
    seen: Vec<Seen>,
    planned: VecDeque<Planned>,
    refused: BTreeMap<String, Planned>,
    tokens: VecDeque<Planned>,
    token: u32,
    authorization: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Navision {
    inner: Arc<Mutex<Inner>>,
    port: u16,
}

impl Navision {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let navision = Self {
            inner: Arc::default(),
            port,
        };
        let router = Router::new().fallback(answer).with_state(navision.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        navision
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The next answers about items, whatever they are about.
    pub(crate) fn plan(&self, answers: impl IntoIterator<Item = Planned>) {
        self.inner.lock().unwrap().planned.extend(answers);
    }

    /// The next answers of the token service.
    pub(crate) fn plan_tokens(&self, answers: impl IntoIterator<Item = Planned>) {
        self.inner.lock().unwrap().tokens.extend(answers);
    }

    /// What every request about one item is answered with.
    pub(crate) fn refuse(&self, key: &str, answer: Planned) {
        self.inner.lock().unwrap().refused.insert(key.to_owned(), answer);
    }

    /// Only requests with this `Authorization` are let in.
    pub(crate) fn require(&self, authorization: &str) {
        self.inner.lock().unwrap().authorization = Some(authorization.to_owned());
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.inner.lock().unwrap().seen.clone()
    }

    /// Methods and paths of the requests about items.
    pub(crate) fn calls(&self) -> Vec<String> {
        let of_items = |seen: &Seen| seen.path.starts_with("/Items");
        let seen = self.seen();
        let calls = seen.iter().filter(|seen| of_items(seen));
        calls
            .map(|seen| format!("{} {}", seen.method, seen.path))
            .collect()
    }

    pub(crate) fn items(&self) -> BTreeMap<String, Value> {
        self.inner.lock().unwrap().items.clone()
    }

    /// A server with this Navision as its target `nav`; waits move its clock and are written down.
    pub(crate) async fn app(&self, auth: &str, runner: RunnerOptions, step: u64) -> (TestApp, Waits) {
        let waits = Waits::default();
        let target = format!("url = '{}'\nauth = {auth}", self.url("/Items"));
        let options = ExportOptions {
            targets: BTreeMap::from([("nav".to_owned(), toml::from_str(&target).unwrap())]),
            pause: waits.pause(),
            ..in_steps_of(step)
        };
        let app = app_with(options, runner).await;
        *waits.clock.lock().unwrap() = Some(app.clock.clone());
        (app, waits)
    }
}

/// The waits of a push.
#[derive(Clone, Default)]
pub(crate) struct Waits {
    seconds: Arc<Mutex<Vec<u64>>>,
    clock: Arc<Mutex<Option<Arc<FakeClock>>>>,
}

impl Waits {
    pub(crate) fn seconds(&self) -> Vec<u64> {
        self.seconds.lock().unwrap().clone()
    }

    fn pause(&self) -> Pause {
        let waits = self.clone();
        Pause::new(move |time: Duration, _| {
            waits.seconds.lock().unwrap().push(time.as_secs());
            waits.clock.lock().unwrap().as_ref().unwrap().advance(time);
        })
    }
}

pub(crate) fn push(since: Option<&str>) -> ExportRequest {
    ExportRequest {
        push: Some("nav".to_owned()),
        since: since.map(str::to_owned),
        ..ExportRequest::default()
    }
}

pub(crate) fn planned(status: u16, body: &str) -> Planned {
    (StatusCode::from_u16(status).unwrap(), Vec::new(), body.to_owned())
}

async fn answer(State(navision): State<Navision>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let seen = Seen {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let mut inner = navision.inner.lock().unwrap();
    inner.seen.push(seen.clone());
    if seen.path == "/token" {
        return inner.give_token().into_response();
    }
    let (status, headers, body) = inner.about_items(&seen);
    let mut response = (status, body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

impl Inner {
    fn give_token(&mut self) -> (StatusCode, String) {
        if let Some((status, _, body)) = self.tokens.pop_front() {
            return (status, body);
        }
        self.token += 1;
        let token = format!("token-{}", self.token);
        self.authorization = Some(format!("Bearer {token}"));
        (
            StatusCode::OK,
            json!({ "access_token": token, "expires_in": 3600 }).to_string(),
        )
    }

    fn about_items(&mut self, seen: &Seen) -> Planned {
        if let Some(answer) = self.planned.pop_front() {
            return answer;
        }
        if self
            .authorization
            .as_deref()
            .is_some_and(|known| known != seen.header("authorization"))
        {
            return planned(401, "");
        }
        let body: Value = serde_json::from_str(&seen.body).unwrap_or_default();
        let key = match seen
            .path
            .strip_prefix("/Items('")
            .and_then(|rest| rest.strip_suffix("')"))
        {
            Some(key) => decoded(key).replace("''", "'"),
            None => body["No"].as_str().unwrap().to_owned(),
        };
        if let Some(answer) = self.refused.get(&key) {
            return answer.clone();
        }
        match (seen.method.as_str(), self.items.contains_key(&key)) {
            ("PATCH" | "DELETE", false) => planned(404, r#"{"error":{"message":"not there"}}"#),
            ("DELETE", true) => {
                self.items.remove(&key);
                planned(204, "")
            }
            ("PATCH", true) => {
                self.items.insert(key, body);
                planned(200, "{}")
            }
            ("POST", false) => {
                let mut item = body;
                item.as_object_mut().unwrap().remove("No");
                self.items.insert(key, item);
                planned(201, "{}")
            }
            _ => planned(400, r#"{"error":{"message":"it is there already"}}"#),
        }
    }
}

fn decoded(text: &str) -> String {
    let (mut out, mut bytes) = (Vec::new(), text.bytes());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}
