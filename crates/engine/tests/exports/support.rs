//! A server with articles, and what its exports come to.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::Engine;
use engine::exports::{Export, ExportOptions, ExportRequest, Format};
use jobs::{Hooks, Point, RunnerOptions, Verdict};
use jsonb::{Jsonb, Limits};
use model::job::{Item, LogLine, Status};
use model::{Actor, Error, Job, JobSeq, Page, Roles, Stamp, UserId};
use serde_json::Value;
use storage::tables::jobs::LogFilter;
use storage::tables::records::{Expect, Put, Removal};
use testkit::{TestApp, TestOptions};

pub(crate) fn actor() -> Actor {
    Actor {
        user: UserId(2),
        email: "user@example.com".to_owned(),
        name: "User".to_owned(),
        roles: Roles::default(),
        token: None,
        ..Actor::default()
    }
}

pub(crate) async fn app() -> TestApp {
    app_with(ExportOptions::default(), RunnerOptions::default()).await
}

pub(crate) async fn app_with(exports: ExportOptions, runner: RunnerOptions) -> TestApp {
    let mut options = TestOptions {
        runner,
        ..TestOptions::default()
    };
    options.engine.exports = exports;
    options.fetch.allowed_hosts = vec!["127.0.0.1:*".parse().unwrap()];
    TestApp::with(options, |edge, _| edge).await
}

/// Options that take small steps.
pub(crate) fn in_steps_of(articles: u64) -> ExportOptions {
    ExportOptions {
        chunk_articles: articles,
        push_articles: articles,
        ..ExportOptions::default()
    }
}

fn stamp(engine: &Engine) -> Stamp {
    Stamp::new(engine.env().now(), "tests")
}

pub(crate) async fn put(engine: &Engine, id: &str, json: &str) {
    let (id, body, stamp) = (id.to_owned(), body(json), stamp(engine));
    let articles = engine.article_collection();
    let written = engine.store().write(move |tx| {
        let put = put_of(&id, &body, &stamp);
        tx.put_record(articles, &put)
    });
    written.await.unwrap();
}

pub(crate) fn put_blocking(engine: &Engine, id: &str, json: &str) {
    let (id, body, stamp) = (id.to_owned(), body(json), stamp(engine));
    let articles = engine.article_collection();
    let written = engine
        .store()
        .write_blocking(move |tx| tx.put_record(articles, &put_of(&id, &body, &stamp)));
    written.unwrap();
}

fn body(json: &str) -> Jsonb {
    Jsonb::parse(json.as_bytes(), &Limits::default()).unwrap()
}

fn put_of<'a>(id: &'a str, body: &'a Jsonb, stamp: &'a Stamp) -> Put<'a> {
    Put {
        id,
        expect: Expect::Any,
        label: "",
        archived: false,
        tags: &[],
        body,
        stamp,
        job: None,
    }
}

pub(crate) async fn delete(engine: &Engine, id: &str) {
    let (id, stamp, articles) = (id.to_owned(), stamp(engine), engine.article_collection());
    let deleted = engine.store().write(move |tx| {
        let removal = Removal {
            id: &id,
            expect: Expect::Any,
            stamp: &stamp,
            job: None,
        };
        tx.delete_record(articles, &removal)
    });
    deleted.await.unwrap();
}

pub(crate) fn request(format: Format, since: Option<&str>) -> ExportRequest {
    ExportRequest {
        format: Some(format),
        since: since.map(str::to_owned),
        ..ExportRequest::default()
    }
}

/// Hands in an export and runs it as far as it goes.
pub(crate) async fn run(app: &TestApp, request: ExportRequest) -> Job {
    let accepted = app.engine.start_export(&actor(), request).await.unwrap();
    app.run_jobs().await;
    job(app, accepted.seq).await
}

pub(crate) async fn job(app: &TestApp, seq: JobSeq) -> Job {
    let found = app.engine.store().read(move |tx| Ok::<_, Error>(tx.job(seq)?));
    found.await.unwrap().unwrap()
}

/// The export, which must have finished, and the content of its file.
pub(crate) async fn file(app: &TestApp, job: &Job) -> (Export, Vec<u8>) {
    let id = job.seq.to_string();
    let export = app.engine.export(&actor(), &id).await.unwrap();
    assert_eq!(export.job.status, Status::Finished, "{:?}", export.job.error);
    let file = app.engine.export_file(&actor(), &id).await.unwrap();
    let blobs = app.engine.blobs().clone();
    let bytes = tokio::task::spawn_blocking(move || {
        let mut content = blobs.open(&file.blob).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut content.file, &mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, file.size);
        bytes
    });
    (export, bytes.await.unwrap())
}

pub(crate) async fn exported(app: &TestApp, request: ExportRequest) -> Vec<u8> {
    let job = run(app, request).await;
    file(app, &job).await.1
}

pub(crate) fn results(job: &Job) -> Value {
    serde_json::from_str(job.results.as_deref().unwrap()).unwrap()
}

pub(crate) async fn items(app: &TestApp, seq: JobSeq) -> Vec<Item> {
    let items = app
        .engine
        .store()
        .read(move |tx| Ok::<_, Error>(tx.items(seq, &[], Page::first(10_000))?));
    items.await.unwrap().entries
}

pub(crate) async fn logs(app: &TestApp, seq: JobSeq) -> Vec<LogLine> {
    let logs = app
        .engine
        .store()
        .read(move |tx| Ok::<_, Error>(tx.logs(seq, &LogFilter::default(), Page::first(1000))?));
    logs.await.unwrap().entries
}

/// Lets the runner die at the so-manieth point that it comes to, once.
pub(crate) struct DieAt(AtomicI64);

impl DieAt {
    pub(crate) fn point(number: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(number)))
    }

    /// Whether it has come to that.
    pub(crate) fn has_died(&self) -> bool {
        self.0.load(Ordering::SeqCst) < 0
    }
}

impl Hooks for DieAt {
    fn at(&self, _: Point, _: &Job) -> Verdict {
        match self.0.fetch_sub(1, Ordering::SeqCst) {
            0 => Verdict::Die,
            _ => Verdict::Go,
        }
    }
}

type Act = Box<dyn Fn() + Send>;

/// Does something each time a chunk is on disk.
#[derive(Default)]
pub(crate) struct AfterChunk(Mutex<Option<Act>>);

impl AfterChunk {
    pub(crate) fn does(&self, act: impl Fn() + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::new(act));
    }
}

impl Hooks for AfterChunk {
    fn at(&self, point: Point, _: &Job) -> Verdict {
        if let (Point::AfterCommit, Some(act)) = (point, &*self.0.lock().unwrap()) {
            act();
        }
        Verdict::Go
    }
}

pub(crate) fn hooked(hooks: Arc<dyn Hooks>) -> RunnerOptions {
    RunnerOptions {
        hooks,
        concurrency: 1,
        ..RunnerOptions::default()
    }
}

/// Runs on after a death: the lease runs out, and the next run goes on from the checkpoint.
pub(crate) async fn run_on(app: &TestApp) {
    app.clock.advance(Duration::from_secs(60));
    app.runner.recover_expired().await.unwrap();
    app.run_jobs().await;
}
