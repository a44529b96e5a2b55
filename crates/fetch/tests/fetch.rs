//! Fetching and pushing against servers on loopback, under names that only these tests know.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "fetch/download.rs"]
mod download;
#[path = "fetch/https.rs"]
mod https;
#[path = "fetch/names.rs"]
mod names;
#[path = "fetch/push.rs"]
mod push;
#[path = "fetch/redirect.rs"]
mod redirect;

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use fetch::{Error, FetchOptions, Fetcher, Looking, Lookup};
use tokio::net::TcpListener;

/// A server on a port of its own that writes down what it is asked.
struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// One request.
#[derive(Debug, Clone)]
struct Seen {
    path: String,
    headers: HashMap<String, String>,
}

impl Server {
    async fn start(routes: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let routes = routes.layer(from_fn(move |request: Request, next: Next| {
            log.lock().unwrap().push(Seen::new(&request));
            next.run(request)
        }));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { port, seen }
    }

    fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn paths(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.path).collect()
    }
}

impl Seen {
    fn new(request: &Request) -> Self {
        let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect();
        Self {
            path: request.uri().path().to_owned(),
            headers,
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Answers for names; each question takes the next answer, the last one stays.
#[derive(Default)]
struct Names(Mutex<HashMap<&'static str, Vec<Vec<IpAddr>>>>);

impl Names {
    fn set(&self, name: &'static str, answers: &[&[&str]]) {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        self.0
            .lock()
            .unwrap()
            .insert(name, answers.iter().map(parse).collect());
    }
}

impl Lookup for Names {
    fn lookup(&self, name: &str) -> Looking {
        let mut names = self.0.lock().unwrap();
        let answer = match names.get_mut(name) {
            None => Err(io::Error::other(format!("nobody knows {name}"))),
            Some(answers) if answers.len() > 1 => Ok(answers.remove(0)),
            Some(answers) => Ok(answers[0].clone()),
        };
        Box::pin(std::future::ready(answer))
    }
}

fn options(rules: &[&str]) -> FetchOptions {
    FetchOptions {
        allowed_hosts: rules.iter().map(|rule| rule.parse().unwrap()).collect(),
        ..FetchOptions::default()
    }
}

/// Knows `a.test` and `b.test`, both on loopback.
fn fetcher(options: FetchOptions) -> Fetcher {
    let names = Names::default();
    names.set("a.test", &[&["127.0.0.1"]]);
    names.set("b.test", &[&["127.0.0.1"]]);
    Fetcher::with_lookup(options, Arc::new(names)).unwrap()
}

fn local() -> FetchOptions {
    options(&["127.0.0.1:*", "a.test:*", "b.test:*"])
}

fn impatient() -> FetchOptions {
    let short = Duration::from_millis(50);
    FetchOptions {
        connect_timeout: short,
        idle_timeout: short,
        ..local()
    }
}

/// Downloads as a whole.
async fn get(fetcher: &Fetcher, url: &str) -> Result<Vec<u8>, Error> {
    use futures_util::TryStreamExt;
    let download = fetcher.get(&fetcher.check(url)?).await?;
    download
        .stream
        .try_fold(
            Vec::new(),
            |all, piece| async move { Ok([&all[..], &piece].concat()) },
        )
        .await
}
