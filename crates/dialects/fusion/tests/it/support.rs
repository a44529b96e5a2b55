//! A server with the dialect, and the few things that tests do with it over and over.

use engine::{ImportOptions, Options};
use http::{Method, StatusCode};
use model::{Page, Roles};
use serde_json::{Value, json};
use stockyard_fusion::mount;
use testkit::{Answer, PASSWORD, TestApp, TestOptions};

/// A server on which the collection `categories` exists.
pub(crate) async fn app() -> TestApp {
    let app = TestApp::new(mount).await;
    make_collection(&app, "categories").await;
    app
}

/// A server on which imports may make collections.
pub(crate) async fn dynamic_app() -> TestApp {
    let options = TestOptions {
        engine: Options {
            imports: ImportOptions {
                dynamic_entities: true,
                ..ImportOptions::default()
            },
            ..Options::default()
        },
        ..TestOptions::default()
    };
    TestApp::with(options, mount).await
}

pub(crate) async fn make_collection(app: &TestApp, name: &'static str) {
    app.engine
        .store()
        .write(move |tx| Ok::<_, model::Error>(tx.ensure_collection(name)?))
        .await
        .unwrap();
}

/// The names of all collections.
pub(crate) async fn collections(app: &TestApp) -> Vec<String> {
    let read = app.engine.store().read(|tx| {
        let names = tx.collections()?.into_iter().map(|found| found.name);
        // Those of the entities are always there.
        let others = names.filter(|name| !name.starts_with("qalx."));
        Ok::<_, model::Error>(others.collect())
    });
    read.await.unwrap()
}

/// The stored body of a record and its version.
pub(crate) async fn record(app: &TestApp, collection: &'static str, id: &str) -> Option<(u64, String)> {
    let id = id.to_owned();
    let read = app.engine.store().read(move |tx| {
        let collection = tx.collection(collection)?.expect("the collection is there");
        Ok::<_, model::Error>(tx.record_body(collection.id, &id)?)
    });
    let found = read.await.unwrap();
    found.map(|(version, body)| (version, body.to_text().unwrap()))
}

/// How many jobs there are.
pub(crate) async fn job_count(app: &TestApp) -> u64 {
    let read = app.engine.store().read(|tx| {
        let page = tx.jobs(&engine::jobs::JobFilter::default(), Page::first(1))?;
        Ok::<_, model::Error>(page.total)
    });
    read.await.unwrap()
}

/// The body of an import.
pub(crate) fn import(entity: &str, operation: &str, data: &Value) -> String {
    json!({ "job": { "entity": entity, "operation": operation, "data": data } }).to_string()
}

/// Posts an import of the ordinary user, expects it to be accepted, runs it, and gives the job's number.
pub(crate) async fn run(app: &TestApp, body: &str) -> i64 {
    let answer = app.post("/api/v2/jobs", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    app.run_jobs().await;
    answer.json()["id"].as_i64().unwrap()
}

/// Status, result and error count of a job.
pub(crate) async fn outcome(app: &TestApp, id: i64) -> (String, String, u64) {
    let job = app.get(&format!("/api/v2/jobs/{id}")).await.json();
    let text = |name: &str| job[name].as_str().unwrap().to_owned();
    (
        text("status"),
        text("result"),
        job["error_count"].as_u64().unwrap(),
    )
}

/// A listing's entries.
pub(crate) async fn entries(app: &TestApp, path: &str) -> Vec<Value> {
    let answer = app.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["entries"].as_array().unwrap().clone()
}

/// A request by the holder of `token`.
pub(crate) async fn call(app: &TestApp, token: &str, method: Method, path: &str) -> Answer {
    app.request(method, path).token(token).send().await
}

/// The token of a further user.
pub(crate) async fn user(app: &TestApp, email: &str, developer: bool) -> String {
    let user = engine::identity::NewUser {
        email: email.to_owned(),
        name: email.to_owned(),
        password: PASSWORD.to_owned(),
        roles: Roles {
            admin: false,
            developer,
        },
        ..Default::default()
    };
    app.engine.make_user(user).await.unwrap().token
}
