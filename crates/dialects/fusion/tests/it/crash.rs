//! A process that dies at any point of an import: the end is the same as if nothing had happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use engine::{ImportOptions, Options};
use http::Method;
use jobs::{Hooks, Point, RunnerOptions, Verdict};
use model::Job;
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

/// Everything that can be seen afterwards.
async fn picture(hooks: Arc<DieAt>) -> String {
    let options = TestOptions {
        engine: Options {
            imports: ImportOptions {
                chunk_records: 8,
                ..ImportOptions::default()
            },
            ..Options::default()
        },
        runner: RunnerOptions {
            hooks,
            ..RunnerOptions::default()
        },
        ..TestOptions::default()
    };
    let mut app = TestApp::with(options, mount).await;
    make_collection(&app, "categories").await;
    for operation in ["update", "upsert", "insert"] {
        let body = json!({ "entity": "Category", "operation": operation, "data": data() });
        app.post("/api/v2/jobs", &body.to_string()).await;
    }
    app.run_jobs().await;
    app.restart().await;
    app.run_jobs().await;
    let mut picture = String::new();
    for id in 1..=3 {
        for part in ["", "/errors", "/results"] {
            let answer = call(&app, &app.user, Method::GET, &format!("/api/v2/jobs/{id}{part}")).await;
            let mut answer = answer.json();
            // Ids that were made up differ from run to run.
            for entry in answer["entries"].as_array_mut().into_iter().flatten() {
                if entry["id"].as_str().is_some_and(|id| id.len() == 24) {
                    entry["id"] = json!("made");
                }
            }
            answer["request_id"] = json!(null);
            picture.push_str(&format!("{answer}\n"));
        }
    }
    for id in 0..11 {
        let stored = record(&app, "categories", &id.to_string()).await;
        picture.push_str(&format!("{id}: {stored:?}\n"));
    }
    picture
}

#[tokio::test]
async fn dying_at_any_point_changes_nothing_of_the_end() {
    let never = || {
        Arc::new(DieAt {
            left: AtomicU32::new(0),
        })
    };
    let whole = picture(never()).await;
    assert!(
        whole.contains("Success") && whole.contains("not-found"),
        "{whole}"
    );
    let mut deaths = 0;
    for point in 1.. {
        let hooks = Arc::new(DieAt {
            left: AtomicU32::new(point),
        });
        let after = picture(Arc::clone(&hooks)).await;
        assert_eq!(after, whole, "after dying at point {point}");
        if hooks.left.load(Ordering::SeqCst) > 0 {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 20, "died only {deaths} times");
}
