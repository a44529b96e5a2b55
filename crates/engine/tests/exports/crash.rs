//! A runner that dies anywhere leaves an export that comes to the same bytes.

use engine::exports::{ExportRequest, Format};
use jobs::RunnerOptions;
use model::job::Status;
use testkit::TestApp;

use super::support::{
    DieAt, actor, app_with, delete, exported, file, hooked, in_steps_of, job, put, request, results, run_on,
};

async fn articles(app: &TestApp) {
    for n in 0..10 {
        put(
            &app.engine,
            &format!("{n}"),
            &format!(r#"{{"F_1":"{n}","F_80000":"Größe {n}"}}"#),
        )
        .await;
    }
    delete(&app.engine, "3").await;
    put(&app.engine, "5", r#"{"F_1":"5","F_80000":"other"}"#).await;
}

async fn whole(request: &ExportRequest) -> Vec<u8> {
    let app = app_with(in_steps_of(3), RunnerOptions::default()).await;
    articles(&app).await;
    exported(&app, request.clone()).await
}

/// Dies at each point in turn until a run comes to no further one; says how many there were.
async fn dies_everywhere(request: ExportRequest) -> i64 {
    let expected = whole(&request).await;
    for point in 0.. {
        let hooks = DieAt::point(point);
        let app = app_with(in_steps_of(3), hooked(hooks.clone())).await;
        articles(&app).await;
        let accepted = app.engine.start_export(&actor(), request.clone()).await.unwrap();
        app.run_jobs().await;
        if !hooks.has_died() {
            return point;
        }
        run_on(&app).await;
        let job = job(&app, accepted.seq).await;
        let (export, bytes) = file(&app, &job).await;
        assert_eq!(bytes, expected, "{request:?}, point {point}");
        assert_eq!(results(&job)["records"], export.records);
        assert_eq!(job.counts.processed, export.records + export.deleted);
        let name = format!("export-{}", job.id).parse().unwrap();
        assert!(
            !app.engine.blobs().discard_partial(&name).unwrap(),
            "the partial file is gone"
        );
    }
    unreachable!("the points end")
}

#[tokio::test]
async fn a_whole_export() {
    let points = dies_everywhere(request(Format::Csv, None)).await;
    assert!(points >= 12, "claimed, five chunks, the end: {points}");
}

#[tokio::test]
async fn an_export_of_changes() {
    dies_everywhere(request(Format::Json, Some("2016-01-01"))).await;
}

#[tokio::test]
async fn an_export_whose_partial_file_is_gone_begins_anew() {
    let expected = whole(&request(Format::Xml, None)).await;
    // Claimed, then before and after the commits of the watermark and of two pages.
    let app = app_with(in_steps_of(3), hooked(DieAt::point(6))).await;
    articles(&app).await;
    let accepted = app
        .engine
        .start_export(&actor(), request(Format::Xml, None))
        .await
        .unwrap();
    app.run_jobs().await;
    let job_now = job(&app, accepted.seq).await;
    assert_eq!(job_now.status, Status::Running);
    let name = format!("export-{}", job_now.id).parse().unwrap();
    assert!(app.engine.blobs().discard_partial(&name).unwrap());
    run_on(&app).await;
    let (export, bytes) = file(&app, &job(&app, accepted.seq).await).await;
    assert_eq!((bytes, export.records), (expected, 9));
}
