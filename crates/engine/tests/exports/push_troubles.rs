//! Pushing to a Navision that is busy, broken, picky or not there.

use axum::http::StatusCode;
use jobs::RunnerOptions;
use model::Job;
use model::job::{ItemState, Status};
use serde_json::json;
use testkit::TestApp;

use super::navision::{Navision, planned, push};
use super::support::{app_with, in_steps_of, items, job, logs, put, results, run};

const BASIC: &str = "{ basic = { user = 'u', password = 's3cret' } }";

async fn with_articles(navision: &Navision, auth: &str, count: u32) -> (TestApp, super::navision::Waits) {
    let (app, waits) = navision.app(auth, RunnerOptions::default(), 50).await;
    for n in 0..count {
        put(&app.engine, &n.to_string(), &format!(r#"{{"F_1":"{n}"}}"#)).await;
    }
    (app, waits)
}

/// The items that failed, with their details.
async fn failures(app: &TestApp, job: &Job) -> Vec<(String, serde_json::Value)> {
    let failed = items(app, job.seq)
        .await
        .into_iter()
        .filter(|item| item.state == ItemState::Failed);
    failed
        .map(|item| (item.key, serde_json::from_str(&item.detail.unwrap()).unwrap()))
        .collect()
}

#[tokio::test]
async fn one_item_that_is_refused_does_not_stop_the_others() {
    let navision = Navision::start().await;
    let (app, waits) = with_articles(&navision, BASIC, 3).await;
    let long = format!(
        r#"{{"error":{{"code":"x","message":"wrong, says s3cret {}"}}}}"#,
        "ü".repeat(600)
    );
    navision.refuse("1", planned(400, &long));
    put(&app.engine, "4", r#"{"F_1":"4","F_80004":"cheap"}"#).await;
    let done = run(&app, push(None)).await;
    assert_eq!(
        results(&done),
        json!({ "records": 4, "deleted": 0, "watermark": 4, "failed": 2 })
    );
    assert_eq!((done.status, done.counts.failed), (Status::Finished, 2));
    let failed = failures(&app, &done).await;
    let said = failed[0].1["error"].as_str().unwrap();
    assert!(
        said.starts_with("wrong, says … üüü") && said.chars().count() == 500,
        "{said}"
    );
    assert_eq!((failed[0].0.as_str(), &failed[0].1["status"]), ("1", &json!(400)));
    let unsendable = json!({ "error": "F_80004 (Unit Price) is not a number: \"cheap\"" });
    assert_eq!(failed[1], ("4".to_owned(), unsendable));
    assert_eq!(navision.items().len(), 2);
    assert!(waits.seconds().is_empty());
}

#[tokio::test]
async fn a_busy_navision_is_waited_for_as_it_asks() {
    let navision = Navision::start().await;
    let (app, waits) = with_articles(&navision, "'none'", 2).await;
    let busy = |status, wait: &[(&'static str, &'static str)]| {
        (
            StatusCode::from_u16(status).unwrap(),
            wait.to_vec(),
            String::new(),
        )
    };
    navision.plan([
        busy(429, &[("retry-after", "7")]),
        busy(503, &[]),
        busy(503, &[]),
        busy(429, &[("retry-after", "86400")]),
        busy(503, &[("retry-after", "soon")]),
    ]);
    let done = run(&app, push(None)).await;
    assert_eq!(results(&done)["failed"], 0);
    assert_eq!(waits.seconds(), [7, 2, 4, 300, 16]);
    assert_eq!(navision.items().len(), 2);
}

#[tokio::test]
async fn one_that_stays_busy_fails_the_job() {
    let navision = Navision::start().await;
    let (app, waits) = with_articles(&navision, "'none'", 3).await;
    navision.refuse("1", planned(503, ""));
    let failed = run(&app, push(None)).await;
    assert_eq!(
        (failed.status, failed.error.as_deref()),
        (
            Status::Failed,
            Some("push target nav answered 503 10 times in a row")
        )
    );
    assert_eq!(waits.seconds(), [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    let sent: Vec<_> = items(&app, failed.seq)
        .await
        .into_iter()
        .map(|item| item.key)
        .collect();
    assert_eq!(sent, ["0"], "what was sent is accounted for");
}

#[tokio::test]
async fn a_fault_is_tried_three_times() {
    let navision = Navision::start().await;
    let (app, waits) = with_articles(&navision, "'none'", 3).await;
    navision.plan([planned(500, ""), planned(502, "")]);
    navision.refuse("1", planned(500, "<html>oops</html>"));
    let done = run(&app, push(None)).await;
    let failed = failures(&app, &done).await;
    assert_eq!(
        failed,
        [(
            "1".to_owned(),
            json!({ "error": "<html>oops</html>", "status": 500 })
        )]
    );
    assert_eq!(waits.seconds(), [1, 2, 1, 2]);
    let of_one = navision.calls().into_iter().filter(|call| call.contains("'1'"));
    assert_eq!(of_one.count(), 3);
}

#[tokio::test]
async fn wrong_credentials_fail_the_job_and_are_nowhere_repeated() {
    let navision = Navision::start().await;
    let (app, _) = with_articles(&navision, BASIC, 1).await;
    navision.require("Basic other");
    let failed = run(&app, push(None)).await;
    assert_eq!(
        failed.error.as_deref(),
        Some("push target nav refuses the credentials (401)")
    );

    let url = navision.url("/token");
    let auth = format!("{{ oauth = {{ token_url = '{url}', client_id = 'me', client_secret = 's3cret' }} }}");
    let (app, waits) = with_articles(&navision, &auth, 1).await;
    navision.plan_tokens([
        planned(503, ""),
        planned(
            400,
            r#"{"error":"invalid_client","error_description":"no s3cret here"}"#,
        ),
    ]);
    let failed = run(&app, push(None)).await;
    let expected =
        "push target nav has a token service that gives no token: it answered 400: invalid_client: no … here";
    assert_eq!(failed.error.as_deref(), Some(expected));
    assert_eq!(waits.seconds(), [1]);
    let told = format!(
        "{:?} {:?}",
        job(&app, failed.seq).await,
        logs(&app, failed.seq).await
    );
    assert!(!told.contains("s3cret"));
}

#[tokio::test]
async fn a_token_service_that_makes_no_sense_fails_the_job() {
    let navision = Navision::start().await;
    let url = navision.url("/token");
    let auth = format!("{{ oauth = {{ token_url = '{url}', client_id = 'me', client_secret = 's' }} }}");
    let (app, _) = with_articles(&navision, &auth, 1).await;
    navision.plan_tokens([planned(200, "<html>")]);
    let failed = run(&app, push(None)).await;
    assert!(
        failed
            .error
            .unwrap()
            .ends_with("gives no token: its answer has no access_token")
    );
    navision.plan_tokens([planned(200, r#"{"access_token":"a\nb"}"#)]);
    let failed = run(&app, push(None)).await;
    assert!(
        failed
            .error
            .unwrap()
            .ends_with("was given a token that no header may have")
    );
}

async fn error_of(url: &str) -> String {
    let waits = super::navision::Waits::default();
    let mut options = in_steps_of(50);
    options.pause = engine::exports::Pause::new(move |_, _| drop(waits.seconds()));
    let target = format!("url = '{url}'");
    options
        .targets
        .insert("nav".to_owned(), toml::from_str(&target).unwrap());
    let app = app_with(options, RunnerOptions::default()).await;
    put(&app.engine, "1", r#"{"F_1":"1"}"#).await;
    let failed = run(&app, push(None)).await;
    assert_eq!(failed.status, Status::Failed);
    failed.error.unwrap()
}

#[tokio::test]
async fn one_that_is_not_there_fails_the_job() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let error = error_of(&format!("http://127.0.0.1:{port}/Items?tenant=a")).await;
    let start = format!(
        "push target nav cannot be reached: could not connect to http://127.0.0.1:{port}/Items('1')?…: "
    );
    assert!(error.starts_with(&start), "{error}");
}

#[tokio::test]
async fn one_whose_host_is_not_allowed_fails_the_job() {
    let error = error_of("http://10.0.0.1/Items").await;
    let expected =
        "push target nav may not be asked: the private address 10.0.0.1 is not in the list of allowed hosts";
    assert!(error.starts_with(expected), "{error}");
}

#[tokio::test]
async fn a_target_that_is_gone_fails_the_job() {
    let navision = Navision::start().await;
    let (app, _) = with_articles(&navision, "'none'", 1).await;
    let accepted = app
        .engine
        .start_export(&super::support::actor(), push(None))
        .await
        .unwrap();
    let seq = accepted.seq;
    let written = app.engine.store().write(move |tx| {
        let params = tx.job(seq)?.unwrap().params.replace("\"nav\"", "\"old\"");
        tx.set_job_params(seq, &params)
    });
    written.await.unwrap();
    app.run_jobs().await;
    let failed = job(&app, seq).await;
    assert_eq!(
        failed.error.as_deref(),
        Some("push target old is not configured any more")
    );
}
