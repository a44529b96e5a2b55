//! Pushing to a Navision that does what it is asked.

use jobs::RunnerOptions;
use model::job::{ItemState, Status};
use serde_json::json;

use super::navision::{Navision, push};
use super::support::{DieAt, actor, delete, file, hooked, items, job, put, request, results, run, run_on};

const BASIC: &str = "{ basic = { user = 'Aladdin', password = 'open sesame' } }";

fn oauth(navision: &Navision) -> String {
    let url = navision.url("/token");
    format!(
        "{{ oauth = {{ token_url = '{url}', client_id = 'me', client_secret = 's3cret', scope = 'x' }} }}"
    )
}

#[tokio::test]
async fn articles_are_made_changed_and_deleted() {
    let navision = Navision::start().await;
    navision.require("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    let (app, _) = navision.app(BASIC, RunnerOptions::default(), 50).await;
    put(
        &app.engine,
        "O'1 /ü",
        r#"{"F_1":"O'1 /ü","F_80000":"Lamp","F_80004":"1.248,28","F_80006":"20/06/2022"}"#,
    )
    .await;
    put(&app.engine, "2", r#"{"F_1":"2"}"#).await;
    let first = run(&app, push(None)).await;
    assert_eq!(first.status, Status::Finished, "{:?}", first.error);
    let expected = json!({
        "No_2": "", "Description": "Lamp", "Description_2": "", "Unit_Price": 1248.28,
        "Last_Date_Modified": "2022-06-20", "Item_Category_Code": "", "Product_Group_Code": ""
    });
    assert_eq!(navision.items()["O'1 /ü"], expected);
    assert_eq!(
        navision.calls(),
        [
            "PATCH /Items('2')",
            "POST /Items",
            "PATCH /Items('O%27%271%20%2F%C3%BC')",
            "POST /Items"
        ]
    );
    let seen = navision.seen();
    assert_eq!(
        (seen[0].header("if-match"), seen[1].header("if-match")),
        ("*", "")
    );
    assert_eq!(seen[0].header("content-type"), "application/json");
    assert_eq!(
        results(&first),
        json!({ "records": 2, "deleted": 0, "watermark": 2, "failed": 0 })
    );
    let all: Vec<_> = items(&app, first.seq)
        .await
        .into_iter()
        .map(|item| (item.key, item.state))
        .collect();
    assert_eq!(
        all,
        [
            ("2".to_owned(), ItemState::Done),
            ("O'1 /ü".to_owned(), ItemState::Done)
        ]
    );

    delete(&app.engine, "2").await;
    put(&app.engine, "3", r#"{"F_1":"3"}"#).await;
    delete(&app.engine, "3").await;
    put(&app.engine, "O'1 /ü", r#"{"F_1":"O'1 /ü","F_80000":"Lantern"}"#).await;
    let second = run(&app, push(Some(&first.seq.to_string()))).await;
    assert_eq!(
        results(&second),
        json!({ "records": 1, "deleted": 2, "watermark": 6, "failed": 0 })
    );
    assert_eq!(navision.items().len(), 1);
    assert_eq!(navision.items()["O'1 /ü"]["Unit_Price"], json!(null));
    let calls = navision.calls();
    assert_eq!(
        calls[4..6],
        ["DELETE /Items('2')", "DELETE /Items('3')"],
        "one that is not there is fine"
    );
    let shown = app
        .engine
        .export(&actor(), &second.seq.to_string())
        .await
        .unwrap();
    assert!(!shown.has_file && shown.push.as_deref() == Some("nav"));
    let error = app
        .engine
        .export_file(&actor(), &second.seq.to_string())
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        format!("export {} was pushed to nav and has no file", second.seq)
    );
}

#[tokio::test]
async fn a_file_may_be_made_since_a_push() {
    let navision = Navision::start().await;
    let (app, _) = navision.app("'none'", RunnerOptions::default(), 50).await;
    put(&app.engine, "1", r#"{"F_1":"1"}"#).await;
    let pushed = run(&app, push(None)).await;
    put(&app.engine, "2", r#"{"F_1":"2"}"#).await;
    let since = request(engine::exports::Format::Json, Some(&pushed.seq.to_string()));
    let (export, _) = file(&app, &run(&app, since).await).await;
    assert_eq!(export.records, 1);
    assert_eq!(navision.seen()[0].header("authorization"), "");
}

#[tokio::test]
async fn a_token_is_fetched_kept_and_renewed_before_its_end() {
    let navision = Navision::start().await;
    let (app, _) = navision
        .app(&oauth(&navision), RunnerOptions::default(), 50)
        .await;
    for n in 0..3 {
        put(&app.engine, &n.to_string(), &format!(r#"{{"F_1":"{n}"}}"#)).await;
    }
    // One wait of 300 s after another ends the token's hour.
    navision.plan((0..9).map(|_| {
        (
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            vec![("retry-after", "400")],
            String::new(),
        )
    }));
    let first = run(&app, push(None)).await;
    assert_eq!(first.status, Status::Finished, "{:?}", first.error);
    let tokens = |navision: &Navision| {
        navision
            .seen()
            .iter()
            .filter(|seen| seen.path == "/token")
            .count()
    };
    assert_eq!(tokens(&navision), 1, "2700 of 3540 seconds are over");
    let seen = navision.seen();
    assert_eq!(
        seen[0].body,
        "grant_type=client_credentials&client_id=me&client_secret=s3cret&scope=x"
    );
    assert_eq!(
        seen[0].header("content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(
        (seen[0].header("authorization"), seen[1].header("authorization")),
        ("", "Bearer token-1")
    );

    let busy = || {
        (0..9).map(|_| {
            (
                axum::http::StatusCode::TOO_MANY_REQUESTS,
                vec![("retry-after", "300")],
                String::new(),
            )
        })
    };
    navision.plan(busy().chain([super::navision::planned(200, "")]).chain(busy()));
    let second = run(&app, push(None)).await;
    assert_eq!(second.status, Status::Finished, "{:?}", second.error);
    assert_eq!(
        tokens(&navision),
        3,
        "one for the second push, and one when its hour was over"
    );
    assert_eq!(navision.items().len(), 3);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let navision = Navision::start().await;
    let (app, _) = navision
        .app(&oauth(&navision), RunnerOptions::default(), 50)
        .await;
    put(&app.engine, "1", r#"{"F_1":"1"}"#).await;
    navision.plan([super::navision::planned(401, "")]);
    let done = run(&app, push(None)).await;
    assert_eq!(results(&done)["failed"], 0);
    let last = navision.seen().pop().unwrap();
    assert_eq!(
        (last.method.as_str(), last.header("authorization")),
        ("POST", "Bearer token-2")
    );
}

#[tokio::test]
async fn a_runner_that_dies_anywhere_leaves_the_same_items() {
    for point in 0.. {
        let navision = Navision::start().await;
        let hooks = DieAt::point(point);
        let (app, _) = navision.app("'none'", hooked(hooks.clone()), 2).await;
        for n in 0..5 {
            put(
                &app.engine,
                &n.to_string(),
                &format!(r#"{{"F_1":"{n}","F_3":"{n}"}}"#),
            )
            .await;
        }
        let accepted = app.engine.start_export(&actor(), push(None)).await.unwrap();
        app.run_jobs().await;
        if !hooks.has_died() {
            assert!(point >= 10, "claimed, four chunks, the end: {point}");
            return;
        }
        run_on(&app).await;
        let job = job(&app, accepted.seq).await;
        assert_eq!(job.status, Status::Finished, "point {point}");
        assert_eq!(
            (job.counts.processed, job.counts.failed, job.counts.total),
            (5, 0, Some(5))
        );
        let keys: Vec<_> = items(&app, job.seq)
            .await
            .into_iter()
            .map(|item| (item.number, item.key))
            .collect();
        assert_eq!(keys, (0..5).map(|n| (n, n.to_string())).collect::<Vec<_>>());
        assert_eq!(navision.items().len(), 5);
        assert!(
            navision
                .items()
                .iter()
                .all(|(key, item)| item["No_2"] == json!(key))
        );
    }
}
