//! The sweep: what nobody refers to goes, what a job refers to or still builds stays.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::time::Duration;

use blobs::PartialName;
use engine::deltas::Content;
use engine::upkeep::sweep;
use model::{Actor, Roles, UserId};
use testkit::TestApp;

const HOUR: Duration = Duration::from_secs(3600);

fn actor() -> Actor {
    Actor {
        user: UserId(1),
        email: "admin@example.com".to_owned(),
        name: "Admin".to_owned(),
        roles: Roles {
            admin: true,
            developer: true,
        },
        token: None,
        ..Actor::default()
    }
}

async fn app() -> TestApp {
    let app = TestApp::new(|edge, _| edge).await;
    // Files have the machine's time; the test's clock starts where that is and goes on from there.
    let now = model::Env::system().now();
    let behind = now.millis_since(app.engine.env().now());
    app.clock
        .advance(Duration::from_millis(u64::try_from(behind).unwrap()));
    app
}

fn put(app: &TestApp, text: &str) -> blobs::Stored {
    let mut upload = app.engine.blobs().upload(1000).unwrap();
    upload.append(text.as_bytes()).unwrap();
    upload.finish().unwrap()
}

async fn delta(app: &TestApp, name: &str) -> model::Job {
    let content = Content {
        name: name.to_owned(),
        stored: put(app, &format!("[] {name}")),
    };
    app.engine.submit_delta_content(&actor(), content).await.unwrap()
}

#[tokio::test]
async fn only_old_content_without_reference_goes() {
    let app = app().await;
    let (loose, kept) = (put(&app, "loose"), delta(&app, "kept").await);
    let young = sweep(&app.engine, HOUR).await.unwrap().0;
    assert_eq!((young.seen, young.deleted), (2, 0));
    app.clock.advance(HOUR + Duration::from_secs(60));
    let swept = sweep(&app.engine, HOUR).await.unwrap().0;
    assert_eq!((swept.seen, swept.deleted, swept.bytes), (2, 1, loose.size));
    assert!(!app.engine.blobs().exists(&loose.id).unwrap());
    assert_eq!(
        app.engine
            .waiting_deltas(&actor(), model::Page::first(5))
            .await
            .unwrap()
            .entries[0]
            .seq,
        kept.seq
    );
}

#[tokio::test]
async fn a_half_built_file_stays_while_its_job_can_go_on() {
    let app = app().await;
    let (waits, ended) = (delta(&app, "waits").await, delta(&app, "ended").await);
    let runner = app.engine.runner().clone();
    let (seq, now) = (ended.seq, app.engine.env().now());
    let cancelled = app
        .engine
        .store()
        .write(move |tx| runner.steer(tx, seq, jobs::Action::Cancel, now));
    cancelled.await.unwrap();
    let names = [
        (format!("export-{}", waits.seq), true),
        (format!("export-{}-csv", waits.id), true),
        (format!("export-{}", ended.seq), false),
        (format!("export-{}", ended.id), false),
        ("export-99999".to_owned(), false),
        ("nobody".to_owned(), false),
    ];
    let open = |name: &str| {
        let name: PartialName = name.parse().unwrap();
        app.engine.blobs().open_partial(&name, 0).unwrap().sync().unwrap();
        name
    };
    let names = names.map(|(name, stays)| (open(&name), stays));
    assert_eq!(sweep(&app.engine, HOUR).await.unwrap().1, 0);
    app.clock.advance(HOUR + Duration::from_secs(60));
    assert_eq!(sweep(&app.engine, HOUR).await.unwrap().1, 4);
    for (name, stays) in names {
        assert_eq!(
            app.engine.blobs().discard_partial(&name).unwrap(),
            stays,
            "{name}"
        );
    }
}
