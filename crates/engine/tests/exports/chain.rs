//! Exports since exports: applied one after the other they come to what a whole export says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use engine::exports::{ExportOptions, Format};
use model::job::Status;
use proptest::prelude::{Strategy, any, proptest};
use proptest::test_runner::Config;
use serde_json::Value;
use testkit::TestApp;

use super::support::{
    AfterChunk, app, app_with, delete, exported, file, hooked, in_steps_of, put, put_blocking, request,
    results, run,
};

/// What somebody holds who reads one file after the other.
#[derive(Debug, Default, PartialEq)]
struct Copy(BTreeMap<String, Value>);

impl Copy {
    fn apply(&mut self, file: &[u8]) {
        for object in serde_json::from_slice::<Vec<Value>>(file).unwrap() {
            let number = object["No."].as_str().unwrap().to_owned();
            match object.get("Deleted") {
                Some(_) => self.0.remove(&number),
                None => self.0.insert(number, object),
            };
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Put(u8, u8),
    Delete(u8),
    Export,
}

async fn take(app: &TestApp, steps: &[Step]) {
    let (mut copy, mut since) = (Copy::default(), None::<String>);
    let mut unbroken = Copy::default();
    for step in steps.iter().chain([&Step::Export]) {
        match *step {
            Step::Put(id, value) => {
                let json = format!(r#"{{"F_1":"{id}","F_80000":"{value}"}}"#);
                put(&app.engine, &id.to_string(), &json).await;
            }
            Step::Delete(id) => delete(&app.engine, &id.to_string()).await,
            Step::Export => {
                let job = run(app, request(Format::Json, since.as_deref())).await;
                let (export, bytes) = file(app, &job).await;
                copy.apply(&bytes);
                since = Some(match export.job.seq.0 % 2 {
                    0 => job.seq.to_string(),
                    _ => job.id.to_string(),
                });
            }
        }
    }
    unbroken.apply(&exported(app, request(Format::Json, None)).await);
    assert_eq!(copy, unbroken);
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..6_u8, 0..5_u8, any::<u8>()).prop_map(|(what, id, value)| match what {
        0..3 => Step::Put(id, value),
        3 => Step::Delete(id),
        _ => Step::Export,
    });
    proptest::collection::vec(step, 0..40)
}

proptest! {
    #![proptest_config(Config::with_cases(24))]

    #[test]
    fn any_chain_comes_to_the_whole(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = app_with(in_steps_of(2), hooked(Arc::new(AfterChunk::default()))).await;
            take(&app, &steps).await;
        });
    }
}

#[tokio::test]
async fn changes_during_an_export_are_in_it_or_in_the_next_one() {
    let hooks = Arc::new(AfterChunk::default());
    let app = app_with(in_steps_of(2), hooked(hooks.clone())).await;
    for n in 10..20 {
        put(&app.engine, &n.to_string(), &format!(r#"{{"F_1":"{n}"}}"#)).await;
    }
    let engine = app.engine.clone();
    let counter = std::sync::atomic::AtomicU64::new(0);
    hooks.does(move || {
        let n = counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        for id in [10 + n % 10, 19 - n % 10, 100 + n] {
            put_blocking(
                &engine,
                &id.to_string(),
                &format!(r#"{{"F_1":"{id}","F_3":"{n}"}}"#),
            );
        }
    });
    let mut copy = Copy::default();
    let first = run(&app, request(Format::Json, None)).await;
    copy.apply(&file(&app, &first).await.1);
    let second = run(&app, request(Format::Json, Some(&first.seq.to_string()))).await;
    copy.apply(&file(&app, &second).await.1);
    hooks.does(|| ());
    let third = run(&app, request(Format::Json, Some(&second.seq.to_string()))).await;
    copy.apply(&file(&app, &third).await.1);
    let mut whole = Copy::default();
    whole.apply(&exported(&app, request(Format::Json, None)).await);
    assert_eq!(copy, whole);
    assert!(whole.0.len() > 15);
}

#[tokio::test]
async fn an_article_is_exported_once_however_often_it_changed() {
    let app = app_with(in_steps_of(3), hooked(Arc::new(AfterChunk::default()))).await;
    let first = run(&app, request(Format::Json, None)).await;
    for n in 0..50 {
        put(&app.engine, "a", &format!(r#"{{"F_1":"a","F_3":"{n}"}}"#)).await;
        put(&app.engine, "b", r#"{"F_1":"b"}"#).await;
        delete(&app.engine, "b").await;
    }
    let job = run(&app, request(Format::Json, Some(&first.seq.to_string()))).await;
    let (export, bytes) = file(&app, &job).await;
    let rows: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["No. 2"], &rows[1]["Deleted"]),
        (&Value::from("49"), &Value::from(true))
    );
    assert_eq!((export.records, export.deleted, export.job.progress), (1, 1, 1.0));
    assert_eq!(results(&job)["watermark"], 150);
}

#[tokio::test]
async fn since_a_time_takes_what_happened_then_and_later() {
    let app = app().await;
    for n in 0..9 {
        put(&app.engine, &n.to_string(), &format!(r#"{{"F_1":"{n}"}}"#)).await;
        app.clock.advance(Duration::from_secs(10));
    }
    for (since, expected) in [
        ("2016-05-30T04:55:57.316Z", 9),
        ("2016-05-30T04:55:57.317Z", 8),
        ("2016-05-30T06:56:27.316+02:00", 6),
        ("2016-05-30", 9),
        ("2016-05-31", 0),
        ("2099-01-01T00:00:00Z", 0),
    ] {
        let job = run(&app, request(Format::Csv, Some(since))).await;
        assert_eq!(job.status, Status::Finished);
        assert_eq!(results(&job)["records"], expected, "{since}");
    }
}

#[tokio::test]
async fn articles_larger_than_a_page_come_one_by_one() {
    let options = ExportOptions {
        chunk_bytes: 1,
        ..ExportOptions::default()
    };
    let app = app_with(options, hooked(Arc::new(AfterChunk::default()))).await;
    for n in 0..70 {
        put(&app.engine, &n.to_string(), &format!(r#"{{"F_1":"{n}"}}"#)).await;
    }
    let job = run(&app, request(Format::Csv, None)).await;
    assert_eq!(results(&job)["records"], 70);
}
