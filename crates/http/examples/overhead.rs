//! Measures what the edge costs: processor time per request of a bare handler and of the same handler behind the edge.
//!
//! `cargo run --release -p stockyard-http --example overhead [requests]`. The load comes from a second process, so
//! that only the server's own time is counted. The variants take turns and the best round of each is printed, because
//! a shared machine only ever adds time.

#![expect(clippy::unwrap_used, reason = "a measurement that fails may stop")]

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::serve::ListenerExt;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::{Actor, Code, Error, Roles, TokenId, UserId};
use stockyard_http::{Authenticator, Edge, Guard, HttpOptions, Path, bearer, plain, serve};
use tokio::net::TcpListener;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};

const CONNECTIONS: usize = 8;
const ROUNDS: usize = 5;
const TOKEN: &str = "k7dPq2vYb0sXn4wLr8tHj6mCzA1eGu5f";
const BODY: &str = r#"{"id":7,"name":"a record of the usual kind","price":12.5,"stock":{"hall":3,"shop":1}}"#;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("client") => client(arguments[1].parse().unwrap(), arguments[2].parse().unwrap()),
        count => measure(count.map_or(100_000, |count| count.parse().unwrap())),
    }
}

fn measure(requests: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let quiet = HttpOptions {
        access_log: false,
        ..HttpOptions::default()
    };
    let variants: [(&str, Option<(HttpOptions, bool)>); 4] = [
        ("bare handler", None),
        ("edge", Some((quiet.clone(), false))),
        ("edge, guard", Some((quiet, true))),
        ("edge, guard, access log", Some((HttpOptions::default(), true))),
    ];
    let log = tracing_subscriber::fmt().json().with_writer(std::io::sink);
    log.init();
    let servers: Vec<(&str, SocketAddr)> = variants
        .into_iter()
        .map(|(name, edge)| (name, runtime.block_on(start(edge))))
        .collect();
    let mut best = vec![Duration::MAX; servers.len()];
    for _ in 0..ROUNDS {
        for ((_, address), best) in servers.iter().zip(&mut best) {
            *best = (*best).min(round(*address, requests));
        }
    }
    let bare = best[0];
    for ((name, _), took) in servers.iter().zip(&best) {
        let micros = took.as_secs_f64() * 1e6;
        let more = micros - bare.as_secs_f64() * 1e6;
        let ratio = bare.as_secs_f64() / took.as_secs_f64();
        println!("{name:<25} {micros:6.2} µs/request  {more:+6.2} µs  efficiency {ratio:.2}");
    }
}

/// Processor time per request of one round.
fn round(address: SocketAddr, requests: usize) -> Duration {
    let (before, begun) = (processor_time(), Instant::now());
    let me = std::env::current_exe().unwrap();
    let status = Command::new(me)
        .args(["client", &address.to_string(), &requests.to_string()])
        .status();
    assert!(
        status.unwrap().success(),
        "the client failed after {:?}",
        begun.elapsed()
    );
    (processor_time() - before) / u32::try_from(requests).unwrap()
}

/// The time that all threads of this process have run.
fn processor_time() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let nanos = threads.map(|thread| {
        let text = std::fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
        text.split(' ').next().unwrap().parse::<u64>().unwrap()
    });
    Duration::from_nanos(nanos.sum())
}

async fn start(edge: Option<(HttpOptions, bool)>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    match edge {
        None => {
            let handler = |axum::extract::Path(id): axum::extract::Path<u64>| answer(id);
            let app = Router::new().route("/items/{id}", get(handler));
            let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
            tokio::spawn(async move { axum::serve(listener, app).await });
        }
        Some((options, guarded)) => {
            let app = behind_edge(options.clone(), guarded);
            tokio::spawn(serve(listener, app, options, std::future::pending()));
        }
    }
    address
}

fn behind_edge(options: HttpOptions, guarded: bool) -> Router {
    let mut routes = Router::new().route("/items/{id}", get(|Path(id): Path<u64>| answer(id)));
    if guarded {
        routes = routes.route_layer(Guard::new(Arc::new(Tokens::new()), bearer));
    }
    Edge::new(options)
        .dialect("items", &["/items"], routes, document, plain)
        .build()
}

fn document() -> OpenApi {
    let info = InfoBuilder::new().title("items").version("1").build();
    OpenApiBuilder::new().info(info).build()
}

async fn answer(id: u64) -> impl IntoResponse {
    assert_eq!(id, 7);
    ([("content-type", "application/json")], BODY)
}

struct Tokens(HashMap<String, Arc<Actor>>);

impl Tokens {
    fn new() -> Self {
        let actor = Actor {
            user: UserId(1),
            email: "a@example.com".to_owned(),
            name: "A".to_owned(),
            roles: Roles::default(),
            token: Some(TokenId(1)),
            ..Actor::default()
        };
        Self(HashMap::from([(TOKEN.to_owned(), Arc::new(actor))]))
    }
}

impl Authenticator for Tokens {
    fn cached(&self, secret: &str) -> Option<Arc<Actor>> {
        self.0.get(secret).cloned()
    }

    fn authenticate<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Arc<Actor>, Error>> {
        async { Err(Error::new(Code::Unauthenticated, "unknown token")) }.boxed()
    }
}

/// Sends `requests` over a few connections, each with one request under way.
fn client(address: SocketAddr, requests: usize) {
    let request = format!(
        "GET /items/7 HTTP/1.1\r\nhost: localhost\r\nuser-agent: overhead\r\naccept: */*\r\nauthorization: Bearer {TOKEN}\r\n\r\n"
    );
    let mut streams: Vec<TcpStream> = (0..CONNECTIONS)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    for stream in &streams {
        stream.set_nodelay(true).unwrap();
    }
    let mut buffer = [0; 4096];
    for _ in 0..requests / CONNECTIONS {
        for stream in &mut streams {
            stream.write_all(request.as_bytes()).unwrap();
        }
        for stream in &mut streams {
            let length = stream.read(&mut buffer).unwrap();
            let answer = &buffer[..length];
            assert!(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(BODY.as_bytes()));
        }
    }
}
