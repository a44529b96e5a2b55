//! A whole server without a socket: engine, runner and the mounted dialects, driven by requests in memory.
//!
//! Jobs run only when the test calls [`TestApp::run_jobs`], the clock moves only when the test moves it, so every
//! answer can be compared whole.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use blobs::Blobs;
use bytes::Bytes;
use edge::{Edge, HttpOptions};
use engine::identity::NewUser;
use engine::queues::outside::Service;
use engine::{Engine, Options, Parts};
use fetch::{FetchOptions, Fetcher};
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt;
use jobs::{Runner, RunnerOptions};
use model::{Env, Roles};
use tower::ServiceExt;

use crate::{FakeClock, TempStore, fake_env};

/// The password of the users that a test app has.
pub const PASSWORD: &str = "correct horse battery";

/// Settings of a test app.
#[derive(Default)]
pub struct TestOptions {
    /// The engine's.
    pub engine: Options,
    /// The edge's.
    pub http: HttpOptions,
    /// Hosts that files may be fetched from, as in the configuration.
    pub fetch: FetchOptions,
    /// The runner's.
    pub runner: RunnerOptions,
    /// What keeps the queues of entities, if not the server.
    pub queues: Option<Arc<dyn Service>>,
}

/// See the module.
pub struct TestApp {
    /// The engine.
    pub engine: Engine,
    /// The runner.
    pub runner: Runner,
    /// The clock that the server goes by.
    pub clock: Arc<FakeClock>,
    /// The token of `admin@example.com`, who is an admin.
    pub admin: String,
    /// The token of `user@example.com`, who is not.
    pub user: String,
    router: Router,
    store: TempStore,
}

impl TestApp {
    /// A server with the dialects that `mount` adds, and the usual settings.
    pub async fn new(mount: impl FnOnce(Edge, &Engine) -> Edge) -> Self {
        Self::with(TestOptions::default(), mount).await
    }

    /// A server with the dialects that `mount` adds.
    pub async fn with(options: TestOptions, mount: impl FnOnce(Edge, &Engine) -> Edge) -> Self {
        // Connecting blocks, and has a runtime of its own.
        let opening = tokio::task::spawn_blocking(TempStore::new);
        let store = opening.await.expect("a store is made");
        let blobs = Blobs::disk(&store.scratch().join("blobs")).expect("the blob store opens");
        let fetcher = Fetcher::new(options.fetch).expect("the fetcher starts");
        let (clock, env): (_, Env) = fake_env(7);
        let parts = Parts {
            store: store.store(),
            blobs,
            fetcher,
            runner: options.runner,
            env,
            options: options.engine,
            queues: options.queues,
        };
        let (engine, runner) = Engine::open(parts).await.expect("the engine opens");
        let admin = token(
            &engine,
            "admin@example.com",
            "Admin",
            Roles {
                admin: true,
                developer: false,
            },
        )
        .await;
        let user = token(&engine, "user@example.com", "User", Roles::default()).await;
        let router = mount(Edge::new(options.http), &engine).build();
        Self {
            engine,
            runner,
            clock,
            admin,
            user,
            router,
            store,
        }
    }

    /// An engine and a runner as after a restart of the process, on the same store; what the old ones left undone is
    /// taken up. Requests still go to the old ones.
    pub async fn restart(&mut self) {
        let old = &self.engine;
        let (store, blobs, fetcher) = (old.store().clone(), old.blobs().clone(), old.fetcher().clone());
        let (env, options) = (old.env().clone(), old.options().clone());
        let parts = Parts {
            store,
            blobs,
            fetcher,
            env,
            options,
            runner: RunnerOptions::default(),
            queues: None,
        };
        (self.engine, self.runner) = Engine::open(parts).await.expect("the engine opens again");
        self.store.expire_leases();
        self.runner
            .recover()
            .await
            .expect("the old runner's jobs can be taken up");
    }

    /// The router, for tests that need it on a socket.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Runs jobs until none is ready any more.
    pub async fn run_jobs(&self) {
        self.runner.drain().await.expect("jobs can be claimed");
    }

    /// A request to this server; nothing is sent yet.
    pub fn request(&self, method: Method, path: &str) -> TestRequest<'_> {
        let builder = http::Request::builder().method(method).uri(path);
        TestRequest {
            app: self,
            builder,
            body: Body::empty(),
        }
    }

    /// A GET by the ordinary user.
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).token(&self.user).send().await
    }

    /// A POST of JSON by the ordinary user.
    pub async fn post(&self, path: &str, json: &str) -> Answer {
        self.request(Method::POST, path)
            .token(&self.user)
            .json(json)
            .send()
            .await
    }
}

async fn token(engine: &Engine, email: &str, name: &str, roles: Roles) -> String {
    let (email, name, password) = (email.to_owned(), name.to_owned(), PASSWORD.to_owned());
    let user = NewUser {
        email,
        name,
        password,
        roles,
        ..NewUser::default()
    };
    engine.make_user(user).await.expect("the user can be made").token
}

/// A request being put together.
pub struct TestRequest<'a> {
    app: &'a TestApp,
    builder: http::request::Builder,
    body: Body,
}

impl TestRequest<'_> {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Sends `Authorization: Bearer <token>`.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Sends a JSON body.
    #[must_use]
    pub fn json(self, json: &str) -> Self {
        self.header(header::CONTENT_TYPE.as_str(), "application/json")
            .body(json.to_owned())
    }

    /// Sends a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it and reads the whole answer.
    pub async fn send(self) -> Answer {
        let mut request: Request = self
            .builder
            .body(self.body)
            .expect("the test's request is well-formed");
        // What the edge wants of whoever comes over a socket.
        let host = header::HeaderValue::from_static("localhost");
        request.headers_mut().entry(header::HOST).or_insert(host);
        request
            .extensions_mut()
            .insert(edge::Peer(SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000))));
        let answer = self
            .app
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("the router answers every request");
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.expect("the body can be read").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// The body as JSON, key order kept.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// A header, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}
