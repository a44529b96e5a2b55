//! A process that dies at any point of an import: the end is the same as if nothing had happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use engine::{ImportOptions, Options};
use http::{Method, StatusCode};
use jobs::{Hooks, Point, RunnerOptions, Verdict};
use model::{Error, Job, JobSeq};
use serde_json::{Value, json};
use stockyard_fusion::mount;
use testkit::{TestApp, TestOptions};

use crate::support::{call, make_collection, record};

/// Dies at the n-th of all points it is asked at, once.
struct DieAt {
    left: AtomicU32,
}

impl Hooks for DieAt {
    fn at(&self, _point: Point, _job: &Job) -> Verdict {
        let before = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match before {
            Ok(1) => Verdict::Die,
            _ => Verdict::Go,
        }
    }
}

/// Records of few keys, some of them bad.
fn data() -> Value {
    let row = |n: u64| match n % 7 {
        3 => json!({ "_request_data_id": n }),
        5 => json!(n),
        _ => json!({ "id": n * n % 11, "_request_data_id": format!("r{n}"), format!("f{}", n % 5): n }),
    };
    (0..40).map(row).collect()
}

/// What is handed in, and what differs from the usual.
#[derive(Clone, Copy)]
struct Scene {
    operations: &'static [&'static str],
    /// Whether the body of the first job is damaged after it was accepted.
    broken: bool,
    max_failed: Option<u64>,
}

impl Scene {
    fn options(self, hooks: Arc<DieAt>) -> TestOptions {
        let mut imports = ImportOptions {
            chunk_records: 8,
            ..ImportOptions::default()
        };
        imports.max_failed_records = self.max_failed.unwrap_or(imports.max_failed_records);
        TestOptions {
            engine: Options {
                imports,
                ..Options::default()
            },
            runner: RunnerOptions {
                hooks,
                ..RunnerOptions::default()
            },
            ..TestOptions::default()
        }
    }
}

/// Puts a body in the place of the job's that is the same up to its middle and ends there.
async fn break_off(app: &TestApp, job: JobSeq, body: &str) {
    let half = body.as_bytes()[..body.len() / 2].to_vec();
    let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>(half.into())]);
    let stored = app.engine.blobs().put(pieces, u64::MAX).await.unwrap();
    let write = app.engine.store().write(move |tx| {
        let mut params: Value = serde_json::from_str(&tx.job(job)?.unwrap().params).unwrap();
        params["work"]["blob"] = json!(stored.id.to_string());
        Ok::<_, Error>(tx.set_job_params(job, &params.to_string())?)
    });
    write.await.unwrap();
}

/// Everything that can be seen afterwards.
async fn picture(scene: Scene, hooks: Arc<DieAt>) -> String {
    let mut app = TestApp::with(scene.options(hooks), mount).await;
    make_collection(&app, "categories").await;
    for (n, operation) in (1..).zip(scene.operations) {
        let body = json!({ "entity": "Category", "operation": operation, "data": data() }).to_string();
        let answer = app.post("/api/v2/jobs", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        if scene.broken && n == 1 {
            break_off(&app, JobSeq(n), &body).await;
        }
    }
    app.run_jobs().await;
    app.restart().await;
    app.run_jobs().await;
    let mut picture = ends(&app).await;
    for id in 1..=scene.operations.len() {
        for part in ["", "/errors", "/results"] {
            let answer = call(&app, &app.user, Method::GET, &format!("/api/v2/jobs/{id}{part}")).await;
            picture.push_str(&format!("{}\n", steady(answer.json())));
        }
    }
    for id in 0..11 {
        let stored = record(&app, "categories", &id.to_string()).await;
        picture.push_str(&format!("{id}: {stored:?}\n"));
    }
    picture
}

/// How the jobs ended, with what no answer shows.
async fn ends(app: &TestApp) -> String {
    let read = app.engine.store().read(|tx| {
        let end = |job: Job| format!("{} {:?} {:?} {:?}\n", job.seq, job.counts, job.error, job.results);
        let entries = tx.job_entries(JobSeq(0), u64::MAX)?;
        Ok::<_, Error>(entries.into_iter().map(|entry| end(entry.job)).collect())
    });
    read.await.unwrap()
}

/// An answer without the ids that are made up, which differ from run to run.
fn steady(mut answer: Value) -> Value {
    for entry in answer["entries"].as_array_mut().into_iter().flatten() {
        if entry["id"].as_str().is_some_and(|id| id.len() == 24) {
            entry["id"] = json!("made");
        }
    }
    answer["request_id"] = json!(null);
    answer
}

/// Dies once at every point there is, and compares each end with the undisturbed one; gives that.
async fn die_everywhere(scene: Scene) -> String {
    let at = |point| {
        Arc::new(DieAt {
            left: AtomicU32::new(point),
        })
    };
    let whole = picture(scene, at(0)).await;
    let mut deaths = 0;
    for point in 1.. {
        let hooks = at(point);
        let after = picture(scene, Arc::clone(&hooks)).await;
        assert_eq!(after, whole, "after dying at point {point}");
        if hooks.left.load(Ordering::SeqCst) > 0 {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 9, "died only {deaths} times");
    whole
}

#[tokio::test]
async fn dying_at_any_point_changes_nothing_of_the_end() {
    let scene = Scene {
        operations: &["update", "upsert", "insert"],
        broken: false,
        max_failed: None,
    };
    let whole = die_everywhere(scene).await;
    assert!(
        whole.contains("Success") && whole.contains("not-found"),
        "{whole}"
    );
}

#[tokio::test]
async fn a_body_that_breaks_is_accounted_for_once() {
    let scene = Scene {
        operations: &["upsert", "delete"],
        broken: true,
        max_failed: None,
    };
    let whole = die_everywhere(scene).await;
    assert_eq!(whole.matches("fail_to_process").count(), 1, "{whole}");
    // As the error of the job and of one record.
    assert_eq!(whole.matches("the file ends inside").count(), 2, "{whole}");
}

#[tokio::test]
async fn too_many_failures_are_counted_across_deaths() {
    let scene = Scene {
        operations: &["update", "upsert"],
        broken: false,
        max_failed: Some(20),
    };
    let whole = die_everywhere(scene).await;
    let sentence = "21 records failed, and imports.max_failed_records allows 20; the rest was not read";
    // As the error of the job and of one record.
    assert_eq!(whole.matches(sentence).count(), 2, "{whole}");
    assert_eq!(whole.matches("fail_to_process").count(), 1, "{whole}");
}
