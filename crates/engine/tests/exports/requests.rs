//! What is accepted, what is refused, and how an export shows itself.

use engine::exports::{Encoding, ExportOptions, ExportRequest, Format};
use jobs::RunnerOptions;
use model::job::{NewJob, Status};
use model::{Code, Error, Job};
use testkit::TestApp;

use super::support::{actor, app, app_with, job, put, request, run};

/// A finished job of another kind.
async fn other_job(app: &TestApp) -> Job {
    let engine = app.engine.clone();
    let made = app.engine.store().write(move |tx| {
        let job = NewJob {
            id: engine.env().new_job_id(),
            request_id: engine.env().new_request_id(),
            kind: "delta",
            label: String::new(),
            queue: "deltas",
            serial_key: None,
            priority: 0,
            low_priority: false,
            run_by: "user@example.com".to_owned(),
            parent: None,
            status: Status::Rejected,
            params: "{}".to_owned(),
            error: None,
            now: engine.env().now(),
        };
        Ok::<_, Error>(tx.insert_job(&job)?.into_job())
    });
    made.await.unwrap()
}

/// Refuses a request and says which field and which part of the message is expected.
async fn refused(app: &TestApp, request: ExportRequest, (field, needle): (&str, &str)) {
    let error = app
        .engine
        .start_export(&actor(), request.clone())
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.field()),
        (Code::BadValue, Some(field)),
        "{request:?}"
    );
    assert!(error.message().starts_with(field), "{}", error.message());
    assert!(
        error.message().contains(needle),
        "{request:?}: {}",
        error.message()
    );
}

#[tokio::test]
async fn wrong_requests_name_field_and_value() {
    let options = toml::from_str("[targets.nav]\nurl = 'http://127.0.0.1:1/Items'").unwrap();
    let app = app_with(options, RunnerOptions::default()).await;
    let mapping = ExportRequest {
        mapping: Some("m".to_owned()),
        ..ExportRequest::default()
    };
    refused(&app, mapping, ("mapping", "no mapping \"m\" is configured")).await;
    let push = ExportRequest {
        push: Some("p".to_owned()),
        ..ExportRequest::default()
    };
    refused(&app, push, ("push", "no target \"p\" is configured")).await;
    let pushed_as_xml = ExportRequest {
        push: Some("nav".to_owned()),
        ..request(Format::Xml, None)
    };
    refused(&app, pushed_as_xml, ("format", "a push sends JSON, got \"xml\"")).await;
    let old_json = ExportRequest {
        encoding: Some(Encoding::Windows1252),
        ..request(Format::Json, None)
    };
    refused(
        &app,
        old_json,
        ("encoding", "JSON is always utf-8, got \"windows-1252\""),
    )
    .await;
}

#[tokio::test]
async fn a_wrong_since_is_named() {
    let app = app().await;
    let waiting = app
        .engine
        .start_export(&actor(), request(Format::Csv, None))
        .await
        .unwrap();
    let delta = other_job(&app).await;
    for (since, needle) in [
        ("yesterday".to_owned(), "got \"yesterday\"".to_owned()),
        (String::new(), "got \"\"".to_owned()),
        ("77".to_owned(), "there is no export 77".to_owned()),
        (
            "99999999999999999999999".to_owned(),
            "there is no export 999".to_owned(),
        ),
        (
            "0123456789abcdef01234567".to_owned(),
            "there is no export 0123".to_owned(),
        ),
        (delta.seq.to_string(), format!("there is no export {}", delta.seq)),
        (delta.id.to_string(), format!("there is no export {}", delta.id)),
        (
            waiting.seq.to_string(),
            format!("export {} is not finished, its status is pending", waiting.seq),
        ),
    ] {
        refused(&app, request(Format::Csv, Some(&since)), ("since", &needle)).await;
    }
}

#[tokio::test]
async fn an_export_shows_itself_and_only_exports_do() {
    let app = app().await;
    put(&app.engine, "1", r#"{"F_1":"1"}"#).await;
    let delta = other_job(&app).await;
    let accepted = app
        .engine
        .start_export(&actor(), ExportRequest::default())
        .await
        .unwrap();
    let id = accepted.seq.to_string();
    let before = app.engine.export(&actor(), &id).await.unwrap();
    assert_eq!(
        (before.records, before.watermark, before.has_file),
        (0, None, false)
    );
    let early = app.engine.export_file(&actor(), &id).await.unwrap_err();
    assert_eq!(early.code(), Code::Conflict);
    assert_eq!(
        early.message(),
        format!("export {id} has no file: its status is pending")
    );
    app.run_jobs().await;
    for id in [accepted.seq.to_string(), accepted.id.to_string()] {
        let after = app.engine.export(&actor(), &id).await.unwrap();
        assert_eq!(
            (after.records, after.watermark.unwrap().0, after.has_file),
            (1, 1, true)
        );
        assert_eq!((after.format, after.job.progress), (Format::Csv, 1.0));
    }
    let file = app.engine.export_file(&actor(), &id).await.unwrap();
    assert_eq!(
        (file.name, file.content_type),
        (format!("articles-{id}.csv"), "text/csv; charset=utf-8")
    );
    for id in ["x", "", "0", "-1", &delta.seq.to_string(), delta.id.as_str()] {
        let error = app.engine.export(&actor(), id).await.unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (Code::NotFound, &*format!("Export not found: {id}"))
        );
        assert_eq!(
            app.engine.export_file(&actor(), id).await.unwrap_err().code(),
            Code::NotFound
        );
    }
}

#[tokio::test]
async fn listings_of_jobs_know_what_it_is() {
    let app = app().await;
    let accepted = run(&app, ExportRequest::default()).await;
    let subject = engine::jobs::subject(&accepted).unwrap();
    assert_eq!(
        (subject.entity.as_deref(), subject.operation.as_deref()),
        (Some("Article"), Some("export"))
    );
}

#[tokio::test]
async fn the_file_is_kept_as_long_as_its_job() {
    let app = app().await;
    let done = run(&app, request(Format::Csv, None)).await;
    let file = app
        .engine
        .export_file(&actor(), &done.seq.to_string())
        .await
        .unwrap();
    let blob = file.blob.to_string();
    let kept = app.engine.store().read(move |tx| tx.blobs_referenced(&[blob]));
    assert_eq!(kept.await.unwrap(), [true]);
}

#[tokio::test]
async fn a_mapping_that_changes_does_not_touch_what_was_accepted() {
    let options: ExportOptions = toml::from_str("[mappings.m]\nF_1 = 'Number'").unwrap();
    let app = app_with(options, RunnerOptions::default()).await;
    let request = ExportRequest {
        mapping: Some("m".to_owned()),
        ..request(Format::Csv, None)
    };
    let accepted = app.engine.start_export(&actor(), request).await.unwrap();
    let params = job(&app, accepted.seq).await.params;
    assert!(params.contains(r#""mapping":{"F_1":"Number"}"#), "{params}");
}
