//! A large export in little memory. Alone in its process, because it measures all of it.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::fs;

use engine::exports::{ExportRequest, Format};
use jsonb::{Jsonb, Limits};
use model::job::Status;
use model::{Actor, Error, Roles, Stamp, UserId};
use storage::tables::records::{Expect, Put};
use testkit::TestApp;

const ARTICLES: u64 = 20_000;
const BATCH: u64 = 1_000;

fn actor() -> Actor {
    Actor {
        user: UserId(2),
        email: "user@example.com".to_owned(),
        name: "User".to_owned(),
        roles: Roles::default(),
        token: None,
        ..Actor::default()
    }
}

/// The most memory that this process has had since [`forget_peak`], in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

async fn fill(app: &TestApp, from: u64) {
    let articles = app.engine.article_collection();
    let now = app.engine.env().now();
    let written = app.engine.store().write(move |tx| {
        let stamp = Stamp::new(now, "tests");
        for number in from..from + BATCH {
            let (id, text) = (format!("{number:05}"), "Größe ".repeat(600));
            let body = format!(r#"{{"F_1":"{id}","F_80000":"{text}"}}"#);
            let body = Jsonb::parse(body.as_bytes(), &Limits::default()).unwrap();
            let put = Put {
                id: &id,
                expect: Expect::Absent,
                label: "",
                archived: false,
                tags: &[],
                body: &body,
                stamp: &stamp,
                job: None,
            };
            tx.put_record(articles, &put)?;
        }
        Ok::<_, Error>(())
    });
    written.await.unwrap();
}

#[tokio::test]
async fn memory_does_not_grow_with_the_export() {
    let app = TestApp::new(|edge, _| edge).await;
    for from in (0..ARTICLES).step_by(usize::try_from(BATCH).unwrap()) {
        fill(&app, from).await;
    }
    for since in [None, Some("2016-01-01".to_owned())] {
        forget_peak();
        let before = peak();
        let request = ExportRequest {
            format: Some(Format::Xml),
            since,
            ..ExportRequest::default()
        };
        let job = app.engine.start_export(&actor(), request).await.unwrap();
        app.run_jobs().await;
        let export = app.engine.export(&actor(), &job.seq.to_string()).await.unwrap();
        assert_eq!((export.job.status, export.records), (Status::Finished, ARTICLES));
        let file = app
            .engine
            .export_file(&actor(), &job.seq.to_string())
            .await
            .unwrap();
        assert!(file.size > ARTICLES * 4_800, "the file has {} bytes", file.size);
        let grown = peak().saturating_sub(before);
        assert!(
            grown < 32 * 1024,
            "the export of {} bytes took {grown} KiB",
            file.size
        );
    }
}
