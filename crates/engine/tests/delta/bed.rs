//! A server to submit deltas to, and words to look at what they did.

use std::io::Write;
use std::sync::Arc;

use engine::deltas::{Content, DeltaFailure};
use engine::{FailureMode, Options};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use jobs::{Hooks, RunnerOptions};
use model::job::Status;
use model::{Actor, Error, HistorySeq, Job, Page, Roles, UserId};
use testkit::{TestApp, TestOptions};

/// Everything on one page.
pub(crate) const ALL: Page = Page {
    number: 1,
    size: 1_000_000,
};

pub(crate) struct Bed {
    pub(crate) app: TestApp,
    pub(crate) actor: Actor,
}

/// How the server differs from the usual.
#[derive(Default)]
pub(crate) struct How {
    pub(crate) mode: FailureMode,
    pub(crate) chunk: Option<usize>,
    pub(crate) max_failed: Option<u64>,
    pub(crate) hooks: Option<Arc<dyn Hooks>>,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with(How::default()).await
    }

    pub(crate) async fn with(how: How) -> Self {
        let mut engine = Options::default();
        engine.delta.failure_mode = how.mode;
        engine.delta.chunk_operations = how.chunk.unwrap_or(engine.delta.chunk_operations);
        engine.delta.max_failed_operations = how.max_failed.unwrap_or(engine.delta.max_failed_operations);
        let mut runner = RunnerOptions::default();
        if let Some(hooks) = how.hooks {
            runner.hooks = hooks;
        }
        let app = TestApp::with(
            TestOptions {
                engine,
                runner,
                ..TestOptions::default()
            },
            |edge, _| edge,
        )
        .await;
        let (email, name) = ("user@example.com".to_owned(), "User".to_owned());
        Self {
            app,
            actor: Actor {
                user: UserId(2),
                email,
                name,
                roles: Roles::default(),
                token: None,
                ..Actor::default()
            },
        }
    }

    /// Hands in a file and lets nothing run yet.
    pub(crate) async fn submit(&self, name: &str, content: impl Into<Vec<u8>>) -> Job {
        let content: Vec<u8> = content.into();
        let pieces = stream::iter([Ok::<_, std::io::Error>(content.into())]);
        let stored = self.app.engine.blobs().put(pieces, u64::MAX).await.unwrap();
        self.app
            .engine
            .submit_delta_content(
                &self.actor,
                Content {
                    name: name.to_owned(),
                    stored,
                },
            )
            .await
            .unwrap()
    }

    /// Hands in a file and lets all jobs run; how this one stands then.
    pub(crate) async fn run(&self, name: &str, content: impl Into<Vec<u8>>) -> Job {
        let job = self.submit(name, content).await;
        self.app.run_jobs().await;
        self.job(&job).await
    }

    pub(crate) async fn job(&self, job: &Job) -> Job {
        let seq = job.seq;
        self.app
            .engine
            .store()
            .read(move |tx| Ok::<_, Error>(tx.job(seq)?))
            .await
            .unwrap()
            .unwrap()
    }

    /// An article's fields as JSON, or nothing.
    pub(crate) async fn article(&self, id: &str) -> Option<String> {
        self.app
            .engine
            .article(&self.actor, id)
            .await
            .ok()
            .map(|article| article.body.to_text().unwrap())
    }

    pub(crate) async fn failures(&self) -> Vec<DeltaFailure> {
        self.app
            .engine
            .delta_failures(&self.actor, ALL)
            .await
            .unwrap()
            .entries
    }

    /// The sentences of all failures.
    pub(crate) async fn errors(&self) -> Vec<String> {
        self.failures()
            .await
            .into_iter()
            .map(|failure| failure.failed.error)
            .collect()
    }

    /// Articles, history, items, blocks and job states as text, times and ids of jobs left out.
    pub(crate) async fn picture(&self) -> String {
        let collection = self.app.engine.article_collection();
        let read = self.app.engine.store().read(move |tx| {
            let mut lines = Vec::new();
            for record in tx.records_after(collection, "", u64::MAX)? {
                lines.push(format!(
                    "{} v{} {}",
                    record.id,
                    record.version,
                    record.body.to_text().unwrap()
                ));
            }
            for change in tx.history_after(collection, HistorySeq(0), u64::MAX)? {
                let (event, body) = (change.event.as_str(), change.body.to_text().unwrap());
                lines.push(format!(
                    "#{} {} v{} {event} {body}",
                    change.seq.0, change.id, change.version
                ));
            }
            for entry in tx.job_entries(model::JobSeq(0), u64::MAX)? {
                let job = entry.job;
                lines.push(format!(
                    "job {} {} {:?} {:?}",
                    job.seq,
                    job.status.as_str(),
                    job.counts,
                    job.error
                ));
                for item in tx.items(job.seq, &[], ALL)?.entries {
                    lines.push(format!(
                        "  {} {} {:?} {:?}",
                        item.number, item.key, item.state, item.detail
                    ));
                }
            }
            let (blocks, _) = tx.blocks("articles", 0, u64::MAX)?;
            lines.extend(blocks.into_iter().map(|block| format!("blocked {block:?}")));
            Ok::<_, Error>(lines.join("\n"))
        });
        read.await.unwrap()
    }
}

/// One operation as JSON.
pub(crate) fn op(operation: &str, data: &str) -> String {
    format!(r#"{{"operation":"{operation}","articleData":{data}}}"#)
}

/// A whole file of the documented form.
pub(crate) fn file(operations: &[String]) -> String {
    format!(r#"{{"version":1,"operations":[{}]}}"#, operations.join(","))
}

pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Whether it ended well and with how many failures.
pub(crate) fn end(job: &Job) -> (Status, u64, u64) {
    (job.status, job.counts.processed, job.counts.failed)
}
