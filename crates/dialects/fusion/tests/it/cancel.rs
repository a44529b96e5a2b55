//! Cancelling, stopping and resuming, also while the job is being worked on.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use engine::{ImportOptions, Options};
use http::{Method, StatusCode};
use jobs::{Hooks, Point, RunnerOptions, Verdict};
use model::Job;
use serde_json::json;
use stockyard_fusion::mount;
use testkit::{TestApp, TestOptions};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::support::{app, call, import, make_collection, outcome, record, run};

/// Holds a run before each commit until the test lets it go on.
struct Gate {
    reached: UnboundedSender<()>,
    go: Mutex<Receiver<()>>,
}

impl Hooks for Gate {
    fn at(&self, point: Point, _job: &Job) -> Verdict {
        if point == Point::BeforeCommit {
            // A test that has ended holds nobody any more.
            let _ = self.reached.send(());
            let _ = self.go.lock().unwrap().recv();
        }
        Verdict::Go
    }
}

/// A server that works one record at a time, each only when the test says so.
async fn gated() -> (TestApp, UnboundedReceiver<()>, Sender<()>) {
    let ((reached, at_gate), (open, go)) = (unbounded_channel(), channel());
    let gate = Gate {
        reached,
        go: Mutex::new(go),
    };
    let options = TestOptions {
        engine: Options {
            imports: ImportOptions {
                chunk_records: 1,
                ..ImportOptions::default()
            },
            ..Options::default()
        },
        runner: RunnerOptions {
            hooks: std::sync::Arc::new(gate),
            ..RunnerOptions::default()
        },
        ..TestOptions::default()
    };
    let app = TestApp::with(options, mount).await;
    make_collection(&app, "categories").await;
    (app, at_gate, open)
}

async fn post(app: &TestApp, path: &str) -> (StatusCode, serde_json::Value) {
    let answer = call(app, &app.user, Method::POST, path).await;
    (answer.status, answer.json())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_job_is_cancelled_and_keeps_what_it_wrote() {
    let (app, mut at_gate, open) = gated().await;
    let rows = json!([{ "id": "a" }, { "id": "b" }, { "id": "c" }]);
    app.post("/api/v2/jobs", &import("Category", "insert", &rows))
        .await;
    let steer = async {
        at_gate.recv().await.unwrap();
        open.send(()).unwrap();
        // The second chunk is at the gate, so the first one is on disk.
        at_gate.recv().await.unwrap();
        let running = app.get("/api/v2/jobs/1").await.json();
        assert_eq!(
            (&running["status"], &running["result"]),
            (&json!("processing"), &json!("Pending"))
        );
        assert_eq!(running["percent_completed"], json!(0.3333));
        let (status, job) = post(&app, "/api/v2/jobs/1/cancel").await;
        assert_eq!(
            (status, &job["status"], &job["result"]),
            (StatusCode::OK, &json!("canceled"), &json!("Failure"))
        );
        drop(open);
    };
    tokio::join!(app.run_jobs(), steer);
    assert!(record(&app, "categories", "a").await.is_some());
    assert!(record(&app, "categories", "b").await.is_none());
    let results = app.get("/api/v2/jobs/1/results").await.json();
    assert_eq!(results["total_entries"], 1);
    // Again: the same answer.
    let (status, job) = post(&app, "/api/v2/jobs/1/cancel").await;
    assert_eq!((status, &job["status"]), (StatusCode::OK, &json!("canceled")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_job_goes_on_where_it_stood() {
    let (app, mut at_gate, open) = gated().await;
    let rows = json!([{ "id": "a" }, { "id": "b" }, { "id": "c" }]);
    app.post("/api/v2/jobs", &import("Category", "insert", &rows))
        .await;
    let steer = async {
        at_gate.recv().await.unwrap();
        let (status, job) = post(&app, "/api/v2/jobs/1/stop").await;
        assert_eq!((status, &job["status"]), (StatusCode::OK, &json!("processing")));
        drop(open);
    };
    tokio::join!(app.run_jobs(), steer);
    let job = app.get("/api/v2/jobs/1").await.json();
    assert_eq!(
        (&job["status"], &job["result"]),
        (&json!("ready_to_process"), &json!("Pending"))
    );
    assert!(record(&app, "categories", "b").await.is_none());
    let (status, _) = post(&app, "/api/v2/jobs/1/resume").await;
    assert_eq!(status, StatusCode::OK);
    app.run_jobs().await;
    assert_eq!(
        outcome(&app, 1).await,
        ("complete".to_owned(), "Success".to_owned(), 0)
    );
    assert_eq!(record(&app, "categories", "a").await.unwrap().0, 1);
    assert!(record(&app, "categories", "c").await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_does_not_come_to_its_stop_is_stopped_by_force() {
    let (app, mut at_gate, open) = gated().await;
    app.post(
        "/api/v2/jobs",
        &import("Category", "insert", &json!([{ "id": "a" }])),
    )
    .await;
    let steer = async {
        at_gate.recv().await.unwrap();
        let (status, refused) = post(&app, "/api/v2/jobs/1/force_stop").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused["error"], "job 1 is running; it cannot be stopped");
        post(&app, "/api/v2/jobs/1/stop").await;
        let (status, job) = post(&app, "/api/v2/jobs/1/force_stop").await;
        assert_eq!(
            (status, &job["status"]),
            (StatusCode::OK, &json!("ready_to_process"))
        );
        drop(open);
    };
    tokio::join!(app.run_jobs(), steer);
    assert!(record(&app, "categories", "a").await.is_none());
}

#[tokio::test]
async fn a_job_that_waits_is_cancelled_before_it_begins() {
    let app = app().await;
    app.post(
        "/api/v2/jobs",
        &import("Category", "insert", &json!([{ "id": "a" }])),
    )
    .await;
    assert_eq!(post(&app, "/api/v2/jobs/1/cancel").await.0, StatusCode::OK);
    app.run_jobs().await;
    assert_eq!(outcome(&app, 1).await.0, "canceled");
    assert!(record(&app, "categories", "a").await.is_none());
}

#[tokio::test]
async fn what_has_ended_cannot_be_cancelled() {
    let app = app().await;
    run(&app, &import("Category", "insert", &json!([]))).await;
    app.post("/api/v2/jobs", "{}").await;
    for (id, word) in [(1, "finished"), (2, "rejected")] {
        let (status, body) = post(&app, &format!("/api/v2/jobs/{id}/cancel")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            body["error"],
            format!("job {id} is {word}; it cannot be cancelled")
        );
    }
}
