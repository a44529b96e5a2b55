//! Bots: the token, the configuration without secrets, status, and workers.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{app, bot, call, expect, get, guid, make};

#[tokio::test]
async fn the_token_is_shown_once_and_is_the_bots_own() {
    let app = app().await;
    let body = json!({ "name": "b", "config": { "queue_name": "q" }, "host": { "node": "n", "ip": null } });
    let made = make(&app, "bot", body).await;
    let token = made["info"]["credentials"]["token"].as_str().unwrap();
    let path = format!("bot/{}", guid(&made));
    assert!(get(&app, &path).await["info"].get("credentials").is_none());
    // What the bot does is its own doing.
    let item = call(&app, token, "POST", "item", &json!({})).await.json();
    let by = json!({ "guid": made["guid"], "entity": "bot" });
    assert_eq!(item["info"]["created"]["by"], by);
    assert_eq!(made["info"]["created"]["by"]["email"], "user@example.com");
    call(&app, &app.user, "DELETE", &path, &Value::Null).await;
    let refused = call(&app, token, "GET", "item", &Value::Null).await;
    assert_eq!(refused.status.as_u16(), 401);
}

#[tokio::test]
async fn the_token_of_the_configuration_is_not_kept() {
    let app = app().await;
    for (sent, kept) in [
        (json!("sy_secret"), json!("********")),
        (Value::Null, Value::Null),
    ] {
        let config = json!({ "TOKEN": sent, "queue_name": "q", "QALX_BOT_X": "1" });
        let made = make(&app, "bot", json!({ "name": "b", "config": config })).await;
        let masked = json!({ "TOKEN": kept, "queue_name": "q", "QALX_BOT_X": "1" });
        assert_eq!(made["config"], masked);
        let path = format!("bot/{}", guid(&made));
        let saved = expect(&app, 200, "PATCH", &path, json!({ "config": config })).await;
        assert_eq!(saved["config"], masked);
    }
    let config = json!({ "GIT_TOKEN": "a", "db_password": "b", "AWS_SECRET_ACCESS_KEY": "c", "TOKENS": 5, "KEYFILE": "k" });
    let made = make(&app, "bot", json!({ "name": "b", "config": config })).await;
    let mask = "********";
    assert_eq!(
        made["config"],
        json!({ "GIT_TOKEN": mask, "db_password": mask, "AWS_SECRET_ACCESS_KEY": mask, "TOKENS": 5, "KEYFILE": "k" })
    );
}

#[tokio::test]
async fn a_status_says_when_it_was_said() {
    let app = app().await;
    let (id, token) = bot(&app).await;
    let path = format!("bot/{id}");
    let new = get(&app, &path).await;
    assert_eq!(
        (&new["status"], &new["state"], &new["workers"]),
        (&Value::Null, &json!("idle"), &json!([]))
    );
    app.clock.advance(Duration::from_secs(1));
    let answer = call(
        &app,
        &token,
        "PATCH",
        &path,
        &json!({ "status": { "message": "busy" } }),
    )
    .await
    .json();
    let on = json!({ "$date": 1_464_584_158_316_i64, "$zone": "UTC", "$offset": null });
    assert_eq!(answer["status"], json!({ "message": "busy", "modified": on }));
    let answer = expect(&app, 200, "PATCH", &path, json!({ "state": "stopped" })).await;
    assert_eq!(
        (&answer["state"], &answer["status"]["message"]),
        (&json!("stopped"), &json!("busy"))
    );
    for wrong in [
        json!({ "state": "asleep" }),
        json!({ "status": "busy" }),
        json!({ "status": { "message": 5 } }),
    ] {
        expect(&app, 400, "PATCH", &path, wrong).await;
    }
}

#[tokio::test]
async fn workers_are_replaced_changed_and_read() {
    let app = app().await;
    let (id, token) = bot(&app).await;
    let path = format!("bot/{id}");
    let replace = |count: Value| {
        let (app, token, path) = (&app, &token, format!("{path}/replace-workers"));
        async move { call(app, token, "PATCH", &path, &json!({ "workers": count })).await }
    };
    let first = replace(json!(1)).await.json();
    let bot = replace(json!(3)).await.json();
    let workers = bot["workers"].as_array().unwrap();
    assert_eq!(workers.len(), 3);
    for worker in workers {
        assert_eq!(
            (&worker["state"], &worker["signal"], &worker["status"]),
            (&json!("idle"), &json!({}), &Value::Null)
        );
    }
    assert!(!workers.contains(&first["workers"][0]));
    let one = format!("{path}/worker/{}", guid(&workers[1]));
    for (change, field) in [
        (json!({ "signal": { "terminate": true, "warm": true } }), "signal"),
        (json!({ "signal": { "stop": true } }), "signal"),
        (json!({ "state": "active" }), "state"),
    ] {
        let answer = call(&app, &token, "PATCH", &one, &change).await.json();
        assert_eq!(answer[field], change[field]);
    }
    let answer = expect(
        &app,
        200,
        "PATCH",
        &one,
        json!({ "status": { "message": "at it" } }),
    )
    .await;
    assert_eq!(answer["status"]["message"], "at it");
    assert_eq!(
        (&answer["state"], &answer["signal"]),
        (&json!("active"), &json!({ "stop": true }))
    );
    let only = get(&app, &format!("{one}?fields=signal")).await;
    assert_eq!(
        only,
        json!({ "guid": workers[1]["guid"], "signal": { "stop": true } })
    );
    let bot = get(&app, &path).await;
    assert_eq!(
        (&bot["workers"][0], &bot["workers"][1], &bot["workers"][2]),
        (&workers[0], &answer, &workers[2])
    );
    // Saving or replacing the bot leaves its workers alone.
    for method in ["PATCH", "PUT"] {
        let body = json!({ "name": "other", "config": {}, "workers": [] });
        assert_eq!(
            expect(&app, 200, method, &path, body).await["workers"],
            bot["workers"]
        );
    }
    for wrong in [json!(-1), json!(1001), json!("2"), json!(1.5), Value::Null] {
        let answer = replace(wrong).await;
        assert_eq!(answer.status.as_u16(), 400);
        assert!(answer.json()["workers"].is_array(), "{}", answer.text());
    }
}

#[tokio::test]
async fn wrong_workers_are_named() {
    let app = app().await;
    let (id, token) = bot(&app).await;
    let bot = call(
        &app,
        &token,
        "PATCH",
        &format!("bot/{id}/replace-workers"),
        &json!({ "workers": 1 }),
    )
    .await
    .json();
    let one = format!("bot/{id}/worker/{}", guid(&bot["workers"][0]));
    for (wrong, field) in [
        (json!({ "signal": true }), "signal"),
        (json!({ "signal": null }), "signal"),
        (json!({ "state": "asleep" }), "state"),
        (json!({ "state": 1 }), "state"),
        (json!({ "status": [] }), "status"),
    ] {
        let refused = expect(&app, 400, "PATCH", &one, wrong).await;
        assert!(refused[field].is_array(), "{refused}");
    }
    for unknown in ["00000000-0000-4000-8000-000000000000", "x"] {
        for method in ["GET", "PATCH"] {
            let body = if method == "GET" { Value::Null } else { json!({}) };
            let refused = expect(&app, 404, method, &format!("bot/{id}/worker/{unknown}"), body).await;
            assert_eq!(refused["detail"], format!("worker not found: {unknown}"));
        }
    }
}

/// As workers send it: the names of their settings as parameters.
#[tokio::test]
async fn parameters_that_mean_nothing_are_passed_over() {
    let app = app().await;
    let (id, _) = bot(&app).await;
    get(
        &app,
        &format!("bot/{id}?config=TOKEN&config=LOGGING_LEVEL&unpack=True&config=BASE_URL"),
    )
    .await;
    get(&app, "bot?unpack=True&config=TOKEN&config=X").await;
}
