//! Factories: the plan that is a file, stacks and bots, and the validation of plans.

use serde_json::{Value, json};

use crate::support::{app, bot, expect, fetch, get, guid, make, send};

#[tokio::test]
async fn a_factory_is_built_as_the_client_does_it() {
    let app = app().await;
    let body = json!({
        "name": "f", "stage": "dev", "plan": { "name": "plan.yaml" }, "meta": { "pyqalx": { "build_path": "/tmp/x" } },
        "data": {}, "encrypt": false, "file_key": "plan", "tags": [],
    });
    let factory = make(&app, "factory", body).await;
    assert_eq!(
        (&factory["status"], &factory["stacks"], &factory["bots"]),
        (&json!("deploying"), &json!({}), &json!([]))
    );
    let url = factory["plan"]["put_url"].as_str().unwrap();
    assert_eq!(send(&app, url, b"factory: {}").await.status.as_u16(), 200);
    let path = format!("factory/{}", guid(&factory));
    let (code, (machine, _)) = (make(&app, "item", json!({})).await, bot(&app).await);
    let mut save = get(&app, &path).await;
    save["status"] = json!("deployed");
    save["stacks"] = json!({ "cloud": "arn:1" });
    save["bots"] = json!([{ "code": code["guid"], "bot": machine }]);
    let saved = expect(&app, 200, "PATCH", &path, save).await;
    assert_eq!(saved["status"], "deployed");
    assert_eq!(saved["stacks"], json!({ "cloud": "arn:1" }));
    assert_eq!(
        saved["bots"],
        json!([{ "bot": { "$uuid": machine }, "code": code["guid"] }])
    );
    let content = fetch(&app, saved["plan"]["url"].as_str().unwrap(), &[]).await;
    assert_eq!(content.text(), "factory: {}");
    let replaced = json!({ "name": "g", "stage": "dev", "plan": { "name": "plan.yaml" } });
    let replaced = expect(&app, 200, "PUT", &path, replaced).await;
    assert_eq!(
        (&replaced["status"], &replaced["bots"]),
        (&json!("deployed"), &json!([]))
    );
    for wrong in [
        json!({ "status": "broken" }),
        json!({ "bots": [{ "bot": "x", "code": machine }] }),
        json!({ "bots": [{ "bot": machine }] }),
        json!({ "plan": null }),
    ] {
        expect(&app, 400, "PATCH", &path, wrong).await;
    }
}

#[tokio::test]
async fn plans_are_validated() {
    let app = app().await;
    let plan = json!({ "factory": {
        "name": "f",
        "bots": { "b": { "source": { "path": "." }, "bot_path": "a.b:c" } },
        "stages": { "dev": { "here": { "type": "local", "bots": { "b": { "queue-name": "q" } } } } },
    } });
    let good = expect(
        &app,
        200,
        "POST",
        "factory/validate",
        json!({ "plan": plan.to_string() }),
    )
    .await;
    assert_eq!(good, Value::Null);
    let yaml = "factory:\n  name: f\n  bots: {b: {source: {path: .}, bot_path: 'a.b:c'}}\n  stages: {}\n";
    let refused = expect(&app, 400, "POST", "factory/validate", json!({ "plan": yaml })).await;
    assert_eq!(
        refused,
        json!({ "plan": ["factory.stages: at least one is required"] })
    );
}
